// SPDX-License-Identifier: Apache-2.0
/// Types that the units around the engine share (docs/system.md).
package flashd_device_pkg;

  localparam int AddrBits = 48;    // device addresses
  localparam int LineBits = 6;     // addresses and strides are multiples of 2^LineBits bytes
  localparam int SegmentBits = 24; // AXI beats of a segment

  typedef logic [AddrBits-1:0] addr_t;
  typedef logic [31:0] stride_t;   // in lines of 64 bytes

  // Clients of the read master, in priority.
  localparam int ReadClients = 7;
  typedef enum logic [2:0] {
    ReadControl = 3'd0,
    ReadPage    = 3'd1,
    ReadState   = 3'd2,
    ReadQuery   = 3'd3,
    ReadBias    = 3'd4,
    ReadKey     = 3'd5,
    ReadValue   = 3'd6
  } read_client_e;

  // Constants of one sequence, stable from start until every unit is idle again. Addresses hold the
  // sequence's batch offset already, except the pools of a paged cache.
  typedef struct packed {
    logic        causal;
    logic        window;
    logic        fp16;
    logic [1:0]  format;          // O: 0 FP32, 1 BF16, 2 FP16
    logic        write_o;
    logic        write_lse;
    logic        bias;
    logic [1:0]  bias_format;     // 0 FP32, 1 BF16, 2 FP16
    logic        alibi;
    logic        soft_cap;
    logic        paged;
    logic        state_in;
    logic        state_out;
    logic        skip_v;
    logic [8:0]  d;               // 1 to 256
    logic [8:0]  dv;
    logic [15:0] heads_kv;
    logic [15:0] group;
    logic [31:0] queries;
    logic [31:0] kv_len;
    logic signed [31:0] diagonal;
    logic [31:0] window_left;
    logic [31:0] window_right;
    logic [7:0]  v_exponent;      // VE, biased
    logic [3:0]  page_size_log2;
    logic [31:0] pages;
    addr_t       q;
    addr_t       k;
    addr_t       v;
    addr_t       o;
    addr_t       lse;
    addr_t       bias_base;
    addr_t       alibi_base;
    addr_t       page_table;
    addr_t       state_in_base;
    addr_t       state_out_base;
    stride_t     q_head;
    stride_t     q_token;
    stride_t     k_head;
    stride_t     k_token;
    stride_t     k_page;
    stride_t     v_head;
    stride_t     v_token;
    stride_t     v_page;
    stride_t     o_head;
    stride_t     o_token;
    stride_t     lse_head;
    stride_t     bias_head;
    stride_t     bias_token;
    stride_t     state_head;
  } sequence_t;

  // Bytes of n elements of 16 bits, rounded up to lines: the pitch of a row of Q, K or V.
  function automatic logic [9:0] row_bytes(input logic [8:0] n);
    return {n[8:5] + 4'(n[4:0] != 5'd0), 6'b0};  // n <= 256: at most 512 bytes
  endfunction

endpackage
