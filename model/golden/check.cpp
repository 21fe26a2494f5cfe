// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "model/arith/soft_cap.hpp"
#include "model/arith/spec.hpp"
#include "model/golden/job.hpp"

namespace flashd {

namespace {

std::int64_t key_length(const Job& job) { return job.visibility.key_length.value_or(job.keys); }

template <class T>
bool holds(gsl::span<const T> data, std::int64_t a, std::int64_t b, std::int64_t c) {
  return static_cast<std::int64_t>(data.size()) == a * b * c;
}

/// Empty if pool and table hold what the job's keys need.
const char* check_pages(const Job& job) {
  const Paging& paging = *job.paging;
  const std::int64_t size = paging.page_size;
  if (size < kMinPageSize || size > kMaxPageSize || (size & (size - 1)) != 0)
    return "page_size must be a power of two from 16 to 1024";
  const auto reach = static_cast<std::int64_t>(paging.table.size()) * size;
  if (job.keys > reach)
    return "keys must not exceed the reach of the page table, entries * page_size";
  const std::int64_t page = job.heads_kv * size;
  const std::int64_t pages = static_cast<std::int64_t>(job.k.size()) / (page * job.d);
  if (!holds(job.k, pages, page, job.d))
    return "k does not hold whole pages, [pages, heads_kv, page_size, d] elements";
  if (!holds(job.v, pages, page, job.dv))
    return "v does not hold [pages, heads_kv, page_size, dv] elements with the pages of k";
  const std::int64_t used = (key_length(job) + size - 1) / size;
  for (std::int64_t i = 0; i < used; ++i) {
    const std::int32_t entry = paging.table[static_cast<std::size_t>(i)];
    if (entry < 0 || entry >= pages)
      return "the page table names a page outside the pool within the key length";
  }
  return "";
}

}  // namespace

KeyRange visible_keys(const Job& job, std::int64_t query) {
  const Visibility& see = job.visibility;
  const std::int64_t centre = query + diagonal(job);
  KeyRange r{0, key_length(job)};
  if (see.causal) r.end = std::min(r.end, centre + 1);
  if (see.window_left) r.begin = std::max(r.begin, centre - *see.window_left);
  if (see.window_right) r.end = std::min(r.end, centre + *see.window_right + 1);
  if (r.begin >= r.end) return {0, 0};
  return r;
}

const char* check(const Job& job, int max_head_dim) {
  constexpr std::int64_t kLimit = std::int64_t{1} << 31;
  const Visibility& see = job.visibility;
  if (job.heads_q < 1 || job.heads_kv < 1)
    return "a job needs at least one query head and one key head";
  if (job.heads_q % job.heads_kv != 0) return "query heads must be a multiple of key heads";
  if (job.queries < 0 || job.keys < 0 || job.queries >= kLimit || job.keys >= kLimit)
    return "queries and keys must lie in 0..2^31-1";
  if (job.d < 1 || job.dv < 1 || job.d > max_head_dim || job.dv > max_head_dim)
    return "a head dimension is outside 1 to the largest that the configuration takes";
  if (!holds(job.q, job.heads_q, job.queries, job.d))
    return "q does not hold [heads_q, queries, d] elements";
  if (key_length(job) < 0 || key_length(job) > job.keys) return "key_length must lie in 0..keys";
  if (job.paging) {
    if (const char* fault = check_pages(job); *fault) return fault;
  } else {
    if (!holds(job.k, job.heads_kv, job.keys, job.d))
      return "k does not hold [heads_kv, keys, d] elements";
    if (!holds(job.v, job.heads_kv, job.keys, job.dv))
      return "v does not hold [heads_kv, keys, dv] elements";
  }
  if (!std::isfinite(job.scale)) return "scale must be finite";
  if (job.soft_cap && !arith::soft_cap_in_range(*job.soft_cap))
    return "soft_cap must lie in 2^-10 to 256 nats";
  if (!job.alibi.empty() && static_cast<std::int64_t>(job.alibi.size()) != job.heads_q)
    return "alibi does not hold one slope per query head";
  if (!std::all_of(job.alibi.begin(), job.alibi.end(), [](float x) { return std::isfinite(x); }))
    return "every slope of alibi must be finite";
  if (see.diagonal && std::abs(*see.diagonal) >= kLimit) return "diagonal must lie within +-2^31";
  if (see.window_left.value_or(0) < 0 || see.window_right.value_or(0) < 0)
    return "window sizes must not be negative";
  if (see.window_left.has_value() != see.window_right.has_value())
    return "a window needs both its sides";
  if (see.window_left.value_or(0) >= kLimit || see.window_right.value_or(0) >= kLimit)
    return "window sizes must stay below 2^31";
  const int bias = job.input == InputFormat::bf16 ? spec::Bf16::kBias : spec::Fp16::kBias;
  if (job.v_exponent && (*job.v_exponent < 1 - bias || *job.v_exponent > bias))
    return "the value exponent is outside the input format's range";
  if (job.state_in) {
    const auto rows = static_cast<std::size_t>(job.heads_q * job.queries);
    if (job.state_in->head.size() != rows || job.state_in->o.size() != rows * job.dv)
      return "state_in does not hold one state per query head and query";
    if (job.v_exponent && *job.v_exponent != job.state_in->v_exponent)
      return "the value exponent differs from that of state_in";
    if (job.state_in->v_exponent < 1 - bias || job.state_in->v_exponent > bias)
      return "the value exponent of state_in is outside the input format's range";
    constexpr std::int32_t kExponentLimit = 1 << (spec::kSumExponent - 1);
    for (const RowHead& head : job.state_in->head) {
      if (head.flags >= 2 * static_cast<std::uint32_t>(kRowSatValue))
        return "a row of state_in has unknown flags";
      if ((head.flags & kRowHasKeys) == 0) continue;
      if (head.mantissa < 0x80000000u || head.exponent < -kExponentLimit ||
          head.exponent >= kExponentLimit)
        return "a row of state_in has a sum that is not normalised";
    }
  }
  return "";
}

}  // namespace flashd
