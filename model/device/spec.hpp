// SPDX-License-Identifier: Apache-2.0
// Generated from spec/device.yaml by spec/generate.py; mend with: ./flashd spec
/// What passes between host and device in memory: records, flags, codes, counters.
/// Generated; over 400 lines because each field has a line, as it is packed and unpacked.
#pragma once

#include <array>
#include <cstdint>

namespace flashd::device {

constexpr std::uint16_t kDescriptorVersion = 1;
constexpr int kAddressBits = 48;
constexpr int kStrideUnit = 64;  // bytes
constexpr int kAlibiBytes = 8;  // per query head
constexpr int kDescriptorWords = 64;
constexpr int kDescriptorBytes = 256;
constexpr int kSequenceWords = 16;
constexpr int kSequenceBytes = 64;
constexpr int kStatusWords = 4;
constexpr int kStatusBytes = 16;

/// Where a field of a record lies: `bits` bits from bit `low` of word `word`.
struct Field {
  const char* name;
  int word;
  int low;
  int bits;
  bool is_signed;
};

// Of Descriptor::flags.
constexpr std::uint32_t kFlagCausal = 1u << 0;
constexpr std::uint32_t kFlagWindow = 1u << 1;
constexpr std::uint32_t kFlagFp16 = 1u << 2;
constexpr std::uint32_t kFlagOutputLow = 1u << 3;
constexpr std::uint32_t kFlagOutputHigh = 1u << 4;
constexpr std::uint32_t kFlagWriteO = 1u << 5;
constexpr std::uint32_t kFlagWriteLse = 1u << 6;
constexpr std::uint32_t kFlagBias = 1u << 7;
constexpr std::uint32_t kFlagBiasLow = 1u << 8;
constexpr std::uint32_t kFlagBiasHigh = 1u << 9;
constexpr std::uint32_t kFlagAlibi = 1u << 10;
constexpr std::uint32_t kFlagSoftCap = 1u << 11;
constexpr std::uint32_t kFlagPaged = 1u << 12;
constexpr std::uint32_t kFlagStateIn = 1u << 13;
constexpr std::uint32_t kFlagStateOut = 1u << 14;
constexpr std::uint32_t kFlagSkipV = 1u << 15;
constexpr std::uint32_t kFlagInterrupt = 1u << 16;
constexpr int kOutputFormatLow = 3;  // two bits: 0 FP32, 1 BF16, 2 FP16
constexpr int kBiasFormatLow = 8;  // two bits: 0 FP32, 1 BF16, 2 FP16

struct Descriptor {
  std::uint16_t version = kDescriptorVersion;  ///< descriptor version
  std::uint16_t lines = kDescriptorWords / 16;  ///< length in 64-byte lines: 4
  std::uint32_t flags = 0;  ///< descriptor_flags
  std::uint32_t tag = 0;  ///< returned in the status record
  std::uint16_t d = 0;  ///< head dimension of Q and K, 1 to the maximum
  std::uint16_t dv = 0;  ///< head dimension of V and O, 1 to the maximum
  std::uint16_t heads_kv = 0;  ///< KV heads, 1 or more
  std::uint16_t group = 0;  ///< query heads per KV head, 1 or more
  std::uint32_t batch = 0;  ///< sequences, 1 to 2^31 - 1
  std::uint32_t queries = 0;  ///< per sequence, 0 to 2^31 - 1
  std::uint32_t keys = 0;  ///< allocated per sequence, 0 to 2^31 - 1; bounds kv_len
  std::uint32_t window_left = 0;  ///< 0 to 2^31 - 1
  std::uint32_t window_right = 0;  ///< 0 to 2^31 - 1
  std::uint32_t scale_mantissa = 0;  ///< of log2(e) scale, leading one included; or 0
  bool scale_negative = false;  ///< sign of the scale
  std::int16_t job_exponent = 0;  ///< arith::product_exponent
  std::uint64_t soft_cap = 0;  ///< arith::SoftCap constants, packed
  std::uint8_t page_size_log2 = 0;  ///< 4 to 10
  std::uint32_t pages = 0;  ///< pages of the pool: table entries must be below
  std::uint64_t q = 0;  ///< address of Q
  std::uint64_t k = 0;  ///< address of K, or of the pool of key pages
  std::uint64_t v = 0;  ///< address of V, or of the pool of value pages
  std::uint64_t o = 0;  ///< address of O
  std::uint64_t lse = 0;  ///< address of LSE
  std::uint64_t bias = 0;  ///< address of the bias
  std::uint64_t alibi = 0;  ///< address of the ALiBi slopes
  std::uint64_t sequences = 0;  ///< address of the sequence records, one per sequence
  std::uint64_t page_table = 0;  ///< address of the page tables
  std::uint64_t state_in = 0;  ///< address of the row states to continue
  std::uint64_t state_out = 0;  ///< address of the row states to write
  std::uint64_t status = 0;  ///< address of the status record
  std::uint32_t q_head = 0;  ///< stride of a query head
  std::uint32_t q_token = 0;  ///< stride of a query
  std::uint32_t q_batch = 0;  ///< stride of a sequence
  std::uint32_t k_head = 0;  ///< stride of a KV head (in a page, if paged)
  std::uint32_t k_token = 0;  ///< stride of a key
  std::uint32_t k_batch = 0;  ///< stride of a sequence; of a page, if paged
  std::uint32_t v_head = 0;  ///< stride of a KV head (in a page, if paged)
  std::uint32_t v_token = 0;  ///< stride of a value
  std::uint32_t v_batch = 0;  ///< stride of a sequence; of a page, if paged
  std::uint32_t o_head = 0;  ///< stride of a query head
  std::uint32_t o_token = 0;  ///< stride of a query
  std::uint32_t o_batch = 0;  ///< stride of a sequence
  std::uint32_t lse_head = 0;  ///< stride of a query head; queries are dense, 4 bytes each
  std::uint32_t lse_batch = 0;  ///< stride of a sequence
  std::uint32_t bias_head = 0;  ///< stride of a query head; 0 broadcasts
  std::uint32_t bias_token = 0;  ///< stride of a query; 0 broadcasts; keys are dense
  std::uint32_t bias_batch = 0;  ///< stride of a sequence; 0 broadcasts
  std::uint32_t page_batch = 0;  ///< stride of a sequence's page table; entries are dense int32
  std::uint32_t state_head = 0;  ///< stride of a query head; queries are dense records
  std::uint32_t state_batch = 0;  ///< stride of a sequence

  /// The record's words; bits beyond a field's width are dropped.
  std::array<std::uint32_t, kDescriptorWords> pack() const {
    std::array<std::uint32_t, kDescriptorWords> w{};
    w[0] |= (static_cast<std::uint32_t>(version) & 0xffffu);
    w[0] |= (static_cast<std::uint32_t>(lines) & 0xffffu) << 16;
    w[1] |= static_cast<std::uint32_t>(flags);
    w[2] |= static_cast<std::uint32_t>(tag);
    w[3] |= (static_cast<std::uint32_t>(d) & 0xffffu);
    w[3] |= (static_cast<std::uint32_t>(dv) & 0xffffu) << 16;
    w[4] |= (static_cast<std::uint32_t>(heads_kv) & 0xffffu);
    w[4] |= (static_cast<std::uint32_t>(group) & 0xffffu) << 16;
    w[5] |= static_cast<std::uint32_t>(batch);
    w[6] |= static_cast<std::uint32_t>(queries);
    w[7] |= static_cast<std::uint32_t>(keys);
    w[8] |= static_cast<std::uint32_t>(window_left);
    w[9] |= static_cast<std::uint32_t>(window_right);
    w[10] |= (static_cast<std::uint32_t>(scale_mantissa) & 0x3fffffu);
    w[10] |= static_cast<std::uint32_t>(scale_negative) << 31;
    w[11] |= (static_cast<std::uint32_t>(job_exponent) & 0xfffu);
    w[12] = static_cast<std::uint32_t>(soft_cap);
    w[13] = static_cast<std::uint32_t>(soft_cap >> 32);
    w[14] |= (static_cast<std::uint32_t>(page_size_log2) & 0xffu);
    w[15] |= static_cast<std::uint32_t>(pages);
    w[16] = static_cast<std::uint32_t>(q);
    w[17] = static_cast<std::uint32_t>(q >> 32);
    w[18] = static_cast<std::uint32_t>(k);
    w[19] = static_cast<std::uint32_t>(k >> 32);
    w[20] = static_cast<std::uint32_t>(v);
    w[21] = static_cast<std::uint32_t>(v >> 32);
    w[22] = static_cast<std::uint32_t>(o);
    w[23] = static_cast<std::uint32_t>(o >> 32);
    w[24] = static_cast<std::uint32_t>(lse);
    w[25] = static_cast<std::uint32_t>(lse >> 32);
    w[26] = static_cast<std::uint32_t>(bias);
    w[27] = static_cast<std::uint32_t>(bias >> 32);
    w[28] = static_cast<std::uint32_t>(alibi);
    w[29] = static_cast<std::uint32_t>(alibi >> 32);
    w[30] = static_cast<std::uint32_t>(sequences);
    w[31] = static_cast<std::uint32_t>(sequences >> 32);
    w[32] = static_cast<std::uint32_t>(page_table);
    w[33] = static_cast<std::uint32_t>(page_table >> 32);
    w[34] = static_cast<std::uint32_t>(state_in);
    w[35] = static_cast<std::uint32_t>(state_in >> 32);
    w[36] = static_cast<std::uint32_t>(state_out);
    w[37] = static_cast<std::uint32_t>(state_out >> 32);
    w[38] = static_cast<std::uint32_t>(status);
    w[39] = static_cast<std::uint32_t>(status >> 32);
    w[40] |= static_cast<std::uint32_t>(q_head);
    w[41] |= static_cast<std::uint32_t>(q_token);
    w[42] |= static_cast<std::uint32_t>(q_batch);
    w[43] |= static_cast<std::uint32_t>(k_head);
    w[44] |= static_cast<std::uint32_t>(k_token);
    w[45] |= static_cast<std::uint32_t>(k_batch);
    w[46] |= static_cast<std::uint32_t>(v_head);
    w[47] |= static_cast<std::uint32_t>(v_token);
    w[48] |= static_cast<std::uint32_t>(v_batch);
    w[49] |= static_cast<std::uint32_t>(o_head);
    w[50] |= static_cast<std::uint32_t>(o_token);
    w[51] |= static_cast<std::uint32_t>(o_batch);
    w[52] |= static_cast<std::uint32_t>(lse_head);
    w[53] |= static_cast<std::uint32_t>(lse_batch);
    w[54] |= static_cast<std::uint32_t>(bias_head);
    w[55] |= static_cast<std::uint32_t>(bias_token);
    w[56] |= static_cast<std::uint32_t>(bias_batch);
    w[57] |= static_cast<std::uint32_t>(page_batch);
    w[58] |= static_cast<std::uint32_t>(state_head);
    w[59] |= static_cast<std::uint32_t>(state_batch);
    return w;
  }

  /// The record in 64 words.
  static Descriptor unpack(const std::uint32_t* w) {
    Descriptor r;
    r.version = static_cast<std::uint16_t>(w[0] >> 0 & 0xffffu);
    r.lines = static_cast<std::uint16_t>(w[0] >> 16 & 0xffffu);
    r.flags = static_cast<std::uint32_t>(w[1] >> 0 & 0xffffffffu);
    r.tag = static_cast<std::uint32_t>(w[2] >> 0 & 0xffffffffu);
    r.d = static_cast<std::uint16_t>(w[3] >> 0 & 0xffffu);
    r.dv = static_cast<std::uint16_t>(w[3] >> 16 & 0xffffu);
    r.heads_kv = static_cast<std::uint16_t>(w[4] >> 0 & 0xffffu);
    r.group = static_cast<std::uint16_t>(w[4] >> 16 & 0xffffu);
    r.batch = static_cast<std::uint32_t>(w[5] >> 0 & 0xffffffffu);
    r.queries = static_cast<std::uint32_t>(w[6] >> 0 & 0xffffffffu);
    r.keys = static_cast<std::uint32_t>(w[7] >> 0 & 0xffffffffu);
    r.window_left = static_cast<std::uint32_t>(w[8] >> 0 & 0xffffffffu);
    r.window_right = static_cast<std::uint32_t>(w[9] >> 0 & 0xffffffffu);
    r.scale_mantissa = static_cast<std::uint32_t>(w[10] >> 0 & 0x3fffffu);
    r.scale_negative = (w[10] >> 31 & 1u) != 0;
    r.job_exponent = static_cast<std::int16_t>(static_cast<std::int32_t>(w[11] << 20) >> 20);
    r.soft_cap = w[12] | static_cast<std::uint64_t>(w[13]) << 32;
    r.page_size_log2 = static_cast<std::uint8_t>(w[14] >> 0 & 0xffu);
    r.pages = static_cast<std::uint32_t>(w[15] >> 0 & 0xffffffffu);
    r.q = w[16] | static_cast<std::uint64_t>(w[17]) << 32;
    r.k = w[18] | static_cast<std::uint64_t>(w[19]) << 32;
    r.v = w[20] | static_cast<std::uint64_t>(w[21]) << 32;
    r.o = w[22] | static_cast<std::uint64_t>(w[23]) << 32;
    r.lse = w[24] | static_cast<std::uint64_t>(w[25]) << 32;
    r.bias = w[26] | static_cast<std::uint64_t>(w[27]) << 32;
    r.alibi = w[28] | static_cast<std::uint64_t>(w[29]) << 32;
    r.sequences = w[30] | static_cast<std::uint64_t>(w[31]) << 32;
    r.page_table = w[32] | static_cast<std::uint64_t>(w[33]) << 32;
    r.state_in = w[34] | static_cast<std::uint64_t>(w[35]) << 32;
    r.state_out = w[36] | static_cast<std::uint64_t>(w[37]) << 32;
    r.status = w[38] | static_cast<std::uint64_t>(w[39]) << 32;
    r.q_head = static_cast<std::uint32_t>(w[40] >> 0 & 0xffffffffu);
    r.q_token = static_cast<std::uint32_t>(w[41] >> 0 & 0xffffffffu);
    r.q_batch = static_cast<std::uint32_t>(w[42] >> 0 & 0xffffffffu);
    r.k_head = static_cast<std::uint32_t>(w[43] >> 0 & 0xffffffffu);
    r.k_token = static_cast<std::uint32_t>(w[44] >> 0 & 0xffffffffu);
    r.k_batch = static_cast<std::uint32_t>(w[45] >> 0 & 0xffffffffu);
    r.v_head = static_cast<std::uint32_t>(w[46] >> 0 & 0xffffffffu);
    r.v_token = static_cast<std::uint32_t>(w[47] >> 0 & 0xffffffffu);
    r.v_batch = static_cast<std::uint32_t>(w[48] >> 0 & 0xffffffffu);
    r.o_head = static_cast<std::uint32_t>(w[49] >> 0 & 0xffffffffu);
    r.o_token = static_cast<std::uint32_t>(w[50] >> 0 & 0xffffffffu);
    r.o_batch = static_cast<std::uint32_t>(w[51] >> 0 & 0xffffffffu);
    r.lse_head = static_cast<std::uint32_t>(w[52] >> 0 & 0xffffffffu);
    r.lse_batch = static_cast<std::uint32_t>(w[53] >> 0 & 0xffffffffu);
    r.bias_head = static_cast<std::uint32_t>(w[54] >> 0 & 0xffffffffu);
    r.bias_token = static_cast<std::uint32_t>(w[55] >> 0 & 0xffffffffu);
    r.bias_batch = static_cast<std::uint32_t>(w[56] >> 0 & 0xffffffffu);
    r.page_batch = static_cast<std::uint32_t>(w[57] >> 0 & 0xffffffffu);
    r.state_head = static_cast<std::uint32_t>(w[58] >> 0 & 0xffffffffu);
    r.state_batch = static_cast<std::uint32_t>(w[59] >> 0 & 0xffffffffu);
    return r;
  }
};

constexpr Field kDescriptorFields[] = {
    {"version", 0, 0, 16, false},
    {"lines", 0, 16, 16, false},
    {"flags", 1, 0, 32, false},
    {"tag", 2, 0, 32, false},
    {"d", 3, 0, 16, false},
    {"dv", 3, 16, 16, false},
    {"heads_kv", 4, 0, 16, false},
    {"group", 4, 16, 16, false},
    {"batch", 5, 0, 32, false},
    {"queries", 6, 0, 32, false},
    {"keys", 7, 0, 32, false},
    {"window_left", 8, 0, 32, false},
    {"window_right", 9, 0, 32, false},
    {"scale_mantissa", 10, 0, 22, false},
    {"scale_negative", 10, 31, 1, false},
    {"job_exponent", 11, 0, 12, true},
    {"soft_cap", 12, 0, 64, false},
    {"page_size_log2", 14, 0, 8, false},
    {"pages", 15, 0, 32, false},
    {"q", 16, 0, 64, false},
    {"k", 18, 0, 64, false},
    {"v", 20, 0, 64, false},
    {"o", 22, 0, 64, false},
    {"lse", 24, 0, 64, false},
    {"bias", 26, 0, 64, false},
    {"alibi", 28, 0, 64, false},
    {"sequences", 30, 0, 64, false},
    {"page_table", 32, 0, 64, false},
    {"state_in", 34, 0, 64, false},
    {"state_out", 36, 0, 64, false},
    {"status", 38, 0, 64, false},
    {"q_head", 40, 0, 32, false},
    {"q_token", 41, 0, 32, false},
    {"q_batch", 42, 0, 32, false},
    {"k_head", 43, 0, 32, false},
    {"k_token", 44, 0, 32, false},
    {"k_batch", 45, 0, 32, false},
    {"v_head", 46, 0, 32, false},
    {"v_token", 47, 0, 32, false},
    {"v_batch", 48, 0, 32, false},
    {"o_head", 49, 0, 32, false},
    {"o_token", 50, 0, 32, false},
    {"o_batch", 51, 0, 32, false},
    {"lse_head", 52, 0, 32, false},
    {"lse_batch", 53, 0, 32, false},
    {"bias_head", 54, 0, 32, false},
    {"bias_token", 55, 0, 32, false},
    {"bias_batch", 56, 0, 32, false},
    {"page_batch", 57, 0, 32, false},
    {"state_head", 58, 0, 32, false},
    {"state_batch", 59, 0, 32, false},
};

struct Sequence {
  std::uint32_t kv_len = 0;  ///< keys of the sequence, at most keys
  std::int32_t diagonal = 0;  ///< K
  std::uint8_t v_exponent = 0;  ///< VE, biased as the input; 1 to the largest finite exponent

  /// The record's words; bits beyond a field's width are dropped.
  std::array<std::uint32_t, kSequenceWords> pack() const {
    std::array<std::uint32_t, kSequenceWords> w{};
    w[0] |= static_cast<std::uint32_t>(kv_len);
    w[1] |= static_cast<std::uint32_t>(diagonal);
    w[2] |= (static_cast<std::uint32_t>(v_exponent) & 0xffu);
    return w;
  }

  /// The record in 16 words.
  static Sequence unpack(const std::uint32_t* w) {
    Sequence r;
    r.kv_len = static_cast<std::uint32_t>(w[0] >> 0 & 0xffffffffu);
    r.diagonal = static_cast<std::int32_t>(static_cast<std::int32_t>(w[1] << 0) >> 0);
    r.v_exponent = static_cast<std::uint8_t>(w[2] >> 0 & 0xffu);
    return r;
  }
};

constexpr Field kSequenceFields[] = {
    {"kv_len", 0, 0, 32, false},
    {"diagonal", 1, 0, 32, true},
    {"v_exponent", 2, 0, 8, false},
};

struct Status {
  std::uint8_t state = 0;  ///< status_state
  std::uint8_t fault = 0;  ///< fault code
  std::uint32_t tag = 0;  ///< of the descriptor
  std::uint64_t address = 0;  ///< first bad address of a fault, else 0

  /// The record's words; bits beyond a field's width are dropped.
  std::array<std::uint32_t, kStatusWords> pack() const {
    std::array<std::uint32_t, kStatusWords> w{};
    w[0] |= (static_cast<std::uint32_t>(state) & 0xffu);
    w[0] |= (static_cast<std::uint32_t>(fault) & 0xffu) << 8;
    w[1] |= static_cast<std::uint32_t>(tag);
    w[2] = static_cast<std::uint32_t>(address);
    w[3] = static_cast<std::uint32_t>(address >> 32);
    return w;
  }

  /// The record in 4 words.
  static Status unpack(const std::uint32_t* w) {
    Status r;
    r.state = static_cast<std::uint8_t>(w[0] >> 0 & 0xffu);
    r.fault = static_cast<std::uint8_t>(w[0] >> 8 & 0xffu);
    r.tag = static_cast<std::uint32_t>(w[1] >> 0 & 0xffffffffu);
    r.address = w[2] | static_cast<std::uint64_t>(w[3]) << 32;
    return r;
  }
};

constexpr Field kStatusFields[] = {
    {"state", 0, 0, 8, false},
    {"fault", 0, 8, 8, false},
    {"tag", 1, 0, 32, false},
    {"address", 2, 0, 64, false},
};

enum class StatusState : std::uint8_t {
  pending = 0,
  done = 1,
  fault = 2,
};
constexpr const char* kStatusStateNames[] = {
    "pending",
    "done",
    "fault",
};

enum class Fault : std::uint8_t {
  none = 0,
  descriptor_version = 1,
  descriptor_flags = 2,
  format = 3,
  head_dim = 4,
  heads = 5,
  size = 6,
  address = 7,
  window = 8,
  scale = 9,
  soft_cap = 10,
  page_size = 11,
  skip_v = 12,
  sequence = 13,
  unmapped_page = 14,
  read_slverr = 15,
  read_decerr = 16,
  write_slverr = 17,
  write_decerr = 18,
  bus_hung = 19,
  ring_overrun = 20,
};
constexpr const char* kFaultNames[] = {
    "none",
    "descriptor_version",
    "descriptor_flags",
    "format",
    "head_dim",
    "heads",
    "size",
    "address",
    "window",
    "scale",
    "soft_cap",
    "page_size",
    "skip_v",
    "sequence",
    "unmapped_page",
    "read_slverr",
    "read_decerr",
    "write_slverr",
    "write_decerr",
    "bus_hung",
    "ring_overrun",
};

/// Counters, in the order of the registers.
enum class Counter : std::uint8_t {
  cycles,  ///< clock cycles in which a job is in progress or waits in the enabled ring
  busy,  ///< cycles with a job in progress
  jobs,  ///< jobs that ended well
  faults,  ///< jobs that ended with a fault
  score_busy,  ///< cycles in which the score array takes a beat
  score_wait_query,  ///< score array waits for queries
  score_wait_key,  ///< score array waits for keys
  score_wait_state,  ///< score array waits for incoming row states
  score_wait_bias,  ///< score array waits for a bias
  score_wait_output,  ///< score array waits for the output phase: score slots, headers, value banks
  score_idle,  ///< busy, and none of the above
  output_busy,  ///< cycles in which the output array takes a step of up to 16 keys
  output_wait_score,  ///< output array waits for scores, or for the weights of a context's keys
  output_wait_value,  ///< output array waits for values
  output_wait_merge,  ///< output array waits for the merge of the block before, or for g and w
  output_wait_write,  ///< output array waits for room in the output buffer
  output_idle,  ///< busy, and none of the above
  bytes_read,  ///< bytes of the read data channel
  bytes_written,  ///< bytes enabled on the write data channel
  read_bursts,  ///< address handshakes of the read channel
  write_bursts,  ///< address handshakes of the write channel
  keys_scored,  ///< visible (row, key) pairs scored
  keys_skipped,  ///< of them, those whose p is zero
  tiles,  ///< (row, tile) pairs with a visible key
  tiles_skipped,  ///< of them, those with w below 2^-32
  tiles_unread,  ///< tiles whose values were not fetched (skip_v)
  saturations,  ///< visible scores with a clamped product or score
  rows,  ///< rows written
  rows_nan,  ///< of them, rows with a NaN flag
  rows_empty,  ///< of them, rows that saw no key
};
constexpr int kCounters = 30;
constexpr const char* kCounterNames[] = {
    "cycles",
    "busy",
    "jobs",
    "faults",
    "score_busy",
    "score_wait_query",
    "score_wait_key",
    "score_wait_state",
    "score_wait_bias",
    "score_wait_output",
    "score_idle",
    "output_busy",
    "output_wait_score",
    "output_wait_value",
    "output_wait_merge",
    "output_wait_write",
    "output_idle",
    "bytes_read",
    "bytes_written",
    "read_bursts",
    "write_bursts",
    "keys_scored",
    "keys_skipped",
    "tiles",
    "tiles_skipped",
    "tiles_unread",
    "saturations",
    "rows",
    "rows_nan",
    "rows_empty",
};

}  // namespace flashd::device
