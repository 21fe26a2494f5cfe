# SPDX-License-Identifier: Apache-2.0
"""What the table of energies counts in the recorded vectors of our lane.

`host/energy/toggles.cpp` counts the same toggles for a job on a device.
"""
import numpy

BITS = 16      # of an element, BF16
SIGN = 15
FRACTION = 7   # bits 0 to 6; 7 to 14 are the exponent


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


def toggles(inputs, expected):
    """(signs, bits of significands) of keys that differ from the key before, over all elements.

    The significand is that of the datapath, with its leading one, which zero and subnormals do not
    have. Before the first key there are zeros.
    """
    keys = inputs.bits["k_i"][taken(inputs, expected)]
    keys = keys.reshape(len(keys), -1, BITS)
    leading = keys[:, :, FRACTION:SIGN].any(axis=2)
    read = numpy.concatenate([keys[:, :, :FRACTION], leading[:, :, None], keys[:, :, SIGN:]],
                             axis=2)
    before = numpy.concatenate([numpy.zeros_like(read[:1]), read[:-1]])
    moved = (read != before).sum(axis=(0, 1))
    return int(moved[-1]), int(moved[:-1].sum())
