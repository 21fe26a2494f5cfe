// SPDX-License-Identifier: Apache-2.0
/// Reports what happens at the borders of the units to sim/trace (C++), one call per event, for the
/// pictures of `--trace`. Simulation only; bound into flashd_top, which knows nothing of it.
///
/// The calls are the methods of trace::Pipeline, which the twin calls as well. Calls of one cycle
/// come in the order of the statements here; the order matters where one event ends what another
/// begins.
/// Latency, back-pressure: none; it drives nothing.
/// Does not: cost more than one test per cycle in a run without a trace.
module flashd_trace #(
  parameter int Lanes = 1,
  parameter int ReadClients = 7
) (
  input logic                   clk_i,
  input logic                   rst_ni,
  input logic                   busy_i,
  input logic                   start_i,
  // Queries into the engine.
  input logic                   q_take_i,
  input logic                   q_row_end_i,
  input logic                   q_last_i,
  // Tile headers, and the loaders of keys and values.
  input logic                   tile_take_i,
  input logic [31:0]            tile_keys_i,
  input logic [31:0]            tile_base_i,
  input logic                   tile_last_i,
  input logic                   k_end_i,
  input logic                   k_take_i,
  input logic [31:0]            k_keys_i,
  input logic                   v_end_i,
  input logic                   v_take_i,
  input logic [31:0]            v_keys_i,
  // Walk over the contexts of a tile, and the work that it hands on.
  input logic                   open_i,
  input logic [31:0]            walk_base_i,
  input logic                   walk_end_i,       // of a block
  input logic                   score_begin_i,
  input logic                   score_end_i,
  input logic                   score_empty_i,
  input logic                   score_last_i,
  input logic [31:0]            score_context_i,
  input logic [31:0]            score_key_begin_i,
  input logic [31:0]            score_key_end_i,
  // Output phase.
  input logic                   output_begin_i,
  input logic                   output_end_i,
  input logic                   merge_i,          // its first step is in the next cycle
  input logic [31:0]            merge_steps_i,
  input logic [31:0]            merge_block_i,
  input logic                   merge_block_last_i,
  // Output writer.
  input logic [1:0]             complete_i,
  input logic                   written_i,
  // AXI4.
  input logic                   ar_valid_i,
  input logic                   ar_ready_i,
  input logic [63:0]            ar_addr_i,
  input logic [7:0]             ar_len_i,
  input logic                   r_take_i,
  input logic                   r_last_i,
  input logic [ReadClients-1:0] r_client_i,
  input logic                   aw_valid_i,
  input logic                   aw_ready_i,
  input logic [63:0]            aw_addr_i,
  input logic [7:0]             aw_len_i,
  input logic                   w_take_i,
  input logic                   w_last_i
);

  import "DPI-C" context function int flashd_trace_on();
  import "DPI-C" context function void flashd_trace_job(input longint now, input bit begins);
  import "DPI-C" context function void flashd_trace_sequence();
  import "DPI-C" context function void flashd_trace_query(
      input longint now, input bit begins, input int ctx, input bit last);
  import "DPI-C" context function void flashd_trace_tile(
      input int base, input int keys, input bit last);
  import "DPI-C" context function void flashd_trace_load_end(input longint now, input bit value);
  import "DPI-C" context function void flashd_trace_load_take(
      input longint now, input bit value, input int keys);
  import "DPI-C" context function void flashd_trace_score_begin(
      input longint now, input int block, input int base, input int ctx, input int first,
      input int last, input bit no_keys, input bit leaves);
  import "DPI-C" context function void flashd_trace_score_end(input longint now);
  import "DPI-C" context function void flashd_trace_output(input longint now, input bit begins);
  import "DPI-C" context function void flashd_trace_merge(
      input longint now, input int steps, input int block, input bit last);
  import "DPI-C" context function void flashd_trace_write(input longint now, input bit begins);
  import "DPI-C" context function void flashd_trace_address(
      input longint now, input bit write, input longint address, input int beats);
  import "DPI-C" context function void flashd_trace_beat(
      input longint now, input bit write, input bit last, input int client);

  bit on;
  longint now_q;
  logic busy_q;
  logic [1:0] complete_q;
  int lane_q, context_q, block_q, work_block_q, work_base_q, client;
  logic q_begin_q;  // the next beat is a context's first
  logic context_end;

  initial begin
    on = flashd_trace_on() != 0;
    now_q = 0;
  end

  always_comb begin
    client = 0;
    for (int i = 0; i < ReadClients; i++) if (r_client_i[i]) client = i;
  end
  assign context_end = q_take_i && q_row_end_i && (lane_q == Lanes - 1);

  always_ff @(posedge clk_i) now_q <= now_q + 1;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q <= 1'b0;
      complete_q <= '0;
      lane_q <= 0;
      context_q <= 0;
      block_q <= 0;
      q_begin_q <= 1'b1;
    end else begin
      busy_q <= busy_i;
      complete_q <= complete_i;
      if (start_i) begin
        lane_q <= 0;
        context_q <= 0;
        block_q <= 0;
        q_begin_q <= 1'b1;
      end else begin
        if (q_take_i) q_begin_q <= context_end;
        if (q_take_i && q_row_end_i) lane_q <= context_end ? 0 : lane_q + 1;
        if (context_end) context_q <= q_last_i ? 0 : context_q + 1;
        if (walk_end_i) block_q <= block_q + 1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (open_i) begin
      work_block_q <= block_q;
      work_base_q <= walk_base_i;
    end
  end

  // No event in reset, nor in the first cycle after it, in which the device is idle.
  logic running_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) running_q <= 1'b0;
    else running_q <= 1'b1;
  end

  always_ff @(posedge clk_i) begin
    if (on && running_q) begin
      if (busy_i && !busy_q) flashd_trace_job(now_q, 1'b1);
      if (start_i) flashd_trace_sequence();
      if (q_take_i && q_begin_q) flashd_trace_query(now_q, 1'b1, context_q, 1'b0);
      if (context_end) flashd_trace_query(now_q, 1'b0, context_q, q_last_i);
      if (tile_take_i) flashd_trace_tile(tile_base_i, tile_keys_i, tile_last_i);
      if (k_end_i) flashd_trace_load_end(now_q, 1'b0);
      if (k_take_i) flashd_trace_load_take(now_q, 1'b0, k_keys_i);
      if (v_end_i) flashd_trace_load_end(now_q, 1'b1);
      if (v_take_i) flashd_trace_load_take(now_q, 1'b1, v_keys_i);
      if (score_begin_i) begin
        flashd_trace_score_begin(now_q, work_block_q, work_base_q, score_context_i,
                                 score_key_begin_i, score_key_end_i, score_empty_i, score_last_i);
      end
      if (score_end_i) flashd_trace_score_end(now_q);
      if (output_begin_i) flashd_trace_output(now_q, 1'b1);
      if (output_end_i) flashd_trace_output(now_q, 1'b0);
      if (merge_i)
        flashd_trace_merge(now_q + 1, merge_steps_i, merge_block_i, merge_block_last_i);
      if ((complete_i & ~complete_q) != '0) flashd_trace_write(now_q, 1'b1);
      if (written_i) flashd_trace_write(now_q, 1'b0);
      if (ar_valid_i && ar_ready_i)
        flashd_trace_address(now_q, 1'b0, ar_addr_i, 32'(ar_len_i) + 1);
      if (r_take_i) flashd_trace_beat(now_q, 1'b0, r_last_i, client);
      if (aw_valid_i && aw_ready_i)
        flashd_trace_address(now_q, 1'b1, aw_addr_i, 32'(aw_len_i) + 1);
      if (w_take_i) flashd_trace_beat(now_q, 1'b1, w_last_i, 0);
      if (!busy_i && busy_q) flashd_trace_job(now_q, 1'b0);
    end
  end

endmodule

bind flashd_top flashd_trace #(
  .Lanes      (Lanes),
  .ReadClients(flashd_device_pkg::ReadClients)
) u_trace (
  .clk_i,
  .rst_ni,
  .busy_i           (u_control.busy),
  .start_i          (start),
  .q_take_i         (u_core.q_valid && u_core.q_ready),
  .q_row_end_i      (u_core.u_engine.u_score.u_operands.u_queries.row_end),
  .q_last_i         (u_core.q_last),
  .tile_take_i      (u_core.tile_valid && u_core.tile_ready),
  .tile_keys_i      (32'(u_core.tile_keys)),
  .tile_base_i      (u_core.tile_base),
  .tile_last_i      (u_core.tile_last),
  .k_end_i          (u_core.u_engine.u_score.u_operands.u_keys.u_loader.tile_end),
  .k_take_i         (u_core.u_engine.u_score.u_operands.u_keys.u_loader.tile_ready_o),
  .k_keys_i         (32'(u_core.u_engine.u_score.u_operands.u_keys.u_loader.tile_keys_i)),
  .v_end_i          (u_core.u_engine.u_output.u_sums.u_values.u_loader.tile_end),
  .v_take_i         (u_core.u_engine.u_output.u_sums.u_values.u_loader.tile_ready_o),
  .v_keys_i         (32'(u_core.u_engine.u_output.u_sums.u_values.u_loader.tile_keys_i)),
  .open_i           (u_core.u_engine.u_score.open),
  .walk_base_i      (u_core.u_engine.walk_base),
  .walk_end_i       (u_core.u_engine.u_score.close && u_core.u_engine.walk_last),
  .score_begin_i    (u_core.u_engine.u_score.start),
  .score_end_i      (u_core.u_engine.u_score.work_ready),
  .score_empty_i    (u_core.u_engine.u_score.info_empty),
  .score_last_i     (u_core.u_engine.u_score.info_last),
  .score_context_i  (32'(u_core.u_engine.u_score.work_context)),
  .score_key_begin_i(32'(u_core.u_engine.u_score.work_begin)),
  .score_key_end_i  (32'(u_core.u_engine.u_score.work_end)),
  .output_begin_i   (u_core.u_engine.u_output.u_sums.step_begin),
  .output_end_i     (u_core.u_engine.u_output.u_sums.step_end),
  .merge_i          (u_core.u_engine.u_output.start),
  .merge_steps_i    (32'(u_core.u_engine.u_output.start_step_end) + 32'd1),
  .merge_block_i     (32'(u_core.u_engine.u_output.start_block)),
  .merge_block_last_i(u_core.u_engine.u_output.start_last),
  .complete_i       (u_core.u_output_writer.full),
  .written_i        (u_core.u_output_writer.free),
  .ar_valid_i       (m_axi_arvalid),
  .ar_ready_i       (m_axi_arready),
  .ar_addr_i        (m_axi_araddr),
  .ar_len_i         (m_axi_arlen),
  .r_take_i         (m_axi_rvalid && m_axi_rready),
  .r_last_i         (m_axi_rlast),
  .r_client_i       (beat_valid),
  .aw_valid_i       (m_axi_awvalid),
  .aw_ready_i       (m_axi_awready),
  .aw_addr_i        (m_axi_awaddr),
  .aw_len_i         (m_axi_awlen),
  .w_take_i         (m_axi_wvalid && m_axi_wready),
  .w_last_i         (m_axi_wlast)
);
