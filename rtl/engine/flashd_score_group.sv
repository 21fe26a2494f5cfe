// SPDX-License-Identifier: Apache-2.0
/// Products of up to 16 elements of a query and a key on the absolute grid, compressed to two
/// numbers and two carries of weight 1: their sum is the sum of the products (arith::product), each
/// raised by 2^(ProductBits-1) so that no sign is extended.
///
/// `grid_legal_i`: see flashd_product_align. `sat_o`: a product was beyond the grid.
/// Latency: 2 cycles, one beat per cycle. Back-pressure: none; without `valid_i` registers rest.
/// Does not: propagate carries, or take off what the products are raised by.
module flashd_score_group #(
  parameter int Profile = 0,
  parameter int Sig = 8,
  parameter int Group = 16,
  parameter int MaxHeadDim = 16,
  localparam int Extra = ($clog2(MaxHeadDim) + 1) / 2,
  // Signed value of a product: 12 + F + Extra bits of magnitude.
  localparam int ProductBits =
      flashd_spec_pkg::ProductRangeLog2 + flashd_spec_pkg::score_frac(Profile) + Extra + 1,
  // Raised products are below 2^ProductBits, and with them every number of the tree.
  localparam int GroupBits = ProductBits + $clog2(Group)
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic                      valid_i,
  input  logic [Group-1:0]          q_neg_i,
  input  logic [Group-1:0][9:0]     q_exp_i,
  input  logic [Group-1:0][Sig-1:0] q_sig_i,
  input  logic [Group-1:0]          k_neg_i,
  input  logic [Group-1:0][7:0]     k_exp_i,
  input  logic [Group-1:0][Sig-1:0] k_sig_i,
  input  logic [Extra-1:0]          grid_legal_i,
  output logic [GroupBits-1:0]      sum_o,
  output logic [GroupBits-1:0]      carry_o,
  output logic [1:0]                left_o,
  output logic                      sat_o
);

  if (Group < 2 || Group > 16) begin : gen_bad_group
    $error("flashd_score_group: Group must be 2 to 16.");
  end

  logic valid_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= 1'b0;
    else valid_q <= valid_i;
  end

  // Stage 1: significand products. Stage 2: onto the grid, and into the tree.
  logic [Group-1:0][GroupBits-1:0] raised;
  logic [Group-1:0]                carry;
  logic [Group-1:0]                sat;

  for (genvar e = 0; e < Group; e++) begin : gen_product
    logic                   neg_d, neg_q;
    logic [2*Sig-1:0]       exact_d, exact_q;
    logic [2:0]             fine_d, fine_q;
    logic [2:0]             block_d, block_q;
    logic                   over_d, over_q;
    logic [ProductBits-1:0] product;

    flashd_product_multiply #(.Sig(Sig)) u_multiply (
      .q_neg_i(q_neg_i[e]),
      .q_exp_i(q_exp_i[e]),
      .q_sig_i(q_sig_i[e]),
      .k_neg_i(k_neg_i[e]),
      .k_exp_i(k_exp_i[e]),
      .k_sig_i(k_sig_i[e]),
      .neg_o(neg_d),
      .exact_o(exact_d),
      .fine_o(fine_d),
      .block_o(block_d),
      .over_o(over_d)
    );
    always_ff @(posedge clk_i) begin
      if (valid_i) begin
        neg_q <= neg_d;
        exact_q <= exact_d;
        fine_q <= fine_d;
        block_q <= block_d;
        over_q <= over_d;
      end
    end
    flashd_product_align #(
      .Profile(Profile),
      .Sig(Sig),
      .MaxHeadDim(MaxHeadDim)
    ) u_align (
      .neg_i(neg_q),
      .exact_i(exact_q),
      .fine_i(fine_q),
      .block_i(block_q),
      .over_i(over_q),
      .grid_legal_i,
      .value_o(product),
      .carry_o(carry[e]),
      .sat_o(sat[e])
    );
    assign raised[e] = GroupBits'({!product[ProductBits-1], product[ProductBits-2:0]});
  end

  logic [GroupBits-1:0] sum;
  logic [GroupBits-1:0] carries;
  logic [1:0]           left;

  flashd_compress #(.Inputs(Group), .Bits(GroupBits)) u_compress (
    .value_i(raised),
    .carry_i(carry),
    .value_o({carries, sum}),
    .left_o(left)
  );

  always_ff @(posedge clk_i) begin
    if (valid_q) begin
      sum_o <= sum;
      carry_o <= carries;
      left_o <= left;
      sat_o <= |sat;
    end
  end

endmodule
