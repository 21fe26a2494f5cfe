// SPDX-License-Identifier: Apache-2.0
/// Row sums: takes a tile's l and R of every lane through one nonlinear unit, lane after lane,
/// keeps each row's head (flags, exponent and mantissa of S) and hands g and w to the merge. After
/// a row's last tile the unit runs once more per lane for the LSE.
///
/// Times are counted in enabled cycles from tile_i: lane i enters at i, its g and w are on the
/// outputs from i + LatencyNonlinear + 1 until the next tile's. The LSE follows LatencyNonlinear +
/// 1 + Lanes later. Tiles come at least LatencyNonlinear + 1 + 2 Lanes cycles apart.
/// Back-pressure: en_i low freezes it; row_valid_o is one pulse, which the caller must take.
/// Does not: touch o.
module flashd_row_unit #(
  parameter int Profile = 0,
  parameter int Lanes = 4,
  parameter int Contexts = 16,
  parameter int Tile = 64,
  parameter int ContextBits = 4,
  // Tile weights below 1.
  localparam int LBits = flashd_spec_pkg::tile_frac(Profile) + $clog2(Tile)
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic                         en_i,
  // Tile of one context; all fields are held until the next.
  input  logic                         tile_i,
  input  logic [ContextBits-1:0]       context_i,
  input  logic                         fresh_i,       // rows start here: forget their heads
  input  logic                         last_i,        // rows end here
  input  logic [Lanes-1:0]             rows_i,
  input  logic [Lanes-1:0]             seen_i,
  input  logic [Lanes-1:0][18:0]       reference_i,
  input  logic [Lanes-1:0][2:0]        flags_i,
  input  logic [Lanes-1:0][LBits-1:0]  l_i,
  input  logic [Lanes-1:0]             v_bad_i,       // a visible value is NaN or Inf
  input  logic [Lanes-1:0]             v_clamped_i,   // a visible value was beyond the grid
  // To the merge.
  output logic [Lanes-1:0]             first_o,       // the old o counts as zero
  output logic [Lanes-1:0]             nan_o,
  output logic [Lanes-1:0][15:0]       g_mantissa_o,
  output logic [Lanes-1:0][6:0]        g_exponent_o,
  output logic [Lanes-1:0][13:0]       w_mantissa_o,
  output logic [Lanes-1:0][5:0]        w_shift_o,
  // Heads of a state to continue from, while idle.
  input  logic                         load_i,
  input  logic [ContextBits-1:0]       load_context_i,
  input  logic [Lanes-1:0][18:0]       load_exponent_i,
  input  logic [Lanes-1:0][31:0]       load_mantissa_i,
  input  logic [Lanes-1:0][5:0]        load_flags_i,
  // Finished rows of a context.
  output logic                         row_valid_o,
  output logic [Lanes-1:0]             row_rows_o,
  output logic [Lanes-1:0][31:0]       row_lse_o,
  output logic [Lanes-1:0][18:0]       row_exponent_o,
  output logic [Lanes-1:0][31:0]       row_mantissa_o,
  output logic [Lanes-1:0][5:0]        row_flags_o,
  output logic                         tile_o,         // a row has seen a tile
  output logic                         tile_skipped_o, // and its w is too small to count
  output logic                         busy_o
);

  localparam int Latency = flashd_spec_pkg::LatencyNonlinear;
  localparam int LseStart = Latency + 1 + Lanes;
  localparam int End = LseStart + Lanes;
  localparam int TimeBits = $clog2(End + 1);
  localparam int LaneBits = (Lanes > 1) ? $clog2(Lanes) : 1;

  // Positions in the flag word, as RowFlag of the golden model.
  localparam int HasKeys = 0;
  localparam int NanScore = 1;
  localparam int NanValue = 2;
  localparam int SatValue = 5;

  typedef struct packed {
    logic [5:0]  flags;
    logic [18:0] exponent;
    logic [31:0] mantissa;
  } head_t;

  head_t [Contexts-1:0][Lanes-1:0] head_q;
  head_t [Lanes-1:0] row_q;
  logic [TimeBits-1:0] time_q;
  logic running_q, merge_op, lse_op, op;
  logic [LaneBits-1:0] lane, out_lane, lse_lane;
  head_t base, out_head;
  logic [5:0] out_flags;

  assign merge_op = tile_i || (running_q && (32'(time_q) < Lanes));
  assign lse_op = running_q && last_i && (32'(time_q) >= LseStart) && (32'(time_q) < End);
  assign op = merge_op || lse_op;
  assign lane = tile_i ? '0 :
      lse_op ? LaneBits'(32'(time_q) - LseStart) : LaneBits'(time_q);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      running_q <= 1'b0;
      time_q    <= '0;
    end else if (en_i) begin
      if (tile_i) begin
        running_q <= 1'b1;
        time_q    <= TimeBits'(1);
      end else if (running_q) begin
        time_q <= time_q + TimeBits'(1);
        if (32'(time_q) == End - 1) running_q <= 1'b0;
      end
    end
  end

  // The row's head as the tile finds it; an LSE reads what the tile has left.
  assign base = (fresh_i && !lse_op) ? '0 : head_q[context_i][lane];

  logic out_valid, out_lse, out_busy, row_busy, has_keys, merged, unused_first;
  logic [15:0] g_mantissa;
  logic [13:0] w_mantissa;
  logic signed [6:0] g_exponent;
  logic [5:0] w_shift;
  logic signed [18:0] exponent;
  logic [31:0] mantissa;
  logic signed [35:0] log2;

  flashd_sigmoid_merge #(
    .Profile(Profile),
    .Tile   (Tile)
  ) u_sigmoid_merge (
    .clk_i,
    .rst_ni,
    .en_i,
    .valid_i     (op),
    .seen_i      (merge_op && seen_i[lane]),
    .l_i         (l_i[lane]),
    .reference_i ($signed(reference_i[lane])),
    .has_keys_i  (base.flags[HasKeys]),
    .exponent_i  ($signed(base.exponent)),
    .mantissa_i  (base.mantissa),
    .valid_o     (out_valid),
    .has_keys_o  (has_keys),
    .exponent_o  (exponent),
    .mantissa_o  (mantissa),
    .g_mantissa_o(g_mantissa),
    .g_exponent_o(g_exponent),
    .w_mantissa_o(w_mantissa),
    .w_shift_o   (w_shift),
    .first_o     (unused_first),
    .merged_o    (merged),
    .log2_o      (log2)
  );

  flashd_delay #(
    .Bits  (1 + LaneBits),
    .Cycles(Latency)
  ) u_out (
    .clk_i,
    .en_i,
    .data_i({lse_op, lane}),
    .data_o({out_lse, out_lane})
  );

  // The head is still the old one when its tile leaves the nonlinear unit.
  assign out_flags = fresh_i ? '0 : head_q[context_i][out_lane].flags;
  always_comb begin
    out_head.exponent = exponent;
    out_head.mantissa = mantissa;
    out_head.flags = out_flags;
    out_head.flags[HasKeys] = has_keys;
    out_head.flags[4:3] = out_flags[4:3] | flags_i[out_lane][2:1];
    out_head.flags[NanScore] = out_flags[NanScore] | flags_i[out_lane][0];
    out_head.flags[NanValue] = out_flags[NanValue] | (merged && v_bad_i[out_lane]);
    out_head.flags[SatValue] = out_flags[SatValue] | (merged && v_clamped_i[out_lane]);
  end

  always_ff @(posedge clk_i) begin
    if (load_i) begin
      for (int l = 0; l < Lanes; l++) begin
        head_q[load_context_i][l] <= {load_flags_i[l], load_exponent_i[l], load_mantissa_i[l]};
      end
    end else if (en_i && out_valid && !out_lse) begin
      head_q[context_i][out_lane] <= out_head;
      first_o[out_lane]      <= !out_flags[HasKeys];
      nan_o[out_lane]        <= out_head.flags[NanScore] | out_head.flags[NanValue];
      g_mantissa_o[out_lane] <= g_mantissa;
      g_exponent_o[out_lane] <= g_exponent;
      w_mantissa_o[out_lane] <= w_mantissa;
      w_shift_o[out_lane]    <= w_shift;
    end
  end

  // LSE: the lanes' logarithms leave one after the other and are gathered.
  logic [31:0] lse;
  logic lse_valid;
  flashd_lse u_lse (
    .clk_i,
    .en_i,
    .log2_i (log2),
    .empty_i(!row_q[out_lane].flags[HasKeys]),
    .nan_i  (row_q[out_lane].flags[NanScore]),
    .bits_o (lse)
  );
  flashd_delay_valid #(
    .Cycles(flashd_spec_pkg::LatencyRound)
  ) u_lse_valid (
    .clk_i,
    .rst_ni,
    .en_i,
    .valid_i(out_valid && out_lse),
    .valid_o(lse_valid),
    .busy_o (row_busy)
  );
  flashd_delay #(
    .Bits  (LaneBits),
    .Cycles(flashd_spec_pkg::LatencyRound)
  ) u_lse_lane (
    .clk_i,
    .en_i,
    .data_i(out_lane),
    .data_o(lse_lane)
  );
  flashd_delay_valid #(
    .Cycles(Latency)
  ) u_busy (
    .clk_i,
    .rst_ni,
    .en_i,
    .valid_i(op),
    .valid_o(),
    .busy_o (out_busy)
  );

  logic row_valid_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) row_valid_q <= 1'b0;
    else if (en_i) row_valid_q <= lse_valid && (lse_lane == LaneBits'(Lanes - 1));
  end
  always_ff @(posedge clk_i) begin
    if (en_i && lse_op) begin
      row_q[lane] <= base;
      row_rows_o  <= rows_i;
    end
    if (en_i && lse_valid) row_lse_o[lse_lane] <= lse;
  end

  assign tile_o = en_i && out_valid && !out_lse && seen_i[out_lane];
  assign tile_skipped_o = tile_o && !merged;
  assign row_valid_o = row_valid_q && en_i;
  assign busy_o = running_q || out_busy || row_busy || row_valid_q;
  for (genvar l = 0; l < Lanes; l++) begin : gen_row
    assign row_exponent_o[l] = row_q[l].exponent;
    assign row_mantissa_o[l] = row_q[l].mantissa;
    assign row_flags_o[l] = row_q[l].flags;
  end

  logic unused;
  assign unused = unused_first;

endmodule
