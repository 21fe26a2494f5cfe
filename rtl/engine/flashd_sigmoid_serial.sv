// SPDX-License-Identifier: Apache-2.0
/// The nonlinear unit for one operation at a time: what flashd_sigmoid_merge computes, with the
/// same latency and a third of its registers. Nothing travels along: the operands are held
/// outside, one multiplier serves log2, g and both halves of w in turn, and one register holds the
/// aligned addend, then the sum.
///
/// `start_i` begins an operation. All operands hold from then to the end of the cycle of
/// `valid_o`. With `seen_i` it merges a tile, as there; with `log_i` it finds log2 of the state
/// passed in, whatever `seen_i` is.
/// State out is the new state, to be written if `merged_o`; it and `log2_o` hold until the next
/// start. `merged_o`, g and w hold until the next start without `log_i`, as long as `seen_i`,
/// `has_keys_i` (of `first_o`), `l_i` and `reference_i` do.
/// Latency: LatencyNonlinear cycles to `valid_o`; the next start may come with it, not before.
/// Back-pressure: `en_i` low freezes it.
/// Does not: hold row states or operands.
module flashd_sigmoid_serial #(
  parameter int Profile = 0,
  parameter int Tile = 16,
  // Every addend of l is below 2^tile_frac (p < 1, and 1 - p is at least one unit of p).
  localparam int LBits = flashd_spec_pkg::tile_frac(Profile) + $clog2(Tile)
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    en_i,
  input  logic                    start_i,
  input  logic                    log_i,
  input  logic                    seen_i,
  input  logic        [LBits-1:0] l_i,
  input  logic signed [18:0]      reference_i,
  input  logic                    has_keys_i,
  input  logic signed [18:0]      exponent_i,
  input  logic        [31:0]      mantissa_i,
  output logic                    valid_o,
  output logic                    busy_o,
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
    $error("flashd_sigmoid_serial: Profile must be 0 (fine) or 1 (lean).");
  end
  if (Tile < 1 || Tile > 256) begin : gen_bad_tile
    $error("flashd_sigmoid_serial: Tile must be 1 to 256.");
  end
  if (flashd_spec_pkg::LatencyNonlinear != 6 || flashd_spec_pkg::SumMantissa != 32 ||
      flashd_spec_pkg::SumExponent != 19 || flashd_spec_pkg::LogFrac != 16 ||
      flashd_spec_pkg::GBits != 16 || flashd_spec_pkg::WBits != 14 ||
      flashd_spec_pkg::WMinLog2 != -32) begin : gen_bad_spec
    $error("flashd_sigmoid_serial: built for LatencyNonlinear 6 and other widths of S, g and w.");
  end
  if (flashd_spec_pkg::Log2OffsetBits != 12 || flashd_spec_pkg::Log2Guard != 2 ||
      flashd_spec_pkg::GOffsetBits != 10 || flashd_spec_pkg::GGuard != 2) begin : gen_bad_table
    $error("flashd_sigmoid_serial: built for log2 and g tables of 12 and 10 offset bits.");
  end

  localparam int TileLog2 = $clog2(Tile);
  // l is multiplied in two halves; log2's offset has 12 bits.
  localparam int Half = (LBits + 1) / 2;
  localparam int FactorBits = (Half > 12) ? Half : 12;
  localparam int SumBits = FactorBits + 19;  // base and a carry, 12 or more columns up

  logic tile;  // an operation that sees a tile
  logic [6:1] step_q;
  logic align, add, log, gain, weigh_low, weigh_high;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) step_q <= '0;
    else if (en_i) step_q <= {step_q[5:1], start_i};
  end
  assign tile = seen_i && !log_i;
  assign {weigh_high, weigh_low, gain, log, add, align} = {step_q[5:1], start_i};
  assign valid_o = step_q[6];
  assign busy_o = step_q != '0;

  // l with its leading one on top, among the highest TileLog2 + 1 bits; floor(log2 l).
  logic        [LBits-1:0] l;
  logic signed [4:0]       rise;

  always_comb begin
    l = l_i << TileLog2;
    rise = -5'sd1;
    for (int i = 0; i < TileLog2; i++) begin
      if (l_i[LBits-TileLog2+i]) begin
        l = l_i << (TileLog2 - 1 - i);
        rise = 5'(i);
      end
    end
  end

  // Align: order the sums by exponent, shift the smaller one by multiples of 8. A row that is
  // smaller by n is taken one lower and shifted by n - 1, the complement of row - tile.
  logic signed [19:0] lead;          // row exponent - R
  logic signed [19:0] ahead;         // row exponent - tile exponent
  logic               tile_leads_d, tile_leads_q;
  logic signed [6:0]  excess_d, excess_q;  // exponent of the larger sum - R, 62 if it is more
  logic [5:0]         distance;
  logic [2:0]         distance_q;
  logic [31:0]        tile_mantissa;
  logic [32:0]        smaller;
  logic [32:0]        coarse;

  assign lead = {exponent_i[18], exponent_i} - {reference_i[18], reference_i};
  assign ahead = {exponent_i[18], exponent_i} - ({reference_i[18], reference_i} + 20'(rise));
  assign tile_leads_d = tile && (!has_keys_i || ahead[19]);
  // Without keys there is nothing to shift; masked, for four-valued simulators shift by it.
  assign distance = ((ahead[5:0] ^ {6{ahead[19]}}) | {6{ahead[18:6] != {13{ahead[19]}}}}) &
      {6{has_keys_i}};
  assign tile_mantissa = {l, {(32 - LBits) {1'b0}}};
  assign smaller = (ahead[19] ? {1'b0, mantissa_i} : {tile_mantissa, 1'b0}) &
      {33{tile && has_keys_i}};
  assign coarse = smaller >> {distance[5:3], 3'b000};

  always_comb begin
    excess_d = lead[6:0];
    if (!lead[19] && (lead[18:6] != '0 || lead[5:0] == 6'd63)) excess_d = 7'sd62;
    if (tile_leads_d) excess_d = 7'(rise);
  end

  // Add, rounding half up; a carry out halves the sum, rounded half up again.
  logic [32:0] mantissa_d, mantissa_q;  // while aligning with a rounding bit
  logic [32:0] aligned;
  logic [31:0] larger;
  logic [32:0] sum;
  logic        unused_low;
  logic        carry_q;

  assign aligned = mantissa_q >> distance_q;
  assign larger = tile_leads_q ? tile_mantissa : mantissa_i;
  assign {sum, unused_low} = {1'b0, larger, 1'b1} + {1'b0, aligned};
  assign mantissa_d = align ? coarse :
      {1'b0, sum[32] ? sum[32:1] + {31'b0, sum[0]} : sum[31:0]};

  always_ff @(posedge clk_i) begin
    if (en_i && align) begin
      tile_leads_q <= tile_leads_d;
      excess_q <= excess_d;
      distance_q <= distance[2:0];
    end
    if (en_i && (align || add)) mantissa_q <= mantissa_d;
    if (en_i && add) carry_q <= sum[32];
  end

  // The multiplier: factor, multiplicand, addend. Both tables end 14 columns up.
  logic [16:0]           log2_q;
  logic [22:0]           y;
  logic [15:0]           g_q;
  logic signed [6:0]     g_exponent_q;
  logic [15:0]           w_q;
  logic [2*Half-1:0]     l_even;
  logic [15:0]           slope;
  logic [FactorBits-1:0] factor;
  logic [SumBits-1:0]    addend;
  logic [SumBits-1:0]    product;
  logic                  unused_product;

  // g = 2^y, y = R - L' = -(excess + log2 of the mantissa): -64 <= y < 1, because the sum is no
  // smaller than the tile's l >= 1/2 and the table's lowest value is above 0. At 62 the row is 54
  // binades ahead or more: no carry. The complement's segment gives the slope earlier; it is
  // another one than y's only where the offset is zero.
  assign y = ~({excess_q + {6'b0, carry_q}, 16'b0} + {6'b0, log2_q}) + 23'd1;
  assign l_even = {l, {(2 * Half - LBits) {1'b0}}};

  always_comb begin
    slope = ({3'b0, flashd_spec_pkg::log2_slope(mantissa_q[30:25])} & {16{log}}) |
        ({4'b0, flashd_spec_pkg::g_slope(~log2_q[15:10])} & {16{gain}}) |
        (g_q & {16{weigh_low || weigh_high}});
    factor = (FactorBits'(mantissa_q[24:13]) & {FactorBits{log}}) |
        (FactorBits'({y[9:0], 2'b00}) & {FactorBits{gain}}) |
        (FactorBits'(l_even[Half-1:0]) & {FactorBits{weigh_low}}) |
        (FactorBits'(l_even[2*Half-1:Half]) & {FactorBits{weigh_high}});
    addend = (SumBits'({flashd_spec_pkg::log2_base(mantissa_q[30:25]), 12'b0}) & {SumBits{log}}) |
        (SumBits'({flashd_spec_pkg::g_base(y[15:10]), 12'b0}) & {SumBits{gain}}) |
        (SumBits'(w_q) & {SumBits{weigh_high}});
  end
  assign product = SumBits'(slope) * SumBits'(factor) + addend;
  assign unused_product = ^product;

  // w = g l: both have their leading one on top, so 14 bits and a guard bit lie below the highest
  // or the second highest bit.
  always_ff @(posedge clk_i) begin
    if (en_i && log) log2_q <= product[30:14];
    if (en_i && gain && !log_i) begin
      g_q <= product[29:14];
      g_exponent_q <= y[22:16];
    end
    if (en_i && (weigh_low || weigh_high) && !log_i) w_q <= product[Half+15:Half];
  end

  // Round w, half up; w <= 1; the verdict.
  logic [14:0]       w_rounded;
  logic              w_carry;
  logic              w_one;
  logic signed [7:0] w_exponent;  // -66 + -1 <= floor(log2 w) <= 0 + 7 + 2

  assign w_rounded = w_q[15] ? {1'b0, w_q[15:2]} + {14'b0, w_q[1]} :
      {1'b0, w_q[14:1]} + {14'b0, w_q[0]};
  assign w_carry = w_rounded[14];
  assign w_exponent = {g_exponent_q[6], g_exponent_q} + 8'(rise) + {7'b0, w_q[15]} +
      {7'b0, w_carry};
  assign w_one = !w_exponent[7];
  assign merged_o = seen_i && (w_exponent >= 8'(flashd_spec_pkg::WMinLog2));

  assign first_o = merged_o && !has_keys_i;
  assign g_mantissa_o = g_q & {16{merged_o}};
  assign g_exponent_o = g_exponent_q;
  assign w_mantissa_o = {w_one || w_carry || w_rounded[13],
                         w_rounded[12:0] & {13{!w_one && !w_carry}}} & {14{merged_o}};
  // floor(log2 w) is -32 to -1 where the shift matters.
  assign w_shift_o = ~(w_exponent[5:0] - 6'd1) & {6{!w_one}};
  assign mantissa_o = mantissa_q[31:0];
  assign exponent_o = reference_i + 19'(excess_q) + {18'b0, carry_q};
  assign log2_o = {exponent_i[18], exponent_i, 16'b0} + {19'b0, log2_q};

endmodule
