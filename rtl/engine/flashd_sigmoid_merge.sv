// SPDX-License-Identifier: Apache-2.0
/// The nonlinear unit: a tile's sum l 2^R joins the row sum S, and g = 2^(R - log2 S) and
/// w = g l say how tile and row are merged (arith::tile_row_sum, add, log2_sum, make_gain,
/// make_tile_weight). FLASH-D's sigmoid, once per row and tile.
///
/// `seen_i`: the row has a visible key in this tile. Then l >= 2^(tile_frac-1) and R comes from the
/// tile. Without it, `log2_o` is log2 of the state passed in (of a row with keys).
/// The tile is merged when seen and w >= 2^-32; otherwise g and w come out zero. `first_o`: merged
/// into an empty row. State out: with KeepState 1 the new state, the old one when not merged; with
/// KeepState 0 the old one is not carried along; the caller writes the state only if `merged_o`.
/// Latency: LatencyNonlinear cycles, one operation per cycle. Back-pressure: `en_i` low freezes.
/// Does not: hold row states or tell operations of the same row apart: the next tile of a row may
/// start when the last one's state has come out.
module flashd_sigmoid_merge #(
  parameter int Profile = 0,
  parameter int Tile = 16,
  parameter bit KeepState = 1'b1,
  // Every addend of l is below 2^tile_frac (p < 1, and 1 - p is at least one unit of p).
  localparam int LBits = flashd_spec_pkg::tile_frac(Profile) + $clog2(Tile)
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    en_i,
  input  logic                    valid_i,
  input  logic                    seen_i,
  input  logic        [LBits-1:0] l_i,
  input  logic signed [18:0]      reference_i,
  input  logic                    has_keys_i,
  input  logic signed [18:0]      exponent_i,
  input  logic        [31:0]      mantissa_i,
  output logic                    valid_o,
  output logic                    has_keys_o,
  output logic signed [18:0]      exponent_o,
  output logic        [31:0]      mantissa_o,
  output logic        [15:0]      g_mantissa_o,
  output logic signed [6:0]       g_exponent_o,
  output logic        [13:0]      w_mantissa_o,
  output logic        [5:0]       w_shift_o,
  output logic                    first_o,
  output logic                    merged_o,
  output logic signed [35:0]      log2_o
);

  if (Profile != 0 && Profile != 1) begin : gen_bad_profile
    $error("flashd_sigmoid_merge: Profile must be 0 (fine) or 1 (lean).");
  end
  if (Tile < 1 || Tile > 256) begin : gen_bad_tile
    $error("flashd_sigmoid_merge: Tile must be 1 to 256.");
  end
  if (flashd_spec_pkg::LatencyNonlinear != 6 || flashd_spec_pkg::SumMantissa != 32 ||
      flashd_spec_pkg::SumExponent != 19 || flashd_spec_pkg::LogFrac != 16 ||
      flashd_spec_pkg::GBits != 16 || flashd_spec_pkg::WBits != 14 ||
      flashd_spec_pkg::WMinLog2 != -32) begin : gen_bad_spec
    $error("flashd_sigmoid_merge: built for LatencyNonlinear 6 and other widths of S, g and w.");
  end
  if (flashd_spec_pkg::Log2OffsetBits != 12 || flashd_spec_pkg::Log2Guard != 2 ||
      flashd_spec_pkg::GOffsetBits != 10 || flashd_spec_pkg::GGuard != 2) begin : gen_bad_table
    $error("flashd_sigmoid_merge: built for log2 and g tables of 12 and 10 offset bits.");
  end

  localparam int TileLog2 = $clog2(Tile);

  // What travels along from stage 1.
  typedef struct packed {
    logic             seen;
    logic             has_keys;
    logic [LBits-1:0] l;       // normalised: leading one on top (when seen)
    logic signed [4:0] rise;   // floor(log2 l), -1 to TileLog2 - 1 <= 7
  } op_t;

  logic [5:1] valid_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= '0;
      valid_o <= 1'b0;
    end else if (en_i) begin
      valid_q <= {valid_q[4:1], valid_i};
      valid_o <= valid_q[5];
    end
  end

  // Stage 1: normalise l, order the two sums by exponent, shift the smaller one by multiples of 8.
  // A row that is smaller by n is taken one lower and shifted by n - 1, the complement of row -
  // tile.
  op_t                op1_d, op1_q;
  logic signed [18:0] tile_exponent;
  logic signed [19:0] lead;   // row exponent - R
  logic signed [19:0] ahead;  // row exponent - tile exponent
  logic               tile_leads;
  logic [5:0]         distance;
  logic [2:0]         distance1_q;
  logic [31:0]        tile_mantissa;
  logic [31:0]        large_d, large1_q;
  logic [32:0]        small_d, small1_q;
  logic signed [18:0] exponent_d, exponent1_q;
  // exponent of the sum - R, at most 62: beyond, w < 2^-32 whatever l is (l < 2^8).
  logic signed [6:0]  excess_d, excess1_q;

  always_comb begin
    op1_d.seen = seen_i;
    op1_d.has_keys = has_keys_i;
    op1_d.l = l_i << TileLog2;
    op1_d.rise = -5'sd1;
    // l >= 2^(tile_frac-1): the leading one is among the highest TileLog2 + 1 bits.
    for (int i = 0; i < TileLog2; i++) begin
      if (l_i[LBits-TileLog2+i]) begin
        op1_d.l = l_i << (TileLog2 - 1 - i);
        op1_d.rise = 5'(i);
      end
    end
  end

  assign tile_exponent = reference_i + 19'(op1_d.rise);
  assign lead = {exponent_i[18], exponent_i} - {reference_i[18], reference_i};
  assign ahead = lead - 20'(op1_d.rise);
  assign tile_leads = seen_i && (!has_keys_i || ahead[19]);
  assign tile_mantissa = {op1_d.l, {(32 - LBits) {1'b0}}};
  assign large_d = tile_leads ? tile_mantissa : mantissa_i;
  // Beyond 33 the smaller one rounds to zero; an empty row or an unseen tile adds nothing.
  assign distance = (ahead[5:0] ^ {6{ahead[19]}}) | {6{ahead[18:6] != {13{ahead[19]}}}};
  assign small_d = ((ahead[19] ? {1'b0, mantissa_i} : {tile_mantissa, 1'b0}) &
      {33{seen_i && has_keys_i}}) >> {distance[5:3], 3'b000};
  assign exponent_d = tile_leads ? tile_exponent : exponent_i;

  always_comb begin
    excess_d = lead[6:0];
    if (!lead[19] && (lead[18:6] != '0 || lead[5:0] == 6'd63)) excess_d = 7'sd62;
    if (tile_leads) excess_d = 7'(op1_d.rise);
  end

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      op1_q <= op1_d;
      distance1_q <= distance[2:0];
      large1_q <= large_d;
      small1_q <= small_d;
      exponent1_q <= exponent_d;
      excess1_q <= excess_d;
    end
  end

  // Stage 2: align, round half up, add; a carry out halves the sum, rounded half up again.
  op_t                op2_q;
  logic [32:0]        aligned;
  logic [32:0]        sum;
  logic               unused_low;
  logic [31:0]        mantissa_d, mantissa2_q;
  logic signed [18:0] exponent2_q;
  logic signed [6:0]  excess2_q;

  assign aligned = small1_q >> distance1_q;
  assign {sum, unused_low} = {1'b0, large1_q, 1'b1} + {1'b0, aligned};
  assign mantissa_d = sum[32] ? sum[32:1] + {31'b0, sum[0]} : sum[31:0];

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      op2_q <= op1_q;
      mantissa2_q <= mantissa_d;
      exponent2_q <= sum[32] ? exponent1_q + 19'd1 : exponent1_q;
      // At 62 the row is 54 binades ahead or more: no carry.
      excess2_q <= excess1_q + {6'b0, sum[32]};
    end
  end

  // Stage 3: log2 of the mantissa, in units of 2^-16; the table may reach 1.
  op_t                op3_q;
  logic [31:0]        mantissa3_q;
  logic signed [18:0] exponent3_q;
  logic signed [6:0]  excess3_q;
  logic [30:0]        log2_fine;
  logic [16:0]        log2_3_q;
  logic               unused_log2;

  assign log2_fine = {1'b0, flashd_spec_pkg::log2_base(mantissa2_q[30:25]), 12'b0} +
      31'(flashd_spec_pkg::log2_slope(mantissa2_q[30:25])) * 31'(mantissa2_q[24:13]);
  assign unused_log2 = ^log2_fine[13:0];

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      op3_q <= op2_q;
      mantissa3_q <= mantissa2_q;
      exponent3_q <= exponent2_q;
      excess3_q <= excess2_q;
      log2_3_q <= log2_fine[30:14];
    end
  end

  // Stage 4: g = 2^y, y = R - L' = -(excess + log2 of the mantissa): -64 <= y < 1, because the
  // sum is no smaller than the tile's l >= 1/2 and the table's lowest value is above 0. The
  // complement's segment gives the slope earlier; it is another one only where the offset is zero.
  op_t                op4_q;
  logic [31:0]        mantissa4_q;
  logic signed [18:0] exponent4_q;
  logic [16:0]        log2_4_q;
  logic [22:0]        y;
  logic [27:0]        g_fine;
  logic [15:0]        g4_q;
  logic signed [6:0]  g_exponent4_q;
  logic               unused_g;

  assign y = ~({excess3_q, 16'b0} + {6'b0, log2_3_q}) + 23'd1;
  assign g_fine = {flashd_spec_pkg::g_base(y[15:10]), 10'b0} +
      28'(flashd_spec_pkg::g_slope(~log2_3_q[15:10])) * 28'(y[9:0]);
  assign unused_g = ^g_fine[11:0];

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      op4_q <= op3_q;
      mantissa4_q <= mantissa3_q;
      exponent4_q <= exponent3_q;
      log2_4_q <= log2_3_q;
      g4_q <= g_fine[27:12];
      g_exponent4_q <= y[22:16];
    end
  end

  // Stage 5: w = g l. Both have their leading one on top: 14 bits and a guard bit lie below the
  // highest or the second highest bit.
  logic               seen5_q;
  logic               has_keys5_q;
  logic signed [4:0]  rise5_q;
  logic [31:0]        mantissa5_q;
  logic signed [18:0] exponent5_q;
  logic [16:0]        log2_5_q;
  logic [15:0]        g5_q;
  logic signed [6:0]  g_exponent5_q;
  logic [LBits+16:0]  product;
  logic [15:0]        product5_q;
  logic [LBits:0]     unused_product;

  flashd_multiply #(.Bits(LBits + 1), .Multiplier(16)) u_product (
    .multiplicand_i({1'b0, op4_q.l}),
    .multiplier_i(g4_q),
    .product_o(product)
  );
  assign unused_product = {product[LBits+16], product[LBits-1:0]};

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      seen5_q <= op4_q.seen;
      has_keys5_q <= op4_q.has_keys;
      rise5_q <= op4_q.rise;
      mantissa5_q <= mantissa4_q;
      exponent5_q <= exponent4_q;
      log2_5_q <= log2_4_q;
      g5_q <= g4_q;
      g_exponent5_q <= g_exponent4_q;
      product5_q <= product[LBits+15:LBits];
    end
  end

  // Stage 6: round w, half up; w <= 1; the verdict.
  logic [14:0]       w_rounded;
  logic              w_carry;
  logic              w_one;
  logic signed [7:0] w_exponent;  // -66 + -1 <= floor(log2 w) <= 0 + 7 + 2
  logic              merged;

  assign w_rounded = product5_q[15] ? {1'b0, product5_q[15:2]} + {14'b0, product5_q[1]} :
      {1'b0, product5_q[14:1]} + {14'b0, product5_q[0]};
  assign w_carry = w_rounded[14];
  assign w_exponent = {g_exponent5_q[6], g_exponent5_q} + 8'(rise5_q) + {7'b0, product5_q[15]} +
      {7'b0, w_carry};
  assign w_one = !w_exponent[7];
  assign merged = seen5_q && (w_exponent >= 8'(flashd_spec_pkg::WMinLog2));

  logic [31:0]        old_mantissa;
  logic signed [18:0] old_exponent;
  if (KeepState) begin : gen_keep
    logic [5:1][50:0] old_q;
    always_ff @(posedge clk_i) begin
      if (en_i) old_q <= {old_q[4:1], exponent_i, mantissa_i};
    end
    assign {old_exponent, old_mantissa} = old_q[5];
  end else begin : gen_drop
    assign {old_exponent, old_mantissa} = {exponent5_q, mantissa5_q};
  end

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      merged_o <= merged;
      first_o <= merged && !has_keys5_q;
      has_keys_o <= merged || has_keys5_q;
      exponent_o <= merged ? exponent5_q : old_exponent;
      mantissa_o <= merged ? mantissa5_q : old_mantissa;
      g_mantissa_o <= g5_q & {16{merged}};
      g_exponent_o <= g_exponent5_q;
      w_mantissa_o <= {w_one || w_carry || w_rounded[13],
                       w_rounded[12:0] & {13{!w_one && !w_carry}}} & {14{merged}};
      // floor(log2 w) is -32 to -1 where the shift matters.
      w_shift_o <= ~(w_exponent[5:0] - 6'd1) & {6{!w_one}};
      log2_o <= {exponent5_q[18], exponent5_q, 16'b0} + {19'b0, log2_5_q};
    end
  end

endmodule
