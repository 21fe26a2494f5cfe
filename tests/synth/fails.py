#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The synthesis test can fail: modules with one defect each are refused, for the right reason."""
import synth

PORTS = """(
  input  logic       clk_i,
  input  logic       en_i,
  input  logic [3:0] addr_i,
  input  logic [7:0] a_i,
  input  logic [7:0] b_i,
  output logic [7:0] y_o
);
"""


def module(body, name="sample"):
    return f"module {name} {PORTS}{body}\nendmodule\n"


GOOD = {
    "register": module("always_ff @(posedge clk_i) if (en_i) y_o <= a_i + b_i;"),
    "division by a constant power of two": module("assign y_o = a_i / 4;"),
    "table with a read register": module(
        "function automatic logic [15:0][7:0] squares(); logic [15:0][7:0] t;"
        " for (int i = 0; i < 16; i++) t[i] = 8'(i * i + 3 * i); return t; endfunction"
        " localparam logic [15:0][7:0] Squares = squares();"
        " logic [7:0] table_q[16]; initial for (int i = 0; i < 16; i++) table_q[i] = Squares[i];"
        " always_ff @(posedge clk_i) if (en_i) y_o <= table_q[addr_i];"),
}

# Defect: (source, part of the sentence that names it).
BAD = {
    "always_latch": (module("always_latch if (en_i) y_o = a_i;"), "a latch"),
    "incomplete always": (module("always @(*) if (en_i) y_o = a_i;"), "a latch"),
    "division": (module("assign y_o = a_i / b_i;"), "a divider ($div"),
    "remainder": (module("assign y_o = a_i % b_i;"), "a divider ($mod"),
    "two drivers": (module("wire [7:0] x; assign x = a_i; assign x = b_i; assign y_o = x;"),
                    "conflicting drivers"),
    "no driver": (module("wire [7:0] x; assign y_o = a_i ^ x;"), "no driver"),
    "loop": (module("wire [7:0] x; assign x = en_i ? a_i : ~x; assign y_o = x;"), "logic loop"),
    "loop through two": (module("wire p, q; assign p = !(q && a_i[0]); assign q = !(p && a_i[1]);"
                                "assign y_o = {7'd0, p};"), "logic loop"),
    "black box": ("(* blackbox *) module box(input logic a_i, output logic y_o); endmodule\n" +
                  module("box u_box(.a_i(en_i), .y_o(y_o[0])); assign y_o[7:1] = a_i[7:1];"),
                  "not mapped"),
    "three-state": (module("assign y_o = en_i ? a_i : 'z;"), "a three-state driver"),
    "memory outside flashd_ram": (
        module("logic [7:0] m[16]; always_ff @(posedge clk_i) begin"
               " if (en_i) m[addr_i] <= a_i; y_o <= m[b_i[3:0]]; end"), "not in a flashd_ram"),
    "flashd_ram without a read register": (
        module("logic [7:0] mem_q[16]; always_ff @(posedge clk_i) if (en_i) mem_q[addr_i] <= a_i;"
               " assign y_o = mem_q[b_i[3:0]];", "flashd_ram") +
        module("flashd_ram u_ram (.*);"), "flashd_ram u_ram.mem_q was not kept as a memory"),
    "flashd_ram with two read ports": (
        module("logic [7:0] mem_q[16], p, q; assign y_o = p ^ q;"
               " always_ff @(posedge clk_i) begin if (en_i) mem_q[addr_i] <= a_i;"
               " p <= mem_q[b_i[3:0]]; q <= mem_q[b_i[7:4]]; end", "flashd_ram") +
        module("flashd_ram u_ram (.*);"), "flashd_ram u_ram.mem_q was not kept as a memory"),
    "flashd_ram with two write ports": (
        module("logic [7:0] mem_q[16]; always_ff @(posedge clk_i) begin"
               " if (en_i) mem_q[addr_i] <= a_i; if (a_i[0]) mem_q[b_i[3:0]] <= b_i;"
               " y_o <= mem_q[a_i[3:0]]; end", "flashd_ram") +
        module("flashd_ram u_ram (.*);"), "WR_PORTS is 2"),
}


def main():
    bad = 0
    for what, text in GOOD.items():
        result = synth.flow.synthesise("sample", {}, [], {"sample.sv": text})
        if result.problems:
            bad += 1
            print(f"FAILURE: {what} is refused: {result.problems}")
    for what, (text, sentence) in BAD.items():
        result = synth.flow.synthesise("sample", {}, [], {"sample.sv": text})
        said = [problem for problem in result.problems if sentence in problem]
        if said:
            print(f"refused: {what}: {said[0]}")
        else:
            bad += 1
            print(f"FAILURE: {what} is not refused as '{sentence}': {result.problems}")
    ram = synth.flow.synthesise("flashd_ram", {"Bits": 24, "Depth": 40},
                                ["rtl/common/flashd_ram.sv"])
    if ram.problems or list(ram.rams.values()) != [(40, 24)]:
        bad += 1
        print(f"FAILURE: flashd_ram is not kept as a memory of 40 x 24: {ram}")
    print("PASS" if bad == 0 else f"FAILURE: {bad} of the checks above failed")
    return 1 if bad else 0


if __name__ == "__main__":
    synth.run(main)
