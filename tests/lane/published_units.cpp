// SPDX-License-Identifier: Apache-2.0
/// Units of flashd_lane_published against model/rivals, exhaustively where the inputs allow it.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <random>
#include <vector>

#include "Vunits.h"
#include "model/rivals/functions.hpp"
#include "tests/lane/published_codes.hpp"
#include "verilated.h"

namespace {

using flashd::rivals::flush_bf16;
using flashd::rivals::pwl_ln;
using flashd::rivals::pwl_sigmoid;
using namespace flashd::lane::published;

float value(std::uint32_t bits) {
  bits <<= 16;
  float x = 0.0f;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

/// A BF16 of the datapath: an exponent field of 0 is zero, whatever the rest.
float read(std::uint32_t bits) { return (bits & 0x7f80u) == 0 ? 0.0f : value(bits); }

/// Compared values of one unit; prints the first difference.
class Check {
 public:
  explicit Check(const char* name) : name_(name) {}
  void equal(double got, double wanted, std::uint32_t a, std::uint32_t b, std::uint32_t c = 0) {
    ++count_;
    if (got == wanted) return;
    if (wrong_++ == 0)
      std::printf("%s(%04x, %04x, %04x): %.9g, expected %.9g\n", name_, a, b, c, got, wanted);
  }
  bool finish(std::uint64_t least) const {
    std::printf("%s: %llu compared, %llu differ\n", name_, static_cast<unsigned long long>(count_),
                static_cast<unsigned long long>(wrong_));
    return wrong_ == 0 && count_ >= least;
  }

 private:
  const char* name_;
  std::uint64_t count_ = 0;
  std::uint64_t wrong_ = 0;
};

/// Operands that are near each other in most cases: binades apart, equal up to some bits, zeros.
class Operands {
 public:
  std::uint32_t any() { return static_cast<std::uint32_t>(random_()); }
  std::uint32_t first() {
    const std::uint32_t kind = any() % 16;
    const std::uint32_t exponent = kind == 0   ? any() % 12
                                   : kind == 1 ? 243 + any() % 10
                                               : 100 + any() % 40;
    return (any() & 0x8000u) | exponent << 7 | (any() & 127u);
  }
  std::uint32_t near(std::uint32_t x, int below) {
    const std::uint32_t kind = any() % 8;
    if (kind == 0) return first();
    if (kind < 4) return (x ^ (any() & 0x8000u)) ^ (any() % 8);
    const int exponent = static_cast<int>((x >> 7) & 255u) - below + static_cast<int>(any() % 13);
    return (any() & 0x8000u) |
           static_cast<std::uint32_t>(std::min(std::max(exponent, 0), 253)) << 7 | (any() & 127u);
  }

 private:
  std::mt19937_64 random_{1};
};

bool sums(Vunits* top) {
  Check check("add");
  Operands operands;
  for (int i = 0; i < 3000000; ++i) {
    const std::uint32_t a = operands.first();
    const std::uint32_t b = operands.near(a, 6);
    top->a_i = a;
    top->b_i = b;
    top->eval();
    check.equal(read(top->sum_o), flush_bf16(read(a) + read(b)), a, b);
  }
  return check.finish(3000000);
}

bool tables(Vunits* top) {
  Check check("functions");
  for (std::uint32_t x = 0; x < kCodes; ++x) {
    top->x_i = x;
    top->eval();
    check.equal(top->weight_o, weight_code_of(x_value(x)), x, 0);
    check.equal(top->ln_o, ln_code_of(x_value(x)), x, 0);
  }
  return check.finish(2 * kCodes);
}

/// Every score difference after every weight: the weight of the next key and what it leaves.
bool steps(Vunits* top) {
  std::map<std::uint32_t, std::uint32_t> states;  // -256 ln w -> an x that leaves it
  for (std::uint32_t x = 0; x < kCodes; ++x) states[ln_code_of(x_value(x))] = x;
  Check check("step");
  for (std::uint32_t rise = 0; rise < 0x10000; ++rise) {
    const float d = read(rise);
    if ((rise & 0x7f80u) == 0x7f80u) continue;
    top->rise_i = rise;
    for (const auto& [ln, x_old] : states) {
      top->x_old_i = x_old;
      top->eval();
      const float x = flush_bf16(d - static_cast<float>(ln) / 256.0f);
      const float w = d <= -6.0f ? 0.0f : d >= 11.0f ? 1.0f : pwl_sigmoid()(x);
      const float kept = std::max(w, flashd::rivals::kSmallestPublishedWeight);
      const float got = x_value(top->x_o);
      check.equal(pwl_sigmoid()(got), w, rise, x_old);
      check.equal(static_cast<float>(ln_code_of(got)), -256.0f * pwl_ln()(kept), rise, x_old);
    }
  }
  return check.finish(2 * 65000 * states.size());
}

bool elements(Vunits* top) {
  std::vector<std::uint32_t> weights;
  for (std::uint32_t x = 0; x < kCodes; ++x) weights.push_back(weight_code_of(x_value(x)));
  Check check("element");
  Operands operands;
  const auto run = [&](std::uint32_t v, std::uint32_t old, std::uint32_t code, bool fresh) {
    top->value_i = v;
    top->old_i = old;
    top->weight_i = code;
    top->fresh_i = fresh ? 1 : 0;
    top->clk_i = 0;
    top->eval();
    top->clk_i = 1;
    top->eval();
    const float w = code == 0 ? 0.0f : std::ldexp(128.0f + (code & 127u), (code >> 7) - 15 - 7);
    const float o = fresh ? 0.0f : read(old);
    const float part = flush_bf16(w * flush_bf16(read(v) - o));
    check.equal(read(top->o_o), flush_bf16(o + part), v, old, code);
  };
  for (int i = 0; i < 4000000; ++i) {
    const std::uint32_t old = operands.first();
    // w (v - o) near o: the second sum cancels too.
    run(operands.near(old, i % 2 == 0 ? 6 : 0), old, weights[operands.any() % weights.size()],
        false);
  }
  for (std::uint32_t v = 0; v < 0x10000; ++v) {
    if ((v & 0x7f80u) == 0x7f80u) continue;
    run(v, operands.first(), 15u << 7, true);
    run(v, operands.first(), 0, true);
  }
  return check.finish(4000000 + 2 * 65000);
}

}  // namespace

int main() {
  VerilatedContext context;
  Vunits top{&context};
  bool good = sums(&top);
  good = tables(&top) && good;
  good = steps(&top) && good;
  good = elements(&top) && good;
  std::printf("%s\n", good ? "PASS" : "FAILURE");
  return good ? 0 : 1;
}
