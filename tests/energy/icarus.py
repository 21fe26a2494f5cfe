#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A random netlist in gatesim.c and in Icarus Verilog: toggles of every net.

Without glitches the counts are equal. With them they may differ a little: where several inputs of a
cell change in the same instant, Icarus and gatesim.c may take them in another order.
"""
import random
import tempfile

import bench
import energy_icarus
import numpy

CELLS, FLOPS, INPUTS, CYCLES = 400, 40, 12, 120
SEED = 20261121


def netlist(rng):
    """Random gates in three kinds between flip-flops of two clocks, one of them gated."""
    ports = [f"i{place}" for place in range(INPUTS)]
    inputs = "".join(f"input {name}, " for name in ports)
    lines = [f"module top(input clk_i, input rst_ni, input en_i, {inputs}output y);",
             "  wire gated;", "  GATE u_gate (.CK(clk_i), .E(en_i), .GCK(gated));"]
    nets = [*ports, *(f"q{place}" for place in range(FLOPS))]
    lines += [f"  wire q{place};" for place in range(FLOPS)]
    for place in range(CELLS):
        # Recent nets come first, so that the logic is deep enough for glitches.
        a, b = rng.choice(nets), rng.choice(nets[-60:])
        kind = rng.choice(["NAND2", "NAND2", "HA", "INV", "SLOW"])
        lines.append(f"  wire n{place}, m{place};")
        if kind == "HA":
            lines.append(f"  HA u{place} (.A({a}), .B({b}), .C(m{place}), .S(n{place}));")
            nets += [f"m{place}", f"n{place}"]
        else:
            pins = f".A({b})" if kind != "NAND2" else f".A({a}), .B({b})"
            lines.append(f"  {kind} u{place} ({pins}, .Y(n{place}));")
            nets.append(f"n{place}")
    for place in range(FLOPS):
        clock = "gated" if place % 2 else "clk_i"
        lines.append(f"  DFF r{place} (.D({rng.choice(nets[-150:])}), .RN(rst_ni), .CK({clock}), "
                     f".Q(q{place}));")
    return "\n".join([*lines, f"  assign y = {nets[-1]};", "endmodule", ""])


def main():
    check = bench.Check()
    rng = random.Random(SEED)
    made = bench.tables(netlist(rng))
    energy_icarus.one_delay(made)
    # Cells of one type with one delay would all tie.
    for place, number in enumerate(made.type):
        size = 2 * len(made.types[number].inputs) * len(made.types[number].outputs)
        made.delays[made.delay[place]:made.delay[place] + size] *= 0.6 + 0.8 * rng.random()
    vectors = {name: numpy.array([[rng.randrange(2)] for _ in range(CYCLES)], numpy.uint8)
               for name, (direction, _) in made.netlist.ports.items()
               if direction == "input" and name != "clk_i"}
    vectors["rst_ni"][:2], vectors["rst_ni"][2:] = 0, 1
    # Long enough for the slowest path: a late edge would tell orders of events, not toggles.
    period = 40e-9
    own = bench.energy_sim.run(made, vectors, CYCLES, period)
    with tempfile.TemporaryDirectory(prefix="flashd_energy_icarus_") as folder:
        toggles, functional = energy_icarus.run(made, vectors, CYCLES, period, folder)
    for net in range(2, made.nets):
        check.near(f"net {net} without glitches", int(own.functional[net]), int(functional[net]))
    total, theirs = int(own.toggles.sum()), int(toggles.sum())
    print(f"{total} toggles, {theirs} in Icarus, {int(functional.sum())} without glitches")
    check.true("enough toggles", total > 20 * made.nets)
    check.true("enough glitches", total > 1.2 * functional.sum())
    check.true("toggles within 2 %", abs(total - theirs) < 0.02 * theirs)
    return check.end()


if __name__ == "__main__":
    bench.start(main)
