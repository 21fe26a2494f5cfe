# SPDX-License-Identifier: Apache-2.0
"""Descriptors, records, codes, counters and register addresses, from the sources in spec/."""
import pathlib
import re
from fractions import Fraction

import yaml

SPEC = pathlib.Path(__file__).resolve().parents[2] / "spec"
DEVICE = yaml.safe_load((SPEC / "device.yaml").read_text())
NUMERICS = yaml.safe_load((SPEC / "flashd.yaml").read_text())
FLAGS = DEVICE["descriptor_flags"]
FAULTS = DEVICE["faults"]
STATES = DEVICE["status_state"]
COUNTERS = [name for name, _ in DEVICE["counters"]]
LINE = DEVICE["stride_unit"]
REGISTERS = {name: int(address, 16) for name, address in re.findall(
    r"\}\s+(\w+)(?:\[\d+\])?\s+@\s+(0x[0-9A-Fa-f]+)\s*;", (SPEC / "flashd.rdl").read_text())}
LOG2E = Fraction("1.44269504088896340735992468100189213742664595415299")


def pack(record, values):
    """Bytes of a record of device.yaml; fields that are not given are 0."""
    fields = {name: rest for name, *rest in DEVICE[record]["fields"]}
    unknown = set(values) - set(fields)
    assert not unknown, f"{record} has no field {unknown}"
    whole = 0
    for name, value in values.items():
        word, low, bits, _, *signed = fields[name]
        least = -(1 << (bits - 1)) if signed else 0
        assert least <= value < least + (1 << bits), f"{name} = {value} exceeds {bits} bits"
        whole |= (int(value) & ((1 << bits) - 1)) << (32 * word + low)
    return whole.to_bytes(4 * DEVICE[record]["words"], "little")


def unpack(record, data):
    """{field: value}"""
    whole = int.from_bytes(data, "little")
    return {name: whole >> (32 * word + low) & ((1 << bits) - 1)
            for name, word, low, bits, *_ in DEVICE[record]["fields"]}


def flags(**chosen):
    """The word of descriptor flags."""
    return sum(1 << FLAGS[name] for name, on in chosen.items() if on)


def normalised(value, bits):
    """(mantissa, e) with value = mantissa 2^(e - bits + 1), mantissa of so many bits, rounded."""
    e = 0
    while value >= 2**(e + 1):
        e += 1
    while value < Fraction(2)**e:
        e -= 1
    mantissa = int(value / Fraction(2)**(e - bits + 1) + Fraction(1, 2))
    return (mantissa >> 1, e + 1) if mantissa >> bits else (mantissa, e)


def word(name, values):
    """A 64-bit word of job constants."""
    return sum(value << NUMERICS["words"][name][field][0] for field, value in values.items())


def scale_fields(scale, d, fp16, profile):
    """scale_mantissa, scale_negative and job_exponent of a descriptor."""
    widths, formats = NUMERICS["widths"], NUMERICS["formats"]
    mantissa, e = normalised(LOG2E * abs(Fraction(scale)), widths["scale_bits"])
    grid = NUMERICS["profiles"][profile]["score_frac"]
    while 4**(grid - NUMERICS["profiles"][profile]["score_frac"]) < d:
        grid += 1
    # The significand of the widest format, which every input sits on.
    significand = formats["fp16"]["significand"]
    bias = formats["fp16" if fp16 else "bf16"]["bias"]
    return {"scale_mantissa": mantissa, "scale_negative": int(scale < 0),
            "job_exponent": e + grid - 2 * bias - 2 * (significand - 1)}


def soft_cap_word(nats):
    """The constants of a soft-cap: 1/cap = inverse 2^(shift - 9 - 21), cap = integer 2^-14."""
    widths = NUMERICS["widths"]
    cap = LOG2E * Fraction(nats)
    inverse, e = normalised(1 / cap, widths["cap_inverse_bits"])
    integer = int(cap * 2**widths["cap_frac"] + Fraction(1, 2))
    return word("soft_cap", {"inverse": inverse, "shift": e + widths["cap_max_log2"] + 1,
                             "cap": integer, "enable": 1})


def slope_word(slope):
    """An ALiBi slope in nats per key: mantissa 2^(23 - drop - 31)."""
    if slope == 0:
        return 0
    mantissa, e = normalised(LOG2E * abs(Fraction(float(slope))), 32)
    return word("alibi", {"mantissa": mantissa, "negative": int(slope < 0),
                          "drop": NUMERICS["widths"]["alibi_max_log2"] - e})
