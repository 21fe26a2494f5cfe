// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <vector>

#include "model/reference/decode.hpp"
#include "model/rivals/functions.hpp"
#include "model/rivals/rivals.hpp"
#include "tests/reference/job_maker.hpp"

/// The rivals once more, one row and one operation at a time, from the words of rivals.hpp: nothing
/// here knows of lanes, blocks of rows or masks. The vectorised models must equal it bit for bit.
namespace flashd::testing {

/// BF16(x): a float64 result of one operation, rounded once (53 bits hold every product and are
/// enough for sums and quotients of BF16 values to round twice safely).
inline double bf16(double x) {
  return reference::bf16_value(reference::bf16_bits(static_cast<float>(x)));
}

struct ScalarRow {
  std::vector<double> o;
  double lse = -std::numeric_limits<double>::infinity();
};

inline double bf16_score(const Job& job, std::int64_t h, std::int64_t i, std::int64_t j,
                         rivals::DotOrder order) {
  std::vector<double> part(job.d);
  for (int c = 0; c < job.d; ++c)
    part[c] = bf16(static_cast<double>(q_of(job, h, i, c)) * k_of(job, h, j, c));
  if (order == rivals::DotOrder::sequential) {
    double sum = 0.0;
    for (const double x : part) sum = bf16(sum + x);
    part = {sum};
  }
  while (part.size() > 1) {
    std::vector<double> next;
    for (std::size_t n = 0; n < part.size(); n += 2) {
      next.push_back(n + 1 < part.size() ? bf16(part[n] + part[n + 1]) : part[n]);
    }
    part = next;
  }
  const double s = bf16(part[0] * bf16(job.scale));
  return job.bias ? bf16(s + bf16(bias_of(job, h, i, j))) : s;
}

inline ScalarRow scalar_flash2_bf16(const Job& job, std::int64_t h, std::int64_t i,
                                    rivals::DotOrder order) {
  ScalarRow row{std::vector<double>(job.dv, 0.0)};
  bool first = true;
  double m = 0.0;
  double l = 0.0;
  for (std::int64_t j = 0; j < job.keys; ++j) {
    if (!sees(job, h, i, j)) continue;
    const double s = bf16_score(job, h, i, j, order);
    if (first) {
      m = s;
      l = 1.0;
      for (int c = 0; c < job.dv; ++c) row.o[c] = v_of(job, h, j, c);
      first = false;
      continue;
    }
    const double larger = std::max(m, s);
    const double alpha = bf16(std::exp(bf16(m - larger)));
    const double p = bf16(std::exp(bf16(s - larger)));
    m = larger;
    l = bf16(bf16(l * alpha) + p);
    for (int c = 0; c < job.dv; ++c) {
      row.o[c] = bf16(bf16(row.o[c] * alpha) + bf16(p * v_of(job, h, j, c)));
    }
  }
  if (first) return row;
  for (double& o : row.o) o = bf16(o / l);
  row.lse = m + std::log(l);
  return row;
}

inline ScalarRow scalar_published(const Job& job, std::int64_t h, std::int64_t i,
                                  rivals::FlashdFunctions functions, rivals::DotOrder order) {
  ScalarRow row{std::vector<double>(job.dv, 0.0)};
  const bool exact = functions == rivals::FlashdFunctions::exact;
  bool first = true;
  double s_old = 0.0;
  double w_old = 1.0;
  for (std::int64_t j = 0; j < job.keys; ++j) {
    if (!sees(job, h, i, j)) continue;
    const double s = bf16_score(job, h, i, j, order);
    double w = 1.0;
    bool keep = false;
    bool take = first;
    if (!first) {
      const double rise = bf16(s - s_old);
      keep = !exact && rise <= -6.0;
      take = !exact && rise >= 11.0;
      if (exact) {
        const double x = bf16(rise + bf16(std::log(w_old)));
        w = bf16(1.0 / (1.0 + std::exp(-x)));
      } else if (!keep && !take) {
        const double ln = rivals::pwl_ln()(static_cast<float>(w_old));
        w = rivals::pwl_sigmoid()(static_cast<float>(bf16(rise + ln)));
      }
    }
    for (int c = 0; c < job.dv && !keep; ++c) {
      const double v = v_of(job, h, j, c);
      row.o[c] = take ? v : bf16(row.o[c] + bf16(w * bf16(v - row.o[c])));
    }
    const double smallest = exact ? 0x1p-126 : bf16(1e-5);
    w_old = keep ? smallest : take ? 1.0 : std::max(w, smallest);
    s_old = s;
    first = false;
  }
  if (!first) row.lse = s_old - std::log(w_old);
  return row;
}

/// Blocks of 128 keys in FP32; exp2 by the model's own function, one lane at a time.
inline ScalarRow scalar_gpu(const Job& job, std::int64_t h, std::int64_t i) {
  ScalarRow row{std::vector<double>(job.dv, 0.0)};
  std::vector<float> o(job.dv, 0.0f);
  const auto power = [](float x) {
    rivals::Lanes<float> lanes{};
    lanes[3] = x;
    return rivals::exp2_fp32(lanes)[3];
  };
  const auto log2e = static_cast<float>(1.4426950408889634074);
  const auto scale = static_cast<float>(job.scale * 1.4426950408889634074);
  bool first = true;
  float m = 0.0f;
  float l = 0.0f;
  for (std::int64_t block = 0; block < job.keys; block += 128) {
    std::vector<std::int64_t> keys;
    std::vector<float> t;
    for (std::int64_t j = block; j < std::min(block + 128, job.keys); ++j) {
      if (!sees(job, h, i, j)) continue;
      float s = 0.0f;
      for (int c = 0; c < job.d; ++c) s += q_of(job, h, i, c) * k_of(job, h, j, c);
      float x = s * scale;
      if (job.bias) x += bias_of(job, h, i, j) * log2e;
      keys.push_back(j);
      t.push_back(x);
    }
    if (keys.empty()) continue;
    float larger = first ? t[0] : m;
    for (const float x : t) larger = std::max(larger, x);
    const float alpha = first ? 1.0f : power(m - larger);
    m = larger;
    first = false;
    float sum = 0.0f;
    std::vector<float> part(job.dv, 0.0f);
    for (std::size_t n = 0; n < keys.size(); ++n) {
      const float p = power(t[n] - m);
      sum += p;
      const auto weight = static_cast<float>(bf16(p));
      for (int c = 0; c < job.dv; ++c) part[c] += weight * v_of(job, h, keys[n], c);
    }
    l = l * alpha + sum;
    for (int c = 0; c < job.dv; ++c) o[c] = o[c] * alpha + part[c];
  }
  if (first) return row;
  for (int c = 0; c < job.dv; ++c) row.o[c] = o[c] / l;
  row.lse = (m + std::log2(l)) * static_cast<float>(0.69314718055994530942);
  return row;
}

/// The running sum in 64-bit integers.
inline ScalarRow scalar_running_sum(const Job& job, std::int64_t h, std::int64_t i) {
  ScalarRow row{std::vector<double>(job.dv, 0.0)};
  const auto half_up = [](double x) { return static_cast<std::int64_t>(std::floor(x + 0.5)); };
  const auto shift = [](std::int64_t x, std::int64_t n) {
    if (n == 0) return x;
    return n > 40 ? std::int64_t{0} : (x + (std::int64_t{1} << (n - 1))) >> n;
  };
  const double log2e = 1.4426950408889634074;
  int exponent = 0;
  const double fraction = std::frexp(job.scale * log2e, &exponent);
  const double c22 = std::ldexp(std::nearbyint(std::ldexp(fraction, 22)), -21);
  const int grid =
      11 + static_cast<int>(std::ceil(std::log2(std::sqrt(static_cast<double>(job.d)))));
  double largest = 0.0;
  for (const std::uint16_t bits : job.v)
    largest = std::max<double>(largest, std::fabs(reference::bf16_value(bits)));
  const int ve = largest > 0.0 ? std::ilogb(largest) : 0;
  bool first = true;
  std::int64_t m = 0;
  std::int64_t l = 0;
  std::vector<std::int64_t> o(job.dv, 0);
  const auto move = [&](std::int64_t n) {
    m += n;
    l = shift(l, n);
    for (auto& x : o) x = shift(x, n);
  };
  for (std::int64_t j = 0; j < job.keys; ++j) {
    if (!sees(job, h, i, j)) continue;
    std::int64_t sum = 0;
    for (int c = 0; c < job.d; ++c) {
      const double product = static_cast<double>(q_of(job, h, i, c)) * k_of(job, h, j, c);
      const std::int64_t steps = half_up(std::ldexp(product, exponent - 1 + grid));
      sum += std::min<std::int64_t>(std::max<std::int64_t>(steps, -(1 << 27)), 1 << 27);
    }
    std::int64_t s = half_up(std::ldexp(static_cast<double>(sum) * c22, 11 - grid));
    if (job.bias) s += half_up(bias_of(job, h, i, j) * (log2e * 2048));
    const std::int64_t limit = std::int64_t{1} << 28;
    s = std::min(std::max(s, -limit), limit - 1);
    const std::int64_t whole = s >> 11;
    if (first) m = whole;
    first = false;
    if (whole > m) move(whole - m);
    const double exact = std::exp2(static_cast<double>(s & 2047) / 2048.0 + 10.0);
    const auto mantissa = std::min<std::int64_t>(half_up(exact), 2047);
    const double p = std::ldexp(static_cast<double>(mantissa), static_cast<int>(whole - m) - 10);
    l += half_up(std::ldexp(p, 26));
    for (int c = 0; c < job.dv; ++c) o[c] += half_up(std::ldexp(p * v_of(job, h, j, c), 26 - ve));
    if (l >= (std::int64_t{2} << 26)) move(1);
  }
  if (first) return row;
  const auto reciprocal = half_up(std::ldexp(1.0, 44) / static_cast<double>(l));
  for (int c = 0; c < job.dv; ++c) {
    row.o[c] = std::ldexp(static_cast<double>(o[c] * reciprocal), ve - 26 - 18);
  }
  const double log2_sum =
      static_cast<double>(half_up((std::log2(static_cast<double>(l)) - 26) * 65536)) / 65536;
  row.lse = (static_cast<double>(m) + log2_sum) * 0.69314718055994530942;
  return row;
}

}  // namespace flashd::testing
