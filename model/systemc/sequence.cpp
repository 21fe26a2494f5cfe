// SPDX-License-Identifier: Apache-2.0
#include "model/systemc/sequence.hpp"

#include <algorithm>

namespace flashd::twin {

Sequence::Sequence(const device::Descriptor& d, const device::Sequence& record,
                   std::uint64_t index)
    : descriptor(d), kv_len(record.kv_len), diagonal(record.diagonal), v_exponent(record.v_exponent) {
  const bool paged = flag(device::kFlagPaged);
  q = d.q + index * bytes(d.q_batch);
  k = d.k + (paged ? 0 : index * bytes(d.k_batch));
  v = d.v + (paged ? 0 : index * bytes(d.v_batch));
  o = d.o + index * bytes(d.o_batch);
  lse = d.lse + index * bytes(d.lse_batch);
  bias = d.bias + index * bytes(d.bias_batch);
  alibi = d.alibi;
  page_table = d.page_table + index * bytes(d.page_batch);
  state_in = d.state_in + index * bytes(d.state_batch);
  state_out = d.state_out + index * bytes(d.state_batch);
}

SeenKeys key_range(const Sequence& s, std::uint32_t query) {
  const std::int64_t diagonal = static_cast<std::int64_t>(query) + s.diagonal;
  std::int64_t begin = 0;
  std::int64_t end = s.kv_len;
  if (s.flag(device::kFlagCausal)) end = std::min(end, diagonal + 1);
  if (s.flag(device::kFlagWindow)) {
    begin = std::max(begin, diagonal - static_cast<std::int64_t>(s.descriptor.window_left));
    end = std::min(end, diagonal + static_cast<std::int64_t>(s.descriptor.window_right) + 1);
  }
  if (begin >= end) return {};
  return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
}

}  // namespace flashd::twin
