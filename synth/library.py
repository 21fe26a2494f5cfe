# SPDX-License-Identifier: Apache-2.0
"""Cell libraries: what the flow has to know of each beyond its liberty files.

No library is part of the project. `osu018` comes with Debian's qflow-tech-osu018; the others are
read from a folder (--pdk) with a sub-folder of the library's name, or from --liberty.
"""
import dataclasses
import functools
import gzip
import pathlib
import re

NAND2_NANGATE = 0.798     # um2, NAND2_X1
BIT_NANGATE = 0.5         # um2 a bit of memory, stated by the comparison
CLOCK_NANGATE = 2.0       # ns


class Unusable(Exception):
    """A library or an option that the flow cannot work with; one sentence."""


@dataclasses.dataclass(frozen=True)
class Adder:
    """A full adder cell: pins of the addends, of sum and carry; `inverted`: both outputs are."""
    cell: str
    inputs: tuple
    total: str
    carry: str
    inverted: bool = False


@dataclasses.dataclass(frozen=True)
class Gate:
    """A clock gate that is made of cells, where the library has none that is one."""
    latch: str  # transparent while its clock is high; pins as `latch_pins`: data, clock, output
    latch_pins: tuple
    inverter: str
    inverter_pins: tuple
    conjunction: str
    conjunction_pins: tuple


@dataclasses.dataclass(frozen=True)
class Library:
    """`clock_ns` is the target that 2 ns in Nangate45 become; `load_ff` the load of an output."""
    name: str
    title: str
    files: tuple
    flops: str          # part of the name of the file that holds the flip-flops
    drive: str          # cell that drives every input
    buffer: str         # cell of which trees for nets of many sinks are made
    nand2: str          # its area scales the stated density of memories
    clock_ns: float
    load_ff: float
    adder: Adder = None
    gate: Gate = None
    dont_use: tuple = ()
    areas: tuple = ()   # (cell, um2) where the liberty file gives none
    clock_gate: str = ""  # the cell to take where the liberty file keeps tools from all of them


LIBRARIES = {library.name: library for library in (
    Library("osu018", "OSU 180 nm (Debian's qflow-tech-osu018)", ("osu018_stdcells.lib",), "",
            "BUFX2", "BUFX4", "NAND2X1", 6.5, 20.0,
            Adder("FAX1", ("A", "B", "C"), "YS", "YC"),
            Gate("LATCH", ("D", "CLK", "Q"), "INVX1", ("A", "Y"), "AND2X2", ("A", "B", "Y")),
            ("TBUF*", "CLKBUF*"),
            # The liberty file says 0; 5.6 um by 10 um in the package's LEF file.
            areas=(("LATCH", 56.0),)),
    Library("nangate45", "Nangate Open Cell Library, 45 nm", ("*.lib*",), "",
            "BUF_X1", "BUF_X4", "NAND2_X1", 2.0, 5.0,
            Adder("FA_X1", ("A", "B", "CI"), "S", "CO"),
            dont_use=("TBUF*", "CLKBUF*", "ANTENNA*")),
    Library("asap7", "ASAP7 predictive 7 nm, RVT", ("*.lib*",), "SEQ",
            "BUFx2_ASAP7_75t_R", "BUFx4_ASAP7_75t_R", "NAND2xp5_ASAP7_75t_R", 0.9, 2.0,
            Adder("FAx1_ASAP7_75t_R", ("A", "B", "CI"), "SN", "CON", True)),
    Library("sky130hd", "SkyWater 130 nm, high density", ("*.lib*",), "",
            "sky130_fd_sc_hd__buf_1", "sky130_fd_sc_hd__buf_4", "sky130_fd_sc_hd__nand2_1",
            8.0, 10.0,
            Adder("sky130_fd_sc_hd__fa_1", ("A", "B", "CIN"), "SUM", "COUT"),
            dont_use=("*lpflow*", "*probe*", "*clkbuf*", "*clkinv*", "*clkdly*", "*dlyg*",
                      "*dlym*", "*ebuf*", "*einv*")),
    Library("ihp-sg13g2", "IHP SG13G2, 130 nm", ("*.lib*",), "",
            "sg13g2_buf_1", "sg13g2_buf_4", "sg13g2_nand2_1", 5.5, 10.0,
            dont_use=("*lgcp*", "*dlh*", "*dll*", "*dlygate*", "*ebuf*", "*einv*", "*sighold*"),
            clock_gate="sg13g2_lgcp_1"),
)}

DEFAULT = "osu018"
QFLOW = pathlib.Path("/usr/share/qflow/tech/osu018/osu018_stdcells.lib")

TOKEN = re.compile(
    r"\bcell\s*\(\s*\"?([\w$]+)\"?\s*\)|\bpin\s*\(\s*\"?([\w$]+)\"?\s*\)"
    r"|^\s*area\s*:\s*\"?([-\d.eE+]+)|^\s*capacitance\s*:\s*\"?([-\d.eE+]+)"
    r"|^\s*direction\s*:\s*\"?(\w+)|^\s*(clock_gating_integrated_cell|clock_gate_\w+_pin)\s*:"
    r"|^\s*(ff|latch)\s*\(|^\s*function\s*:\s*\"([^\"]*)\"|capacitive_load_unit"
    r"\s*\(\s*([\d.]+)\s*,\s*\"?(\w+)", re.MULTILINE)


@dataclasses.dataclass
class Cell:
    """Of a liberty cell: area in um2; pins: name -> (direction, fF, role of a clock gate's pin)."""
    area: float = 0.0
    pins: dict = dataclasses.field(default_factory=dict)
    gate: bool = False
    state: str = ""
    functions: list = dataclasses.field(default_factory=list)  # of the outputs

    @property
    def buffer(self):
        """Whether the cell's output is its input."""
        inputs = [name for name, pin in self.pins.items() if pin[0] == "input"]
        return self.functions == inputs and len(inputs) == 1

    def pins_load(self):
        """fF of the first input."""
        return next(load for direction, load, _ in self.pins.values() if direction == "input")


def scan(text):
    """Cells of a liberty text, name -> Cell."""
    cells, cell, pin, unit = {}, None, None, 1.0
    for match in TOKEN.finditer(text):
        name, pin_name, area, cap, direction, gate, state, function, scale, base = \
            match.groups()
        if scale:
            unit = float(scale) * {"ff": 1.0, "pf": 1000.0}[base.lower()]
        elif name:
            cell, pin = cells.setdefault(name, Cell()), None
        elif cell is None:
            continue
        elif pin_name:
            pin = cell.pins.setdefault(pin_name, ["", 0.0, ""])
        elif area and pin is None:
            cell.area = float(area)
        elif cap and pin is not None and not pin[1]:
            pin[1] = float(cap) * unit
        elif direction and pin is not None and not pin[0]:
            pin[0] = direction
        elif gate == "clock_gating_integrated_cell":
            cell.gate = True
        elif gate and pin is not None:
            pin[2] = gate
        elif state:
            cell.state = state
        elif function and pin is not None:
            cell.functions.append(function.strip("() "))
    return cells


@dataclasses.dataclass
class Loaded:
    """A library with its files read: texts by file name, cells by name."""
    library: Library
    texts: dict
    cells: dict

    @property
    def name(self):
        return self.library.name

    def flop_files(self):
        return [name for name in self.texts if self.library.flops in name]

    @functools.cached_property
    def bit_area(self):
        """um2 of a bit of memory: 0.5 in Nangate45, elsewhere by the ratio of the NAND2 areas."""
        return BIT_NANGATE * self.cells[self.library.nand2].area / NAND2_NANGATE

    @property
    def time_scale(self):
        """This library's times by those of Nangate45."""
        return self.library.clock_ns / CLOCK_NANGATE

    def area(self, cell):
        return self.cells[cell].area

    @functools.cached_property
    def gates(self):
        """Names of the integrated clock gates."""
        return {name for name, cell in self.cells.items() if cell.gate}


def plain(path):
    """Text of a liberty file, gzip or plain."""
    try:
        data = pathlib.Path(path).read_bytes()
    except OSError as error:
        raise Unusable(f"The liberty file {path} cannot be read: {error.strerror}.") from error
    return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8")


def located(library, liberty, pdk):
    """Paths of the library's liberty files."""
    if liberty:
        return [pathlib.Path(path) for path in liberty]
    if library.name == "osu018":
        if not QFLOW.exists():
            raise Unusable("The library osu018 was not found: install Debian's package "
                           "qflow-tech-osu018, or give its osu018_stdcells.lib by --liberty.")
        return [QFLOW]
    folder = pathlib.Path(pdk) / library.name if pdk else None
    paths = sorted(path for pattern in library.files for path in folder.glob(pattern)) \
        if folder else []
    if not paths:
        where = f"in {folder}" if folder else "without --pdk DIR or --liberty FILE"
        raise Unusable(f"The library {library.name} was not found {where}: a folder with its "
                       "liberty files is expected.")
    return paths


def known(name):
    """Library of a name. Raises Unusable with a sentence."""
    if name not in LIBRARIES:
        raise Unusable(f"'{name}' is no library; there are: {', '.join(LIBRARIES)}.")
    return LIBRARIES[name]


def load(name, liberty=(), pdk=None):
    """Reads a library. Raises Unusable with a sentence."""
    library = known(name)
    texts = {}
    for path in located(library, liberty, pdk):
        texts[path.name.removesuffix(".gz")] = plain(path)
    cells = {}
    for text in texts.values():
        cells.update(scan(text))
    for cell, area in library.areas:
        cells[cell].area = area
    for cell in (library.drive, library.buffer, library.nand2):
        if cell not in cells:
            raise Unusable(f"The liberty files {', '.join(texts)} have no cell {cell}: they are "
                           f"not the library {name}.")
    return Loaded(library, texts, cells)
