// SPDX-License-Identifier: Apache-2.0
/// Makes engine beats of Width elements from the AXI beats of query, key and value rows.
///
/// A row of n elements (n = d, values dv) arrives as pitch(2 n) bytes; the segments of the three
/// clients hold whole rows, so one assembly register serves them all. Elements beyond n become 0;
/// AXI beats that hold nothing but padding are dropped.
/// Latency: an AXI beat in cycle t that completes an engine beat (it holds its last element, or the
/// last of the row) gives it in t + 1, for that one cycle. One AXI beat per cycle.
/// Back-pressure: none, as the read master has none: room was reserved before the request.
/// Does not: pass on which row a beat belongs to; rows come in the order of the requests.
module flashd_unpack
  import flashd_device_pkg::*;
#(
  parameter int AxiBits = 128,
  parameter int Width = 64
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic [8:0]              d_i,
  input  logic [8:0]              dv_i,
  // From the read master.
  input  logic                    q_beat_i,
  input  logic                    k_beat_i,
  input  logic                    v_beat_i,
  input  logic [AxiBits-1:0]      beat_data_i,
  // Engine beats; at most one valid is high.
  output logic                    q_valid_o,
  output logic                    k_valid_o,
  output logic                    v_valid_o,
  output logic [Width-1:0][15:0]  data_o
);

  localparam int Elements = AxiBits / 16;              // of an AXI beat: 4 to 32
  localparam int Parts = Width / Elements;             // AXI beats of an engine beat
  localparam int PartBits = (Parts > 1) ? $clog2(Parts) : 1;
  localparam int Size = $clog2(AxiBits / 8);
  localparam int BeatBits = 10 - Size;                 // AXI beats of a row: 512 bytes or less

  if (AxiBits < 64 || AxiBits > 512 || (AxiBits & (AxiBits - 1)) != 0) begin : gen_bad_axi
    $error("flashd_unpack: AxiBits must be 64, 128, 256 or 512.");
  end
  if (AxiBits > 16 * Width) begin : gen_bad_width
    $error("flashd_unpack: AxiBits must be at most 16 Width.");
  end

  logic [BeatBits-1:0] beat_q, row_beats;
  logic [8:0] n, first;                                // first: element of the row at bit 0
  logic [PartBits-1:0] part;
  logic take, complete;
  logic [Elements-1:0][15:0] elements;
  logic [Width-1:0][15:0] data_q;
  logic [2:0] valid_q;

  assign take = q_beat_i || k_beat_i || v_beat_i;
  assign n = v_beat_i ? dv_i : d_i;
  assign row_beats = BeatBits'(row_bytes(n) >> Size);
  assign first = 9'(32'(beat_q) * Elements);           // at most 256 - Elements
  assign part = PartBits'(32'(beat_q) % Parts);
  // It holds the row's last element, or the engine beat's last of a row that goes on.
  assign complete = (first < n) &&
      ((32'(first) + Elements >= 32'(n)) || (part == PartBits'(Parts - 1)));

  for (genvar e = 0; e < Elements; e++) begin : gen_mask
    assign elements[e] = (32'(first) + e < 32'(n)) ? beat_data_i[16*e+:16] : '0;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      beat_q  <= '0;
      valid_q <= '0;
    end else begin
      if (take) beat_q <= (beat_q == row_beats - BeatBits'(1)) ? '0 : beat_q + BeatBits'(1);
      valid_q <= {v_beat_i, k_beat_i, q_beat_i} & {3{complete}};
    end
  end

  for (genvar p = 0; p < Parts; p++) begin : gen_part
    always_ff @(posedge clk_i) begin
      if (take && (part == PartBits'(p))) data_q[p*Elements+:Elements] <= elements;
      else if (take && (part == '0)) data_q[p*Elements+:Elements] <= '0;
    end
  end

  assign {v_valid_o, k_valid_o, q_valid_o} = valid_q;
  assign data_o = data_q;

`ifdef FLASHD_ASSERT
  logic [2:0] client_q;
  always_ff @(posedge clk_i) if (take) client_q <= {v_beat_i, k_beat_i, q_beat_i};
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      $onehot0({v_beat_i, k_beat_i, q_beat_i}))
  else $error("flashd_unpack: a beat of two clients");
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      (take && beat_q != '0) |-> (client_q == {v_beat_i, k_beat_i, q_beat_i}))
  else $error("flashd_unpack: another client's beat inside a row");
`endif

endmodule
