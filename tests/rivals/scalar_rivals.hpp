// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <vector>

#include "model/arith/interpolate.hpp"
#include "model/reference/decode.hpp"
#include "model/rivals/functions.hpp"
#include "model/rivals/rivals.hpp"
#include "tests/reference/job_maker.hpp"

/// The rivals once more, one row and one operation at a time, from the words of rivals.hpp: nothing
/// here knows of lanes, blocks of rows or masks. The vectorised models must equal it bit for bit.
namespace flashd::testing {

/// BF16(x): a float64 result of one operation, rounded once to 8 significant bits (53 bits hold
/// every product and are enough for sums and quotients of BF16 values to round twice safely); zero
/// if that is below 2^-126.
inline double bf16(double x) {
  if (x == 0.0 || !std::isfinite(x)) return x + 0.0;
  const int exponent = std::ilogb(x);
  const double y = std::ldexp(std::nearbyint(std::ldexp(x, 7 - exponent)), exponent - 7);
  return std::fabs(y) < 0x1p-126 ? 0.0 : std::fabs(y) >= 0x1p128 ? y * 1e300 * 1e300 : y;
}

/// e^x by the table of flashd_lane_flash2_bf16.
inline double bf16_exp_of_table(double x) {
  const auto t = static_cast<std::int64_t>(std::min(-x * 23637.0 / 32.0, 1e15));
  if (t >= 126 * 512) return 0.0;
  const double top = std::exp2((511.5 - static_cast<double>(t % 512)) / 512.0);
  return std::ldexp(std::floor(top * 128.0 + 0.5), static_cast<int>(-8 - t / 512));
}

struct ScalarRow {
  std::vector<double> o;
  double lse = -std::numeric_limits<double>::infinity();
};

inline double bf16_score(const Job& job, std::int64_t h, std::int64_t i, std::int64_t j,
                         rivals::DotOrder order) {
  std::vector<double> part(job.d);
  for (int c = 0; c < job.d; ++c)
    part[c] = bf16(bf16(q_of(job, h, i, c)) * bf16(k_of(job, h, j, c)));
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
                                    rivals::DotOrder order, rivals::Flash2Functions functions) {
  const bool exact = functions == rivals::Flash2Functions::exact;
  const auto power = [exact](double x) { return exact ? bf16(std::exp(x)) : bf16_exp_of_table(x); };
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
      for (int c = 0; c < job.dv; ++c) row.o[c] = bf16(v_of(job, h, j, c));
      first = false;
      continue;
    }
    const double larger = std::max(m, s);
    const double alpha = power(bf16(m - larger));
    const double p = power(bf16(s - larger));
    m = larger;
    l = bf16(bf16(l * alpha) + p);
    for (int c = 0; c < job.dv; ++c) {
      row.o[c] = bf16(bf16(row.o[c] * alpha) + bf16(p * bf16(v_of(job, h, j, c))));
    }
  }
  if (first) return row;
  for (double& o : row.o) o = exact ? bf16(o / l) : bf16(o * bf16(1.0 / l));
  row.lse = m + std::log(l);
  return row;
}

/// FP32(x) of a sum or product that float64 holds, without subnormals.
inline double fp32(double x) {
  const double y = static_cast<float>(x);
  return std::fabs(y) < 0x1p-126 ? 0.0 : y;
}

/// x cut off after 24 significant bits.
inline double cut24(double x) {
  if (x == 0.0) return 0.0;
  const int exponent = std::ilogb(x);
  const double y = std::ldexp(std::trunc(std::ldexp(x, 23 - exponent)), exponent - 23);
  return std::fabs(y) < 0x1p-126 ? 0.0 : y;
}

inline ScalarRow scalar_flash2_fp32(const Job& job, std::int64_t h, std::int64_t i) {
  ScalarRow row{std::vector<double>(job.dv, 0.0)};
  const double log2e = 1.4426950408889634074;
  const auto scale = static_cast<double>(static_cast<float>(job.scale * log2e));
  bool first = true;
  std::int64_t m = 0;
  double l = 0.0;
  const auto power = [](std::int64_t t) {
    t >>= 4;
    if (t >= 126 * 1024) return 0.0;
    const double top = std::exp2(1.0 - (static_cast<double>(t % 1024) + 0.5) / 1024.0);
    return std::ldexp(std::floor(top * 256.0 + 0.5), static_cast<int>(-9 - t / 1024));
  };
  for (std::int64_t j = 0; j < job.keys; ++j) {
    if (!sees(job, h, i, j)) continue;
    std::vector<double> part(job.d);
    for (int c = 0; c < job.d; ++c)
      part[c] = fp32(static_cast<double>(q_of(job, h, i, c)) * k_of(job, h, j, c));
    while (part.size() > 1) {
      std::vector<double> next;
      for (std::size_t n = 0; n < part.size(); n += 2)
        next.push_back(n + 1 < part.size() ? fp32(part[n] + part[n + 1]) : part[n]);
      part = next;
    }
    const std::int64_t limit = std::int64_t{1} << 31;
    const double x = part[0] * scale * 16384.0;
    auto s = static_cast<std::int64_t>(std::min(std::fabs(x), 2147483647.0));
    if (x < 0.0) s = -1 - s;
    if (job.bias)
      s += static_cast<std::int64_t>(std::floor(bias_of(job, h, i, j) * log2e * 16384.0 + 0.5));
    s = std::min(std::max(s, -limit), limit - 1);
    if (first || s > m) {
      const double alpha = first ? 0.0 : power(s - m);
      l = fp32(cut24(l * alpha) + 1.0);
      for (int c = 0; c < job.dv; ++c)
        row.o[c] = fp32(cut24(row.o[c] * alpha) + v_of(job, h, j, c));
      m = s;
    } else {
      const double p = power(s == m ? 0 : m - s - 1);
      l = fp32(l + p);
      for (int c = 0; c < job.dv; ++c) row.o[c] = fp32(row.o[c] + fp32(p * v_of(job, h, j, c)));
    }
    first = false;
  }
  if (first) return row;
  row.lse = (static_cast<double>(m) / 16384.0 + std::log2(l)) * 0.69314718055994530942;
  const int exponent = std::ilogb(l);
  const int index = static_cast<int>(std::ldexp(l, 7 - exponent)) - 128;
  const double r = std::ldexp(std::floor(32768.0 / (129 + index)), -8 - exponent);
  double rest = cut24(l * r);
  for (double& o : row.o) o = cut24(o * r);
  for (const int grid : {15, 20}) {
    // One's complement; 9 bits that need no leading one, so the cut is not of 24 significant bits.
    const auto missing = rest < 1.0 ? static_cast<std::int64_t>((1.0 - rest) * 0x1p24) - 1 : 0;
    const auto bits = (missing >> (24 - grid)) & 511;
    const auto product = [&](double y) {
      if (y == 0.0) return 0.0;
      const int at = std::ilogb(y);
      const auto exact = static_cast<std::int64_t>(std::ldexp(std::fabs(y), 23 - at)) * bits;
      const int two = exact >= (std::int64_t{1} << 32) ? 1 : 0;
      const int sum = at + 8 - grid + two;
      if (sum < -126) return 0.0;
      return std::copysign(std::ldexp(static_cast<double>(exact >> (8 + two)), sum - 23), y);
    };
    rest = fp32(rest + product(rest));
    for (double& o : row.o) o = fp32(o + product(o));
  }
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
      const double v = bf16(v_of(job, h, j, c));
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

/// The running sum in 64-bit integers. `fine`: 26 fraction bits of the sums, else 24.
inline ScalarRow scalar_running_sum(const Job& job, std::int64_t h, std::int64_t i, bool fine) {
  ScalarRow row{std::vector<double>(job.dv, 0.0)};
  const auto half_up = [](double x) { return static_cast<std::int64_t>(std::floor(x + 0.5)); };
  const auto half_away = [&](double x) { return x < 0.0 ? -half_up(-x) : half_up(x); };
  const auto halve = [](std::int64_t x) {
    return (x & 1) != 0 ? 2 * (x >> 2) + 1 : x >> 1;  // to odd
  };
  const int bits = fine ? 26 : 24;
  const double log2e = 1.4426950408889634074;
  int power = 0;
  const double fraction = std::frexp(std::fabs(job.scale), &power);
  int carry = 0;
  const double c = std::frexp(fraction * log2e, &carry);
  const auto c22 = half_up(std::ldexp(c, 22));
  const int exponent = power + carry - 1;
  const int grid =
      11 + static_cast<int>(std::ceil(std::log2(std::sqrt(static_cast<double>(job.d)))));
  const std::int64_t limit = (std::int64_t{1} << (12 + grid)) - 1;
  double largest = 0.0;
  const std::int64_t length = job.visibility.key_length.value_or(job.keys);
  for (std::int64_t head = 0; head < job.heads_q; ++head)
    for (std::int64_t j = 0; j < length; ++j)
      for (int e = 0; e < job.dv; ++e)
        largest = std::max<double>(largest, std::fabs(v_of(job, head, j, e)));
  const int ve = largest > 0.0 ? std::max(std::ilogb(largest), -126) : -126;
  bool first = true;
  std::int64_t m = 0;
  std::int64_t l = 0;
  std::vector<std::int64_t> o(job.dv, 0);
  const auto move = [&] {
    ++m;
    l = halve(l);
    for (auto& x : o) x = halve(x);
  };
  for (std::int64_t j = 0; j < job.keys; ++j) {
    if (!sees(job, h, i, j)) continue;
    std::int64_t sum = 0;
    for (int e = 0; e < job.d; ++e) {
      const double product = static_cast<double>(q_of(job, h, i, e)) * k_of(job, h, j, e);
      const double steps = std::ldexp(job.scale < 0.0 ? -product : product, exponent + grid);
      const auto most = static_cast<double>(limit);
      sum += half_away(std::min(std::max(steps, -most), most));
    }
    const int drop = grid - 11 + 21;
    std::int64_t s = (sum * c22 + (std::int64_t{1} << (drop - 1))) >> drop;
    if (job.bias) s += half_up(bias_of(job, h, i, j) * (log2e * 2048));
    const std::int64_t most = (std::int64_t{1} << 28) - 1;
    s = std::min(std::max(s, -most), most);
    const std::int64_t whole = s >> 11;
    if (first) m = whole;
    first = false;
    if (whole - m >= 32) {
      l = 0;
      o.assign(job.dv, 0);
      m = whole;
    }
    while (whole > m) move();
    if (m - whole > bits + 1) continue;
    const auto mantissa =
        arith::interpolate<spec::PFineTable>(static_cast<std::uint32_t>(s) & 2047);
    const double p = std::ldexp(mantissa, static_cast<int>(whole - m) - 10);
    l += half_up(std::ldexp(p, bits));
    std::int64_t half = 0;
    if (l >= (std::int64_t{2} << bits)) half = 1;
    if (half == 1) move();
    for (int e = 0; e < job.dv; ++e) {
      const float v = v_of(job, h, j, e);
      int above = 0;
      const double sig = std::ldexp(std::frexp(v, &above), 8);
      const int dist = std::min(ve - std::max(above - 1, -126), 31);
      const auto whole_sig =
          static_cast<std::int64_t>(std::ldexp(std::fabs(sig), std::min(0, above - 1 + 126)));
      std::int64_t product = 0;
      for (int a = 0; a < 11; ++a)
        for (int b = 0; b < 8; ++b) product += ((mantissa >> a) & (whole_sig >> b) & 1) << (a + b);
      const double size =
          std::ldexp(static_cast<double>(product), static_cast<int>(whole - m) - 17 - dist + bits);
      // m has moved with h already.
      o[e] += v < 0.0f ? -half_up(size) : half_up(size);
    }
  }
  if (first) return row;
  const std::int64_t reciprocal = ((std::int64_t{1} << (17 + bits)) - 1) / l;
  for (int e = 0; e < job.dv; ++e) {
    std::int64_t size = o[e] < 0 ? -o[e] - 1 : o[e];
    int lost = 0;
    for (; (size >> lost) >= (1 << 17); ++lost) {
    }
    const double x =
        std::ldexp(static_cast<double>((size >> lost) * reciprocal), lost + ve - bits - 17);
    row.o[e] = x < 0x1p-126 ? 0.0 : o[e] < 0 ? -x : x;
  }
  const double log2_sum =
      static_cast<double>(half_up((std::log2(static_cast<double>(l)) - bits) * 65536)) / 65536;
  row.lse = (static_cast<double>(m) + log2_sum) * 0.69314718055994530942;
  return row;
}

}  // namespace flashd::testing
