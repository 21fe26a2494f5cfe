#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Parts of the flow of lanes by themselves: the next stronger cell, memories before a replay, trees
of buffers."""
import contextlib
import io
import types

import synth

import build  # noqa: E402
import lane  # noqa: E402
import lanes  # noqa: E402
import library  # noqa: E402
import main as main_of_flow  # noqa: E402
import mapping  # noqa: E402
import memory  # noqa: E402
import netlist  # noqa: E402
import replay  # noqa: E402
import run  # noqa: E402
import sizing  # noqa: E402

# Cell of the default library -> the next stronger one of the same function.
STRONGER = {"INVX1": "INVX4", "INVX4": "INVX8", "INVX8": None, "BUFX2": "BUFX4", "FAX1": None,
            "NAND2X1": None, "no such cell": None}

# Loads of the sinks of one net, in parts of what a driver may have.
NETS = [(0.5, 0.5), (0.6, 0.6), (0.93,) * 18, (0.01,) * 300, (0.9, 0.05) * 9, (0.7,) * 40,
        (0.02,) * 60 + (0.95,) * 3, (1.2, 0.1)]


def heaviest(loaded, parts_of_limit):
    """(load of the heaviest net after add_buffers, number of sinks that its net still reaches,
    buffers), load in parts of what a driver may have; nets of one sink left out."""
    limit = netlist.FANOUT * loaded.cells[loaded.library.nand2].pins_load()
    boxes = {f"box{index}": types.SimpleNamespace(
        loads={("a", 0): part * limit}, data={"ports": {"a": {"direction": "input"}}})
        for index, part in enumerate(parts_of_limit)}
    module = {"ports": {"a": {"direction": "input", "bits": [2]}},
              "cells": {f"u_{name}": {"type": name, "connections": {"a": [2]}} for name in boxes}}
    pins = netlist.Pins(loaded, boxes, [])
    added = netlist.add_buffers(module, loaded, pins)
    sinks = netlist.sinks_of(module, pins)
    drivers = {out: given for given, out in netlist.buffers(module, loaded).values()}
    reached = 0
    for cell in module["cells"].values():
        bit = cell["connections"].get("a", [None])[0] if cell["type"] in boxes else None
        while bit in drivers:
            bit = drivers[bit]
        reached += bit == 2
    worst = max((sum(sink[3] for sink in net) / limit for net in sinks.values() if len(net) > 1),
                default=0.0)
    return worst, reached, added

# A clock gate that the liberty file keeps tools from.
GATE = """cell (icg) { area : 1; clock_gating_integrated_cell : "latch_posedge"; dont_use : true;
pin (GCLK) {
 clock_gate_out_pin : true;
}
pin (CLK) {
 clock_gate_clock_pin : true;
}
pin (GATE) {
 clock_gate_enable_pin : true;
} }
""".replace("; ", ";\n")


def named_gate():
    """The line for a library that names its gate, and whether one that does not leaves it to Yosys."""
    cells = library.scan(GATE)
    plain = types.SimpleNamespace(gate=None, clock_gate="")
    named = types.SimpleNamespace(gate=None, clock_gate="icg")
    lines = [mapping.clock_gates(types.SimpleNamespace(
        library=each, cells=cells, gates={"icg"}, flop_files=lambda: ["cells.lib"]))
        for each in (named, plain)]
    return lines[0] == "clockgate -pos icg GATE:CLK:GCLK -min_net_size 8" and \
        lines[1] == "clockgate -liberty cells.lib -min_net_size 8"


def recipes():
    """Every recipe is what its name says; what is no name, module or folder for it is refused."""
    kinds = [mapping.Recipe(script, adders, block, extract, effort)
             for script in mapping.ABC for adders, block, extract in
             ((False, 0, False), (True, 0, True), (True, 12, False)) for effort in (1.0, 0.6)]
    good = all(mapping.Recipe.named(str(each)) == each for each in kinds)
    element = lanes.DESIGNS["a"].elements[0]
    for entry in ("nothing=keep gates", f"{element}=keep", f"{element}=none gates", element,
                  f"{element}=keep gates 2"):
        try:
            main_of_flow.taken(types.SimpleNamespace(take=[entry], out="elsewhere"))
            good = False
        except library.Unusable as sentence:
            good &= "\n" not in str(sentence)
    options = types.SimpleNamespace(take=[f"{element}=fast gates 0.60+"], out="elsewhere")
    wanted = {element: (mapping.Recipe("fast", effort=0.6), True)}
    good &= main_of_flow.taken(options) == wanted
    options.out = str(synth.rtl.ROOT / "out/synth")
    try:
        main_of_flow.taken(options)
    except library.Unusable:
        return good
    return False


def main():
    try:
        loaded = library.load(library.DEFAULT)
        cells = loaded.cells
    except library.Unusable as sentence:
        raise synth.rtl.Skip(str(sentence)) from sentence
    return synth.verdict(checks(loaded, cells))


def told(command):
    """(exit status, what it said on stderr) of a command."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        return command(), said.getvalue()


def checks(loaded, cells):
    """(sentence, whether it holds) of every part."""
    for name, wanted in STRONGER.items():
        got = sizing.stronger(cells, name)
        yield f"stronger than {name}: {got}", got == wanted
    text = replay.filled(memory.model(memory.Ram(40, 5, 3)))
    whole = "word < 5;" in text and "mem_q[word] = {$random, $random};" in text
    yield "5 words of 40 bits start at random, a collision is x", whole and text.count("1'bx") == 1
    for net in NETS:
        worst, reached, added = heaviest(loaded, net)
        yield (f"{len(net)} sinks of {sum(net):.2f} loads, {added} buffers, {reached} reached, the "
               f"heaviest net {worst:.2f}",
               worst <= 1.0 + 1e-9 and reached == len(net) and bool(added) == (sum(net) > 1.0))
    yield "recipes by their names, and what --take refuses", recipes()
    yield (f"edition {lane.EDITION} is of code {lane.EDITION_CODE}, here {build.CODE_HASH[:16]}: see "
           "synth/lane.py",
           build.CODE_HASH.startswith(lane.EDITION_CODE) and len(lane.EDITION_CODE) == 16)
    refused, said = told(lambda: main_of_flow.main(["--no-replay", "--out", "/dev/null/out"]))
    yield f"--out that cannot be made: {said}", refused == 2 and said.count("\n") == 1
    refused, said = told(lambda: run.main(["--top", "flashd_rotate", "--liberty", "/dev/null/lib"]))
    yield f"--liberty that cannot be read: {said}", refused == 2 and said.count("\n") == 1
    yield "a clock gate that is named, one that Yosys finds", named_gate()


if __name__ == "__main__":
    synth.run(main)
