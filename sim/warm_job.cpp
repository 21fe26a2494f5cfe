// SPDX-License-Identifier: Apache-2.0
#include "sim/warm_job.hpp"

#include "sim/random.hpp"

namespace flashd::sim {

namespace {

/// Any sign and significand, exponents near one; now and then NaN.
std::vector<std::uint16_t> noise(std::size_t n, InputFormat format, Random* random) {
  std::vector<std::uint16_t> out(n);
  for (std::uint16_t& x : out) {
    const std::uint64_t r = random->next();
    const std::uint64_t exponent = (r >> 32) % 3u;
    const std::uint64_t bits = format == InputFormat::bf16
                                   ? ((126u + exponent) << 7) | (r & 0x7Fu)
                                   : ((14u + exponent) << 10) | (r & 0x3FFu);
    x = static_cast<std::uint16_t>(bits | ((r >> 16) & 0x8000u));
    if (r % 997u == 0) x = 0x7FFFu;
  }
  return out;
}

}  // namespace

WarmJob::WarmJob(const Job& next, const BuildInfo& build, std::uint64_t seed) {
  Random random(seed);
  const int rows = build.lanes * build.contexts;
  job.input =
      build.sig >= 11 && next.input == InputFormat::bf16 ? InputFormat::fp16 : InputFormat::bf16;
  job.output = OutputFormat::bf16;
  job.queries = rows + 1;
  job.keys = build.tile + 3;
  job.d = build.max_head_dim - next.d % 7;
  job.dv = build.max_head_dim - next.dv % 5;
  job.scale = -0.7;
  job.visibility.causal = true;
  job.visibility.diagonal = 2;
  if (build.soft_cap && !next.soft_cap) job.soft_cap = 3.0;
  q = noise(static_cast<std::size_t>(job.queries * job.d), job.input, &random);
  k = noise(static_cast<std::size_t>(job.keys * job.d), job.input, &random);
  v = noise(static_cast<std::size_t>(job.keys * job.dv), job.input, &random);
  job.q = q;
  job.k = k;
  job.v = v;
  if (!next.bias) {
    bias.assign(static_cast<std::size_t>(job.keys), 0.25f);
    job.bias = BiasView{bias.data(), 0, 0, 1};
  }
  if (!next.state_in) {
    states.v_exponent = 2;
    states.head.assign(static_cast<std::size_t>(job.queries), {3, 0x80000001u, kRowHasKeys});
    states.o.assign(static_cast<std::size_t>(job.queries * job.dv), 0x12345678);
    job.state_in = &states;
  }
}

}  // namespace flashd::sim
