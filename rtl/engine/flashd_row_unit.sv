// SPDX-License-Identifier: Apache-2.0
/// Row sums: takes a tile's l and R of every lane through one nonlinear unit, lane after lane,
/// keeps each row's head (flags, exponent and mantissa of S) and hands g and w to the merge. After
/// a row's last tile the unit runs once more per lane for the LSE. One lane has the serial unit,
/// whose results are held where they arise; several share a pipelined one.
///
/// Times are counted in enabled cycles from tile_i: lane i enters at i, its g and w are on the
/// outputs from i + LatencyNonlinear + 1 until the cycle before the next tile_i. The LSE follows
/// LatencyNonlinear + 1 + Lanes later. Tiles come at least LatencyNonlinear + 1 + 2 Lanes cycles
/// apart; a tile's fields may change one cycle before the next tile_i.
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
  // Tile of one context; all fields are held until one cycle before the next.
  input  logic                         tile_i,
  input  logic [ContextBits-1:0]       context_i,
  input  logic [ContextBits-1:0]       context_next_i, // of the next cycle
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
  head_t [Lanes-1:0] row;
  logic [TimeBits-1:0] time_q;
  logic running_q, merge_op, lse_op, op;
  logic [LaneBits-1:0] lane, out_lane, lse_lane;
  head_t out_head;
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

  logic out_valid, out_lse, out_busy, row_busy, has_keys, merged;
  logic [15:0] g_mantissa;
  logic [13:0] w_mantissa;
  logic signed [6:0] g_exponent;
  logic [5:0] w_shift;
  logic signed [18:0] exponent;
  logic [31:0] mantissa;
  logic signed [35:0] row_log2;
  logic log2_negative;
  logic [34:0] log2_magnitude, magnitude_d;
  logic [5:0] log2_place, place_d;
  assign magnitude_d = (row_log2[34:0] ^ {35{row_log2[35]}}) + {34'b0, row_log2[35]};

  if (Lanes == 1) begin : gen_serial
    head_t read_q;
    logic  late_q, late;  // from an LSE's start to the next tile
    logic signed [35:0] log2;
    logic  unused_first;
    logic  unused;
    logic  negative_q;
    logic [34:0] magnitude_q;
    assign unused = ^{unused_first, lane};
    // Read a cycle ahead: a head has been written two cycles before its next operation.
    always_ff @(posedge clk_i) read_q <= head_q[context_next_i][0];
    assign late = !tile_i && (lse_op || late_q);
    // The logarithm is there three cycles before the LSE takes it: time for its magnitude, and for
    // the place of its leading one.
    always_ff @(posedge clk_i) begin
      if (en_i) begin
        late_q <= late;
        row_log2 <= log2;
        negative_q <= row_log2[35];
        magnitude_q <= magnitude_d;
        log2_negative <= negative_q;
        log2_magnitude <= magnitude_q;
        log2_place <= place_d;
      end
    end

    flashd_leading_one #(.Log2(6)) u_leading_one (
      .word_i    ({magnitude_q, 29'b0}),
      .position_o(place_d)
    );
    flashd_sigmoid_serial #(
      .Profile(Profile),
      .Tile   (Tile)
    ) u_sigmoid_merge (
      .clk_i,
      .rst_ni,
      .en_i,
      .start_i     (op),
      .log_i       (late),
      .seen_i      (seen_i[0]),
      .l_i         (l_i[0]),
      .reference_i ($signed(reference_i[0])),
      .has_keys_i  (read_q.flags[HasKeys] && !fresh_i),
      .exponent_i  ($signed(read_q.exponent)),
      .mantissa_i  (read_q.mantissa),
      .valid_o     (out_valid),
      .busy_o      (out_busy),
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
    assign has_keys = merged || out_flags[HasKeys];
    assign out_lse = late_q;
    assign out_lane = '0;
    assign g_mantissa_o[0] = g_mantissa;
    assign g_exponent_o[0] = g_exponent;
    assign w_mantissa_o[0] = w_mantissa;
    assign w_shift_o[0] = w_shift;
  end else begin : gen_pipe
    // The row's head as the tile finds it; an LSE reads what the tile has left.
    head_t base;
    logic  unused_first, unused;
    assign base = (fresh_i && !lse_op) ? '0 : head_q[context_i][lane];
    assign unused = ^{unused_first, base.flags, context_next_i};
    assign log2_negative = row_log2[35];
    assign log2_magnitude = magnitude_d;
    assign log2_place = place_d;
    flashd_leading_one #(.Log2(6)) u_leading_one (
      .word_i    ({magnitude_d, 29'b0}),
      .position_o(place_d)
    );
    flashd_sigmoid_merge #(
      .Profile  (Profile),
      .Tile     (Tile),
      .KeepState(1'b0)
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
      .log2_o      (row_log2)
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
    always_ff @(posedge clk_i) begin
      if (en_i && out_valid && !out_lse) begin
        g_mantissa_o[out_lane] <= g_mantissa;
        g_exponent_o[out_lane] <= g_exponent;
        w_mantissa_o[out_lane] <= w_mantissa;
        w_shift_o[out_lane]    <= w_shift;
      end
    end
  end

  // The head is still the old one when its tile leaves the nonlinear unit.
  assign out_flags = fresh_i ? '0 : head_q[context_i][out_lane].flags;
  always_comb begin
    out_head.exponent = exponent & {19{merged}};
    out_head.mantissa = mantissa & {32{merged}};
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
      head_q[context_i][out_lane].flags <= out_head.flags;
      if (merged || fresh_i) begin
        head_q[context_i][out_lane].exponent <= out_head.exponent;
        head_q[context_i][out_lane].mantissa <= out_head.mantissa;
      end
      first_o[out_lane] <= !out_flags[HasKeys];
      nan_o[out_lane]   <= out_head.flags[NanScore] | out_head.flags[NanValue];
    end
  end

  // LSE: the lanes' logarithms leave one after the other and are gathered; a single one is held by
  // the unit, which works for two cycles.
  logic [31:0] lse;
  logic lse_en, lse_start, lse_valid;
  assign lse_start = out_valid && out_lse;
  flashd_lse u_lse (
    .clk_i,
    .en_i       (lse_en),
    .negative_i (log2_negative),
    .magnitude_i(log2_magnitude),
    .place_i    (log2_place),
    .empty_i    (!row[out_lane].flags[HasKeys]),
    .nan_i      (row[out_lane].flags[NanScore]),
    .bits_o     (lse)
  );
  flashd_delay_valid #(
    .Cycles(flashd_spec_pkg::LatencyRound)
  ) u_lse_valid (
    .clk_i,
    .rst_ni,
    .en_i,
    .valid_i(lse_start),
    .valid_o(lse_valid),
    .busy_o (row_busy)
  );
  if (Lanes == 1) begin : gen_lse
    assign lse_lane = '0;
    assign lse_en = en_i && (lse_start || (row_busy && !lse_valid));
    assign row_lse_o[0] = lse;
  end else begin : gen_lses
    assign lse_en = en_i;
    flashd_delay #(
      .Bits  (LaneBits),
      .Cycles(flashd_spec_pkg::LatencyRound)
    ) u_lse_lane (
      .clk_i,
      .en_i,
      .data_i(out_lane),
      .data_o(lse_lane)
    );
    always_ff @(posedge clk_i) begin
      if (en_i && lse_valid) row_lse_o[lse_lane] <= lse;
    end
  end

  // Rows as they leave. With one context and lane the next tile has not come that far.
  if (Lanes == 1 && Contexts == 1) begin : gen_direct
    assign row = head_q[0];
  end else begin : gen_copy
    head_t [Lanes-1:0] row_q;
    assign row = row_q;
    always_ff @(posedge clk_i) begin
      if (en_i && lse_op) row_q[lane] <= head_q[context_i][lane];
    end
  end

  logic row_valid_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) row_valid_q <= 1'b0;
    else if (en_i) row_valid_q <= lse_valid && (lse_lane == LaneBits'(Lanes - 1));
  end
  always_ff @(posedge clk_i) begin
    if (en_i && lse_op) row_rows_o <= rows_i;
  end

  assign tile_o = en_i && out_valid && !out_lse && seen_i[out_lane];
  assign tile_skipped_o = tile_o && !merged;
  assign row_valid_o = row_valid_q && en_i;
  assign busy_o = running_q || out_busy || row_busy || row_valid_q;
  for (genvar l = 0; l < Lanes; l++) begin : gen_row
    assign row_exponent_o[l] = row[l].exponent;
    assign row_mantissa_o[l] = row[l].mantissa;
    assign row_flags_o[l] = row[l].flags;
  end

endmodule
