# SPDX-License-Identifier: Apache-2.0
"""Work on a mapped module as Yosys' JSON has it: loads, trees of buffers, areas by unit."""
import collections
import dataclasses

import mapping

FANOUT = 24  # loads of a NAND2's input that a driver, or a buffer of a tree, may have


@dataclasses.dataclass
class Part:
    """A mapped module: its JSON, its area (boxes left out), cells by type, boxes by type, the load in
    fF of every bit of its inputs, and its recipe, with a + where cells are stronger."""
    name: str
    data: dict
    area: float
    cells: dict
    boxes: dict
    loads: dict
    recipe: str = ""

    def ports(self):
        return [(name, port["direction"], len(port["bits"]))
                for name, port in self.data["ports"].items()]


class Pins:
    """Directions and loads of the pins of library cells, parts and memories."""

    def __init__(self, loaded, parts, rams):
        self.cells = loaded.cells
        self.parts = parts
        self.rams = {ram.name: ram for ram in rams}
        self.ram_load = 2 * loaded.cells[loaded.library.nand2].pins_load()
        self.gate_load = self.ram_load

    def load(self, kind, pin, index):
        """fF of a bit of an input pin; 0 for an output."""
        if kind in self.parts:
            return self.parts[kind].loads.get((pin, index), 0.0)
        if kind in self.rams:
            return 0.0 if pin == "rdata_o" else self.ram_load
        if kind == mapping.GATE:
            return 0.0 if pin == "clk_o" else self.gate_load
        direction, load, _ = self.cells[kind].pins[pin]
        return load if direction == "input" else 0.0

    def is_input(self, kind, pin):
        if kind in self.parts:
            return self.parts[kind].data["ports"][pin]["direction"] == "input"
        if kind in self.rams or kind == mapping.GATE:
            return pin not in ("rdata_o", "clk_o")
        return self.cells[kind].pins[pin][0] == "input"

    def gated(self, kind):
        """Name of the output of a clock gate; None for any other cell."""
        if kind == mapping.GATE:
            return "clk_o"
        if kind in self.cells and self.cells[kind].gate:
            return next(name for name, pin in self.cells[kind].pins.items()
                        if pin[2] == "clock_gate_out_pin")
        return None


def sinks_of(module, pins):
    """Bit -> list of (cell, pin, index, fF) it drives."""
    sinks = collections.defaultdict(list)
    for name, cell in module["cells"].items():
        for pin, bits in cell["connections"].items():
            if not pins.is_input(cell["type"], pin):
                continue
            for index, bit in enumerate(bits):
                if isinstance(bit, int):
                    sinks[bit].append((name, pin, index, pins.load(cell["type"], pin, index)))
    return sinks


def clocks(module, pins):
    """Bits that are the clock or come from it through clock gates."""
    port = module["ports"].get("clk_i")
    found = set(port["bits"]) if port else set()
    for cell in module["cells"].values():
        out = pins.gated(cell["type"])
        if out:
            found.update(cell["connections"].get(out, []))
    return found


def widest(module):
    bits = [bit for port in module["ports"].values() for bit in port["bits"]]
    bits += [bit for cell in module["cells"].values()
             for connected in cell["connections"].values() for bit in connected]
    return max((bit for bit in bits if isinstance(bit, int)), default=1)


def buffers(module, loaded):
    """Buffer cells: instance -> (input bit, output bit)."""
    found = {}
    for name, cell in module["cells"].items():
        known = loaded.cells.get(cell["type"])
        if known is None or not known.buffer:
            continue
        bits = {loaded.cells[cell["type"]].pins[pin][0]: bits[0]
                for pin, bits in cell["connections"].items()}
        if isinstance(bits.get("input"), int) and "output" in bits:
            found[name] = (bits["input"], bits["output"])
    return found


def drop_chains(module, loaded):
    """Takes out the buffers of nets where abc put more than two in a row; number of buffers."""
    cells = buffers(module, loaded)
    before = {out: given for given, out in cells.values()}
    outputs = {bit for port in module["ports"].values() if port["direction"] == "output"
               for bit in port["bits"]}

    def root(bit):
        depth = 0
        while bit in before:
            bit, depth = before[bit], depth + 1
        return bit, depth

    roots = {out: root(out) for out in before}
    deep = {bit for bit, depth in roots.values() if depth > 2}
    gone = {out: bit for out, (bit, _) in roots.items() if bit in deep and out not in outputs}
    for name, (_, out) in cells.items():
        if out in gone:
            del module["cells"][name]
    for cell in module["cells"].values():
        for pin, bits in cell["connections"].items():
            cell["connections"][pin] = [gone.get(bit, bit) if isinstance(bit, int) else bit
                                        for bit in bits]
    return len(gone)


def add_buffers(module, loaded, pins):
    """Gives every net with too much load a tree of buffers, clocks excepted; number of buffers.

    Sinks keep their order, so those of one element, or of neighbours, share a buffer.
    """
    kind = loaded.library.buffer
    cell = loaded.cells[kind]
    given = next(name for name, pin in cell.pins.items() if pin[0] == "input")
    out = next(name for name, pin in cell.pins.items() if pin[0] == "output")
    limit = FANOUT * loaded.cells[loaded.library.nand2].pins_load()
    keep, fresh, added = clocks(module, pins), widest(module) + 1, 0
    for bit, sinks in sinks_of(module, pins).items():
        if bit in keep:
            continue
        while sum(sink[3] for sink in sinks) > limit and len(sinks) > 1:
            groups, total = [[]], 0.0
            for sink in sinks:
                if groups[-1] and total + sink[3] > limit:
                    groups.append([])
                    total = 0.0
                groups[-1].append(sink)
                total += sink[3]
            alone = len(groups) == len(sinks)  # no two go together: each gets a buffer
            above = []
            for group in groups:
                if len(group) == 1 and not (alone and group[0][3] > cell.pins[given][1]):
                    above += group
                    continue
                name = f"flashd_buffer_{fresh}"
                module["cells"][name] = {
                    "hide_name": 0, "type": kind, "parameters": {}, "attributes": {},
                    "port_directions": {given: "input", out: "output"},
                    "connections": {given: [bit], out: [fresh]}}
                for sink, pin, index, _ in group:
                    module["cells"][sink]["connections"][pin][index] = fresh
                above.append((name, given, 0, cell.pins[given][1]))
                fresh += 1
                added += 1
            if above == sinks:
                break  # buffers only, each as much as a buffer may drive
            sinks = above
    return added


def part(name, module, loaded, pins, gate_area, recipe=""):
    """Part of a module whose buffers are in."""
    cells = collections.Counter(cell["type"] for cell in module["cells"].values()
                                if cell["type"] != "$scopeinfo")
    boxes = {kind: count for kind, count in cells.items()
             if kind in pins.parts or kind in pins.rams}
    own = {kind: count for kind, count in cells.items() if kind not in boxes}
    area = sum(count * (gate_area if kind == mapping.GATE else loaded.area(kind))
               for kind, count in own.items())
    sinks = sinks_of(module, pins)
    loads = {(port, index): sum(sink[3] for sink in sinks.get(bit, ()))
             for port, entry in module["ports"].items() if entry["direction"] == "input"
             for index, bit in enumerate(entry["bits"])}
    return Part(name, module, area, own, boxes, loads, recipe)
