// SPDX-License-Identifier: Apache-2.0
#include "tests/property/jobs.hpp"

#include <cstdlib>
#include <limits>
#include <random>
#include <sstream>

#include <rapidcheck.h>

#include "model/golden/named_counts.hpp"
#include "tests/unit/formats.hpp"
#include "tests/unit/tally.hpp"

namespace flashd::property {

namespace {

class Data {
 public:
  Data(InputFormat format, Elements elements, std::uint64_t seed)
      : format_(format), elements_(elements), engine_(seed) {}

  std::uint16_t next() {
    const bool bf16 = format_ == InputFormat::bf16;
    const std::uint64_t r = engine_();
    switch (elements_) {
      case Elements::any: {
        const auto bits = static_cast<std::uint16_t>(r);
        return std::isfinite(decode(format_, bits)) ? bits
                                                    : static_cast<std::uint16_t>(bits & 0xBFFF);
      }
      case Elements::loud:
        return encode(format_, std::ldexp(normal_(engine_), static_cast<int>(r % 13)));
      case Elements::subnormal:
        if (r % 4 == 0) return encode(format_, std::ldexp(normal_(engine_), bf16 ? -124 : -12));
        return static_cast<std::uint16_t>((r >> 8) & (bf16 ? 0x807F : 0x83FF));
      case Elements::steps:
        return encode(format_, (static_cast<double>(r % 17) - 8.0) / 4.0);
      case Elements::normal:
        break;
    }
    return encode(format_, normal_(engine_));
  }

 private:
  InputFormat format_;
  Elements elements_;
  std::mt19937_64 engine_;
  std::normal_distribution<double> normal_;
};

template <class T>
T pick(T low, T high_inclusive) {
  return *rc::gen::inRange<T>(low, high_inclusive + 1);
}

void draw_visibility(OwnedJob* job) {
  Visibility& see = job->shape.visibility;
  const std::int64_t keys = job->shape.keys;
  see.causal = *rc::gen::arbitrary<bool>();
  if (*rc::gen::arbitrary<bool>()) see.diagonal = pick<std::int64_t>(-keys - 3, keys + 3);
  if (*rc::gen::arbitrary<bool>()) {
    see.window_left = pick<std::int64_t>(0, keys);
    see.window_right = pick<std::int64_t>(0, keys);
  }
  if (*rc::gen::arbitrary<bool>()) see.key_length = pick<std::int64_t>(0, keys);
}

void draw_bias(OwnedJob* job, std::uint64_t seed) {
  const Job& s = job->shape;
  const int kind = pick(0, 3);
  if (kind == 0) return;
  std::mt19937_64 engine(seed);
  std::normal_distribution<float> normal;
  job->bias.resize(static_cast<std::size_t>(s.heads_q * s.queries * s.keys));
  for (float& b : job->bias) {
    b = normal(engine) * (kind == 3 ? 50000.0f : 2.0f);
    if (kind == 2 && engine() % 3 == 0) b = engine() % 2 ? -65537.0f : -INFINITY;
  }
}

/// Caps over the whole range; slopes as models have them, or up to saturation.
void draw_options(OwnedJob* job, const Limits& limits, std::uint64_t seed) {
  const bool cap = limits.cap && pick(0, 3) == 3;
  const int slopes = limits.alibi ? pick(0, 4) : 0;
  std::mt19937_64 engine(seed);
  const auto below = [&](int n) { return static_cast<int>(engine() % static_cast<unsigned>(n)); };
  std::uniform_real_distribution<double> mantissa(1.0, 2.0);
  if (cap) job->shape.soft_cap = std::ldexp(mantissa(engine), below(18) - 10);
  if (slopes < 3) return;
  for (std::int64_t h = 0; h < job->shape.heads_q; ++h) {
    const double slope = std::ldexp(mantissa(engine), slopes == 3 ? -1 - below(8) : below(40) - 20);
    job->alibi.push_back(static_cast<float>(slopes == 4 && below(2) != 0 ? -slope : slope));
  }
}

}  // namespace

Job OwnedJob::view() const {
  Job job = shape;
  job.q = q;
  job.k = k;
  job.v = v;
  if (!bias.empty()) job.bias = BiasView{bias.data(), shape.queries * shape.keys, shape.keys, 1};
  job.alibi = alibi;
  return job;
}

std::size_t OwnedJob::k_at(std::int64_t head, std::int64_t key) const {
  return static_cast<std::size_t>((head * shape.keys + key) * shape.d);
}

std::size_t OwnedJob::v_at(std::int64_t head, std::int64_t key) const {
  return static_cast<std::size_t>((head * shape.keys + key) * shape.dv);
}

std::size_t OwnedJob::bias_at(std::int64_t head, std::int64_t query, std::int64_t key) const {
  return static_cast<std::size_t>((head * shape.queries + query) * shape.keys + key);
}

std::int64_t OwnedJob::key_length() const {
  return shape.visibility.key_length.value_or(shape.keys);
}

std::int64_t OwnedJob::diagonal() const {
  return shape.visibility.diagonal.value_or(key_length() - shape.queries);
}

bool OwnedJob::sees(std::int64_t head, std::int64_t query, std::int64_t key) const {
  const Visibility& see = shape.visibility;
  const std::int64_t centre = query + diagonal();
  if (key >= key_length()) return false;
  if (see.causal && key > centre) return false;
  if (see.window_left && (key < centre - *see.window_left || key > centre + *see.window_right))
    return false;
  return bias.empty() || !(bias[bias_at(head, query, key)] < -65536.0f);
}

double decode(InputFormat format, std::uint16_t bits) {
  return format == InputFormat::bf16 ? oracle::bf16_value(bits) : oracle::fp16_value(bits);
}

std::uint16_t encode(InputFormat format, double x) {
  return format == InputFormat::bf16 ? oracle::bf16_bits(x) : oracle::fp16_bits(x);
}

std::uint16_t nonfinite(InputFormat format, std::uint64_t choice) {
  const std::uint16_t inf = format == InputFormat::bf16 ? 0x7F80 : 0x7C00;
  const std::uint16_t sign = choice & 1u ? 0x8000 : 0;
  const std::uint16_t quiet = choice & 2u ? 0x0011 : 0;
  return static_cast<std::uint16_t>(inf | sign | quiet);
}

Elements draw_elements() {
  return *rc::gen::element(Elements::normal, Elements::any, Elements::loud, Elements::subnormal,
                           Elements::steps);
}

void fill(OwnedJob* job, Elements elements, std::uint64_t seed) {
  const Job& s = job->shape;
  Data data(s.input, elements, seed);
  job->q.resize(static_cast<std::size_t>(s.heads_q * s.queries * s.d));
  job->k.resize(static_cast<std::size_t>(s.heads_kv * s.keys * s.d));
  job->v.resize(static_cast<std::size_t>(s.heads_kv * s.keys * s.dv));
  for (auto* array : {&job->q, &job->k, &job->v}) {
    for (std::uint16_t& x : *array) x = data.next();
  }
}

OwnedJob draw_job(InputFormat format, Elements elements, const Limits& limits) {
  OwnedJob job;
  Job& s = job.shape;
  s.input = format;
  s.output = *rc::gen::element(OutputFormat::fp32, OutputFormat::bf16, OutputFormat::fp16);
  s.heads_kv = pick(1, limits.heads_kv);
  s.heads_q = s.heads_kv * pick(1, limits.group);
  s.queries = pick(0, limits.queries);
  s.keys = pick(0, limits.keys);
  s.d = pick(1, limits.dim);
  s.dv = pick(1, limits.dim);
  const auto seed = *rc::gen::resize(100, rc::gen::arbitrary<std::uint64_t>());
  std::mt19937_64 engine(seed);
  s.scale = std::uniform_real_distribution<double>(0.5, 2.0)(engine) / std::sqrt(s.d);
  if (engine() % 4 == 0) s.scale = -s.scale;
  if (elements == Elements::subnormal) {
    const int lift = format == InputFormat::bf16 ? 250 : 26;
    s.scale = std::ldexp(s.scale, lift + static_cast<int>(engine() % 20));
  } else if (elements != Elements::normal) {
    s.scale = std::ldexp(s.scale, static_cast<int>(engine() % 9) - 4);
  }
  if (limits.masks) draw_visibility(&job);
  fill(&job, elements, seed + 1);
  if (limits.bias) draw_bias(&job, seed + 2);
  draw_options(&job, limits, seed + 3);
  return job;
}

namespace {

template <class T>
std::uint32_t bits(T x) {
  std::uint32_t b;
  static_assert(sizeof b == sizeof x, "one word");
  std::memcpy(&b, &x, sizeof b);
  return b;
}

std::string differs(const char* what, std::size_t row, std::size_t element, std::uint32_t a,
                    std::uint32_t b) {
  std::ostringstream text;
  text << what << " of row " << row << " element " << element << ": 0x" << std::hex << a
       << " and 0x" << b;
  return text.str();
}

std::string count_difference(const Counts& a, const Counts& b) {
  for (const auto& [name, member] : kNamedCounts) {
    if (a.*member != b.*member)
      return std::string("count of ") + name + ": " + std::to_string(a.*member) + " and " +
             std::to_string(b.*member);
  }
  return "";
}

}  // namespace

std::string row_difference(const Result& a, std::size_t row_a, const Result& b, std::size_t row_b,
                           int dv) {
  for (std::size_t e = 0; e < static_cast<std::size_t>(dv); ++e) {
    const std::size_t i = row_a * dv + e;
    const std::size_t j = row_b * dv + e;
    if (bits(a.o[i]) != bits(b.o[j])) return differs("o", row_a, e, bits(a.o[i]), bits(b.o[j]));
    if (a.state.o[i] != b.state.o[j])
      return differs("state o", row_a, e, bits(a.state.o[i]), bits(b.state.o[j]));
  }
  if (bits(a.lse[row_a]) != bits(b.lse[row_b]))
    return differs("lse", row_a, 0, bits(a.lse[row_a]), bits(b.lse[row_b]));
  const RowHead& x = a.state.head[row_a];
  const RowHead& y = b.state.head[row_b];
  if (x.exponent != y.exponent) return differs("exponent", row_a, 0, x.exponent, y.exponent);
  if (x.mantissa != y.mantissa) return differs("mantissa", row_a, 0, x.mantissa, y.mantissa);
  if (x.flags != y.flags) return differs("flags", row_a, 0, x.flags, y.flags);
  return "";
}

std::string difference(const Result& a, const Result& b, bool counts) {
  if (a.o.size() != b.o.size() || a.lse.size() != b.lse.size() ||
      a.state.o.size() != b.state.o.size() || a.state.head.size() != b.state.head.size())
    return "sizes";
  if (a.state.v_exponent != b.state.v_exponent) return "VE";
  const int dv = a.lse.empty() ? 0 : static_cast<int>(a.o.size() / a.lse.size());
  for (std::size_t row = 0; row < a.lse.size(); ++row) {
    const std::string text = row_difference(a, row, b, row, dv);
    if (!text.empty()) return text;
  }
  return counts ? count_difference(a.counts, b.counts) : "";
}

bool holds(const std::string& name, const std::function<void()>& body) {
  // rapidcheck reads its parameters once, at the first property.
  const std::string parameters =
      "seed=" + std::to_string(testing::seed()) + " max_success=1000 max_discard_ratio=20";
  setenv("RC_PARAMS", parameters.c_str(), 0);
  return rc::check(name, body);
}

}  // namespace flashd::property
