#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Energies of small netlists against figures told by hand from small.lib."""
import bench
import energy_counts
import energy_vectors
import numpy

INVERTERS = """module pair(input a, output y);
  wire m;
  INV u_first (.A(a), .Y(m));
  INV u_second (.A(m), .Y(y));
endmodule
module top(input clk_i, input a, output y);
  pair u_pair (.a(a), .y(y));
endmodule
"""

HAZARD = """module top(input clk_i, input a, output y);
  wire n;
  {kind} u_turn (.A(a), .Y(n));
  NAND2 u_join (.A(a), .B(n), .Y(y));
endmodule
"""

ADDER = """module top(input clk_i, input a, input b, output c, output s);
  HA u_ha (.A(a), .B(b), .C(c), .S(s));
endmodule
"""

REGISTER = """module top(input clk_i, input rst_ni, input en_i, input d, output q);
  wire gated;
  GATE u_gate (.CK(clk_i), .E(en_i), .GCK(gated));
  DFF u_q (.D(d), .RN(rst_ni), .CK(gated), .Q(q));
endmodule
"""

MEMORY = """module flashd_ram_4x2(input clk_i, input we_i, input [1:0] waddr_i, input [1:0] wdata_i,
                      input re_i, input [1:0] raddr_i, output [1:0] rdata_o);
endmodule
module top(input clk_i, input we, input re, input a, input d, output y, output z);
  flashd_ram_4x2 u_store (.clk_i(clk_i), .we_i(we), .waddr_i({1'b0, a}), .wdata_i({d, d}),
    .re_i(re), .raddr_i({1'b0, a}), .rdata_o({y, z}));
endmodule
"""


def inverters(check):
    made = bench.tables(INVERTERS)
    # The input toggles in cycles 1 to 4; net m has 2 fF, y none; 1 V.
    activity = bench.run(made, bench.columns(a="0101000"))
    check.near("toggles of a, m, y and the clock", int(activity.toggles.sum()), 3 * 4 + 6 * 2)
    check.near("switching", bench.femtojoules(activity, "switching"), 4 * 0.5 * 2 + 4 * 0.5 * 2)
    # Loads 2 and 0 fF: rise 3 + 0.1 a fF, fall 1 + 0.1 a fF.
    check.near("internal", bench.femtojoules(activity, "internal"),
               2 * (3.2 + 1.2) + 2 * (3.0 + 1.0))
    # Always one inverter with A high and one with A low: 40 nW.
    check.near("leakage", bench.femtojoules(activity, "leakage"), 7 * 40e-9 * bench.PERIOD * 1e15)
    check.true("unit", activity.units == ["(inputs)", "u_pair"])
    wired = bench.run(bench.tables(INVERTERS, wire_base=1e-15, wire_fanout=2e-15),
                      bench.columns(a="0101000"))
    # A wire of 1 fF and 2 fF a pin on a, m and (the port) y.
    check.near("switching with wires", bench.femtojoules(wired, "switching"),
               4 * 0.5 * (5 + 5 + 3))


def hazard(check):
    """A pulse of 0.3 ns passes a gate of 0.1 ns; one of 0.04 ns does not."""
    for kind, pulses in (("SLOW", 1), ("INV", 0)):
        made = bench.tables(HAZARD.format(kind=kind))
        activity = bench.run(made, bench.columns(a="01100"))
        y = made.netlist.ports["y"][1][0]
        check.near(f"{kind}: toggles of y", int(activity.toggles[y]), 2 * pulses)
        check.near(f"{kind}: without glitches", int(activity.functional[y]), 0)
        # y falls when A rises and rises again when B falls: 2 and 8 fJ.
        both = bench.femtojoules(activity, "internal")
        turned = {"SLOW": 0.0, "INV": 1.2 + 3.2}[kind]
        check.near(f"{kind}: internal", both, turned + pulses * (2 + 8))
        levelled = bench.run(made, bench.columns(a="01100"), levelled=True)
        check.near(f"{kind}: levelled toggles", int(levelled.toggles[y]), 0)
        check.true(f"{kind}: levelled counts are the quiet ones",
                   (levelled.toggles == activity.functional).all())


def adder(check):
    vectors = bench.columns(a="0111", b="0011")
    # S rises by A (7), then B rises: C rises and S falls, 10 fJ told in both tables.
    once = bench.run(bench.tables(ADDER), vectors)
    check.near("half adder", bench.femtojoules(once, "internal"), 7 + 10)
    twice = bench.run(bench.tables(ADDER, both_outputs=True), vectors)
    check.near("half adder, both outputs", bench.femtojoules(twice, "internal"), 7 + 20)


def register(check):
    made = bench.tables(REGISTER)
    vectors = bench.columns(rst_ni="0111111", en_i="0011100", d="0010111")
    activity = bench.run(made, vectors)
    got = "".join(str(int(bit)) for bit in activity.outputs["q"][:, 0])
    check.true(f"q is {got}", got == "0001011")
    # Six rising and falling edges of the clock: pins of the gate (1 fF); three get through: gate
    # 3 + 3, flip-flop's pin 2 + 1, its load 1 fF.
    clock = 6 * 2 * 0.5 * 1 + 3 * (3 + 3 + 2 + 1 + 2 * 0.5 * 1)
    check.near("clock", bench.femtojoules(activity, "clock"), clock)
    # q rises, falls, rises.
    check.near("internal", bench.femtojoules(activity, "internal"), 9 + 7 + 9)
    off = bench.run(made, bench.columns(rst_ni="0111111", en_i="0000000", d="0010111"))
    check.near("gated off: clock", bench.femtojoules(off, "clock"), 6)
    check.near("gated off: internal", bench.femtojoules(off, "internal"), 0)


def memory(check):
    made = bench.tables(MEMORY)
    vectors = bench.columns(we="1100000", re="0011110", a="0101010", d="1000000")
    activity = bench.run(made, vectors)
    # Word 0 is 3, word 1 is 0; reads of 0, 1, 0, 1 appear a cycle later.
    got = "".join(str(int(bit)) for bit in activity.outputs["y"][:, 0])
    check.true(f"reads are {got}", got == "0001010")
    word = made.ram_word(made.netlist.memories[0]) * 1e15
    check.near("memory", bench.femtojoules(activity, "memory"), 6 * word)
    energy = bench.energy_tables.ram_bit_energy(8 * 8192, 0.9) * 64e12
    check.near("8 KB at 0.9 V: pJ of 64 bits", energy, 10.0)
    energy = bench.energy_tables.ram_bit_energy(4 * 8 * 8192, 0.9) * 64e12
    check.near("32 KB at 0.9 V: pJ of 64 bits", energy, 20.0)


def refusals(check):
    loop = "module top(input clk_i, output y); wire n; INV a (.A(y), .Y(n)); " \
           "INV b (.A(n), .Y(y)); endmodule"
    check.refused("loop", lambda: bench.tables(loop), "combinational loop")
    twice = "module top(input clk_i, input a, output y); INV u (.A(a), .Y(y)); INV v (.A(a), " \
            ".Y(y)); endmodule"
    check.refused("two drivers", lambda: bench.tables(twice), "two drivers")
    floating = "module top(input clk_i, output y); wire n; INV u (.A(n), .Y(y)); endmodule"
    check.refused("no driver", lambda: bench.tables(floating), "no driver")
    unknown = "module top(input clk_i, input a, output y); ODD u (.A(a), .Y(y)); endmodule"
    check.refused("unknown cell", lambda: bench.tables(unknown), "not in the liberty file")
    made = bench.tables(INVERTERS)
    check.refused("missing port", lambda: bench.run(made, bench.columns(b="01")), "port a of")
    wide = {"a": numpy.zeros((2, 1), numpy.uint8), "b": numpy.zeros((2, 1), numpy.uint8)}
    check.refused("port too many", lambda: bench.run(made, wide), "has no port b")


def lane_counts(check):
    """Tiles and toggles of a lane of two elements, told by hand."""
    # Rows 0, 1, 0, 0, 0: row 1's first run sees nothing, row 0 starts afresh with the last one.
    bits = bench.columns(valid_i="00110110011011011", begin_i="00100100010010010",
                         end_i="00010010001001001", first_i="00100100000000010",
                         visible_i="00110000011011011", run_i="01001000100100100",
                         q_valid_i="11000000000000000")
    rows = [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    bits["run_row_i"] = numpy.array([[row, 0, 0] for row in rows], numpy.uint8)
    # Row 0 has a query above zero, row 1 one below: with 1.0 they have products of 10 bits. The
    # second element is zero.
    bits["q_row_i"] = numpy.array([[cycle, 0, 0] for cycle in (0, 1)] + [[0] * 3] * 15, numpy.uint8)
    query = (-133 & 0x3FF) << 8 | 0x80
    bits["q_i"] = numpy.array([[(query | cycle << 18) >> bit & 1 for bit in range(19)] + [0] * 19
                               for cycle in (0, 1)] + [[1] * 38] * 15, numpy.uint8)
    # 1.0, -1.5; 1.0, 0; the least subnormal, 1.0; 1.0 twice; -1.0 twice.
    keys = {2: 0x3F80, 3: 0xBFC0, 5: 0x3F80, 6: 0x0000, 9: 0x0001, 10: 0x3F80, 12: 0x3F80,
            13: 0x3F80, 15: 0xBF80, 16: 0xBF80}
    bits["k_i"] = numpy.array([[keys.get(cycle, 0x7F7F) >> bit & 1 for bit in range(16)] * 2
                               for cycle in range(len(rows))], numpy.uint8)
    known = {name: numpy.ones(len(rows), bool) for name in bits}
    inputs = energy_vectors.Vectors(len(rows), bits, known)
    ready = {"ready_o": numpy.ones((len(rows), 1), numpy.uint8)}
    outputs = energy_vectors.Vectors(len(rows), ready, {"ready_o": numpy.ones(len(rows), bool)})
    merged, firsts = energy_counts.tiles(inputs, outputs)
    check.near("merged tiles", merged, 2)
    check.near("first tiles", firsts, 2)
    # Signs of the first element: at -1.5, at -1.0, and at the subnormal, which has no bits.
    signs, moved = energy_counts.toggles(inputs, outputs)
    check.near("bits of products", signs, 10 + 10)
    check.near("bits of significands", moved, 2 * (1 + 1 + 1 + 1 + 1 + 2))
    ready["ready_o"][9:] = 0
    signs, moved = energy_counts.toggles(inputs, outputs)
    check.near("bits of products that are taken", signs, 10)
    check.near("bits of significands that are taken", moved, 2 * (1 + 1 + 1 + 1))
    check.near("runs that are not taken", sum(energy_counts.tiles(inputs, outputs)), 1)


def main():
    check = bench.Check()
    for part in (inverters, hazard, adder, register, memory, refusals,
                 lane_counts):
        part(check)
    return check.end()


if __name__ == "__main__":
    bench.start(main)
