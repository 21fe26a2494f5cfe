#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Loads, slews, table look-ups and units against OpenSTA's report_power, on chains of Nangate45.

OpenSTA 2.0.17 (Debian 12) takes no activity of inner pins and adds the energies of a rising and a
falling edge for each transition: its internal power is halved before the comparison. Buffers only,
for there its propagated activity is exact, and its choice of tables.
"""
import re
import shutil
import subprocess
import tempfile
import pathlib
import gzip

import bench
import numpy

LIBRARY = bench.ROOT.parent / "shared/pdk/nangate45/nangate45_typ.lib.gz"
CYCLES, STAGES, CHAINS = 402, 6, 12


def netlist():
    """Chains of buffers of random sizes, every net with 0 to 12 inverters more."""
    rng = numpy.random.default_rng(5)
    lines = [f"module top(clk_i, a);\n  input clk_i; input [{CHAINS - 1}:0] a;"]
    for chain in range(CHAINS):
        before = f"a[{chain}]"
        for stage in range(STAGES):
            size = rng.choice(["BUF_X1", "BUF_X2", "BUF_X4", "CLKBUF_X1"])
            name = f"n{chain}_{stage}"
            lines.append(f"  wire {name};\n  {size} u{chain}_{stage} (.A({before}), .Z({name}));")
            for load in range(rng.integers(1, 12)):
                lines.append(f"  INV_X1 l{chain}_{stage}_{load} (.A({name}));")
            before = name
    return "\n".join([*lines, "endmodule", ""])


def opensta(verilog, library):
    """Instance -> watts (internal, switching, leakage) by OpenSTA, one transition a cycle."""
    with tempfile.TemporaryDirectory(prefix="flashd_energy_sta_") as name:
        folder = pathlib.Path(name)
        (folder / "top.v").write_text(verilog, encoding="utf-8")
        # Its default wire load would add capacitance.
        (folder / "cells.lib").write_text(re.sub(r"default_wire_load\s*:[^;]*;", "", library),
                                          encoding="utf-8")
        lines = ["read_liberty cells.lib", "read_verilog top.v", "link_design top",
                 "create_clock -name clk -period 2.0 [get_ports clk_i]",
                 "set_input_transition 0.02 [all_inputs]",
                 "set_input_delay 0.0 -clock clk [get_ports a*]"]
        lines += [f"sta::set_power_input_port_activity [get_ports a[{chain}]] 1.0 0.5"
                  for chain in range(CHAINS)]
        (folder / "run.tcl").write_text(
            "\n".join([*lines, "report_power -instances [get_cells u*] -digits 10", "exit", ""]),
            encoding="utf-8")
        done = subprocess.run(["sta", "-no_splash", "-exit", "run.tcl"], cwd=folder, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    rows = re.findall(r"^\s*(\S+)\s+(\S+)\s+(\S+)\s+\S+\s+(u\d+_\d+)$", done.stdout, re.MULTILINE)
    return {name: tuple(map(float, row)) for *row, name in rows}


def main():
    check = bench.Check()
    if not shutil.which("sta"):
        raise FileNotFoundError("no sta: install opensta")
    if not LIBRARY.exists():
        raise FileNotFoundError("no shared/pdk beside the repository, Nangate45 is read from there")
    verilog = netlist()
    theirs = opensta(verilog, gzip.decompress(LIBRARY.read_bytes()).decode("utf-8"))
    check.true(f"OpenSTA reports {len(theirs)} instances", len(theirs) == CHAINS * STAGES)
    made = bench.tables(verilog, [LIBRARY], input_slew=20e-12)
    for cell in made.netlist.cells:
        cell.name = cell.name.replace("_", "s") + ".cell"  # every cell a unit of its own
    bits = numpy.tile((numpy.arange(CYCLES) % 2).astype(numpy.uint8)[:, None], (1, CHAINS))
    activity = bench.run(made, {"a": bits}, depth=1)
    watts = activity.trace[2:].mean(axis=0) / bench.PERIOD
    worst = 0.0
    for name, (internal, switching, _) in theirs.items():
        own = watts[activity.units.index(name.replace("_", "s"))]
        check.near(f"{name}: switching, uW", own[0] * 1e6, switching * 1e6, 1e-3)
        check.near(f"{name}: internal, uW", own[1] * 1e6, internal / 2 * 1e6, 0.02)
        worst = max(worst, abs(own[1] / (internal / 2) - 1))
    total = [sum(row[place] for row in theirs.values()) for place in (0, 1)]
    place = [number for number, unit in enumerate(activity.units) if unit.startswith("u")]
    print(f"internal {watts[place, 1].sum() * 1e6:.3f} uW, OpenSTA {total[0] / 2 * 1e6:.3f}; "
          f"switching {watts[place, 0].sum() * 1e6:.3f} uW, OpenSTA {total[1] * 1e6:.3f}; "
          f"worst buffer's internal off by {100 * worst:.2f} %")
    return check.end()


if __name__ == "__main__":
    bench.start(main)
