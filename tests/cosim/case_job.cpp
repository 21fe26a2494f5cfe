// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstring>
#include <limits>

#include "model/golden/golden.hpp"
#include "sim/random.hpp"
#include "tests/cosim/case.hpp"

namespace flashd::cosim {

namespace {

using sim::Random;

double uniform(Random* r) { return static_cast<double>(r->next() >> 11) * 0x1.0p-53; }

/// Sum of uniforms: mean 0, variance 1.
double bell(Random* r) {
  double sum = 0;
  for (int i = 0; i < 6; ++i) sum += uniform(r);
  return (sum - 3.0) * 1.4142135623730951;
}

std::uint16_t bf16(double x) {
  const auto f = static_cast<float>(x);
  std::uint32_t bits;
  std::memcpy(&bits, &f, sizeof bits);
  return static_cast<std::uint16_t>((bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16);
}

/// Finite inputs; beyond the range: the largest finite number.
std::uint16_t fp16(double x) {
  const std::uint16_t sign = std::signbit(x) ? 0x8000u : 0u;
  const double m = std::fabs(x);
  if (m >= 65504.0) return sign | 0x7BFFu;
  if (m < 0x1.0p-14) return sign | static_cast<std::uint16_t>(std::nearbyint(std::ldexp(m, 24)));
  int e = 0;
  std::frexp(m, &e);
  const auto significand = static_cast<int>(std::nearbyint(std::ldexp(m, 11 - e)));
  return sign | static_cast<std::uint16_t>(((e + 13) << 10) + significand);
}

std::uint16_t round_to(double x, InputFormat format) {
  return format == InputFormat::bf16 ? bf16(x) : fp16(x);
}

std::uint16_t not_finite(Random* r, InputFormat format) {
  const std::uint16_t inf = format == InputFormat::bf16 ? 0x7F80u : 0x7C00u;
  const std::uint64_t n = r->next();
  const auto sign = static_cast<std::uint16_t>((n & 1u) << 15);
  return static_cast<std::uint16_t>(sign | inf | ((n & 2u) ? 1u + (n >> 8) % 100u : 0u));
}

/// First element of a query or key of data that fade: its product counts 2 k nats per key.
double beacon(const Case& c, std::int64_t head, std::int64_t row, bool key) {
  if (!key) return 2.0 * std::sqrt(static_cast<double>(c.d));
  if (c.data == Data::sink) return row == 0 && head % 2 == 0 ? 24.0 : 0.0;
  return std::max(0.0, 24.0 - 0.14 * static_cast<double>(row));
}

/// One element of row `row`; `value` for V, else for Q and K.
std::uint16_t element(const Case& c, std::int64_t row, int tile, bool value, Random* r) {
  const double x = bell(r);
  switch (c.data) {
    case Data::normal:
    case Data::equal:
      return round_to(x, c.input);
    case Data::large:
      return round_to(std::ldexp(x, value ? 8 : 4 + static_cast<int>(r->next() % 5u)), c.input);
    case Data::tiny:
      if (r->next() % 4u == 0) return static_cast<std::uint16_t>(r->next() & 0x8003u);
      return round_to(std::ldexp(x, -static_cast<int>(r->next() % 24u)), c.input);
    case Data::any:
      return static_cast<std::uint16_t>(r->next());
    case Data::special:
      return r->next() % 211u == 0 ? not_finite(r, c.input) : round_to(x, c.input);
    case Data::growing:
      if (!value) return round_to(3.0 * x, c.input);
      return round_to(std::ldexp(x, static_cast<int>(4 * (row % tile) / tile)), c.input);
    case Data::sink:
    case Data::fading:
      return round_to(x, c.input);
  }
  return 0;
}

std::vector<std::uint16_t> matrix(const Case& c, std::int64_t heads, std::int64_t rows, int dim,
                                  int tile, bool key, bool value, Random* r) {
  std::vector<std::uint16_t> out(static_cast<std::size_t>(heads * rows * dim));
  for (std::int64_t i = 0; i < heads * rows; ++i) {
    for (int e = 0; e < dim; ++e) {
      const std::size_t at = static_cast<std::size_t>(i) * dim + e;
      out[at] =
          key && c.data == Data::equal && i >= 1 ? out[e] : element(c, i % rows, tile, value, r);
      if (e == 0 && !value && (c.data == Data::sink || c.data == Data::fading))
        out[at] = round_to(beacon(c, i / rows, i % rows, key), c.input);
    }
  }
  return out;
}

float bias_value(Bias kind, Random* r) {
  const double x = bell(r);
  const float inf = std::numeric_limits<float>::infinity();
  if (kind == Bias::normal) return static_cast<float>(x);
  if (kind == Bias::masks) return r->next() % 3u == 0 ? -inf : static_cast<float>(4.0 * x);
  switch (r->next() % 12u) {
    case 0:
      return std::numeric_limits<float>::quiet_NaN();
    case 1:
      return inf;
    case 2:
      return -inf;
    case 3:
      return -65536.0f;
    case 4:
      return -65536.008f;
    case 5:
      return static_cast<float>(std::ldexp(x, 17));
    case 6:
      return static_cast<float>(std::ldexp(x, 100));
    case 7:
      return static_cast<float>(std::ldexp(x, -140));
    default:
      return static_cast<float>(30.0 * x);
  }
}

}  // namespace

CaseJob::CaseJob(const Case& c, const sim::BuildInfo& build, std::uint64_t seed) {
  Random r(seed);
  job.heads_q = c.heads_q;
  job.heads_kv = c.heads_kv;
  job.queries = c.queries;
  job.keys = c.keys;
  job.d = c.d;
  job.dv = c.dv.value_or(c.d);
  job.input = c.input;
  job.output = c.output;
  job.visibility = c.visibility;
  job.scale = c.scale != 0.0 ? c.scale : 1.0 / std::sqrt(static_cast<double>(c.d));
  job.v_exponent = c.v_exponent;
  if (c.soft_cap != 0.0) job.soft_cap = c.soft_cap;
  q = matrix(c, c.heads_q, c.queries, job.d, build.tile, false, false, &r);
  k = matrix(c, c.heads_kv, c.keys, job.d, build.tile, true, false, &r);
  v = matrix(c, c.heads_kv, c.keys, job.dv, build.tile, false, true, &r);
  job.q = q;
  job.k = k;
  job.v = v;
  if (c.alibi) {
    slopes.resize(static_cast<std::size_t>(c.heads_q));
    for (float& x : slopes) x = static_cast<float>(bell(&r));
    job.alibi = slopes;
  }
  if (c.bias != Bias::none) {
    bias.resize(static_cast<std::size_t>(c.heads_q * c.queries * c.keys));
    for (float& x : bias) x = bias_value(c.bias, &r);
    job.bias = BiasView{bias.data(), c.queries * c.keys, c.keys, 1};
  }
  if (c.state_in) {
    Job before = job;
    const std::vector<std::uint16_t> k0 =
        matrix(c, c.heads_kv, c.keys, job.d, build.tile, true, false, &r);
    const std::vector<std::uint16_t> v0 =
        matrix(c, c.heads_kv, c.keys, job.dv, build.tile, false, true, &r);
    before.k = k0;
    before.v = v0;
    before.v_exponent = golden::value_exponent(job);
    states = golden::run(before, {build.profile, build.tile}).state;
    job.state_in = &states;
    job.v_exponent = states.v_exponent;
  }
}

std::string random_case(std::uint64_t seed, const sim::BuildInfo& b) {
  Random r(seed * 7919u + 5u);
  const auto upto = [&](int n) { return static_cast<int>(r.next() % static_cast<unsigned>(n)); };
  const auto dim = [&] {
    return 1 + upto(upto(3) ? std::min(b.max_head_dim, b.width) : b.max_head_dim);
  };
  const int hkv = 1 + upto(2);
  const bool decode = !upto(5);
  const int group = 1 + upto(decode ? b.lanes : 3);
  const int q = decode ? 1 : upto(8) ? 1 + upto(40) : 0;
  const int k = upto(10) ? 1 + upto(3 * b.tile) : upto(2);
  std::string text = "hq=" + std::to_string(hkv * group) + ",hkv=" + std::to_string(hkv) +
                     ",q=" + std::to_string(q) + ",k=" + std::to_string(k) +
                     ",d=" + std::to_string(dim()) + ",dv=" + std::to_string(dim());
  if (b.sig > 8 && upto(2)) text += ",fp16";
  constexpr const char* kOut[] = {"fp32", "bf16", "fp16"};
  text += std::string(",out=") + kOut[upto(3)];
  if (upto(2)) text += ",causal";
  if (!upto(3)) text += ",diag=" + std::to_string(upto(60) - 30);
  if (!upto(3)) text += ",left=" + std::to_string(upto(40)) + ",right=" + std::to_string(upto(20));
  if (!upto(3)) text += ",len=" + std::to_string(upto(k + 1));
  if (!upto(4)) text += ",scale=-0.37";
  constexpr const char* kData[] = {"normal",  "equal",   "large", "tiny",  "any",
                                   "special", "growing", "sink",  "fading"};
  text += std::string(",data=") + kData[upto(9)];
  constexpr const char* kBias[] = {"normal", "masks", "extreme"};
  if (!upto(3)) text += std::string(",bias=") + kBias[upto(3)];
  if (b.soft_cap && !upto(3)) text += upto(2) ? ",cap=0.7" : ",cap=30";
  if (!upto(4)) text += ",alibi";
  if (group * q <= b.lanes && upto(4)) text += ",skip";
  constexpr const char* kState[] = {"in", "out", "both"};
  if (upto(2)) text += std::string(",state=") + kState[upto(3)];
  return text;
}

}  // namespace flashd::cosim
