// SPDX-License-Identifier: Apache-2.0
/// Soft-cap of a score, cap tanh(score / cap) on the grid 2^-F (arith::soft_cap), or the score
/// itself with `enable_i` low.
///
/// `score_i` is the scaled product sum before the bias. `inverse_i`, `shift_i`, `cap_i` and
/// `enable_i` are the fields of the job's soft-cap word (spec, `words`) and constant while scores
/// are in flight.
/// Latency: LatencySoftCap cycles, one score a cycle. Back-pressure: none, free running.
/// Does not: carry a valid bit; add the bias or clamp (|score_o| <= 2^(9+F) with a cap).
module flashd_soft_cap #(
  parameter int Profile = 0,
  localparam int F = flashd_spec_pkg::score_frac(Profile),
  // Signed; 14 + F + $clog2(MaxHeadDim) in flashd_score_lane.
  parameter int ScoreBits = 22 + F
) (
  input  logic                        clk_i,
  input  logic                        enable_i,
  input  logic        [21:0]          inverse_i,
  input  logic        [4:0]           shift_i,
  input  logic        [22:0]          cap_i,
  input  logic signed [ScoreBits-1:0] score_i,
  output logic signed [ScoreBits-1:0] score_o
);

  if (Profile != 0 && Profile != 1) begin : gen_bad_profile
    $error("flashd_soft_cap: Profile must be 0 (fine) or 1 (lean).");
  end
  if (ScoreBits < 13 + F || ScoreBits > 48) begin : gen_bad_score
    $error("flashd_soft_cap: ScoreBits must be 13 + F to 48.");
  end
  if (flashd_spec_pkg::LatencySoftCap != 4 || flashd_spec_pkg::CapMaxLog2 != 8 ||
      flashd_spec_pkg::SoftCapInverseBits != 22 || flashd_spec_pkg::CapInverseBits != 22 ||
      flashd_spec_pkg::SoftCapShiftBits != 5 || flashd_spec_pkg::SoftCapCapBits != 23 ||
      flashd_spec_pkg::CapFrac != 14) begin : gen_bad_spec
    $error("flashd_soft_cap: built for LatencySoftCap 4, caps to 2^8 and words of 22, 5, 23 bits.");
  end
  if (flashd_spec_pkg::TanhOctaves != 3 || flashd_spec_pkg::TanhSegmentsLog2 != 6 ||
      flashd_spec_pkg::TanhFrac != 20 || flashd_spec_pkg::TanhResultFrac != 20 ||
      flashd_spec_pkg::TanhGuard != 1 || flashd_spec_pkg::TanhSquareBits != 8) begin : gen_bad_table
    $error("flashd_soft_cap: built for a tanh table of 3 octaves, 64 segments and 20 bits.");
  end

  // Stage 1: |score| / 2^(9 - shift) in units of 2^-(F+9); from 8 on, tanh is one.
  localparam int FirstBits = F + 12;
  localparam int WideBits = (ScoreBits > FirstBits) ? ScoreBits : FirstBits;

  logic [WideBits-1:0]  magnitude;
  logic [WideBits-1:0]  over_mask;
  logic                 over_q;
  logic                 neg_q;
  logic [FirstBits-1:0] first_q;

  assign magnitude =
      (WideBits'(score_i) ^ {WideBits{score_i[ScoreBits-1]}}) + WideBits'(score_i[ScoreBits-1]);
  // Bits from FirstBits - shift on.
  assign over_mask = ~({WideBits{1'b1}} >> (7'(WideBits - FirstBits) + 7'(shift_i)));

  always_ff @(posedge clk_i) begin
    if (enable_i) begin
      over_q <= (magnitude & over_mask) != '0;
      neg_q <= score_i[ScoreBits-1];
      first_q <= FirstBits'(magnitude << shift_i);
    end
  end

  // Stage 2: times 1/cap, cut to 2^-20: below 8 in 23 bits, all ones beyond.
  localparam int YBits = flashd_spec_pkg::TanhFrac + flashd_spec_pkg::TanhOctaves;
  localparam int YDrop = F + 9 + 21 - flashd_spec_pkg::TanhFrac;

  logic [FirstBits+22:0] quotient;  // signed, never negative
  logic [YBits-1:0]      y;
  logic                  neg_y_q;
  logic                  unused_quotient;

  flashd_multiply #(.Bits(FirstBits + 1), .Multiplier(22)) u_inverse (
    .multiplicand_i({1'b0, first_q}),
    .multiplier_i(inverse_i),
    .product_o(quotient)
  );
  assign unused_quotient = ^{quotient[FirstBits+22], quotient[YDrop-1:0]};

  assign y = quotient[YDrop+:YBits] | {YBits{over_q || quotient[YDrop+YBits]}};

  // Its segment's entry, read from a synchronous memory: block memory on an FPGA, where a table of
  // logic would be the longest path. Octave 0 is [0, 2) in 64 segments, [2, 4) and [4, 8) have 32.
  localparam int OffsetBits = flashd_spec_pkg::TanhOffsetBits;
  localparam int BaseBits = flashd_spec_pkg::TanhBaseBits;
  localparam int SlopeBits = flashd_spec_pkg::TanhSlopeBits;
  localparam int CurveBits = flashd_spec_pkg::TanhCurveBits;
  localparam int CurveDrop = flashd_spec_pkg::TanhCurveDrop;

  localparam int Segments = 128;
  localparam int EntryBits = BaseBits + SlopeBits + CurveBits;

  function automatic logic [Segments-1:0][EntryBits-1:0] entries();
    for (int i = 0; i < Segments; i++) begin
      entries[i] = {flashd_spec_pkg::tanh_base(7'(i)), flashd_spec_pkg::tanh_slope(7'(i)),
                    flashd_spec_pkg::tanh_curve(7'(i))};
    end
  endfunction
  // u (255 - u) of the offset's highest bits u: zero at both ends of a segment, at most 127 128. A
  // memory too: on an FPGA two multipliers in a row would be the longest path.
  localparam int ParabolaBits = 14;

  function automatic logic [255:0][ParabolaBits-1:0] parabolas();
    for (int i = 0; i < 256; i++) parabolas[i] = ParabolaBits'(i * (255 - i));
  endfunction
  // Constants first: yosys-slang reads zeros where an initial block calls such functions.
  localparam logic [Segments-1:0][EntryBits-1:0] Entries = entries();
  localparam logic [255:0][ParabolaBits-1:0] Parabolas = parabolas();

  (* rom_style = "block" *) logic [EntryBits-1:0] table_q[Segments];
  (* rom_style = "block" *) logic [ParabolaBits-1:0] parabola_table_q[256];
  initial begin
    for (int i = 0; i < Segments; i++) table_q[i] = Entries[i];
    for (int i = 0; i < 256; i++) parabola_table_q[i] = Parabolas[i];
  end

  logic [6:0]                        segment;
  logic [OffsetBits-1:0]             offset;
  logic [OffsetBits-1:0]             offset_q;
  logic [BaseBits-1:0]               base_q;
  logic [SlopeBits-1:0]              slope_q;
  logic [CurveBits-1:0]              curve_q;
  logic [ParabolaBits-1:0]           parabola_q;
  logic [SlopeBits+OffsetBits-1:0]   risen;
  logic [CurveBits+ParabolaBits-1:0] bent;
  logic [BaseBits-1:0]               fine;
  logic [BaseBits-2:0]               tanh_q;
  logic                              neg_tanh_q;
  logic                              unused_tanh;

  always_comb begin
    if (y[22]) {segment, offset} = {2'b11, y[21:2]};
    else if (y[21]) {segment, offset} = {2'b10, y[20:1]};
    else {segment, offset} = {1'b0, y[20:0]};
  end

  always_ff @(posedge clk_i) begin
    offset_q <= offset;
    {base_q, slope_q, curve_q} <= table_q[segment];
    parabola_q <= parabola_table_q[offset[OffsetBits-1-:8]];
    neg_y_q <= neg_q;
  end

  // Stage 3: tanh.
  assign risen = slope_q * offset_q;
  assign bent = curve_q * parabola_q;
  assign fine = base_q +
      BaseBits'(risen[SlopeBits+OffsetBits-1:OffsetBits]) +
      BaseBits'(bent[CurveBits+ParabolaBits-1:CurveDrop]);
  assign unused_tanh = ^{risen[OffsetBits-1:0], bent[CurveDrop-1:0], fine[0]};

  always_ff @(posedge clk_i) begin
    tanh_q <= fine[BaseBits-1:1];
    neg_tanh_q <= neg_y_q;
  end

  // Stage 4: times the cap, rounded to 2^-F, halves away from zero. -t cap = ~t cap + cap, and a
  // negative half rounds down: one unit less than the half is added.
  localparam int TanhBits = BaseBits - 1;  // at most 2^20: 21 bits
  localparam int ResultDrop = flashd_spec_pkg::TanhResultFrac + flashd_spec_pkg::CapFrac - F;
  localparam int CappedBits = TanhBits + 1 + 23;
  localparam logic [CappedBits-1:0] Half = CappedBits'(1) << (ResultDrop - 1);

  logic [CappedBits-1:0]           product;
  logic [CappedBits-1:0]           addend;
  logic [CappedBits-1:0]           capped;
  logic                            unused_capped;
  logic signed [ScoreBits-1:0]     score;

  flashd_multiply #(.Bits(TanhBits + 1), .Multiplier(23)) u_cap (
    .multiplicand_i({1'b0, tanh_q} ^ {(TanhBits + 1) {neg_tanh_q}}),
    .multiplier_i(cap_i),
    .product_o(product)
  );
  assign addend = neg_tanh_q ? Half - 1'b1 + CappedBits'(cap_i) : Half;
  assign capped = product + addend;
  assign unused_capped = ^capped[ResultDrop-1:0];

  flashd_delay #(.Bits(ScoreBits), .Cycles(3)) u_score (
    .clk_i,
    .en_i(!enable_i),
    .data_i(score_i),
    .data_o(score)
  );

  always_ff @(posedge clk_i) begin
    score_o <= enable_i ? ScoreBits'(signed'(capped[CappedBits-1:ResultDrop])) : score;
  end

endmodule
