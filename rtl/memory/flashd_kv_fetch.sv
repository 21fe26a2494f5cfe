// SPDX-License-Identifier: Apache-2.0
/// Fetches the keys (Value = 0) or the values (Value = 1) of tiles into the engine's banks.
///
/// Runs come from flashd_tile_walk: an address, and consecutive keys from there on; the last run of
/// a tile is marked. A tile takes one bank (a credit) with its first run, also if it has no keys.
/// A run is one segment if its rows lie densely, else one segment per key. The value side gives the
/// engine each tile's header first, and with skip_v waits for the engine's decision: a tile to be
/// skipped has a header of 0 keys, and its runs are dropped.
/// Latency: a run pushed in cycle t is looked at in t + 1; with a credit (values: with vt_ready_i,
/// the header's handshake is in that cycle) its first request is up in t + 2, then one per cycle.
/// The next run is looked at in the cycle in which the last segment of the one before is granted;
/// runs without requests take one cycle each. freed_i and a decision count from the next cycle on.
/// Back-pressure: run_ready_o is low with RunDepth runs waiting.
/// Does not: touch data; beats go from flashd_unpack to the engine's banks.
module flashd_kv_fetch
  import flashd_device_pkg::*;
#(
  parameter int Value = 0,
  parameter int AxiBits = 128,
  parameter int Tile = 64,
  parameter int Banks = 2,
  parameter int RunDepth = (Value != 0) ? Tile / 4 : Tile / 8,
  // Derived: not to be set.
  parameter int KeyBits = $clog2(Tile + 1),
  parameter int FreedBits = (Value != 0) ? 3 : 2  // Banks: 2 of keys, 3 or 4 of values
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  input  logic [8:0]                    dim_i,          // d or dv
  input  stride_t                       token_i,        // stride of a key
  input  logic                          skip_v_i,       // values only
  output logic                          busy_o,
  // Runs.
  input  logic                          run_valid_i,
  output logic                          run_ready_o,
  input  logic [AddrBits-LineBits-1:0]  run_line_i,     // address in lines
  input  logic [KeyBits-1:0]            run_keys_i,     // 0 only in a tile of no keys
  input  logic [KeyBits-1:0]            run_tile_keys_i,
  input  logic                          run_last_i,     // last run of its tile
  // The engine's banks.
  input  logic [FreedBits-1:0]          freed_i,
  output logic                          vt_valid_o,
  input  logic                          vt_ready_i,
  output logic [KeyBits-1:0]            vt_keys_o,
  input  logic                          skip_valid_i,
  input  logic                          skip_i,
  output logic                          tap_unread_o,   // a tile's values are not fetched
  // Read client.
  output logic                          req_valid_o,
  input  logic                          req_ready_i,
  output addr_t                         req_addr_o,
  output logic [SegmentBits-1:0]        req_beats_o
);

  localparam int Line = AddrBits - LineBits;
  localparam int Size = $clog2(AxiBits / 8);
  localparam int RunLines = KeyBits + 4;       // of a run: at most Tile keys of 8 lines
  localparam int Decisions = 8;

  if (AxiBits < 64 || AxiBits > 512 || (AxiBits & (AxiBits - 1)) != 0) begin : gen_bad_axi
    $error("flashd_kv_fetch: AxiBits must be 64, 128, 256 or 512.");
  end
  if (Banks < 1 || Banks > ((Value != 0) ? 4 : 2)) begin : gen_bad_banks
    $error("flashd_kv_fetch: at most 2 banks of keys, 4 of values.");
  end
  if (RunDepth * 16 < Tile) begin : gen_bad_depth
    $error("flashd_kv_fetch: RunDepth must hold the runs of a tile, Tile / 16.");
  end

  typedef struct packed {
    logic [Line-1:0]    addr;
    logic [KeyBits-1:0] keys;
    logic [KeyBits-1:0] tile_keys;
    logic               last;
  } run_t;

  run_t run, run_in;
  logic run_valid, run_take;

  assign run_in.addr = run_line_i;
  assign run_in.keys = run_keys_i;
  assign run_in.tile_keys = run_tile_keys_i;
  assign run_in.last = run_last_i;

  flashd_fifo #(
    .Bits ($bits(run_t)),
    .Depth(RunDepth)
  ) u_runs (
    .clk_i,
    .rst_ni,
    .valid_i(run_valid_i),
    .ready_o(run_ready_o),
    .data_i (run_in),
    .valid_o(run_valid),
    .ready_i(run_take),
    .data_o (run)
  );

  logic first_q;                               // the run at hand begins a tile
  logic dropped_q;                             // its tile's other runs are dropped
  logic [FreedBits-1:0] credit_q;
  logic req_valid_q;
  logic [Line-1:0] line_q;
  logic [KeyBits-1:0] left_q;                  // segments of the run, the one asked for included
  logic [RunLines-1:0] lines_q;                // of a segment
  logic free, open, drop, dense, decided, decision, load;
  logic [3:0] row_lines;

  assign row_lines = 4'(row_bytes(dim_i) >> LineBits);
  assign dense = token_i == 32'(row_lines);
  assign free = !req_valid_q || (req_ready_i && (left_q == KeyBits'(1)));
  assign open = run_valid && first_q && free && (credit_q != '0) && decided;
  assign run_take = first_q ? open && ((Value == 0) || vt_ready_i) : run_valid && free;
  assign drop = first_q ? decision : dropped_q;
  assign load = run_take && !drop && (run.keys != '0);

  if (Value != 0) begin : gen_value
    logic decision_valid, decision_room, decision_bit;
    flashd_fifo #(
      .Bits (1),
      .Depth(Decisions)
    ) u_decisions (
      .clk_i,
      .rst_ni,
      .valid_i(skip_valid_i && skip_v_i),
      .ready_o(decision_room),
      .data_i (skip_i),
      .valid_o(decision_valid),
      .ready_i(run_take && first_q),
      .data_o (decision_bit)
    );
    assign decided = !skip_v_i || decision_valid;
    assign decision = skip_v_i && decision_bit;
    assign vt_valid_o = open;
    assign vt_keys_o = drop ? '0 : run.tile_keys;
    assign tap_unread_o = run_take && first_q && decision && (run.tile_keys != '0);
`ifdef FLASHD_ASSERT
    flashd_stream_check #(.Bits(KeyBits)) u_check_vt (
      .clk_i, .rst_ni, .valid_i(vt_valid_o), .ready_i(vt_ready_i), .data_i(vt_keys_o));
    assert property (@(posedge clk_i) disable iff (!rst_ni)
        (skip_valid_i && skip_v_i) |-> decision_room)
    else $error("flashd_kv_fetch: more decisions than waiting tiles");
`else
    logic unused;
    assign unused = decision_room;
`endif
  end else begin : gen_key
    logic unused;
    assign unused = ^{skip_v_i, skip_valid_i, skip_i, vt_ready_i, run.tile_keys};
    assign decided = 1'b1;
    assign decision = 1'b0;
    assign vt_valid_o = 1'b0;
    assign vt_keys_o = '0;
    assign tap_unread_o = 1'b0;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      first_q     <= 1'b1;
      dropped_q   <= 1'b0;
      credit_q    <= FreedBits'(Banks);
      req_valid_q <= 1'b0;
    end else begin
      if (run_take) begin
        first_q   <= run.last;
        dropped_q <= drop;
      end
      credit_q <= credit_q + freed_i - FreedBits'(run_take && first_q);
      if (load) req_valid_q <= 1'b1;
      else if (free) req_valid_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (load) begin
      line_q <= run.addr;
      left_q <= dense ? KeyBits'(1) : run.keys;
      lines_q <= dense ? RunLines'(run.keys) * RunLines'(row_lines) : RunLines'(row_lines);
    end else if (req_ready_i) begin
      line_q <= line_q + Line'(token_i);
      left_q <= left_q - KeyBits'(1);
    end
  end

  assign req_valid_o = req_valid_q;
  assign req_addr_o = {line_q, {LineBits{1'b0}}};
  assign req_beats_o = SegmentBits'(lines_q) << (LineBits - Size);
  assign busy_o = run_valid || req_valid_q || !first_q;

`ifdef FLASHD_ASSERT
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      32'(credit_q) + 32'(freed_i) <= Banks)
  else $error("flashd_kv_fetch: more banks freed than taken");
`endif

endmodule
