// SPDX-License-Identifier: Apache-2.0
/// Two banks of one tile of keys: one is scored while the other fills.
///
/// Keys are stored as they come and decoded once behind the memory, for all lanes.
/// Latency: decoded elements two cycles after re_i; the NaN flag in the cycle of the request.
/// Back-pressure: k_ready_o is low while the bank to fill is in use.
/// Does not: pad a head dimension; unused elements of the last beat arrive as zeros.
module flashd_key_buffer #(
  parameter int Sig = 11,
  parameter int Width = 64,
  parameter int Tile = 64,
  parameter int Beats = 4,
  parameter int BeatBits = 3,
  parameter int KeyBits = 7
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,
  input  logic                       fp16_i,
  input  logic [BeatBits-1:0]        beats_i,
  input  logic                       tile_valid_i,
  output logic                       tile_ready_o,
  input  logic [KeyBits-1:0]         tile_keys_i,
  input  logic                       k_valid_i,
  output logic                       k_ready_o,
  input  logic [Width-1:0][15:0]     k_data_i,
  input  logic [1:0]                 release_i,
  output logic [1:0]                 full_o,
  output logic [1:0]                 turn_o,
  input  logic                       re_i,
  input  logic                       rbank_i,
  input  logic [KeyBits-1:0]         rkey_i,
  input  logic [BeatBits-1:0]        rbeat_i,
  output logic                       bad_o,    // NaN or Inf in the key
  output logic [Width-1:0]           neg_o,
  output logic [Width-1:0][7:0]      exp_o,
  output logic [Width-1:0][Sig-1:0]  sig_o
);

  localparam int Slots = 1 << $clog2(Beats);  // beat slots per key: an address without a multiplier
  localparam int Depth = 2 * Tile * Slots;
  localparam int AddrBits = $clog2(Depth);

  logic take, bank;
  logic [KeyBits-1:0] key;
  logic [BeatBits-1:0] beat;
  logic [Width-1:0] finite, neg, unused_finite;
  logic [Width-1:0][7:0] exponent;
  logic [Width-1:0][Sig-1:0] sig;
  logic [Width-1:0][15:0] rdata;
  logic [1:0][Tile-1:0] bad_q;

  flashd_bank_loader #(
    .Banks   (2),
    .BankBits(1),
    .KeyBits (KeyBits),
    .BeatBits(BeatBits)
  ) u_loader (
    .clk_i,
    .rst_ni,
    .beats_i,
    .tile_valid_i,
    .tile_ready_o,
    .tile_keys_i,
    .beat_valid_i(k_valid_i),
    .beat_ready_o(k_ready_o),
    .take_o      (take),
    .bank_o      (bank),
    .key_o       (key),
    .beat_o      (beat),
    .release_i,
    .full_o,
    .turn_o
  );

  function automatic logic [AddrBits-1:0] addr(input logic b, input logic [KeyBits-1:0] k,
                                               input logic [BeatBits-1:0] s);
    return AddrBits'((32'(b) * Tile + 32'(k)) * Slots + 32'(s));
  endfunction

  flashd_ram #(
    .Bits (Width * 16),
    .Depth(Depth)
  ) u_ram (
    .clk_i,
    .we_i   (take),
    .waddr_i(addr(bank, key, beat)),
    .wdata_i(k_data_i),
    .re_i,
    .raddr_i(addr(rbank_i, rkey_i, rbeat_i)),
    .rdata_o(rdata)
  );

  for (genvar e = 0; e < Width; e++) begin : gen_decode
    // All ones in the exponent field: NaN or Inf.
    assign finite[e] = fp16_i ? !(&k_data_i[e][14:10]) : !(&k_data_i[e][14:7]);
    flashd_decode #(
      .Sig(Sig)
    ) u_decode (
      .fp16_i,
      .bits_i  (rdata[e]),
      .neg_o   (neg[e]),
      .exp_o   (exponent[e]),
      .sig_o   (sig[e]),
      .finite_o(unused_finite[e])
    );
  end

  always_ff @(posedge clk_i) begin
    if (take) begin
      bad_q[bank][key[$clog2(Tile)-1:0]] <= !(&finite) ||
          ((beat != '0) && bad_q[bank][key[$clog2(Tile)-1:0]]);
    end
    neg_o <= neg;
    exp_o <= exponent;
    sig_o <= sig;
  end

  assign bad_o = bad_q[rbank_i][rkey_i[$clog2(Tile)-1:0]];

  logic unused;
  assign unused = ^{unused_finite, rkey_i};

endmodule
