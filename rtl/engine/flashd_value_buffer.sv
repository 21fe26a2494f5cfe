// SPDX-License-Identifier: Apache-2.0
/// Banks of one tile of values, with the largest exponent of every channel over the tile's keys.
///
/// Values beyond the job's grid (VE) are clamped on the way in (arith::clamp_value); NaN and Inf
/// are stored as they come and count as zero. Distances to the tile's exponent are formed behind
/// the memory, once for all lanes.
/// A beat of a key has Keys blocks of Channels channels; what is read is one block of Keys keys.
/// Hence Keys memories, each a block wide: block b of key j lies in memory (j + b) mod Keys. A beat
/// is written to one address of all of them, and a block of Keys keys is one word of each.
/// Keys that are not asked for give the elements of `rfirst_i`: numbers that mean nothing.
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
  parameter int StepBits = 6,
  parameter int Keys = 16,
  parameter int GroupBits = 2,
  parameter int BlockBits = 6,
  localparam int Channels = Width / Keys,
  localparam int TileBits = $clog2(Tile)
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
  // Elements of one block of a group of keys.
  input  logic                       en_i,
  input  logic                       rvalid_i,
  input  logic [BankBits-1:0]        rbank_i,
  input  logic [GroupBits-1:0]       rgroup_i,
  input  logic [BlockBits-1:0]       rblock_i,
  input  logic [Keys-1:0]            rkeys_i,       // of the group, that are asked for
  input  logic [TileBits-1:0]        rfirst_i,      // one that is
  output logic [Channels-1:0][Keys-1:0]          neg_o,
  output logic [Channels-1:0][Keys-1:0][Sig-1:0] sig_o,
  output logic [Channels-1:0][Keys-1:0][4:0]     dist_o,
  // Flags of a key.
  input  logic [BankBits-1:0]        fbank_i,
  input  logic [KeyBits-1:0]         fkey_i,
  output logic                       bad_o,
  output logic                       clamped_o,
  // VE - E of the Merge channels of one merge step.
  input  logic [BankBits-1:0]        ebank_i,
  input  logic [BlockBits-1:0]       eblock_i,
  input  logic [StepBits-1:0]        estep_i,
  output logic [Merge-1:0][7:0]      distance_o
);

  localparam int Slots = 1 << $clog2(Beats);  // beat slots per key: an address without a multiplier
  localparam int Depth = Banks * Tile * Slots;
  localparam int AddrBits = $clog2(Depth);
  localparam int SlotBits = (Beats > 1) ? $clog2(Beats) : 1;
  localparam int LowBits = $clog2(Keys);  // of a key in its group, of a block in its beat

  logic take;
  logic [BankBits-1:0] bank;
  logic [KeyBits-1:0] key;
  logic [BeatBits-1:0] beat;
  logic [Width-1:0] finite, beyond, wneg, unused_finite;
  logic [Width-1:0][15:0] wdata;
  logic [Width-1:0][7:0] wexp;
  logic [Width-1:0][Sig-1:0] wsig;
  logic [Banks-1:0][Tile-1:0] bad_q, clamped_q;
  // Largest biased exponent per channel; of the beat that comes, and the elements beyond it.
  logic [Banks-1:0][Slots-1:0][Width-1:0][7:0] top_q;
  logic [Width-1:0][7:0] top;
  logic [Width-1:0] larger;
  logic [Channels-1:0][7:0] rtop_q;

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
    // Inf and NaN count in bad_o only; as zeros they need no look when they are read.
    assign wdata[e] = !finite[e] ? {v_data_i[e][15], 15'b0} : !beyond[e] ? v_data_i[e] :
        fp16_i ? {v_data_i[e][15], v_exponent_i[4:0], 10'h3ff} :
        {v_data_i[e][15], v_exponent_i, 7'h7f};
    flashd_decode #(
      .Sig(Sig)
    ) u_decode (
      .fp16_i,
      .bits_i  (v_data_i[e]),
      .neg_o   (wneg[e]),
      .exp_o   (wexp[e]),
      .sig_o   (wsig[e]),
      .finite_o(unused_finite[e])
    );
    // An element beyond VE has the exponent VE, 1 or more; compared while that is found out.
    assign larger[e] = beyond[e] ? (v_exponent_i > top[e]) : (wexp[e] > top[e]);
  end

  function automatic logic [AddrBits-1:0] addr(input logic [BankBits-1:0] b,
                                               input logic [TileBits-1:0] k,
                                               input logic [SlotBits-1:0] s);
    return AddrBits'((32'(b) * Tile + 32'(k)) * Slots + 32'(s));
  endfunction

  // Memories: word, and the key whose block it is.
  logic [Keys-1:0][Channels*16-1:0] wword, rword, element;
  logic [Keys-1:0] asked;
  logic [SlotBits-1:0] rslot, eslot;
  logic [LowBits-1:0] rturn, rback_q;
  assign rslot = SlotBits'(32'(rblock_i) >> LowBits);
  assign eslot = SlotBits'(32'(eblock_i) >> LowBits);
  assign rturn = rblock_i[LowBits-1:0];

  flashd_rotate #(
    .Bits (Channels * 16),
    .Words(Keys)
  ) u_skew (
    .by_i  (key[LowBits-1:0]),
    .data_i(wdata),
    .data_o(wword)
  );
  flashd_rotate #(
    .Bits (1),
    .Words(Keys)
  ) u_asked (
    .by_i  (rturn),
    .data_i(rkeys_i),
    .data_o(asked)
  );
  for (genvar m = 0; m < Keys; m++) begin : gen_memory
    logic [LowBits-1:0] low;
    logic [TileBits-1:0] rkey;
    assign low = LowBits'(m) - rturn;
    assign rkey = asked[m] ? TileBits'({rgroup_i, low}) : rfirst_i;
    flashd_ram #(
      .Bits (Channels * 16),
      .Depth(Depth)
    ) u_ram (
      .clk_i,
      .we_i   (take),
      .waddr_i(addr(bank, key[TileBits-1:0], beat[SlotBits-1:0])),
      .wdata_i(wword[m]),
      .re_i   (en_i && rvalid_i),
      .raddr_i(addr(rbank_i, rkey, rslot)),
      .rdata_o(rword[m])
    );
  end
  flashd_rotate #(
    .Bits (Channels * 16),
    .Words(Keys)
  ) u_back (
    .by_i  (rback_q),
    .data_i(rword),
    .data_o(element)
  );

  assign top = top_q[bank][beat[SlotBits-1:0]];
  always_ff @(posedge clk_i) begin
    if (take) begin
      bad_q[bank][key[TileBits-1:0]] <= !(&finite) ||
          ((beat != '0) && bad_q[bank][key[TileBits-1:0]]);
      clamped_q[bank][key[TileBits-1:0]] <= (|beyond) ||
          ((beat != '0) && clamped_q[bank][key[TileBits-1:0]]);
      for (int e = 0; e < Width; e++) begin
        if ((key == '0) || larger[e])
          top_q[bank][beat[SlotBits-1:0]][e] <= beyond[e] ? v_exponent_i : wexp[e];
      end
    end
  end

  logic rvalid_q;
  for (genvar c = 0; c < Channels; c++) begin : gen_channel
    for (genvar k = 0; k < Keys; k++) begin : gen_read
      logic neg, rneg;
      logic [7:0] exponent;
      logic [Sig-1:0] sig, rsig;
      logic [4:0] rdist;
      flashd_decode_finite #(
        .Sig(Sig)
      ) u_decode (
        .fp16_i,
        .bits_i(element[k][c*16+:16]),
        .neg_o (neg),
        .exp_o (exponent),
        .sig_o (sig)
      );
      flashd_value #(
        .Sig(Sig)
      ) u_value (
        .neg_i     (neg),
        .exp_i     (exponent),
        .sig_i     (sig),
        .tile_exp_i(rtop_q[c]),
        .neg_o     (rneg),
        .sig_o     (rsig),
        .dist_o    (rdist)
      );
      always_ff @(posedge clk_i) begin
        if (en_i && rvalid_q) begin
          neg_o[c][k]  <= rneg;
          sig_o[c][k]  <= rsig;
          dist_o[c][k] <= rdist;
        end
      end
    end
  end

  logic [Keys-1:0][Channels-1:0][7:0] rtop;  // of the beat, by block
  assign rtop = top_q[rbank_i][rslot];
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) rvalid_q <= 1'b0;
    else if (en_i) rvalid_q <= rvalid_i;
  end
  always_ff @(posedge clk_i) begin
    if (en_i && rvalid_i) begin
      rtop_q  <= rtop[rturn];
      rback_q <= -rturn;
    end
    if (en_i) begin
      bad_o     <= bad_q[fbank_i][fkey_i[TileBits-1:0]];
      clamped_o <= clamped_q[fbank_i][fkey_i[TileBits-1:0]];
    end
  end

  logic [LowBits-1:0] eturn;
  assign eturn = eblock_i[LowBits-1:0];
  for (genvar m = 0; m < Merge; m++) begin : gen_distance
    logic [$clog2(Width)-1:0] channel;
    assign channel = $clog2(Width)'(32'(eturn) * Channels + 32'(estep_i) * Merge + m);
    assign distance_o[m] = v_exponent_i - top_q[ebank_i][eslot][channel];
  end

  logic unused;
  assign unused = ^{unused_finite, wneg, wsig, fkey_i, key};

endmodule
