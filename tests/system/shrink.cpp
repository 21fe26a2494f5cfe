// SPDX-License-Identifier: Apache-2.0
#include "tests/system/shrink.hpp"

#include <algorithm>
#include <array>

namespace flashd::system {

namespace {

using Extents = std::array<std::int64_t, 3>;

/// The first rows and elements of a dense array.
template <typename T>
void cut(std::vector<T>& array, const Extents& from, const Extents& to) {
  if (array.empty()) return;
  std::vector<T> out;
  for (std::int64_t a = 0; a < to[0]; ++a)
    for (std::int64_t b = 0; b < to[1]; ++b)
      for (std::int64_t c = 0; c < to[2]; ++c)
        out.push_back(array[static_cast<std::size_t>((a * from[1] + b) * from[2] + c)]);
  array = std::move(out);
}

void resize(jobs::OwnedJob& job, std::int64_t heads_kv, std::int64_t heads_q, std::int64_t queries,
            std::int64_t keys, int d, int dv) {
  cut(job.q, {job.heads_q, job.queries, job.d}, {heads_q, queries, d});
  cut(job.k, {job.heads_kv, job.keys, job.d}, {heads_kv, keys, d});
  cut(job.v, {job.heads_kv, job.keys, job.dv}, {heads_kv, keys, dv});
  cut(job.state.head, {1, job.heads_q, job.queries}, {1, heads_q, queries});
  cut(job.state.o, {job.heads_q, job.queries, job.dv}, {heads_q, queries, dv});
  if (!job.alibi.empty()) job.alibi.resize(static_cast<std::size_t>(heads_q));
  if (job.visibility.key_length)
    job.visibility.key_length = std::min(*job.visibility.key_length, keys);
  job.heads_kv = heads_kv;
  job.heads_q = heads_q;
  job.queries = queries;
  job.keys = keys;
  job.d = d;
  job.dv = dv;
}

bool unpage(jobs::OwnedJob& job) {
  if (job.page_size == 0) return false;
  const Job view = job.view();
  const auto gather = [&](const std::vector<std::uint16_t>& pool, int dim) {
    std::vector<std::uint16_t> dense(static_cast<std::size_t>(job.heads_kv * job.keys * dim));
    const std::int64_t length = job.visibility.key_length.value_or(job.keys);
    for (std::int64_t head = 0; head < job.heads_kv; ++head)
      for (std::int64_t key = 0; key < length; ++key)
        std::copy_n(pool.begin() + key_row(view, head, key) * dim, dim,
                    dense.begin() + (head * job.keys + key) * dim);
    return dense;
  };
  std::vector<std::uint16_t> k = gather(job.k, job.d), v = gather(job.v, job.dv);
  job.k = std::move(k);
  job.v = std::move(v);
  job.page_size = 0;
  job.page_table.clear();
  return true;
}

}  // namespace

bool shrink(Shrink way, jobs::OwnedJob& job) {
  const std::int64_t group = job.heads_q / job.heads_kv;
  const bool dense = job.page_size == 0;
  const auto half = [](auto n) { return n / 2; };
  switch (way) {
    case Shrink::visibility: {
      Visibility& see = job.visibility;
      const bool changed = see.causal || see.diagonal || see.window_left || see.key_length;
      if (dense) see = Visibility{};
      return dense && changed;
    }
    case Shrink::states_in: {
      const bool changed = job.continues;
      job.continues = false;
      return changed;
    }
    case Shrink::bias: {
      const bool changed = !job.bias.empty() || !job.bias16.empty();
      job.bias.clear();
      job.bias16.clear();
      return changed;
    }
    case Shrink::alibi: {
      const bool changed = !job.alibi.empty();
      job.alibi.clear();
      return changed;
    }
    case Shrink::soft_cap: {
      const bool changed = job.soft_cap.has_value();
      job.soft_cap.reset();
      return changed;
    }
    case Shrink::pages:
      return unpage(job);
    case Shrink::queries:
      if (job.queries < 2) return false;
      resize(job, job.heads_kv, job.heads_q, half(job.queries), job.keys, job.d, job.dv);
      return true;
    case Shrink::keys:
      if (job.keys < 2 || !dense) return false;
      resize(job, job.heads_kv, job.heads_q, job.queries, half(job.keys), job.d, job.dv);
      return true;
    case Shrink::heads_kv:
      if (job.heads_kv < 2 || !dense) return false;
      resize(job, 1, group, job.queries, job.keys, job.d, job.dv);
      return true;
    case Shrink::group:
      // Query heads of the first KV head only keep their order with one KV head.
      if (group < 2 || job.heads_kv != 1) return false;
      resize(job, 1, 1, job.queries, job.keys, job.d, job.dv);
      return true;
    case Shrink::d:
      if (job.d < 2 || !dense) return false;
      resize(job, job.heads_kv, job.heads_q, job.queries, job.keys, half(job.d), job.dv);
      return true;
    case Shrink::dv:
      if (job.dv < 2 || !dense) return false;
      resize(job, job.heads_kv, job.heads_q, job.queries, job.keys, job.d, half(job.dv));
      return true;
    case Shrink::count:
      break;
  }
  return false;
}

}  // namespace flashd::system
