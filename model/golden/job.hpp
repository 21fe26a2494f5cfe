// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <gsl/span>

namespace flashd {

/// Numerics profile (spec/flashd.yaml, "profiles").
enum class Profile { fine, lean };
/// Element format of Q, K and V.
enum class InputFormat { bf16, fp16 };
/// Element format of O; every value is carried in a float32.
enum class OutputFormat { fp32, bf16, fp16 };

/// Query i sees key j iff j < key_length, and if causal j <= i + K, and if windowed
/// i + K - left <= j <= i + K + right. K is `diagonal`, by default key_length - queries.
struct Visibility {
  bool causal = false;
  std::optional<std::int64_t> diagonal;
  std::optional<std::int64_t> window_left;   ///< >= 0; set together with window_right
  std::optional<std::int64_t> window_right;  ///< >= 0
  std::optional<std::int64_t> key_length;    ///< 0..keys, default keys
};

/// Half-open range of keys that one query sees before the bias is looked at.
struct KeyRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// Additive bias in nats, element (h, i, j) at data[h*head + i*query + j*key]; a stride of 0
/// broadcasts. -inf, or anything below -65536, masks the key. Elements of 16 bits count as the
/// float32 of the same value.
struct BiasView {
  const float* data = nullptr;
  std::int64_t head = 0;
  std::int64_t query = 0;
  std::int64_t key = 0;
  const std::uint16_t* data16 = nullptr;     ///< BF16 or FP16 elements; `data` is null then
  InputFormat format16 = InputFormat::bf16;  ///< of data16

  /// Moves the first element.
  void advance(std::int64_t elements);
  /// Float32 bits of the element that lies so many elements behind the first.
  std::uint32_t bits(std::int64_t element) const;
};

/// Limits of a page, in keys.
constexpr int kMinPageSize = 16;
constexpr int kMaxPageSize = 1024;

/// K and V in pages of one pool, k [pages, heads_kv, page_size, d], v [pages, heads_kv, page_size,
/// dv]: key j of the sequence is key j % page_size of page table[j / page_size]. Pages may be
/// shared and stand in any order. Entries at or beyond the key length may hold anything.
struct Paging {
  int page_size = 0;                    ///< a power of two, kMinPageSize to kMaxPageSize
  gsl::span<const std::int32_t> table;  ///< page numbers; it reaches table.size() * page_size keys
};

/// Flags of a row state; sticky along the row.
enum RowFlag : std::uint32_t {
  kRowHasKeys = 1u << 0,     ///< a visible key was merged; clear means empty (O = 0, LSE = -inf)
  kRowNanScore = 1u << 1,    ///< NaN or Inf in Q, a visible K or a visible bias: O and LSE are NaN
  kRowNanValue = 1u << 2,    ///< NaN or Inf in a visible V of a merged tile: O is NaN
  kRowSatProduct = 1u << 3,  ///< a product of a visible key left +-2^12 and was clamped
  kRowSatScore = 1u << 4,    ///< a visible score left +-2^17 and was clamped
  kRowSatValue = 1u << 5,    ///< a visible value of a merged tile exceeded 2^(VE+1) and was clamped
};

/// State of one row between tiles; `o` lives beside it, dv integers of weight 2^(VE-30).
/// The row sum is mantissa * 2^(exponent-31), mantissa in [2^31, 2^32) unless the row is empty (0).
struct RowHead {
  std::int32_t exponent = 0;
  std::uint32_t mantissa = 0;
  std::uint32_t flags = 0;
};

/// States of all rows of a job: heads_q * queries rows.
struct RowStates {
  std::int32_t v_exponent = 0;  ///< VE of the job that made them
  std::vector<RowHead> head;    ///< [heads_q * queries]
  std::vector<std::int32_t> o;  ///< [heads_q * queries * dv]
};

/// One attention call of one batch entry. Raw bits of BF16 or FP16, row-major and dense:
/// q [heads_q, queries, d], k [heads_kv, keys, d], v [heads_kv, keys, dv]; k and v are pools with
/// `paging`, and keys is at most the table's reach. Query head h reads KV head
/// h / (heads_q / heads_kv). A score is cap(scale q.k) + bias - slope |i + K - j| in nats.
struct Job {
  std::int64_t heads_q = 1;
  std::int64_t heads_kv = 1;
  std::int64_t queries = 0;
  std::int64_t keys = 0;
  int d = 0;   ///< 1..256
  int dv = 0;  ///< 1..256
  gsl::span<const std::uint16_t> q;
  gsl::span<const std::uint16_t> k;
  gsl::span<const std::uint16_t> v;
  InputFormat input = InputFormat::bf16;
  OutputFormat output = OutputFormat::fp32;
  double scale = 1.0;  ///< finite; may be negative or zero
  Visibility visibility;
  std::optional<BiasView> bias;
  std::optional<double> soft_cap;  ///< nats, 2^-10 to 256: cap tanh(x / cap)
  gsl::span<const float> alibi;    ///< [heads_q] slopes in nats per key, or empty; K is the
                                   ///< diagonal, given or default, causal or not
  std::optional<Paging> paging;
  std::optional<int> v_exponent;        ///< VE; default: exponent of the largest finite |V|
  const RowStates* state_in = nullptr;  ///< rows continue from here; its VE is the job's
};

/// Counts over a job; a score is counted once per (query head, query, visible key).
struct Counts {
  std::uint64_t scores = 0;         ///< visible scores
  std::uint64_t keys_skipped = 0;   ///< visible keys whose p is zero
  std::uint64_t tiles = 0;          ///< (row, tile) pairs with a visible key
  std::uint64_t tiles_skipped = 0;  ///< of them, those with w < 2^-32
  std::uint64_t saturations = 0;    ///< visible scores with a clamped product or a clamped score
  std::uint64_t rows_nan = 0;
  std::uint64_t rows_empty = 0;
};

/// Output of a job. o [heads_q, queries, dv], lse [heads_q, queries] in nats (-inf for empty rows).
struct Result {
  std::vector<float> o;
  std::vector<float> lse;
  RowStates state;
  Counts counts;
};

/// Range of keys that query i of the job may see (bias aside); empty ranges have begin == end.
KeyRange visible_keys(const Job& job, std::int64_t query);

/// K, the diagonal of the job: as given, or key_length - queries.
std::int64_t diagonal(const Job& job);

/// Row of k (of d elements) and of v (of dv elements) that holds a key of the sequence.
inline std::int64_t key_row(const Job& job, std::int64_t kv_head, std::int64_t key) {
  if (!job.paging) return kv_head * job.keys + key;
  const std::int64_t size = job.paging->page_size;
  const std::int64_t page = job.paging->table[static_cast<std::size_t>(key / size)];
  return (page * job.heads_kv + kv_head) * size + key % size;
}

/// Returns an empty string if the job's shapes and options fit, else one sentence.
/// `max_head_dim` is the engine's limit.
const char* check(const Job& job, int max_head_dim);

}  // namespace flashd
