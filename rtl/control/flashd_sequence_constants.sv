// SPDX-License-Identifier: Apache-2.0
/// Constants of a sequence for the units: fields of its descriptor and of its record, in the units'
/// widths. Both have passed flashd_descriptor_check; addresses hold the batch offset already.
///
/// Latency: none, combinational. Back-pressure: none.
/// Does not: check or hold anything.
module flashd_sequence_constants
  import flashd_device_pkg::*;
  import flashd_device_spec_pkg::*;
(
  input  descriptor_record_t desc_i,
  input  sequence_record_t   record_i,
  output sequence_t          seq_o
);

  always_comb begin
    seq_o = '0;
    seq_o.causal = desc_i.flags[FlagCausal];
    seq_o.window = desc_i.flags[FlagWindow];
    seq_o.fp16 = desc_i.flags[FlagFp16];
    seq_o.format = {desc_i.flags[FlagOutputHigh], desc_i.flags[FlagOutputLow]};
    seq_o.write_o = desc_i.flags[FlagWriteO];
    seq_o.write_lse = desc_i.flags[FlagWriteLse];
    seq_o.bias = desc_i.flags[FlagBias];
    seq_o.bias_format = {desc_i.flags[FlagBiasHigh], desc_i.flags[FlagBiasLow]};
    seq_o.alibi = desc_i.flags[FlagAlibi];
    seq_o.soft_cap = desc_i.flags[FlagSoftCap];
    seq_o.paged = desc_i.flags[FlagPaged];
    seq_o.state_in = desc_i.flags[FlagStateIn];
    seq_o.state_out = desc_i.flags[FlagStateOut];
    seq_o.skip_v = desc_i.flags[FlagSkipV];
    seq_o.d = desc_i.d[8:0];
    seq_o.dv = desc_i.dv[8:0];
    seq_o.heads_kv = desc_i.heads_kv;
    seq_o.group = desc_i.group;
    seq_o.queries = desc_i.queries;
    seq_o.kv_len = record_i.kv_len;
    seq_o.diagonal = record_i.diagonal;
    seq_o.window_left = desc_i.window_left;
    seq_o.window_right = desc_i.window_right;
    seq_o.v_exponent = record_i.v_exponent;
    seq_o.page_size_log2 = desc_i.page_size_log2[3:0];
    seq_o.pages = desc_i.pages;
    seq_o.q = desc_i.q[AddrBits-1:0];
    seq_o.k = desc_i.k[AddrBits-1:0];
    seq_o.v = desc_i.v[AddrBits-1:0];
    seq_o.o = desc_i.o[AddrBits-1:0];
    seq_o.lse = desc_i.lse[AddrBits-1:0];
    seq_o.bias_base = desc_i.bias[AddrBits-1:0];
    seq_o.alibi_base = desc_i.alibi[AddrBits-1:0];
    seq_o.page_table = desc_i.page_table[AddrBits-1:0];
    seq_o.state_in_base = desc_i.state_in[AddrBits-1:0];
    seq_o.state_out_base = desc_i.state_out[AddrBits-1:0];
    seq_o.q_head = desc_i.q_head;
    seq_o.q_token = desc_i.q_token;
    seq_o.k_head = desc_i.k_head;
    seq_o.k_token = desc_i.k_token;
    seq_o.k_page = desc_i.k_batch;
    seq_o.v_head = desc_i.v_head;
    seq_o.v_token = desc_i.v_token;
    seq_o.v_page = desc_i.v_batch;
    seq_o.o_head = desc_i.o_head;
    seq_o.o_token = desc_i.o_token;
    seq_o.lse_head = desc_i.lse_head;
    seq_o.bias_head = desc_i.bias_head;
    seq_o.bias_token = desc_i.bias_token;
    seq_o.state_head = desc_i.state_head;
  end

endmodule
