// SPDX-License-Identifier: Apache-2.0
// A full adder with a constant addend becomes gates.
(* techmap_celltype = "$__flashd_fa" *)
module flashd_map_constant (A, B, C, X, Y);
  parameter _TECHMAP_CONSTMSK_A_ = 0;
  parameter _TECHMAP_CONSTMSK_B_ = 0;
  parameter _TECHMAP_CONSTMSK_C_ = 0;
  input A, B, C;
  output X, Y;
  wire _TECHMAP_FAIL_ = !_TECHMAP_CONSTMSK_A_ && !_TECHMAP_CONSTMSK_B_ && !_TECHMAP_CONSTMSK_C_;
  assign Y = A ^ B ^ C;
  assign X = (A & B) | (A & C) | (B & C);
endmodule
