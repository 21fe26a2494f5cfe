#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The program synth/energy.py: figures add up, a wrong netlist and bad files do not pass."""
import json
import pathlib
import subprocess
import sys
import tempfile

import bench
import energy_vectors
import numpy

# A lane in little: a product of one bit, a register, and outputs that tell.
LANE = """module top(input clk_i, input rst_ni, input valid_i, input k_i, input v_i, output ready_o,
           output o_valid_o, output [1:0] o_o);
  wire n, high, low;
  {kind} u_mul (.A(k_i), .B(v_i), .Y(n));
  DFF u_valid (.D(valid_i), .RN(rst_ni), .CK(clk_i), .Q(o_valid_o));
  DFF u_low (.D(n), .RN(rst_ni), .CK(clk_i), .Q(o_o[0]));
  DFF u_high (.D(o_o[0]), .RN(rst_ni), .CK(clk_i), .Q(o_o[1]));
  INV u_ready (.A(low), .Y(ready_o));
  assign low = 1'b0;
endmodule
"""
CYCLES, KEYS = 60, 40


def record(stem):
    """Random vectors of the lane, outputs told by hand."""
    rng = numpy.random.default_rng(3)
    bits = {name: rng.integers(0, 2, (CYCLES, 1)).astype(numpy.uint8)
            for name in ("rst_ni", "valid_i", "k_i", "v_i")}
    bits["rst_ni"][:] = 1
    bits["rst_ni"][:4] = 0
    bits["valid_i"][:] = 0
    bits["valid_i"][10:10 + KEYS] = 1
    low = numpy.zeros(CYCLES, numpy.uint8)
    valid = numpy.zeros(CYCLES, numpy.uint8)
    high = numpy.zeros(CYCLES, numpy.uint8)
    for cycle in range(1, CYCLES):
        if bits["rst_ni"][cycle]:
            kept = bits["rst_ni"][cycle - 1][0]
            low[cycle] = kept & (1 - (bits["k_i"][cycle - 1][0] & bits["v_i"][cycle - 1][0]))
            high[cycle] = kept & low[cycle - 1]
            valid[cycle] = kept & bits["valid_i"][cycle - 1][0]
    known = numpy.ones(CYCLES, bool)
    energy_vectors.write(stem + ".in", energy_vectors.Vectors(
        CYCLES, bits, {name: known for name in bits}))
    outputs = {"ready_o": numpy.ones((CYCLES, 1), numpy.uint8), "o_valid_o": valid[:, None],
               "o_o": numpy.stack([low, high], axis=1)}
    seen = {name: known for name in outputs}
    seen["o_o"] = valid.astype(bool)
    energy_vectors.write(stem + ".out", energy_vectors.Vectors(CYCLES, outputs, seen))


def tool(folder, *options, netlist="lane.v", stem="lane"):
    command = [sys.executable, "-B", str(bench.ROOT / "synth/energy.py"), "--netlist",
               str(folder / netlist), "--liberty", str(bench.HERE / "small.lib"), "--vectors",
               str(folder / stem), "--clock", "2.0", "--top", "top", *options]
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    return done.returncode, done.stdout


def figures(check, folder):
    status, said = tool(folder, "--json", str(folder / "lane.json"), "--trace",
                        str(folder / "trace.csv"), "--begin", "0", "--end", str(CYCLES))
    check.true(f"status {status}: {said}", status == 0)
    result = json.loads((folder / "lane.json").read_text(encoding="utf-8"))
    job = result["job"]
    check.near("keys", job["keys"], KEYS)
    check.near("window", job["cycles"], CYCLES)
    rows = (folder / "trace.csv").read_text(encoding="utf-8").splitlines()[1:]
    traced = sum(float(row.split(",")[3]) for row in rows if int(row.split(",")[0]) < CYCLES)
    check.near("the trace adds up", traced, 1e3 * job["total_pj"], 1e-3)
    check.true("outputs compared", result["compared_bits"] >= 2 * CYCLES + 2 * KEYS)
    check.near("parts add up", sum(job["pj"].values()), job["total_pj"], 1e-5)
    check.near("units add up", sum(unit["total_fj_per_cycle"] for unit in job["units"].values()),
               1e3 * job["total_pj"] / job["cycles"], 1e-3)
    check.near("a key", job["pj_per_key"], job["total_pj"] / KEYS, 1e-5)
    check.true("idle costs less", result["idle"]["mw"] < 0.7 * job["mw"])
    check.true("idle costs the clock", result["idle"]["pj"]["clock"] > 0)
    check.near("idle toggles nothing else", result["idle"]["pj"]["switching"], 0)
    tool(folder, "--json", str(folder / "lane.json"))
    result = json.loads((folder / "lane.json").read_text(encoding="utf-8"))
    check.near("window from first key to last output", result["job"]["cycles"], KEYS + 1)


def main():
    check = bench.Check()
    with tempfile.TemporaryDirectory(prefix="flashd_energy_tool_") as name:
        folder = pathlib.Path(name)
        record(str(folder / "lane"))
        (folder / "lane.v").write_text(LANE.format(kind="NAND2"), encoding="utf-8")
        figures(check, folder)
        wrong = LANE.format(kind="NAND2").replace(".B(v_i)", ".B(1'b1)")
        (folder / "wrong.v").write_text(wrong, encoding="utf-8")
        status, said = tool(folder, netlist="wrong.v")
        check.true(f"a wrong netlist: {status}, {said}", status == 1 and "void" in said)
        (folder / "bad.in").write_text("rst_ni:1\n1\n", encoding="utf-8")
        status, said = tool(folder, stem="bad")
        check.true(f"a bad file: {status}, {said}", status == 2 and "expected a first line" in said)
        status, said = tool(folder, stem="none")
        check.true(f"no file: {status}, {said}", status == 2)
    return check.end()


if __name__ == "__main__":
    bench.start(main)
