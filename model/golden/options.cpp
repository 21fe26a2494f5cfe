// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "model/arith/bias.hpp"
#include "model/golden/paging.hpp"

namespace flashd {

void BiasView::advance(std::int64_t elements) {
  if (data) data += elements;
  if (data16) data16 += elements;
}

std::uint32_t BiasView::bits(std::int64_t element) const {
  if (data16) {
    return arith::widen_bias(data16[element], format16 == InputFormat::bf16);
  }
  std::uint32_t word = 0;
  std::memcpy(&word, data + element, sizeof word);
  return word;
}

std::int64_t diagonal(const Job& job) {
  const Visibility& see = job.visibility;
  return see.diagonal.value_or(see.key_length.value_or(job.keys) - job.queries);
}

GatheredJob::GatheredJob(const Job& paged) : job(paged) {
  if (!paged.paging) return;
  const std::int64_t length = paged.visibility.key_length.value_or(paged.keys);
  k_.resize(static_cast<std::size_t>(paged.heads_kv * paged.keys * paged.d));
  v_.resize(static_cast<std::size_t>(paged.heads_kv * paged.keys * paged.dv));
  for (std::int64_t head = 0; head < paged.heads_kv; ++head) {
    for (std::int64_t key = 0; key < length; ++key) {
      const std::int64_t from = key_row(paged, head, key);
      const std::int64_t to = head * paged.keys + key;
      std::memcpy(&k_[to * paged.d], &paged.k[from * paged.d], 2 * paged.d);
      std::memcpy(&v_[to * paged.dv], &paged.v[from * paged.dv], 2 * paged.dv);
    }
  }
  job.paging.reset();
  job.k = k_;
  job.v = v_;
}

}  // namespace flashd
