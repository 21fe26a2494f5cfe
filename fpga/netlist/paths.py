#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The longest paths of a netlist of ECP5 cells (Yosys' write_json), before it is placed.

  paths.py NETLIST.json [--top NAME] [--speed 6|7|8] [--route NS] [--over NS ...] [--units N]

Delays of cells are those of Project Trellis' database, which nextpnr uses too; every net between
two cells costs the same --route (default 1 ns) but where the device has a wire of its own: LUT to
PFUMX, PFUMX or L6MUX21 to L6MUX21, carry to carry, and from any of them into the register behind
it. That is an estimate: it knows no distance and no fan-out. One clock; paths begin and end at
registers, memories and ports. Exit status 2: refused, 3: the wheel with the database is absent.
"""
import argparse
import collections
import itertools
import json
import pathlib
import re
import sys

FLOW = pathlib.Path(__file__).resolve().parents[1]
sys.path += [str(FLOW / "flow"), str(FLOW.parent / "synth")]

import lower  # noqa: E402
import rtl  # noqa: E402
import trellis  # noqa: E402

LOGIC = ("LUT4", "PFUMX", "L6MUX21", "CCU2C")
SLICE, CARRY, SMALL, BLOCK, MULTIPLIER = ("SLOGICB", "SCCU2C", "SDPRAME", "DP16KD:REGMODE_A=NOREG,"
                                          "REGMODE_B=NOREG", "MULT18X18D:REGS=NONE")
# Where the database's names for a cell's pins are others: (kind, pin) -> pin, of each place.
PINS = {"LUT4": {"Z": "F0", **{pin: pin + "0" for pin in "ABCD"}},
        "PFUMX": {"C0": "M0", "Z": "OFX0"},
        "L6MUX21": {"D0": "FXA", "D1": "FXB", "SD": "M1", "Z": "OFX1"},
        "CCU2C": {"CIN": "FCI", "COUT": "FCO", "S0": "F0", "S1": "F1"},
        "TRELLIS_DPR16X4": {"DO": "F1", "RAD": "RAD0", "DI": "WD0", "WAD": "WAD0"},
        "TRELLIS_FF": {"DI": "DI0", "Q": "Q0"}}
CELLS = {"LUT4": SLICE, "PFUMX": SLICE, "L6MUX21": SLICE, "CCU2C": CARRY, "TRELLIS_FF": SLICE,
         "TRELLIS_DPR16X4": SMALL, "DP16KD": BLOCK, "MULT18X18D": MULTIPLIER}
OUTPUTS = {"LUT4": "Z", "PFUMX": "Z", "L6MUX21": "Z", "CCU2C": "S|COUT", "TRELLIS_FF": "Q",
           "TRELLIS_DPR16X4": "DO", "DP16KD": "DO[AB]", "MULT18X18D": "P"}
CLOCKS = {"TRELLIS_FF": "CLK", "TRELLIS_DPR16X4": "WCK"}


class Delays:
    """The database's delays in ns: `through` a cell, `out` of its clock, `setup` before it."""

    def __init__(self, speed):
        path = trellis.database() / "ECP5" / "timing" / f"speed_{speed}" / "cells.json"
        self.paths, self.setups, self.known = {}, {}, {}
        for cell, entries in json.loads(path.read_text(encoding="ascii")).items():
            if cell not in CELLS.values():
                continue
            for entry in entries:
                if entry["type"] == "IOPath":
                    key = cell, entry["from_pin"], entry["to_pin"]
                    worst = max(entry["rising"][-1], entry["falling"][-1]) / 1000
                    self.paths[key] = max(self.paths.get(key, 0), worst)
                elif entry["type"] == "SetupHold":
                    key = cell, entry["pin"]
                    self.setups[key] = max(self.setups.get(key, 0), entry["setup"][-1] / 1000)
        # The database has a LUT behind its PFUMX as one path.
        self.mux = self.paths[SLICE, "A0", "OFX0"] - self.paths[SLICE, "A0", "F0"]

    def through(self, kind, source, sink):
        """From a pin to an output; None where there is no such path."""
        key = kind, source, sink
        if key not in self.known:
            if kind == "PFUMX" and source in ("ALUT", "BLUT"):
                self.known[key] = self.mux
            elif source == CLOCKS.get(kind):
                self.known[key] = None
            else:
                self.known[key] = self.paths.get((CELLS[kind], pin(kind, source), pin(kind, sink)))
        return self.known[key]

    def out(self, kind, sink):
        clock = CLOCKS.get(kind) or "CLK" + sink[2]  # DP16KD: DOA0 of CLKA
        return self.paths[CELLS[kind], clock, pin(kind, sink)]

    def setup(self, kind, sink):
        return self.setups.get((CELLS.get(kind), pin(kind, sink)))


def pin(kind, name):
    """The database's name of a pin; MULT18X18D has one for all bits of a port."""
    if kind == "MULT18X18D":
        return re.sub(r"\d+$", "", name)
    return PINS.get(kind, {}).get(name, name)


def direct(driver, driver_pin, kind, name):
    """Is the net between these pins a wire of its own?"""
    if driver not in LOGIC:
        return False
    return ((kind == "PFUMX" and name in ("ALUT", "BLUT")) or
            (kind == "L6MUX21" and name in ("D0", "D1")) or
            (kind == "CCU2C" and name == "CIN" and driver_pin == "COUT") or
            (kind == "TRELLIS_FF" and name == "DI"))


Reached = collections.namedtuple("Reached", "ns logic previous cell pin kind")
End = collections.namedtuple("End", "ns logic net cell pin kind")


class Paths:
    """Arrival of every net, and every end of a path."""

    def __init__(self, cells, inputs, outputs, delays, route):
        self.delays, self.route, self.reached, self.ends = delays, route, {}, []
        self.readers, self.waiting, self.cells = collections.defaultdict(set), {}, cells
        for net in inputs:
            self.reached[net] = Reached(0.0, 0.0, None, "", "input", "port")
        self.pins = [self.split(cell) for cell in cells]
        self.start()
        self.walk()
        for net in outputs:
            self.end(net, "", "output", "port", 0.0)
        for cell, (sources, _) in zip(cells, self.pins):
            for name, net in sources:
                setup = None if cell.kind in LOGIC else delays.setup(cell.kind, name)
                if setup is not None:
                    self.end(net, cell.name, name, cell.kind, setup)
        self.ends.sort(key=lambda end: -end.ns)

    @staticmethod
    def split(cell):
        """(inputs, outputs) as (pin, net); a bit of a bus has its port's name."""
        pins = [(port, bit) for port in cell.nets for bit in cell.bits(port)
                if bit not in ("0", "1", "x")]
        is_output = re.compile(rf"({OUTPUTS.get(cell.kind, 'CLKOP|LOCK')})\d*$").match
        return ([entry for entry in pins if not is_output(entry[0])],
                [entry for entry in pins if is_output(entry[0])])

    def start(self):
        """Outputs of clocked cells, and for others the nets that they wait for."""
        driven = {net for cell, (_, sinks) in zip(self.cells, self.pins)
                  if cell.kind != "EHXPLLL" for _, net in sinks}
        for index, (cell, (sources, sinks)) in enumerate(zip(self.cells, self.pins)):
            if cell.kind in CLOCKS or cell.kind == "DP16KD":
                for name, net in sinks:
                    delay = self.delays.out(cell.kind, name)
                    self.reached[net] = Reached(delay, delay, None, cell.name, name, cell.kind)
            if cell.kind in LOGIC or cell.kind in ("MULT18X18D", "TRELLIS_DPR16X4"):
                nets = {net for name, net in sources if net in driven and any(
                    self.delays.through(cell.kind, name, sink) for sink, _ in sinks)}
                self.waiting[index] = len(nets)
                for net in nets:
                    self.readers[net].add(index)

    def walk(self):
        """Nets in an order in which all that a cell needs is known. Raises lower.Refused."""
        early = [net for net in self.reached if self.readers[net]]
        ready = [index for index, count in self.waiting.items() if not count]
        done = set()

        def release(net):
            for index in self.readers[net]:
                self.waiting[index] -= 1
                if not self.waiting[index]:
                    ready.append(index)

        small = {net for cell, (_, sinks) in zip(self.cells, self.pins)
                 if cell.kind == "TRELLIS_DPR16X4" for _, net in sinks}
        for net in early:
            if net not in small:
                release(net)
        while ready:
            index = ready.pop()
            done.add(index)
            for net in self.pass_through(index):
                release(net)
        if len(done) != len(self.waiting):
            stuck = next(self.cells[i].name for i in self.waiting if i not in done)
            raise lower.Refused(f"{stuck} is in a loop of logic, or waits for one.")

    def arrival(self, net, kind, name):
        """(ns, logic) of a net at a pin; None if nothing comes there."""
        at = self.reached.get(net)
        if at is None:
            return None
        free = direct(at.kind, at.pin, kind, name)
        return at.ns + (0 if free else self.route), at.logic

    def pass_through(self, index):
        """The outputs of a cell whose inputs are known."""
        cell, (sources, sinks) = self.cells[index], self.pins[index]
        for sink, net in sinks:
            for name, source in sources:
                delay = self.delays.through(cell.kind, name, sink)
                at = self.arrival(source, cell.kind, name)
                if delay is None or at is None:
                    continue
                if net not in self.reached or at[0] + delay > self.reached[net].ns:
                    self.reached[net] = Reached(at[0] + delay, at[1] + delay, source, cell.name,
                                                sink, cell.kind)
            yield net

    def end(self, net, cell, name, kind, setup):
        at = self.arrival(net, kind, name)
        if at:
            self.ends.append(End(at[0] + setup, at[1] + setup, net, cell, name, kind))

    def trace(self, end):
        """The nets of a path, from its begin."""
        found, net = [], end.net
        while net is not None:
            found.append(self.reached[net])
            net = self.reached[net].previous
        return found[::-1]


def analyse(design, top, delays, route):
    """Paths of the one module with cells. Raises lower.Refused."""
    module = lower.only_module(design, top)[1]
    cells = [lower.Cell(name, entry) for name, entry in module["cells"].items()
             if entry["type"] != "$scopeinfo"]
    nets = {which: [str(bit) for port in module["ports"].values() if port["direction"] == which
                    for bit in port["bits"]] for which in ("input", "output")}
    return Paths(cells, nets["input"], nets["output"], delays, route)


def text(paths, over):
    """The longest path, pin by pin, and how many ends are later than `over`."""
    worst = paths.ends[0]
    lines = [f"{worst.ns:.2f} ns, {worst.logic:.2f} ns of it logic: {1000 / worst.ns:.1f} MHz"]
    lines += [f"  {at.ns:7.2f}  {at.kind:15} {at.pin:5} {at.cell}" for at in paths.trace(worst)]
    lines.append(f"  {worst.ns:7.2f}  {worst.kind:15} {worst.pin:5} {worst.cell}")
    return "\n".join(lines + [f"{len(paths.ends)} ends of paths"] + [
        f"  over {limit:g} ns: {sum(end.ns > limit for end in paths.ends)}" for limit in over])


def unit(name):
    """Instance that a cell is in: the names of instances and generate blocks before its own."""
    return ".".join(itertools.takewhile(re.compile(r"u_|gen_").match, name.split("."))) or "top"


def between(paths, count):
    """Lines of the longest paths between different pairs of units, at most `count`."""
    found = {}
    for end in paths.ends:
        pair = unit(paths.trace(end)[0].cell), unit(end.cell)
        if pair not in found:
            if len(found) == count:
                break
            found[pair] = end
    return [f"  {end.ns:7.2f}  {begin} -> {last}" for (begin, last), end in found.items()]


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("netlist", type=pathlib.Path)
    parser.add_argument("--top")
    parser.add_argument("--speed", choices=("6", "7", "8"), default="6")
    parser.add_argument("--route", type=float, default=1.0, metavar="NS")
    parser.add_argument("--units", type=int, default=0, metavar="N",
                        help="also the longest path of N pairs of units, begin and end")
    parser.add_argument("--over", type=float, nargs="*", default=[25, 22, 20, 18], metavar="NS")
    options = parser.parse_args(arguments)
    try:
        design = json.loads(options.netlist.read_text(encoding="utf-8"))
        paths = analyse(design, options.top, Delays(options.speed), options.route)
        if not paths.ends:
            raise lower.Refused("The netlist has no path that ends in a register, memory or port.")
        print("\n".join([text(paths, options.over), *between(paths, options.units)]))
    except (lower.Refused, trellis.Strange) as error:
        print(f"paths.py: {error}", file=sys.stderr)
        return 2
    except rtl.Skip as error:
        print(f"paths.py: {error}", file=sys.stderr)
        return 3
    except OSError as error:
        print(f"paths.py: {error.filename}: {error.strerror}.", file=sys.stderr)
        return 2
    except (ValueError, KeyError, TypeError, AttributeError):
        print(f"paths.py: {options.netlist} is no netlist of Yosys' write_json.", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
