// SPDX-License-Identifier: Apache-2.0
/// Banks of one tile of values, with the largest exponent of every channel over the tile's keys.
///
/// Values beyond the job's grid (VE) are clamped on the way in (arith::clamp_value); NaN and Inf
/// are stored as they come and count as zero. Distances to the tile's exponent are formed behind
/// the memory, once for all lanes.
/// Latency: prepared elements two enabled cycles after the request; flags one after theirs.
/// Back-pressure: v_ready_o is low while the bank to fill is in use; en_i freezes the read side.
/// Does not: pad a head dimension; unused elements of the last beat arrive as zeros.
module flashd_value_buffer #(
  parameter int Sig = 11,
  parameter int Width = 64,
  parameter int Tile = 64,
  parameter int Beats = 4,
  parameter int BeatBits = 3,
  parameter int KeyBits = 7,
  parameter int Banks = 2,
  parameter int BankBits = 1,
  parameter int Merge = 1,
  parameter int StepBits = 6
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,
  input  logic                       fp16_i,
  input  logic [BeatBits-1:0]        beats_i,
  input  logic [7:0]                 v_exponent_i,  // VE, biased
  input  logic                       tile_valid_i,
  output logic                       tile_ready_o,
  input  logic [KeyBits-1:0]         tile_keys_i,
  input  logic                       v_valid_i,
  output logic                       v_ready_o,
  input  logic [Width-1:0][15:0]     v_data_i,
  input  logic [Banks-1:0]           release_i,
  output logic [Banks-1:0]           full_o,
  output logic [Banks-1:0]           turn_o,
  // Elements of one beat of a key.
  input  logic                       en_i,
  input  logic [BankBits-1:0]        rbank_i,
  input  logic [KeyBits-1:0]         rkey_i,
  input  logic [BeatBits-1:0]        rbeat_i,
  output logic [Width-1:0]           neg_o,
  output logic [Width-1:0][Sig-1:0]  sig_o,
  output logic [Width-1:0][4:0]      dist_o,
  // Flags of a key.
  input  logic [BankBits-1:0]        fbank_i,
  input  logic [KeyBits-1:0]         fkey_i,
  output logic                       bad_o,
  output logic                       clamped_o,
  // VE - E of the Merge channels of one merge step.
  input  logic [BankBits-1:0]        ebank_i,
  input  logic [BeatBits-1:0]        ebeat_i,
  input  logic [StepBits-1:0]        estep_i,
  output logic [Merge-1:0][7:0]      distance_o
);

  localparam int Slots = 1 << $clog2(Beats);  // beat slots per key: an address without a multiplier
  localparam int Depth = Banks * Tile * Slots;
  localparam int AddrBits = $clog2(Depth);
  localparam int TileBits = $clog2(Tile);
  localparam int SlotBits = (Beats > 1) ? $clog2(Beats) : 1;

  logic take;
  logic [BankBits-1:0] bank;
  logic [KeyBits-1:0] key;
  logic [BeatBits-1:0] beat;
  logic [Width-1:0] finite, beyond, wneg, neg, unused_finite;
  logic [Width-1:0][15:0] wdata, rdata;
  logic [Width-1:0][7:0] wexp, exponent;
  logic [Width-1:0][Sig-1:0] wsig, sig;
  logic [Banks-1:0][Tile-1:0] bad_q, clamped_q;
  // Largest biased exponent per channel.
  logic [Banks-1:0][Slots-1:0][Width-1:0][7:0] top_q;
  logic [Width-1:0][7:0] rtop_q;

  flashd_bank_loader #(
    .Banks   (Banks),
    .BankBits(BankBits),
    .KeyBits (KeyBits),
    .BeatBits(BeatBits)
  ) u_loader (
    .clk_i,
    .rst_ni,
    .beats_i,
    .tile_valid_i,
    .tile_ready_o,
    .tile_keys_i,
    .beat_valid_i(v_valid_i),
    .beat_ready_o(v_ready_o),
    .take_o      (take),
    .bank_o      (bank),
    .key_o       (key),
    .beat_o      (beat),
    .release_i,
    .full_o,
    .turn_o
  );

  for (genvar e = 0; e < Width; e++) begin : gen_write
    logic [7:0] field;
    assign field = fp16_i ? {3'b0, v_data_i[e][14:10]} : v_data_i[e][14:7];
    assign finite[e] = fp16_i ? !(&v_data_i[e][14:10]) : !(&v_data_i[e][14:7]);
    assign beyond[e] = finite[e] && (field > v_exponent_i);
    assign wdata[e] = !beyond[e] ? v_data_i[e] :
        fp16_i ? {v_data_i[e][15], v_exponent_i[4:0], 10'h3ff} :
        {v_data_i[e][15], v_exponent_i, 7'h7f};
    flashd_decode #(
      .Sig(Sig)
    ) u_decode (
      .fp16_i,
      .bits_i  (wdata[e]),
      .neg_o   (wneg[e]),
      .exp_o   (wexp[e]),
      .sig_o   (wsig[e]),
      .finite_o(unused_finite[e])
    );
  end

  function automatic logic [AddrBits-1:0] addr(input logic [BankBits-1:0] b,
                                               input logic [KeyBits-1:0] k,
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
    .wdata_i(wdata),
    .re_i   (en_i),
    .raddr_i(addr(rbank_i, rkey_i, rbeat_i)),
    .rdata_o(rdata)
  );

  always_ff @(posedge clk_i) begin
    if (take) begin
      bad_q[bank][key[TileBits-1:0]] <= !(&finite) ||
          ((beat != '0) && bad_q[bank][key[TileBits-1:0]]);
      clamped_q[bank][key[TileBits-1:0]] <= (|beyond) ||
          ((beat != '0) && clamped_q[bank][key[TileBits-1:0]]);
      for (int e = 0; e < Width; e++) begin
        if ((key == '0) || (wexp[e] > top_q[bank][beat[SlotBits-1:0]][e]))
          top_q[bank][beat[SlotBits-1:0]][e] <= wexp[e];
      end
    end
  end

  for (genvar e = 0; e < Width; e++) begin : gen_read
    logic rneg;
    logic [Sig-1:0] rsig;
    logic [4:0] rdist;
    flashd_decode #(
      .Sig(Sig)
    ) u_decode (
      .fp16_i,
      .bits_i  (rdata[e]),
      .neg_o   (neg[e]),
      .exp_o   (exponent[e]),
      .sig_o   (sig[e]),
      .finite_o()
    );
    flashd_value #(
      .Sig(Sig)
    ) u_value (
      .neg_i     (neg[e]),
      .exp_i     (exponent[e]),
      .sig_i     (sig[e]),
      .tile_exp_i(rtop_q[e]),
      .neg_o     (rneg),
      .sig_o     (rsig),
      .dist_o    (rdist)
    );
    always_ff @(posedge clk_i) begin
      if (en_i) begin
        neg_o[e]  <= rneg;
        sig_o[e]  <= rsig;
        dist_o[e] <= rdist;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      rtop_q    <= top_q[rbank_i][rbeat_i[SlotBits-1:0]];
      bad_o     <= bad_q[fbank_i][fkey_i[TileBits-1:0]];
      clamped_o <= clamped_q[fbank_i][fkey_i[TileBits-1:0]];
    end
  end

  for (genvar m = 0; m < Merge; m++) begin : gen_distance
    logic [$clog2(Width)-1:0] channel;
    assign channel = $clog2(Width)'(32'(estep_i) * Merge + m);
    assign distance_o[m] = v_exponent_i - top_q[ebank_i][ebeat_i[SlotBits-1:0]][channel];
  end

  logic unused;
  assign unused = ^{unused_finite, wneg, wsig, fkey_i, ebeat_i};

endmodule
