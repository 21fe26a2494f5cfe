# SPDX-License-Identifier: Apache-2.0
"""What the table of energies counts in the recorded vectors of our lane.

`host/energy/toggles.cpp` counts the same toggles for a job on a device.
"""
import numpy

BITS = 16      # of an element, BF16
SIGN = 15
FRACTION = 7   # bits 0 to 6; 7 to 14 are the exponent
QUERY_BITS = 19  # significand 8, exponent 10 with the job's constant, sign


def taken(inputs, expected):
    """Cycles in which a key is taken, as booleans."""
    return (inputs.word("valid_i") & expected.word("ready_o", 1)).astype(bool)


def tiles(inputs, expected):
    """(tiles merged into a row that has keys, rows' first tiles), of the runs with a visible key.

    A run's row is the one last named by `run_row_i`; a lane of one row has row 0.
    """
    place = 1 << numpy.arange(inputs.bits["run_row_i"].shape[1])
    named = (inputs.bits["run_row_i"] * place).sum(axis=1) * (inputs.word("run_i") != 0)
    words = [inputs.word(name) for name in ("begin_i", "end_i", "visible_i", "first_i", "run_i")]
    row = seen = merged = firsts = 0
    has_keys = set()
    for cycle, take in enumerate(taken(inputs, expected)):
        begin, end, visible, first, run = (int(word[cycle]) for word in words)
        if take:
            seen = visible if begin else seen | visible
            if begin and first:
                has_keys.discard(row)
            if end and seen:
                merged += row in has_keys
                firsts += row not in has_keys
                has_keys.add(row)
        if run:
            row = int(named[cycle])
    return merged, firsts


def number(bits):
    """Unsigned value of the last axis, lowest bit first."""
    return (bits.astype(numpy.int64) << numpy.arange(bits.shape[-1])).sum(axis=-1)


def keys(inputs, expected):
    """[keys][elements][16] bits of the keys, in the order in which they are taken."""
    found = inputs.bits["k_i"][taken(inputs, expected)]
    return found.reshape(len(found), -1, BITS)


def queries(inputs, expected):
    """[keys][elements][19] bits of the query that stands at the multipliers with every key."""
    elements = inputs.bits["q_i"].reshape(inputs.cycles, -1, QUERY_BITS)
    loaded, named = (number(inputs.bits[name]) for name in ("q_row_i", "run_row_i"))
    memory = numpy.zeros((8, *elements.shape[1:]), numpy.uint8)
    stands, found = memory[0].copy(), []
    for cycle, take in enumerate(taken(inputs, expected)):
        if take:
            found.append(stands)
        if inputs.word("run_i")[cycle]:
            stands = memory[named[cycle]].copy()
        if inputs.word("q_valid_i")[cycle]:
            memory[loaded[cycle]] = elements[cycle]
    return numpy.array(found)


def before(values):
    """The same one step earlier; before the first there are zeros."""
    return numpy.concatenate([numpy.zeros_like(values[:1]), values[:-1]])


def toggles(inputs, expected):
    """(bits of products whose sign changes, bits of keys' significands that change), in all steps.

    A product has as many bits as its exponents give it on the score grid, 0 to 12 + G; none if an
    operand is zero. The significand is that of the datapath, with its leading one, which zero and
    subnormals do not have. Before the first key there are zeros.
    """
    key, query = keys(inputs, expected), queries(inputs, expected)
    field = number(key[:, :, FRACTION:SIGN])
    significand = numpy.concatenate([key[:, :, :FRACTION], (field > 0)[:, :, None]], axis=2)
    exponent = number(query[:, :, 8:18])
    shift = numpy.where(exponent < 512, exponent, exponent - 1024) + numpy.maximum(field, 1)
    # G = 11 + ceil(log2 sqrt D); two significands of 8 bits.
    most = 12 + 11 + ((key.shape[1] - 1).bit_length() + 1) // 2
    bits = numpy.clip(shift + 16, 0, most)
    bits *= significand.any(axis=2) & query[:, :, :8].any(axis=2)
    sign = query[:, :, 18] ^ key[:, :, SIGN]
    return (int(bits[sign != before(sign)].sum()),
            int((significand != before(significand)).sum()))
