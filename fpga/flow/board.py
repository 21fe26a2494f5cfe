# SPDX-License-Identifier: Apache-2.0
"""Boards: a folder with board.yaml, the top, and the constraints; docs/fpga.md tells the entries."""
import dataclasses
import pathlib

import yaml

BOARDS = pathlib.Path(__file__).resolve().parents[1] / "boards"

# Of the ECP5 family data sheet (FPGA-DS-02012), table of the PLL's timing: MHz.
VCO_LEAST, VCO_MOST, VCO_MIDDLE, DETECTOR_LEAST = 400, 800, 600, 3.125
DIVIDER_MOST = 128
# Of flashd_uart: cycles of a bit; of the two ends of a line, a byte allows 4 % together.
BIT_LEAST, BIT_MOST, BIT_ERROR = 4, 65535, 0.02

ENTRIES = {"title": str, "family": str, "device": str, "package": str, "speed": int, "top": str,
           "constraints": str, "sources": list, "lists": list, "clock_in_mhz": (int, float),
           "clock_mhz": (int, float), "baud": int, "core": bool, "load": str}


class Unusable(Exception):
    """The input cannot be used: one sentence."""


@dataclasses.dataclass(frozen=True)
class Board:
    """A board. Files are relative to `folder`, lists to the repository."""
    name: str
    folder: pathlib.Path
    title: str
    family: str
    device: str
    package: str
    speed: int
    top: str
    constraints: str
    sources: tuple
    lists: tuple
    clock_in_mhz: float
    clock_mhz: float
    baud: int
    core: bool
    load: str

    def files(self):
        """Names of the board's own files that must be there."""
        return [*self.sources, self.constraints]


@dataclasses.dataclass(frozen=True)
class Pll:
    """Dividers of EHXPLLL with its feedback taken from CLKOP: out = in feedback / reference."""
    reference: int
    feedback: int
    output: int


def pll(given, wanted):
    """Dividers for exactly `wanted` MHz from `given` MHz. Raises Unusable."""
    best = None
    for reference in range(1, DIVIDER_MOST + 1):
        if given / reference < DETECTOR_LEAST:
            break
        feedback = round(wanted * reference / given)
        if not 1 <= feedback <= DIVIDER_MOST or abs(given * feedback / reference - wanted) > 1e-9:
            continue
        for output in range(1, DIVIDER_MOST + 1):
            vco = wanted * output
            if VCO_LEAST <= vco <= VCO_MOST:
                found = (reference, abs(vco - VCO_MIDDLE), Pll(reference, feedback, output))
                best = min(best, found, key=lambda entry: entry[:2]) if best else found
    if not best:
        raise Unusable(f"The PLL cannot make {wanted:g} MHz of {given:g} MHz: a ratio of two "
                       f"integers of at most {DIVIDER_MOST} and {VCO_LEAST / DIVIDER_MOST:g} to "
                       f"{VCO_MOST} MHz are expected.")
    return best[2]


def bit_cycles(clock_mhz, baud):
    """Clock cycles of a bit on the serial line, as the tops divide. Raises Unusable."""
    exact = clock_mhz * 1e6 / baud
    cycles = int(exact)
    if not BIT_LEAST <= cycles <= BIT_MOST or exact - cycles > BIT_ERROR * exact:
        raise Unusable(f"{clock_mhz:g} MHz give no {baud} baud: a bit of {exact:g} cycles is none "
                       f"of {BIT_LEAST} to {BIT_MOST} within {100 * BIT_ERROR:g} %.")
    return cycles


def names():
    """Names of the boards of this repository."""
    return sorted(path.parent.name for path in BOARDS.glob("*/board.yaml"))


def load(name):
    """The board of a name, or of a folder's path. Raises Unusable."""
    folder = pathlib.Path(name) if "/" in name else BOARDS / name
    path = folder / "board.yaml"
    if not path.is_file():
        raise Unusable(f"{name} is no board: there are {', '.join(names())}, or the path of a "
                       "folder with a board.yaml.")
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Unusable(f"{path} is no YAML: {' '.join(str(error).split())}.") from error
    if not isinstance(entries, dict) or set(entries) != set(ENTRIES):
        have = set(entries) if isinstance(entries, dict) else set()
        wrong = sorted(map(str, have ^ set(ENTRIES)))
        raise Unusable(f"{path}: exactly the entries {', '.join(ENTRIES)} are expected; missing or "
                       f"unknown: {', '.join(wrong)}.")
    for key, kind in ENTRIES.items():
        if not isinstance(entries[key], kind) or (kind is not bool and
                                                  isinstance(entries[key], bool)):
            raise Unusable(f"{path}: {key} is {entries[key]!r}, which is of the wrong type.")
    board = Board(name=folder.name, folder=folder, **{
        key: tuple(value) if isinstance(value, list) else value for key, value in entries.items()})
    for file in board.files():
        if not (folder / file).is_file():
            raise Unusable(f"{path} names {file}, which is not in its folder.")
    return board
