// SPDX-License-Identifier: Apache-2.0
/// Merges one element of a tile into its row, one a cycle: o + round(g T - w o), one rounding,
/// half up, clamped to 32 bits (arith::merge_element).
///
/// With `first_i` the old o counts as zero. With g and w zero and `first_i` low, o is unchanged.
/// `v_distance_i` is VE - E, not negative. `g_exponent_i` is at most 1.
/// Latency: LatencyMerge cycles. Back-pressure: `en_i` low freezes everything.
/// Does not: hold o, or forward it: an element may return when its last merge has left.
module flashd_merge_slice #(
  parameter int Profile = 0,
  parameter int Tile = 16,
  // |T| < Tile 2^(tile_frac + 1), and a sign.
  localparam int TBits = flashd_spec_pkg::tile_frac(Profile) + 2 + $clog2(Tile)
) (
  input  logic                    clk_i,
  input  logic                    en_i,
  input  logic                    first_i,
  input  logic signed [TBits-1:0] t_i,
  input  logic signed [31:0]      o_i,
  input  logic        [15:0]      g_mantissa_i,
  input  logic signed [6:0]       g_exponent_i,
  input  logic        [13:0]      w_mantissa_i,
  input  logic        [5:0]       w_shift_i,
  input  logic        [7:0]       v_distance_i,
  output logic signed [31:0]      o_o
);

  if (Profile != 0 && Profile != 1) begin : gen_bad_profile
    $error("flashd_merge_slice: Profile must be 0 (fine) or 1 (lean).");
  end
  if (Tile < 1 || Tile > 256) begin : gen_bad_tile
    $error("flashd_merge_slice: Tile must be 1 to 256.");
  end
  if (flashd_spec_pkg::LatencyMerge != 3 || flashd_spec_pkg::OBits != 32 ||
      flashd_spec_pkg::OFrac != 30 || flashd_spec_pkg::OCut != 6 ||
      flashd_spec_pkg::GBits != 16 || flashd_spec_pkg::WBits != 14) begin : gen_bad_spec
    $error("flashd_merge_slice: built for LatencyMerge 3, o of 32 bits and g, w of 16, 14 bits.");
  end

  // g T has its lowest bit at 2^(g_exponent - dist) on the guard grid 2^(VE-31), divided by this.
  localparam int Drop = flashd_spec_pkg::GBits - 1 + flashd_spec_pkg::tile_frac(Profile) -
      (flashd_spec_pkg::OFrac + 1);
  localparam int GainBits = TBits + 16;
  // o is cut by 6 bits and a constant 1 appended: 27 signed bits, times 14.
  localparam int WeighBits = 41;
  // Weight of w o's lowest product bit against the guard grid: 30 - 6 + 1 + 13 - 31.
  localparam int WeighDrop = 7;
  // |g T| < 2^(VE+2) and |w o| <= 2^(VE+1): 34 signed bits on the guard grid.
  localparam int GuardBits = 34;
  localparam int WideBits =
      (GainBits + 1 - Drop > GuardBits + 7) ? GainBits + 1 - Drop : GuardBits + 7;

  // Stage 1: the products.
  logic [GainBits-1:0]            gain_d;
  logic [GainBits:0]              gain_wide;
  logic                           unused_gain;
  logic [GainBits:Drop]           gain_q;
  logic [WeighBits-1:0]           weigh_d;
  logic [WeighBits-WeighDrop-1:0] weigh_q;
  logic [WeighDrop-1:0]           unused_weigh;
  logic [9:0]                     gain_shift;
  logic [5:0]                     gain_shift_q;
  logic [5:0]                     weigh_shift_q;
  logic [13:0]                    w_used;
  logic [31:0]                    o_q;

  flashd_multiply #(.Bits(TBits), .Multiplier(16)) u_gain (
    .multiplicand_i(t_i),
    .multiplier_i(g_mantissa_i),
    .product_o(gain_d)
  );
  assign gain_wide = {gain_d, 1'b0};
  assign unused_gain = ^gain_wide;
  assign w_used = w_mantissa_i & {14{!first_i}};
  flashd_multiply #(.Bits(27), .Multiplier(14)) u_weigh (
    .multiplicand_i({o_i[31:6], 1'b1}),
    .multiplier_i(w_used),
    .product_o(weigh_d)
  );
  assign unused_weigh = weigh_d[WeighDrop-1:0];
  // Right shift of 2 g T without its lowest Drop bits: 1 - g_exponent + distance, 0 to 1 + 64 +
  // 255.
  assign gain_shift = 10'd1 + {2'b00, v_distance_i} - {{3{g_exponent_i[6]}}, g_exponent_i};

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      gain_q <= gain_wide[GainBits:Drop];
      // 63 leaves the sign of a product of at most 45 bits, as any larger shift.
      gain_shift_q <= gain_shift[5:0] | {6{|gain_shift[9:6]}};
      weigh_q <= weigh_d[WeighBits-1:WeighDrop];
      weigh_shift_q <= w_shift_i;
      o_q <= o_i & {32{!first_i}};
    end
  end

  // Stage 2: onto the guard grid, floor, and o + (g T + ~(w o) + 2) / 2 in one sum, for
  // (x + 2) / 2 + o = (x + 2 + 2 o) / 2. |sum| < 2^31 + 2^33 + 1: 35 signed bits and a half.
  logic signed [WideBits-1:0]            gain_0, gain_32, gain_16;
  logic signed [GuardBits+6:0]           gain_8;
  logic signed [GuardBits+2:0]           gain_4;
  logic signed [GuardBits:0]             gain_2;
  logic signed [GuardBits-1:0]           gain;
  logic signed [WeighBits-WeighDrop-1:0] weigh_wide;
  logic signed [GuardBits-1:0]           weigh;
  logic [34:0]                           sum;
  logic                                  unused_low;
  logic                                  over;
  logic [31:0]                           sum_q;

  // The long shifts first: what the short ones cannot reach is dropped.
  assign gain_0 = WideBits'($signed(gain_q));
  assign gain_32 = gain_0 >>> {gain_shift_q[5], 5'b0};
  assign gain_16 = gain_32 >>> {gain_shift_q[4], 4'b0};
  assign gain_8 = (GuardBits + 7)'(gain_16 >>> {gain_shift_q[3], 3'b0});
  assign gain_4 = (GuardBits + 3)'(gain_8 >>> {gain_shift_q[2], 2'b0});
  assign gain_2 = (GuardBits + 1)'(gain_4 >>> {gain_shift_q[1], 1'b0});
  assign gain = GuardBits'(gain_2 >>> gain_shift_q[0]);
  assign weigh_wide = weigh_q;
  assign weigh = weigh_wide >>> weigh_shift_q;
  assign {sum, unused_low} = 36'(gain) + 36'($signed(~weigh)) + 36'($signed({o_q, 1'b1})) + 36'd1;
  assign over = sum[33:31] != {3{sum[34]}};

  // Stage 3: nothing is left to do; the narrowest rank of registers stands twice.
  always_ff @(posedge clk_i) begin
    if (en_i) begin
      sum_q <= {sum[34], (sum[30:0] | {31{over && !sum[34]}}) & {31{!(over && sum[34])}}};
      o_o <= sum_q;
    end
  end

endmodule
