# SPDX-License-Identifier: Apache-2.0
"""Compares two textual configurations of an ECP5 by the configuration bits that they set.

The same bits can be written in several ways (defaults are left out, two names may share bits), so
text does not tell whether two configurations are equal. The bits of every setting stand in Project
Trellis' database, and so do those of what is not set, which are not all 0: pads have defaults.

A `.sysconfig` line has no bits in a tile: ecppack takes the clock of the configuration and the
compression from it, and writes them into the bitstream's header. ecpunpack does not read them
back, so bitstream.py does. nextpnr writes the other entries of SYSCONFIG into tiles.
"""
import dataclasses
import re

import trellis
from trellis import Strange

ORDER = ("arc", "word", "enum", "unknown")  # in which ecppack applies settings; then defaults


@dataclasses.dataclass
class Compared:
    """Tiles, settings in them, set bits, words of block memory; differences as sentences."""
    tiles: int = 0
    settings: int = 0
    bits: int = 0
    words: int = 0
    differences: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Text:
    """A configuration: device, settings by tile, words by number of the block memory, settings
    of one of several tiles by the names of those, comments, and SYSCONFIG."""
    device: str = ""
    tiles: dict = dataclasses.field(default_factory=dict)
    memories: dict = dataclasses.field(default_factory=dict)
    groups: dict = dataclasses.field(default_factory=dict)
    comments: list = dataclasses.field(default_factory=list)
    sysconfig: dict = dataclasses.field(default_factory=dict)


def take_sysconfig(found, value, line, path):
    """One `.sysconfig KEY VALUE`. Raises Strange for another form, or for a second value."""
    fields = value.split()
    if len(fields) != 2:
        raise Strange(f"{path.name}: '{line}' should be .sysconfig, a key and a value.")
    key, value = fields
    if found.sysconfig.setdefault(key, value) != value:
        raise Strange(f"{path.name}: {key} is {found.sysconfig[key]}, and then {value}.")


def read(path):
    """The text of a configuration. Raises Strange."""
    found, lines = Text(), None
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
        elif key == ".sysconfig":
            take_sysconfig(found, value, line, path)
        elif key == ".comment":
            found.comments.append(value)
        elif not line.strip():
            continue
        elif key.startswith(".") or lines is None:
            raise Strange(f"{path.name}: '{line}' is no part of a configuration.")
        else:
            lines.append(line)
    found.memories = {number: [int(word, 16) for line in lines for word in line.split()]
                      for number, lines in found.memories.items()}
    return found


def asked(constraints):
    """SYSCONFIG of a constraint file (.lpf): key -> value. Raises Strange."""
    text = re.sub(r"(#|//).*", "", constraints.read_text(encoding="utf-8"))
    found = {}
    for entry in " ".join(re.findall(r"\bSYSCONFIG\b([^;]*);", text)).split():
        key, equals, value = entry.partition("=")
        if not equals:
            raise Strange(f"{constraints.name}: SYSCONFIG's '{entry}' should be KEY=VALUE.")
        found[key] = value.strip('"')
    return found


def unheard(constraints, text):
    """Entries of the constraints' SYSCONFIG that a placed configuration does not hold, as
    sentences. Raises Strange."""
    lines = {line for entries in text.tiles.values() for line in entries}
    bank = next((lines for tile, lines in text.tiles.items() if tile.endswith(":BANKREF8")), [])
    found = []
    for key, value in asked(constraints).items():
        if key == "CONFIG_IOVOLTAGE":
            held = f"enum: BANK.VCCIO {value.replace('.', 'V')}" in bank
        elif key in ("MCCLK_FREQ", "COMPRESS_CONFIG"):
            held = text.sysconfig.get(key) == value
        else:
            held = f"enum: SYSCONFIG.{key} {value}" in lines
        if not held:
            found.append(f"{key}={value} of the constraints is not in the placed configuration")
    return found


def fields_of(line):
    """What a setting is (arc, word, enum, unknown), its name, its value ("" if it has none)."""
    what, name, *rest = line.replace(":", "", 1).split()
    return what, name, rest[0] if rest else ""


def bits_of_setting(kind, what, name, value):
    """The bits of one setting; None if the kind of tile does not know it."""
    if what == "unknown":
        return trellis.as_bits([trellis.bit_of(name)])
    if what == "word":
        return trellis.word_bits(kind.words[name], int(value, 2)) if name in kind.words else None
    if what == "enum":
        return kind.enums.get((name, value))
    return kind.arcs.get((name, value), {})  # an arc without bits is a fixed connection


def unknown(line, names):
    return Strange(f"The database does not know '{line}' of {' '.join(names)}.")


def bits_of_tile(tile, lines):
    """Bits of a tile, with defaults for what its lines do not set. Raises Strange."""
    kind, bits, named = trellis.kind(tile.split(":")[1]), {}, set()
    for line in sorted(lines, key=lambda line: ORDER.index(line.partition(":")[0])):
        what, name, value = fields_of(line)
        known = bits_of_setting(kind, what, name, value)
        if known is None:
            raise unknown(line, [tile])
        bits.update(known)
        named.add(name)
    for name, default in kind.defaults.items():
        if name not in named:
            bits.update(default)
    return bits


def bits_of(text):
    """The set bits of every tile of the device. Raises Strange for a setting that the database
    does not know."""
    tiles = trellis.grid(text.device)
    for tile in {*text.tiles, *(name for names in text.groups for name in names)} - tiles.keys():
        raise Strange(f"{text.device} has no tile {tile}.")
    bits, empty = {}, {}
    for tile, place in tiles.items():
        if tile in text.tiles:
            bits[tile] = bits_of_tile(tile, text.tiles[tile])
        else:
            if place.kind not in empty:
                empty[place.kind] = bits_of_tile(tile, [])
            bits[tile] = dict(empty[place.kind])
    for names, lines in text.groups.items():
        for line in lines:
            known = False
            for name in names:
                found = bits_of_setting(trellis.kind(tiles[name].kind), *fields_of(line))
                known |= found is not None
                bits[name].update(found or {})
            if not known:
                raise unknown(line, names)
    return {tile: {place for place, value in found.items() if value}
            for tile, found in bits.items()}


def frames_of(text, bits):
    """The device's frames as numbers, from the set bits of its tiles."""
    frames, tiles = [0] * trellis.device(text.device).frames, trellis.grid(text.device)
    for tile, found in bits.items():
        place = tiles[tile]
        for frame, bit in found:
            frames[place.frame + frame] |= 1 << place.bit + bit
    return frames


def compare(left, mine, right):
    """Compares two texts, of which `mine` are the bits of the first. Raises Strange, rtl.Skip."""
    result = Compared(tiles=len(mine), bits=sum(map(len, mine.values())),
                      settings=sum(map(len, [*left.tiles.values(), *left.groups.values()])))
    if left.device != right.device:
        result.differences.append(f"the device, {left.device} and {right.device}")
        return result
    its = bits_of(right)
    for tile in sorted(mine):
        for frame, bit in sorted(mine[tile] ^ its[tile]):
            result.differences.append(f"bit F{frame}B{bit} of {tile}")
    for number in sorted(set(left.memories) | set(right.memories)):
        words = left.memories.get(number, [])
        result.words += len(words)
        if words != right.memories.get(number, []):
            result.differences.append(f"the contents of block memory {number}")
    for key, value in sorted(right.sysconfig.items()):
        if left.sysconfig.get(key) != value:
            result.differences.append(f"{key}, {left.sysconfig.get(key, 'not set')} and {value}")
    return result
