// SPDX-License-Identifier: Apache-2.0
/// Second half of the output phase: values, and the steps in which they meet the weights of every
/// lane; their tile sums, a block of channels at a time.
///
/// Latency, in enabled cycles after a step's issue: its weights are read StepDelay, a block's tile
/// sums are complete in the cycle after start_o, which comes AtStart after its last step.
/// Back-pressure: en_i low freezes it, but not the loading of values; a step waits for the merge of
/// the block before it, and in time for g and w.
/// Does not: make weights, or merge.
module flashd_output_sums #(
  parameter int Profile = 0,
  parameter int Sig = 11,
  parameter int Width = 64,
  parameter int Lanes = 4,
  parameter int Contexts = 16,
  parameter int Tile = 64,
  parameter int MaxHeadDim = 256,
  parameter int Merge = 1,
  parameter int Beats = 4,
  parameter int BeatBits = 3,
  parameter int KeyBits = 7,
  parameter int VBanks = 2,
  parameter int VBankBits = 1,
  parameter int FieldBits = 9,
  parameter int Keys = 16,  // of a step
  // Derived: not to be set.
  parameter int Channels = Width / Keys,
  parameter int BlockBits = $clog2(MaxHeadDim / Channels),
  parameter int FullSteps = Channels / Merge,
  parameter int StepBits = (FullSteps > 1) ? $clog2(FullSteps) : 1,
  localparam int Groups = Tile / Keys,
  localparam int GroupBits = (Groups > 1) ? $clog2(Groups) : 1,
  localparam int PBits = flashd_spec_pkg::p_bits(Profile),
  localparam int TBits = flashd_spec_pkg::tile_frac(Profile) + 2 + $clog2(Tile)
) (
  input  logic                                      clk_i,
  input  logic                                      rst_ni,
  input  logic                                      en_i,
  input  logic                                      fp16_i,
  input  logic [8:0]                                dv_i,
  input  logic [7:0]                                v_exponent_i,
  // Values, and uses of their banks.
  input  logic                                      load_valid_i,
  output logic                                      load_ready_o,
  input  logic [KeyBits-1:0]                        load_keys_i,
  input  logic                                      v_valid_i,
  output logic                                      v_ready_o,
  input  logic [Width-1:0][15:0]                    v_data_i,
  output logic [2:0]                                v_freed_o,
  input  logic                                      v_open_i,
  input  logic                                      v_close_i,
  input  logic [VBankBits-1:0]                      v_close_bank_i,  // of both
  output logic [VBanks-1:0]                         v_closed_o,
  input  logic                                      v_end_i,
  input  logic [VBankBits-1:0]                      v_end_bank_i,
  // The next context: are its values there; flags of a key's values, a cycle later.
  input  logic [VBankBits-1:0]                      head_v_bank_i,
  input  logic                                      head_v_turn_i,
  output logic                                      values_here_o,
  input  logic [KeyBits-1:0]                        key_i,
  output logic                                      v_bad_o,
  output logic                                      v_clamped_o,
  // It goes with its last key or token.
  input  logic                                      push_i,
  input  logic                                      half_i,          // of the weight stores
  input  logic                                      empty_i,
  input  logic [$clog2(Tile)-1:0]                   first_key_i,
  input  logic [FieldBits-1:0]                      fields_i,        // for the merge
  output logic                                      half_free_o,
  output logic                                      row_freed_o,     // its g and w are taken
  // Weights of a step.
  output logic                                      read_valid_o,
  output logic                                      read_half_o,
  output logic [GroupBits-1:0]                      read_group_o,
  input  logic [Lanes-1:0][Keys-1:0][PBits-1:0]     p_sig_i,
  input  logic [Lanes-1:0][Keys-1:0][PBits+1:0]     p_triple_i,
  input  logic [Lanes-1:0][Keys-1:0][4:0]           p_shift_i,
  // A block for the merge.
  output logic                                      start_o,
  output logic [BlockBits-1:0]                      start_block_o,
  output logic                                      start_last_o,
  output logic [StepBits-1:0]                       start_step_end_o,
  output logic                                      start_empty_o,
  output logic [VBankBits-1:0]                      start_bank_o,
  output logic [FieldBits-1:0]                      start_fields_o,
  output logic [Lanes-1:0][Channels-1:0][TBits-1:0] t_o,
  // Distance of a channel's exponent from the job's, for the merge.
  input  logic [VBankBits-1:0]                      e_bank_i,
  input  logic [BlockBits-1:0]                      e_block_i,
  input  logic [StepBits-1:0]                       e_step_i,
  output logic [Merge-1:0][7:0]                     v_distance_o,
  // What happens in this cycle.
  output logic                                      tap_valid_o,
  output logic                                      tap_step_o,
  output logic                                      tap_token_o,
  output logic                                      idle_o           // no bank is in use
);

  localparam int TileBits = $clog2(Tile);
  localparam int StepDelay = flashd_output_time_pkg::step_delay(Lanes, Groups);
  localparam int AtStart = flashd_output_time_pkg::at_start(Lanes, Groups);
  localparam int Due = flashd_output_time_pkg::due(Lanes, Groups);
  localparam int RowWait = flashd_output_time_pkg::row_wait(Lanes);

  if (Keys < 8 || Keys > 16 || (Keys & (Keys - 1)) != 0 || Width % Keys != 0 ||
      Tile % Keys != 0) begin : gen_bad_keys
    $error("flashd_output_sums: Keys must be 8 or 16 and divide Width and Tile.");
  end
  if (Channels % Merge != 0 || FullSteps > Groups) begin : gen_bad_merge
    $error("flashd_output_sums: a full tile's block must be merged in the time of its steps.");
  end

  logic [BeatBits-1:0] beats;
  logic [8:0] channel_end;
  logic [BlockBits-1:0] block_end;
  logic [StepBits-1:0] last_step_end;
  assign beats = BeatBits'((32'(dv_i) + Width - 1) / Width);
  assign channel_end = dv_i - 9'd1;
  assign block_end = BlockBits'(channel_end / 9'(Channels));
  assign last_step_end = StepBits'((channel_end % 9'(Channels)) / 9'(Merge));

  // Values.
  logic [VBanks-1:0] v_full, v_turn, v_release;
  logic [Channels-1:0][Keys-1:0] v_neg;
  logic [Channels-1:0][Keys-1:0][Sig-1:0] v_sig;
  logic [Channels-1:0][Keys-1:0][4:0] v_dist;
  logic value_valid;
  logic [VBankBits-1:0] value_bank;
  logic [GroupBits-1:0] value_group;
  logic [BlockBits-1:0] value_block;
  logic [Keys-1:0] value_keys;
  logic [TileBits-1:0] value_first;

  flashd_value_buffer #(
    .Sig      (Sig),
    .Width    (Width),
    .Tile     (Tile),
    .Beats    (Beats),
    .BeatBits (BeatBits),
    .KeyBits  (KeyBits),
    .Banks    (VBanks),
    .BankBits (VBankBits),
    .Merge    (Merge),
    .StepBits (StepBits),
    .Keys     (Keys),
    .GroupBits(GroupBits),
    .BlockBits(BlockBits)
  ) u_values (
    .clk_i,
    .rst_ni,
    .fp16_i,
    .beats_i     (beats),
    .v_exponent_i,
    .tile_valid_i(load_valid_i),
    .tile_ready_o(load_ready_o),
    .tile_keys_i (load_keys_i),
    .v_valid_i,
    .v_ready_o,
    .v_data_i,
    .release_i   (v_release),
    .full_o      (v_full),
    .turn_o      (v_turn),
    .en_i,
    .rvalid_i    (value_valid),
    .rbank_i     (value_bank),
    .rgroup_i    (value_group),
    .rblock_i    (value_block),
    .rkeys_i     (value_keys),
    .rfirst_i    (value_first),
    .neg_o       (v_neg),
    .sig_o       (v_sig),
    .dist_o      (v_dist),
    .fbank_i     (head_v_bank_i),
    .fkey_i      (key_i),
    .bad_o       (v_bad_o),
    .clamped_o   (v_clamped_o),
    .ebank_i     (e_bank_i),
    .eblock_i    (e_block_i),
    .estep_i     (e_step_i),
    .distance_o  (v_distance_o)
  );

  flashd_bank_tracker #(
    .Banks   (VBanks),
    .BankBits(VBankBits),
    .Uses    (Contexts)
  ) u_tracker (
    .clk_i,
    .rst_ni,
    .open_i      (v_open_i),
    .open_bank_i (v_close_bank_i),
    .end_i       (v_end_i),
    .end_bank_i  (v_end_bank_i),
    .close_i     (v_close_i),
    .close_bank_i(v_close_bank_i),
    .closed_o    (v_closed_o),
    .release_o   (v_release),
    .idle_o
  );
  always_comb begin
    v_freed_o = '0;
    for (int b = 0; b < VBanks; b++) v_freed_o += 3'(v_release[b]);
  end
  assign values_here_o = v_full[head_v_bank_i] && (v_turn[head_v_bank_i] == head_v_turn_i);

  // Steps.
  logic lane_valid, lane_first, lane_last, step_begin, step_end;
  logic [GroupBits-1:0] lane_missing;
  logic [Keys-1:0] lane_keys;

  flashd_output_steps #(
    .Tile     (Tile),
    .Keys     (Keys),
    .FullSteps(FullSteps),
    .StepDelay(StepDelay),
    .AtStart  (AtStart),
    .Due      (Due),
    .RowWait  (RowWait),
    .BlockBits(BlockBits),
    .StepBits (StepBits),
    .FieldBits(FieldBits),
    .VBankBits(VBankBits)
  ) u_steps (
    .clk_i,
    .rst_ni,
    .en_i,
    .block_end_i     (block_end),
    .step_end_i      (last_step_end),
    .push_i,
    .half_i,
    .empty_i,
    .first_key_i,
    .last_key_i      (TileBits'(key_i)),
    .v_bank_i        (head_v_bank_i),
    .fields_i,
    .half_free_o,
    .row_freed_o,
    .value_valid_o   (value_valid),
    .value_bank_o    (value_bank),
    .value_group_o   (value_group),
    .value_block_o   (value_block),
    .value_keys_o    (value_keys),
    .value_first_o   (value_first),
    .read_valid_o,
    .read_half_o,
    .read_group_o,
    .lane_valid_o    (lane_valid),
    .lane_first_o    (lane_first),
    .lane_last_o     (lane_last),
    .lane_keys_o     (lane_keys),
    .lane_missing_o  (lane_missing),
    .start_o,
    .start_block_o,
    .start_last_o,
    .start_step_end_o,
    .start_empty_o,
    .start_bank_o,
    .start_fields_o,
    .tap_valid_o,
    .tap_step_o,
    .tap_token_o,
    .tap_begin_o     (step_begin),
    .tap_end_o       (step_end)
  );

  logic [Lanes-1:0] t_valid;
  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    logic [Keys-1:0][PBits-1:0] lane_sig;
    logic [Keys-1:0][PBits+1:0] lane_triple;
    logic [Keys-1:0][4:0] lane_shift;
    // What the context does not see is what earlier tiles have left.
    for (genvar k = 0; k < Keys; k++) begin : gen_key
      assign lane_sig[k] = p_sig_i[l][k] & {PBits{lane_keys[k]}};
      assign lane_triple[k] = p_triple_i[l][k] & {(PBits + 2) {lane_keys[k]}};
      assign lane_shift[k] = p_shift_i[l][k] & {5{lane_keys[k]}};
    end

    flashd_output_lane #(
      .Profile (Profile),
      .Sig     (Sig),
      .Channels(Channels),
      .Keys    (Keys),
      .Tile    (Tile)
    ) u_lane (
      .clk_i,
      .rst_ni,
      .en_i,
      .valid_i  (lane_valid),
      .first_i  (lane_first),
      .last_i   (lane_last),
      .missing_i(lane_missing),
      .p_sig_i  (lane_sig),
      .p_triple_i(lane_triple),
      .p_shift_i(lane_shift),
      .v_neg_i  (v_neg),
      .v_sig_i  (v_sig),
      .v_dist_i (v_dist),
      .t_valid_o(t_valid[l]),
      .t_o      (t_o[l])
    );
  end

  logic unused;
  assign unused = ^{t_valid, step_begin, step_end};

`ifdef FLASHD_ASSERT
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      (en_i && $past(en_i) && $past(start_o) && !$past(start_empty_o)) |-> (&t_valid))
  else $error("flashd_output_sums: tile sums and merge are out of step");
  flashd_stream_check #(.Bits(Width * 16)) u_check_v (
    .clk_i, .rst_ni, .valid_i(v_valid_i), .ready_i(v_ready_o), .data_i(v_data_i));
`endif

endmodule
