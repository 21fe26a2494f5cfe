// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>

#include "model/reference/row_blocks.hpp"
#include "model/rivals/rivals.hpp"

namespace flashd::rivals {
namespace {

constexpr int kWeightBits = 11;

/// Significand with a leading one, signed.
std::int64_t significand(std::uint16_t bits) {
  const std::int64_t size = 128 + (bits & 127);
  return (bits & 0x8000) != 0 ? -size : size;
}

/// The low bits of x as a signed number.
std::int32_t wrap(std::int64_t x, int bits) {
  const auto up = static_cast<std::uint64_t>(x) << (64 - bits);
  return static_cast<std::int32_t>(static_cast<std::int64_t>(up) >> (64 - bits));
}

}  // namespace

std::vector<std::int32_t> bare(const Job& job) {
  if (job.d != 16 && job.d != 64 && job.d != 256)
    throw std::invalid_argument("the bare lane takes head dimensions 16, 64 and 256");
  reference::require_shapes(job);
  const int bits = job.d == 16 ? 24 : 26;
  int low = 17 - 1 - kWeightBits;  // of p in the sum
  for (int n = job.d; n > 1; n /= 2) ++low;
  std::vector<std::int32_t> o(static_cast<std::size_t>(job.heads_q * job.queries * job.dv));
  for (std::int64_t row = 0; row < job.heads_q * job.queries; ++row) {
    const std::int64_t head = row / job.queries / (job.heads_q / job.heads_kv);
    const KeyRange range = reference::visible_range(job, row % job.queries);
    std::vector<std::int64_t> sums(static_cast<std::size_t>(job.dv), 0);
    for (std::int64_t key = range.begin; key < range.end; ++key) {
      const std::int64_t at = reference::stored_row(job, head, key);
      std::int64_t sum = 0;
      std::int64_t last = 0;
      for (int c = 0; c < job.d; ++c) {
        last = significand(job.q[row * job.d + c]) * significand(job.k[at * job.d + c]);
        sum += last;
      }
      const std::int64_t p = (sum - (last < 0 ? 1 : 0)) >> low & ((1 << kWeightBits) - 1);
      for (int c = 0; c < job.dv; ++c) sums[c] += p * significand(job.v[at * job.dv + c]);
    }
    for (int c = 0; c < job.dv; ++c) o[row * job.dv + c] = wrap(sums[c], bits);
  }
  return o;
}

}  // namespace flashd::rivals
