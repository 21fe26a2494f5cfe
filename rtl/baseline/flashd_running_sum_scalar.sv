// SPDX-License-Identifier: Apache-2.0
/// Scores of a row to weights and operations on the sums: M, p = 2^(s - M) and l
/// (rivals::running_sum).
///
/// A score is looked up (table segment), then compared with M and interpolated, then p is added to
/// l; whether l reached 2 is known in that cycle and corrects M and the distance of the score
/// behind. A score above M waits until the one before it is added and then halves the sums once a
/// cycle. With Rows 8 M and l of the other rows stand in flashd_ram: written behind a run's last
/// key, read for its first. If that key could move l beyond 2, o is loaded in a cycle of its own.
/// `op_*_o` is an operation for the elements, p of it in the same cycle, the rest one cycle later;
/// `op_end_o` marks a run's last key. Latency: three cycles from `valid_i` to `op_*_o`, `v_take_o`
/// one before. Back-pressure: `pop_o` takes a score; after `last_i` none until `done_i`. Does not:
/// check that a row's first key is marked.
module flashd_running_sum_scalar #(
  parameter int Profile = 0,
  parameter int Rows = 1,
  localparam int B = (Profile == 0) ? 26 : 24,
  localparam int F = flashd_spec_pkg::score_frac(Profile)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 valid_i,
  output logic                 pop_o,
  input  logic                 visible_i,
  input  logic                 first_i,
  input  logic                 last_i,
  input  logic                 begin_i,
  input  logic                 end_i,
  input  logic [2:0]           row_i,
  input  logic signed [17+F:0] score_i,
  input  logic                 done_i,
  output logic                 v_take_o,
  output logic                 op_multiply_o,
  output logic                 op_add_o,
  output logic                 op_keep_o,
  output logic                 op_halve_o,
  output logic                 op_load_o,
  output logic                 op_end_o,
  output logic [2:0]           op_row_o,
  output logic [10:0]          p_sig_o,
  output logic [12:0]          p_triple_o,  // three times p_sig_o; `fine` only
  output logic [4:0]           p_shift_o,
  output logic                 finish_o,   // the row's last key is in l, M
  output logic                 seen_o,
  output logic signed [18:0]   m_o,
  output logic [B:0]           l_o
);

  if (Profile != 0 && Profile != 1) begin : gen_bad_profile
    $error("flashd_running_sum_scalar: Profile must be 0 (fine) or 1 (lean).");
  end
  if (Rows != 1 && Rows != 8) begin : gen_bad_rows
    $error("flashd_running_sum_scalar: Rows must be 1 or 8.");
  end
  if (F != 11 || flashd_spec_pkg::p_bits(Profile) != 11 || flashd_spec_pkg::PFineBaseBits != 14 ||
      flashd_spec_pkg::PFineSlopeBits != 8) begin : gen_bad_spec
    $error("flashd_running_sum_scalar: built for scores and weights of 11 bits.");
  end

  // M of another run and of this one.
  logic                seen_kept, seen_q, seen_early;
  logic signed [18:0]  m_kept, m_q, m_early;
  logic        [B:0]   l_kept, l_q;

  // First stage: the score's integer part and its table segment.
  logic                t_valid_q, t_visible_q, t_first_q, t_last_q, t_begin_q;
  logic signed [17:0]  t_whole_q;
  logic        [13:0]  t_base_q;
  logic        [7:0]   t_slope_q;
  logic        [4:0]   t_offset_q;
  logic                take;       // of the second stage

  assign pop_o = valid_i && (!t_valid_q || take);
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) t_valid_q <= 1'b0;
    else if (!t_valid_q || take) t_valid_q <= valid_i;
  end
  always_ff @(posedge clk_i) begin
    if (pop_o) begin
      {t_visible_q, t_first_q, t_last_q} <= {visible_i, first_i, last_i};
      t_whole_q <= score_i[17+F:F];
      t_base_q <= flashd_spec_pkg::p_fine_base(score_i[F-1-:6]);
      t_slope_q <= flashd_spec_pkg::p_fine_slope(score_i[F-1-:6]);
      t_offset_q <= score_i[4:0];
    end
  end

  // Second stage: distance to M. `c_*` is what the third stage holds.
  logic        busy_q, begun_q;
  logic        c_key_q, c_use_q, c_halve_q, c_load_q, c_clear_q, c_last_q;
  logic [10:0] c_sig_q;
  logic [4:0]  c_fall_q;
  logic        over;         // l of the third stage reaches 2

  logic               switch;  // a run's first operation: M and l are those kept
  logic               ready, restart, above, far, near, held, risky, load_only, halve_only;
  logic signed [19:0] fall;
  logic        [4:0]  fall_d;
  logic               zero, beyond;
  logic               use_d;
  logic signed [18:0] m_d;
  logic               m_en;
  logic [12:0]        risen;
  logic [13:0]        fine;
  logic [10:0]        unused_low;

  assign switch = (Rows > 1) && ready && t_begin_q && !begun_q;
  assign m_early = switch ? m_kept : m_q;
  assign seen_early = !t_first_q && (switch ? seen_kept : seen_q);
  assign ready = t_valid_q && !busy_q;
  assign fall = {m_early[18], m_early} - {{2{t_whole_q[17]}}, t_whole_q};
  assign above = t_visible_q && seen_early && fall[19];
  // -32 and below.
  assign far = !(&fall[18:5]) || (fall[4:0] == '0);
  assign near = above && !far;
  assign restart = t_visible_q && (!seen_early || (above && far));
  // The score before may still move M.
  assign held = above && c_use_q && !switch;
  // l < 2 - 2^-3 and p < 2^-3 stay below 2.
  assign risky = near || (t_visible_q && !above && ((fall[18:2] == '0) || (&l_kept[B-1-:3])));
  assign load_only = ready && switch && seen_early && risky && !restart;
  assign halve_only = ready && !load_only && near && !held;
  assign take = ready && !load_only && !near && !held;

  assign risen = t_slope_q * t_offset_q;
  assign fine = t_base_q + 14'(risen[12:5]);
  assign unused_low = {risen[4:0], fine[2:0], 3'b0};
  // The correction by `over` comes late: both answers stand ready.
  logic move;
  assign move = over && !switch && !restart;
  assign beyond = (fall[18:5] != '0) || (fall[4:0] > 5'(B + 1));
  assign zero = !t_visible_q || (!restart && (beyond || ((fall[4:0] == 5'(B + 1)) && move)));
  assign fall_d = restart ? '0 : (move ? fall[4:0] + 5'd1 : fall[4:0]);
  assign use_d = take && !zero;

  always_comb begin
    m_d = m_early + 19'sd1;
    if (!halve_only) m_d = (restart && take) ? {t_whole_q[17], t_whole_q} :
        (switch ? m_kept : m_q + 19'sd1);
    m_en = halve_only || (take && (restart || switch)) || load_only || over;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q <= 1'b0;
      begun_q <= 1'b0;
      c_key_q <= 1'b0;
    end else begin
      busy_q <= (busy_q && !done_i) || (take && t_last_q);
      begun_q <= (begun_q || load_only) && !take;
      c_key_q <= take;
    end
  end
  always_ff @(posedge clk_i) begin
    if (m_en) m_q <= m_d;
    if (take || load_only) seen_q <= seen_early || (take && t_visible_q);
    c_use_q <= use_d;
    c_halve_q <= halve_only;
    c_load_q <= (load_only || take) && switch && seen_early && !restart;
    c_clear_q <= take && restart;
    c_last_q <= take && t_last_q;
    c_sig_q <= fine[13:3] & {11{use_d}};
    if (take) c_fall_q <= fall_d;
  end

  // Third stage: l.
  logic [B:0]   l_old;
  logic [B+1:0] aligned;   // guard bit below
  logic [B+1:0] sum;
  logic         unused_carry;
  logic         halve;
  logic [B:0]   l_d;

  assign l_old = (c_load_q ? l_kept : l_q) & {(B + 1) {!c_clear_q}};
  assign aligned = {c_sig_q, {(B - 9) {1'b0}}} >> c_fall_q;
  assign {sum, unused_carry} = {1'b0, l_old, 1'b1} + {1'b0, aligned[B+1:1], aligned[0]};
  assign over = sum[B+1];
  assign halve = over || c_halve_q;
  assign l_d = halve ? {sum[B+1:2], sum[1] || sum[0]} : sum[B:0];

  always_ff @(posedge clk_i) begin
    if (c_use_q || c_halve_q || c_load_q) l_q <= l_d;
  end

  assign v_take_o = c_key_q;

  // Operations.
  logic finish_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      op_multiply_o <= 1'b0;
      op_add_o <= 1'b0;
      finish_q <= 1'b0;
    end else begin
      op_multiply_o <= c_use_q || c_halve_q || c_load_q;
      op_add_o <= c_use_q || c_halve_q || c_load_q;
      finish_q <= c_key_q && c_last_q;
    end
  end
  always_ff @(posedge clk_i) begin
    op_keep_o <= !halve && !c_load_q && !c_clear_q;
    op_halve_o <= halve && !c_clear_q;
    op_load_o <= c_load_q;
    p_sig_o <= c_sig_q;
    p_shift_o <= c_fall_q;
    p_triple_o <= {1'b0, c_sig_q, 1'b0} + {2'b00, c_sig_q};
  end
  assign finish_o = finish_q;
  assign seen_o = seen_q;
  assign m_o = m_q;
  assign l_o = l_q;

  if (Rows == 1) begin : gen_one_row
    logic unused_rows;
    assign unused_rows = ^{begin_i, end_i, row_i, unused_low};
    assign t_begin_q = 1'b0;
    assign {seen_kept, m_kept, l_kept} = '0;
    assign op_end_o = 1'b0;
    assign op_row_o = '0;
  end else begin : gen_rows
    logic       t_end_q, c_end_q;
    logic [2:0] t_row_q, c_row_q;
    always_ff @(posedge clk_i) begin
      if (pop_o) {t_begin_q, t_end_q, t_row_q} <= {begin_i, end_i, row_i};
      if (take) {c_end_q, c_row_q} <= {t_end_q, t_row_q};
      else if (load_only) c_row_q <= t_row_q;
      op_row_o <= c_row_q;
    end
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) op_end_o <= 1'b0;
      else op_end_o <= c_key_q && c_end_q;
    end
    flashd_ram #(.Bits(1 + 19 + B + 1), .Depth(Rows)) u_states (
      .clk_i,
      .we_i(c_key_q && c_end_q),
      .waddr_i(c_row_q),
      .wdata_i({seen_q, over ? m_q + 19'sd1 : m_q, l_d}),
      .re_i(pop_o && begin_i),
      .raddr_i(row_i),
      .rdata_o({seen_kept, m_kept, l_kept})
    );
    logic unused_table;
    assign unused_table = ^unused_low;
  end

endmodule
