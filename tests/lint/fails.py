#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The lint run of the engine can fail: small modules with one defect each are not clean.

Each defect must be reported under its own name; the same module without defects must be clean. A
waiver that is too wide would let one of them through, so they carry the names of engine files.
"""
import pathlib
import tempfile

import lint

GOOD = """// SPDX-License-Identifier: Apache-2.0
module flashd_sample #(
  parameter int Bits = 8
) (
  input  logic            clk_i,
  input  logic            en_i,
  input  logic [Bits-1:0] data_i,
  output logic [Bits-1:0] data_o
);
  logic [Bits-1:0] sum;
  assign sum = data_i + Bits'(1);
  always_ff @(posedge clk_i) begin
    if (en_i) data_o <= sum;
  end
endmodule
"""

# Defect: (warning, text, replacement).
DEFECTS = {
    "width": ("WIDTH", "data_i + Bits'(1)", "{1'b0, data_i} + 9'd1"),
    "unused signal": ("UNUSEDSIGNAL", "  logic [Bits-1:0] sum;",
                      "  logic [Bits-1:0] sum;\n  logic idle;\n  assign idle = !en_i;"),
    "undriven signal": ("UNDRIVEN", "  assign sum = data_i + Bits'(1);\n", ""),
    "latch": ("LATCH", "  assign sum = data_i + Bits'(1);",
              "  always_comb if (en_i) sum = data_i;"),
    "blocking": ("BLKSEQ", "data_o <= sum", "data_o = sum"),
    "two drivers": ("MULTIDRIVEN", "endmodule",
                    "  always_ff @(negedge clk_i) data_o <= '0;\nendmodule"),
    "loop": ("UNOPTFLAT", "data_i + Bits'(1)", "data_i + (sum >> 1)"),
    "missing case": ("CASEINCOMPLETE", "  assign sum = data_i + Bits'(1);",
                     "  always_comb begin\n    sum = data_i;\n    case (data_i[1:0])\n"
                     "      2'd0: sum = '0;\n      2'd1: sum = '1;\n    endcase\n  end"),
}


def main():
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        # Under a path that the engine's waivers match.
        path = pathlib.Path(folder) / "rtl/engine/flashd_sample.sv"
        path.parent.mkdir(parents=True)
        files = ["rtl/lint/waivers.vlt", str(path)]
        path.write_text(GOOD, encoding="utf-8")
        status, text = lint.verilator({}, files=files, top="flashd_sample")
        if status or text.strip():
            bad += 1
            print(f"FAILURE: the module without defects is not clean\n{text}")
        for what, (warning, old, new) in DEFECTS.items():
            if old not in GOOD:
                raise ValueError(f"{what}: the defect does not apply")
            path.write_text(GOOD.replace(old, new), encoding="utf-8")
            status, text = lint.verilator({}, files=files, top="flashd_sample")
            if status and f"-{warning}" in text:
                print(f"caught: {what} ({warning})")
            else:
                bad += 1
                print(f"FAILURE: a module with a defect ({what}) passes without {warning}\n{text}")
    return lint.verdict(bad)


if __name__ == "__main__":
    lint.run(main)
