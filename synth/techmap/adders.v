// SPDX-License-Identifier: Apache-2.0
// Sums of three become full adders of one bit. Adders become chains of them in blocks of `BLOCK bits:
// a block adds without a carry first, then counts up by the carry that comes from below. With BLOCK 0
// they are left to the prefix adders of Yosys.

(* techmap_celltype = "$fa" *)
module flashd_map_fa (A, B, C, X, Y);
  parameter WIDTH = 1;
  (* force_downto *) input [WIDTH-1:0] A, B, C;
  (* force_downto *) output [WIDTH-1:0] X, Y;
  genvar i;
  generate
    for (i = 0; i < WIDTH; i = i + 1) begin : bit
      \$__flashd_fa u_fa (.A(A[i]), .B(B[i]), .C(C[i]), .X(X[i]), .Y(Y[i]));
    end
  endgenerate
endmodule

(* techmap_celltype = "$alu" *)
module flashd_map_alu (A, B, CI, BI, X, Y, CO);
  parameter A_SIGNED = 0;
  parameter B_SIGNED = 0;
  parameter A_WIDTH = 1;
  parameter B_WIDTH = 1;
  parameter Y_WIDTH = 1;
  (* force_downto *) input [A_WIDTH-1:0] A;
  (* force_downto *) input [B_WIDTH-1:0] B;
  input CI, BI;
  (* force_downto *) output [Y_WIDTH-1:0] X, Y, CO;
  wire _TECHMAP_FAIL_ = `BLOCK == 0 || Y_WIDTH < 3;
  (* force_downto *) wire [Y_WIDTH-1:0] wide_a, wide_b, used_b, low, ones;
  wire [Y_WIDTH:0] rise, carry;
  genvar i;
  \$pos #(.A_SIGNED(A_SIGNED), .A_WIDTH(A_WIDTH), .Y_WIDTH(Y_WIDTH)) u_a (.A(A), .Y(wide_a));
  \$pos #(.A_SIGNED(B_SIGNED), .A_WIDTH(B_WIDTH), .Y_WIDTH(Y_WIDTH)) u_b (.A(B), .Y(wide_b));
  assign used_b = wide_b ^ {Y_WIDTH{BI}};
  generate
    for (i = 0; i < Y_WIDTH; i = i + 1) begin : bit
      localparam First = `BLOCK == 0 ? 0 : i - i % `BLOCK;
      if (i < `BLOCK) begin : gen_lowest
        if (i == 0) assign carry[0] = CI;
        \$__flashd_fa u_fa (.A(wide_a[i]), .B(used_b[i]), .C(carry[i]), .X(carry[i+1]), .Y(Y[i]));
      end else begin : gen_counted
        // low, rise: sum and carry without the carry of the block; ones: all of low up to here.
        if (i == First) assign ones[i] = low[i];
        else assign ones[i] = ones[i-1] & low[i];
        if (i == First) begin : gen_first
          assign low[i] = wide_a[i] ^ used_b[i];
          assign rise[i+1] = wide_a[i] & used_b[i];
          assign Y[i] = low[i] ^ carry[First];
        end else begin : gen_next
          \$__flashd_fa u_fa (.A(wide_a[i]), .B(used_b[i]), .C(rise[i]), .X(rise[i+1]), .Y(low[i]));
          assign Y[i] = low[i] ^ (ones[i-1] & carry[First]);
        end
        assign carry[i+1] = rise[i+1] | (ones[i] & carry[First]);
      end
    end
  endgenerate
  assign CO = carry[Y_WIDTH:1];
  assign X = wide_a ^ used_b;
endmodule
