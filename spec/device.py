# SPDX-License-Identifier: Apache-2.0
"""Records of spec/device.yaml, checked, and the text generated from them (all but the registers)."""
from dataclasses import dataclass

import yaml

import device_cpp
import device_text

WORD = 32


@dataclass(frozen=True)
class Field:
    """Bits of a record: first at bit `low` of word `word`, `bits` of them."""
    name: str
    word: int
    low: int
    bits: int
    meaning: str
    signed: bool = False

    @property
    def first(self):
        return self.word * WORD + self.low


@dataclass(frozen=True)
class Record:
    name: str
    words: int
    fields: tuple

    def spans(self):
        """(name, first, bits) of everything in the record, gaps as reserved_N, from bit 0 up."""
        at, gaps, out = 0, 0, []
        for f in self.fields:
            if f.first > at:
                out.append((f"reserved_{gaps}", at, f.first - at))
                gaps += 1
            out.append((f.name, f.first, f.bits))
            at = f.first + f.bits
        if at < self.words * WORD:
            out.append((f"reserved_{gaps}", at, self.words * WORD - at))
        return out


def record(name, d):
    fields = tuple(Field(*f[:5], signed="signed" in f[5:]) for f in d["fields"])
    at = 0
    for f in fields:
        if f.first < at:
            raise SystemExit(f"spec/device.yaml: {name}.{f.name} overlaps the field before it, "
                             "fields come in the order of their bits")
        if f.bits <= WORD and f.low + f.bits > WORD or f.bits > WORD and (f.low or f.bits != 64):
            raise SystemExit(f"spec/device.yaml: {name}.{f.name} must lie in one word, or be 64 "
                             "bits from bit 0 of a word")
        at = f.first + f.bits
    if at > d["words"] * WORD:
        raise SystemExit(f"spec/device.yaml: {name} is longer than its {d['words']} words")
    return Record(name, d["words"], fields)


@dataclass(frozen=True)
class Device:
    version: int
    address_bits: int
    stride_unit: int
    alibi_bytes: int
    records: dict
    flags: dict
    status_state: dict
    faults: dict
    counters: dict


def load(path):
    """Device of spec/device.yaml and its parsed content (for the spec hash)."""
    d = yaml.safe_load(path.read_text())
    device = Device(d["version"], d["address_bits"], d["stride_unit"], d["alibi_bytes"],
                    {n: record(n, d[n]) for n in ("descriptor", "sequence", "status")},
                    d["descriptor_flags"], d["status_state"], d["faults"], dict(d["counters"]))
    for name, codes in (("descriptor_flags", device.flags), ("faults", device.faults)):
        if len(set(codes.values())) != len(codes):
            raise SystemExit(f"spec/device.yaml: {name} gives one code twice")
    return device, d


def files(device):
    return {"rtl/spec/flashd_device_spec_pkg.sv": device_text.sv(device),
            "model/device/spec.hpp": device_cpp.header(device),
            "firmware/include/flashd_device.h": device_text.c(device),
            "docs/generated/device.md": device_text.docs(device)}
