// SPDX-License-Identifier: Apache-2.0
/// Weights of two tiles of one row: written key by key, read Keys keys at a time.
///
/// `whalf_i`, `rhalf_i` tell which tile is written or read. One small memory per key of a step, as
/// wide as a weight and, with FLASHD_CELLS, its triple, which all channels' multipliers use; a
/// larger memory with a write enable for each of them does as well. Without Memory, in flip-flops,
/// triples are made when weights are read.
/// Late puts flip-flops behind a memory: its data come later in a cycle than the values, and every
/// multiplier would begin its work twice.
/// Latency: a weight written in one cycle can be read from the next on; p_*_o hold the weights of
/// `step_i` one cycle after `re_i`, with Late two, until the next `re_i` has come as far.
/// Back-pressure: none.
/// Does not: take a weight that is neither zero, with a shift of zero, nor has its highest bit set;
/// clear weights; what was not written is what an earlier tile left.
module flashd_weight_store #(
  parameter int Profile = 0,
  parameter int Tile = 16,
  parameter int Keys = 16,
  parameter bit Memory = 1'b1,
  parameter bit Late = 1'b0,
  localparam int PBits = flashd_spec_pkg::p_bits(Profile),
  localparam int KeyBits = $clog2(Tile),
  localparam int StepBits = (Tile > Keys) ? $clog2(Tile / Keys) : 1
) (
  input  logic                       clk_i,
  input  logic                       we_i,
  input  logic                       whalf_i,
  input  logic [KeyBits-1:0]         key_i,
  input  logic [PBits-1:0]           p_sig_i,
  input  logic [4:0]                 p_shift_i,
  input  logic                       re_i,
  input  logic                       rhalf_i,
  input  logic [StepBits-1:0]        step_i,
  output logic [Keys-1:0][PBits-1:0] p_sig_o,
  output logic [Keys-1:0][PBits+1:0] p_triple_o,
  output logic [Keys-1:0][4:0]       p_shift_o
);

  if (Tile < Keys || (Keys & (Keys - 1)) != 0 || (Tile & (Tile - 1)) != 0) begin : gen_bad_size
    $error("flashd_weight_store: Tile and Keys must be powers of two, Tile not less than Keys.");
  end
  if (Late && !Memory) begin : gen_bad_late
    $error("flashd_weight_store: without Memory weights are never late.");
  end

  localparam int Depth = 2 * (Tile / Keys);
  localparam int AddrBits = $clog2(Depth);
  localparam int LowBits = $clog2(Keys);
  // Triples are kept where multipliers use them and a bit is cheap.
`ifdef FLASHD_CELLS
  localparam bit Kept = Memory;
`else
  localparam bit Kept = 1'b0;
`endif
  localparam int Bits = PBits + 5 + (Kept ? PBits + 2 : 0);

  function automatic logic [PBits+1:0] triple(logic [PBits-1:0] p);
    return {1'b0, p, 1'b0} + {2'b00, p};
  endfunction

  logic [AddrBits-1:0] waddr, raddr;
  if (Tile > Keys) begin : gen_steps
    assign waddr = {whalf_i, key_i[KeyBits-1:LowBits]};
    assign raddr = {rhalf_i, step_i};
  end else begin : gen_step
    logic unused;
    assign unused = ^step_i;
    assign waddr = whalf_i;
    assign raddr = rhalf_i;
  end

  logic late_en;
  if (Late) begin : gen_late
    always_ff @(posedge clk_i) late_en <= re_i;
  end else begin : gen_at_once
    logic unused_late;
    assign late_en = 1'b0;
    assign unused_late = late_en;
  end

  for (genvar k = 0; k < Keys; k++) begin : gen_key
    logic here;
    assign here = we_i && (key_i[LowBits-1:0] == LowBits'(k));
    if (Memory) begin : gen_memory
      logic [Bits-1:0] wdata, rdata, data;
      flashd_ram #(.Bits(Bits), .Depth(Depth)) u_ram (
        .clk_i,
        .we_i(here),
        .waddr_i(waddr),
        .wdata_i(wdata),
        .re_i,
        .raddr_i(raddr),
        .rdata_o(rdata)
      );
      if (Late) begin : gen_data
        always_ff @(posedge clk_i) begin
          if (late_en) data <= rdata;
        end
      end else begin : gen_no_data
        assign data = rdata;
      end
      if (Kept) begin : gen_kept
        assign wdata = {triple(p_sig_i), p_sig_i, p_shift_i};
        assign {p_triple_o[k], p_sig_o[k], p_shift_o[k]} = data;
      end else begin : gen_made
        assign wdata = {p_sig_i, p_shift_i};
        assign {p_sig_o[k], p_shift_o[k]} = data;
        assign p_triple_o[k] = triple(p_sig_o[k]);
      end
    end else begin : gen_registers
      // A shift of 31, which no weight has, stands for zero: the highest bit need not be kept.
      logic [Depth-1:0][PBits+3:0] word_q;
      logic [PBits-1:0]            sig;
      logic [4:0]                  shift;
      for (genvar i = 0; i < Depth; i++) begin : gen_word
        always_ff @(posedge clk_i) begin
          if (here && (waddr == AddrBits'(i)))
            word_q[i] <= {p_sig_i[PBits-2:0], p_shift_i | {5{!p_sig_i[PBits-1]}}};
        end
      end
      always_comb begin
        {sig[PBits-2:0], shift} = '0;
        for (int i = 0; i < Depth; i++)
          {sig[PBits-2:0], shift} |= word_q[i] & {(PBits + 4) {raddr == AddrBits'(i)}};
      end
      assign sig[PBits-1] = !(&shift);
      always_ff @(posedge clk_i) begin
        if (re_i) begin
          p_triple_o[k] <= triple(sig);
          p_sig_o[k] <= sig;
          p_shift_o[k] <= shift & {5{sig[PBits-1]}};
        end
      end
    end
  end

endmodule
