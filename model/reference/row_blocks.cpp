// SPDX-License-Identifier: Apache-2.0
#include "model/reference/row_blocks.hpp"

#include <stdexcept>
#include <string>

namespace flashd::reference {

namespace {

/// Throws unless pool and page table hold every key below `length`.
void require_pages(const Job& job, std::int64_t length) {
  const auto require = [](bool holds, const char* sentence) {
    if (!holds) throw std::invalid_argument(sentence);
  };
  const std::int64_t size = job.paging->page_size;
  require(size > 0 && kChunk % std::min<std::int64_t>(size, kChunk) == 0 &&
              size % std::min<std::int64_t>(size, kChunk) == 0,
          "page_size must be a power of two");
  const std::int64_t page = job.heads_kv * size;
  const std::int64_t pages = static_cast<std::int64_t>(job.k.size()) / (page * job.d);
  require(static_cast<std::int64_t>(job.k.size()) == pages * page * job.d,
          "k must hold [pages, heads_kv, page_size, d]");
  require(static_cast<std::int64_t>(job.v.size()) == pages * page * job.dv,
          "v must hold [pages, heads_kv, page_size, dv]");
  require(job.keys <= static_cast<std::int64_t>(job.paging->table.size()) * size,
          "the page table must reach all keys");
  for (std::int64_t key = 0; key < length; key += size) {
    const std::int32_t entry = job.paging->table[key / size];
    require(entry >= 0 && entry < pages, "an entry of the page table must name a page of the pool");
  }
}

}  // namespace

std::int64_t centre_of(const Job& job, std::int64_t query) {
  const Visibility& rule = job.visibility;
  const std::int64_t length = rule.key_length.value_or(job.keys);
  return query + rule.diagonal.value_or(length - job.queries);
}

std::int64_t stored_row(const Job& job, std::int64_t kv_head, std::int64_t key) {
  if (!job.paging) return kv_head * job.keys + key;
  const std::int64_t size = job.paging->page_size;
  const std::int64_t page = job.paging->table[key / size];
  return page * job.heads_kv * size + kv_head * size + key % size;
}

KeyRange visible_range(const Job& job, std::int64_t query) {
  const Visibility& rule = job.visibility;
  const std::int64_t length = rule.key_length.value_or(job.keys);
  const std::int64_t centre = centre_of(job, query);
  std::int64_t first = 0;
  std::int64_t last = length - 1;
  if (rule.causal) last = std::min(last, centre);
  if (rule.window_left) first = std::max(first, centre - *rule.window_left);
  if (rule.window_right) last = std::min(last, centre + *rule.window_right);
  return last < first ? KeyRange{0, 0} : KeyRange{first, last + 1};
}

void require_shapes(const Job& job) {
  const auto require = [](bool holds, const char* sentence) {
    if (!holds) throw std::invalid_argument(sentence);
  };
  require(job.heads_q > 0 && job.heads_kv > 0 && job.heads_q % job.heads_kv == 0,
          "the number of query heads must be a positive multiple of the number of KV heads");
  require(job.d > 0 && job.dv > 0 && job.queries >= 0 && job.keys >= 0,
          "head dimensions must be positive and numbers of queries and keys not negative");
  const auto holds = [](gsl::span<const std::uint16_t> data, std::int64_t size) {
    return static_cast<std::int64_t>(data.size()) == size;
  };
  require(holds(job.q, job.heads_q * job.queries * job.d), "q must hold [heads_q, queries, d]");
  const std::int64_t length = job.visibility.key_length.value_or(job.keys);
  require(length >= 0 && length <= job.keys, "key_length must lie between 0 and keys");
  if (job.paging) {
    require_pages(job, length);
  } else {
    require(holds(job.k, job.heads_kv * job.keys * job.d), "k must hold [heads_kv, keys, d]");
    require(holds(job.v, job.heads_kv * job.keys * job.dv), "v must hold [heads_kv, keys, dv]");
  }
  require(job.alibi.empty() || static_cast<std::int64_t>(job.alibi.size()) == job.heads_q,
          "alibi must hold [heads_q]");
  require(!job.soft_cap || *job.soft_cap > 0, "soft_cap must be positive");
}

std::vector<RowBlock> row_blocks(const Job& job) {
  std::vector<RowBlock> blocks;
  const std::int64_t per_head = job.heads_q / job.heads_kv * job.queries;
  for (std::int64_t head = 0; head < job.heads_kv; ++head) {
    for (std::int64_t row = 0; row < per_head; row += kLanes) {
      const int count = static_cast<int>(std::min<std::int64_t>(kLanes, per_head - row));
      blocks.push_back({head * per_head + row, count, head});
    }
  }
  return blocks;
}

}  // namespace flashd::reference
