# SPDX-License-Identifier: Apache-2.0
"""Replay: recorded port vectors of a lane's RTL, which was compared with golden, on its netlist.

STEM.in and STEM.out are those of sim/lane/recorder.hpp. Icarus Verilog simulates the netlist with
the functions of the liberty file, without delays. Flip-flops and memories start with random bits; a
word that is read while it is written is x. Every output bit that means something in a cycle is
compared; an x is a mismatch.
"""
import dataclasses
import pathlib
import re
import subprocess

import rtl
import yosys


class Broken(Exception):
    """The replay cannot be done: one sentence."""


@dataclasses.dataclass
class Outcome:
    """Cycles replayed; words of outputs compared; mismatches, and the first of them."""
    cycles: int
    outputs: int
    mismatches: int
    first: str = ""


@dataclasses.dataclass
class Vectors:
    ports: list   # (name, bits)
    lines: list   # per cycle: list of words


def read(path):
    """Vectors of a file of the recorder. Raises Broken."""
    try:
        lines = pathlib.Path(path).read_text(encoding="ascii").splitlines()
    except OSError as error:
        raise Broken(f"The vectors {path} cannot be read: {error.strerror}.") from error
    if not lines or not lines[0].startswith("//"):
        raise Broken(f"{path}: the first line must name the ports, // name:bits name:bits.")
    ports = [(name, int(bits)) for name, bits in
             (entry.split(":") for entry in lines[0][2:].split())]
    words = [line.split() for line in lines[1:]]
    if not words or any(len(line) != len(ports) for line in words):
        raise Broken(f"{path}: {len(ports)} words in every line are expected.")
    return Vectors(ports, words)


def packed(line, ports):
    """Bits of one line as an integer, the first port lowest, and the mask of those that count."""
    value, mask, low = 0, 0, 0
    for word, (_, bits) in zip(line, ports):
        if word != "x":
            value |= int(word, 16) << low
            mask |= ((1 << bits) - 1) << low
        low += bits
    return value, mask


def bench(top, given, wanted):
    """Verilog of the test bench."""
    ins, outs = (sum(bits for _, bits in vectors.ports) for vectors in (given, wanted))
    cycles = len(given.lines)
    pins, declared, low = [".clk_i(clk)"], [], 0
    for name, bits in given.ports:
        pins.append(f".{name}(in[{low + bits - 1}:{low}])")
        low += bits
    checks, low = [], 0
    for name, bits in wanted.ports:
        declared.append(f"  wire [{bits - 1}:0] {name};")
        pins.append(f".{name}({name})")
        part = f"[{low + bits - 1}:{low}]"
        checks.append(
            f"      if (mask{part} != 0) begin outputs = outputs + 1; "
            f"if (({name} & mask{part}) !== (out{part} & mask{part})) begin\n"
            f"        if (bad == 0) $display(\"FIRST cycle %0d: {name} is %h, expected %h\", i, "
            f"{name}, out{part});\n        bad = bad + 1; end end")
        low += bits
    joined = ",\n    ".join(pins)
    return "\n".join([
        "`timescale 1ns/1ps", "module bench;", f"  reg [{ins - 1}:0] ins [0:{cycles - 1}];",
        f"  reg [{outs - 1}:0] values [0:{cycles - 1}];",
        f"  reg [{outs - 1}:0] masks [0:{cycles - 1}];",
        f"  reg [{ins - 1}:0] in;", f"  reg [{outs - 1}:0] out, mask;", "  reg clk;",
        "  integer i, outputs, bad;", *declared, f"  {top} dut (\n    {joined});",
        "  initial begin", "    $readmemh(\"ins.hex\", ins);",
        "    $readmemh(\"outs.hex\", values);",
        "    $readmemh(\"masks.hex\", masks);", "    clk = 0; outputs = 0; bad = 0;",
        f"    for (i = 0; i < {cycles}; i = i + 1) begin",
        "      in = ins[i]; out = values[i]; mask = masks[i];", "      #5;", *checks,
        "      clk = 1; #5; clk = 0;", "    end",
        "    $display(\"DONE %0d %0d %0d\", i, outputs, bad);", "    $finish;", "  end",
        "endmodule", ""])


def gate_model(name, cell):
    """Verilog of an integrated clock gate: the enable, held while the clock is high."""
    role = {pin[2]: label for label, pin in cell.pins.items()}
    clock, enable = role["clock_gate_clock_pin"], role["clock_gate_enable_pin"]
    out, test = role["clock_gate_out_pin"], role.get("clock_gate_test_pin")
    others = f", input {test}" if test else ""
    either = f"{enable} | {test}" if test else enable
    return (f"module {name} (input {clock}, input {enable}{others}, output {out});\n"
            f"  reg held;\n  always @* if (!{clock}) held = {either};\n"
            f"  assign {out} = {clock} & held;\nendmodule\n")


def models(loaded, files, used, where):
    """Verilog of the library cells in `used`, from the liberty files (name -> path)."""
    plain = [name for name in used if name in loaded.cells and not loaded.cells[name].gate]
    script = []
    for name in files:
        script.append(f"read_liberty -nooverwrite -ignore_miss_func -ignore_miss_dir "
                      f"-ignore_buses {name}")
    script += ["proc", "opt_clean", "select -none", *(f"select -add {name}" for name in plain),
               "write_verilog -noattr -selected cells.v"]
    with yosys.run(script, [], None, files, where) as run:
        if run.status:
            raise Broken("The liberty files give no models of the cells: " +
                         "; ".join(run.errors()))
        text = (run.folder / "cells.v").read_text(encoding="utf-8")
    text = re.sub(r"(?:^  reg \w+;\n|^  wire \w+;\n)+", started, text, flags=re.MULTILINE)
    return text + "".join(gate_model(name, loaded.cells[name]) for name in used
                          if name in loaded.gates)


def started(match):
    """Declarations with a random start of the registers among them, all of a cell the same."""
    names = re.findall(r"reg (\w+);", match[0])
    if not names:
        return match[0]
    rest = "".join(f" {name} = {names[0]};" for name in names[1:])
    return f"{match[0]}  initial begin {names[0]} = $random;{rest} end\n"


def filled(text):
    """Models of memories (memory.model) with random contents at the start.

    Like flip-flops: x would stay x where gates lead a word to an output on two ways that cancel.
    """
    def start(match):
        bits, depth = int(match[1]) + 1, int(match[2]) + 1
        word = ", ".join(["$random"] * ((bits + 31) // 32))
        return (f"{match[0]}\n  integer word;\n  initial for (word = 0; word < {depth}; "
                f"word = word + 1) mem_q[word] = {{{word}}};")

    return re.sub(r"reg \[(\d+):0\] mem_q \[0:(\d+)\];", start, text)


def write_hex(path, values):
    path.write_text("".join(f"{value:x}\n" for value in values), encoding="ascii")


def run(folder, stem, top, cells_text, with_memories):
    """Replays STEM.in and STEM.out on lane.v in `folder`. Raises Broken."""
    given, wanted = read(f"{stem}.in"), read(f"{stem}.out")
    if len(given.lines) != len(wanted.lines):
        raise Broken(f"{stem}.in and {stem}.out have {len(given.lines)} and {len(wanted.lines)} "
                     "cycles: they do not belong together.")
    write_hex(folder / "ins.hex", [packed(line, given.ports)[0] for line in given.lines])
    both = [packed(line, wanted.ports) for line in wanted.lines]
    write_hex(folder / "outs.hex", [value for value, _ in both])
    write_hex(folder / "masks.hex", [mask for _, mask in both])
    (folder / "bench.v").write_text(bench(top, given, wanted), encoding="utf-8")
    (folder / "cells.v").write_text(cells_text, encoding="utf-8")
    sources = ["bench.v", "lane.v", "cells.v"] + (["memories.v"] if with_memories else [])
    compiler = rtl.tool("iverilog", "it is Icarus Verilog, Debian's package iverilog.")
    steps = ([compiler, "-g2005", "-s", "bench", "-o", "replay.vvp", *sources],
             [rtl.tool("vvp", "it comes with Icarus Verilog."), "-n", "replay.vvp"])
    try:
        for step in steps:
            done = subprocess.run(step, cwd=folder, text=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, check=False)
            if done.returncode:
                raise Broken(f"The netlist cannot be simulated: {done.stdout.strip()[:300]}")
    finally:
        for name in ("ins.hex", "outs.hex", "masks.hex", "replay.vvp"):
            (folder / name).unlink(missing_ok=True)
    end = re.search(r"^DONE (\d+) (\d+) (\d+)$", done.stdout, re.MULTILINE)
    if not end:
        raise Broken(f"The simulation did not end: {done.stdout.strip()[-300:]}")
    first = re.search(r"^FIRST (.*)$", done.stdout, re.MULTILINE)
    return Outcome(int(end[1]), int(end[2]), int(end[3]), first[1] if first else "")


