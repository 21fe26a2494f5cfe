// SPDX-License-Identifier: Apache-2.0
#include "sim/lane/operands.hpp"

#include <algorithm>

#include "model/arith/decode.hpp"
#include "model/arith/product.hpp"
#include "model/arith/scale.hpp"
#include "model/arith/tile_sum.hpp"
#include "model/golden/golden.hpp"

namespace flashd::lane {

namespace {

using Format = spec::Bf16;

int job_exponent(const Job& job, const arith::Scale& scale, Profile profile) {
  const int grid = profile == Profile::fine ? arith::product_grid<spec::Fine>(job.d)
                                            : arith::product_grid<spec::Lean>(job.d);
  return arith::product_exponent<Format>(scale.exponent, grid);
}

}  // namespace

Operands raw_operands(const Job& job, std::uint64_t job_word) {
  Operands out;
  out.job = job_word;
  out.q.assign(job.q.begin(), job.q.end());
  out.v.assign(job.v.begin(), job.v.end());
  return out;
}

Operands fixed_operands(const Job& job, Profile profile, int tile, std::uint64_t job_word) {
  Operands out;
  out.job = job_word;
  const arith::Scale scale = arith::make_scale(job.scale);
  const int power = job_exponent(job, scale, profile);
  for (const std::uint16_t bits : job.q) {
    const arith::Number x = arith::decode<Format>(bits);
    const int exponent = std::clamp(x.exponent + power, -512, 511);
    const bool negative = x.negative != scale.negative;
    out.q.push_back((negative ? 1u << 18 : 0u) |
                    (static_cast<std::uint32_t>(exponent) & 0x3FFu) << 8 | x.significand);
  }
  const int limit = golden::value_exponent(job) + Format::kBias;
  const std::int64_t step = tile == 0 ? job.keys : tile;
  for (std::int64_t first = 0; first < job.keys; first += step) {
    const std::int64_t end = std::min(job.keys, first + step);
    std::vector<int> top(static_cast<std::size_t>(job.dv), tile == 0 ? limit : 1);
    for (std::int64_t key = first; key < end; ++key) {
      for (int e = 0; e < job.dv; ++e) {
        const arith::Number x = arith::decode<Format>(job.v[key * job.dv + e]);
        top[e] = std::max(top[e], x.exponent);
      }
    }
    for (std::int64_t key = first; key < end; ++key) {
      for (int e = 0; e < job.dv; ++e) {
        const arith::Number x = arith::decode<Format>(job.v[key * job.dv + e]);
        const auto distance = static_cast<std::uint32_t>(arith::value_distance(top[e], x.exponent));
        out.v.push_back((x.negative ? 1u << 13 : 0u) | x.significand << 5 | distance);
      }
    }
    if (tile == 0) continue;
    for (int e = 0; e < job.dv; ++e)
      out.distance.push_back(static_cast<std::uint8_t>(limit - top[e]));
  }
  return out;
}

}  // namespace flashd::lane
