// SPDX-License-Identifier: Apache-2.0
/// Page of a key: the entry of a sequence's page table, through one kept line of 64 bytes.
///
/// Latency: lookup_valid_i with the entry's line at hand is answered in the same cycle (done_o).
/// Else req_valid_o rises in that cycle, and done_o comes one cycle after the line's last beat.
/// The caller tells the index one cycle ahead as well: the entry and what is asked of it, and a
/// request's address, come from registers.
/// Back-pressure: the caller holds lookup_valid_i and the index until done_o. An entry that is
/// negative or no page of the pool raises fault_o instead, with its address, until reset.
/// start_i forgets the line.
/// Does not: fetch ahead.
module flashd_page_lookup
  import flashd_device_pkg::*;
#(
  parameter int AxiBits = 128,
  parameter int IndexBits = 27      // pages of at least 16 keys, fewer than 2^31 keys
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    start_i,
  input  addr_t                   page_table_i,
  input  logic [31:0]             pages_i,
  input  logic                    lookup_valid_i,
  input  logic [IndexBits-1:0]    lookup_index_i,
  input  logic [IndexBits-1:0]    lookup_next_i,    // the index of the next cycle
  output logic                    done_o,
  output logic [30:0]             page_o,
  output logic                    fault_o,
  output addr_t                   fault_addr_o,
  // Read client.
  output logic                    req_valid_o,
  input  logic                    req_ready_i,
  output addr_t                   req_addr_o,
  output logic [SegmentBits-1:0]  req_beats_o,
  input  logic                    beat_valid_i,
  input  logic [AxiBits-1:0]      beat_data_i
);

  localparam int Beats = 512 / AxiBits;
  localparam int BeatBits = (Beats > 1) ? $clog2(Beats) : 1;
  localparam int TagBits = IndexBits - 4;  // 16 entries a line

  if (AxiBits < 64 || AxiBits > 512 || (AxiBits & (AxiBits - 1)) != 0) begin : gen_bad_axi
    $error("flashd_page_lookup: AxiBits must be 64, 128, 256 or 512.");
  end

  logic [Beats-1:0][AxiBits-1:0] line_q;
  logic valid_q, asked_q;
  logic same_q;                     // tag_q is the index's
  logic good_q;                     // a page of the pool
  logic [TagBits-1:0] tag_q;
  logic [BeatBits-1:0] beat_q;
  logic [15:0][31:0] entries_d;     // as line_q in the next cycle
  logic [31:0] entry_d;
  logic [30:0] page_q;
  addr_t req_addr_q;
  logic hit, last;

  always_comb begin
    entries_d = line_q;
    if (beat_valid_i) entries_d[32'(beat_q)*(AxiBits/32)+:AxiBits/32] = beat_data_i;
  end
  assign entry_d = entries_d[lookup_next_i[3:0]];
  assign hit = lookup_valid_i && valid_q && same_q;
  assign done_o = hit && good_q;
  assign fault_o = hit && !good_q;
  assign page_o = page_q;
  assign fault_addr_o = page_table_i + AddrBits'({lookup_index_i, 2'b0});
  assign req_valid_o = lookup_valid_i && !hit && !asked_q;
  assign req_addr_o = req_addr_q;
  assign req_beats_o = SegmentBits'(Beats);
  assign last = beat_valid_i && (beat_q == BeatBits'(Beats - 1));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      asked_q <= 1'b0;
      beat_q  <= '0;
      tag_q   <= '0;
      same_q  <= 1'b0;
    end else begin
      same_q <= (req_valid_o && req_ready_i) || (tag_q == lookup_next_i[IndexBits-1:4]);
      if (start_i) valid_q <= 1'b0;
      else if (req_valid_o && req_ready_i) valid_q <= 1'b0;
      else if (last) valid_q <= 1'b1;
      if (req_valid_o && req_ready_i) begin
        asked_q <= 1'b1;
        tag_q   <= lookup_index_i[IndexBits-1:4];
      end else if (last) begin
        asked_q <= 1'b0;
      end
      if (beat_valid_i) beat_q <= last ? '0 : beat_q + BeatBits'(1);
    end
  end

  always_ff @(posedge clk_i) begin
    line_q <= entries_d;
    page_q <= entry_d[30:0];
    good_q <= (entry_d < pages_i) && !entry_d[31];
    req_addr_q <= page_table_i + AddrBits'({lookup_next_i[IndexBits-1:4], 6'b0});
  end

`ifdef FLASHD_ASSERT
  flashd_stream_check #(.Bits(IndexBits)) u_check (
    .clk_i, .rst_ni, .valid_i(lookup_valid_i), .ready_i(done_o), .data_i(lookup_index_i));
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      (lookup_valid_i && valid_q) |-> (same_q == (tag_q == lookup_index_i[IndexBits-1:4])))
  else $error("flashd_page_lookup: the index was not told one cycle ahead");
  assert property (@(posedge clk_i) disable iff (!rst_ni) req_valid_o |->
      (req_addr_q == page_table_i + AddrBits'({lookup_index_i[IndexBits-1:4], 6'b0})))
  else $error("flashd_page_lookup: a request is not for the index");
  assert property (@(posedge clk_i) disable iff (!rst_ni) beat_valid_i |-> asked_q)
  else $error("flashd_page_lookup: a beat that was not asked for");
  assert property (@(posedge clk_i) disable iff (!rst_ni) start_i |-> !asked_q)
  else $error("flashd_page_lookup: started while a line is on its way");
`endif

endmodule
