// SPDX-License-Identifier: Apache-2.0
#include "model/arith/score.hpp"

#include "tests/unit/oracle.hpp"
#include "tests/unit/tally.hpp"

namespace flashd {
namespace {

using oracle::Int;
using oracle::Ratio;
using testing::Random;
using testing::Tally;

template <class P>
void scaled_sums() {
  Tally tally;
  Random random(51);
  const Int low = Int(1) << (spec::kScaleBits - 1);
  for (int extra = 0; extra <= 4; ++extra) {
    const int grid = P::kScoreFrac + extra;
    const std::int64_t top = std::int64_t{1} << (spec::kProductRangeLog2 + grid + 8);
    for (int i = 0; i < 40000; ++i) {
      std::uint32_t mantissa = (1u << 21) | (random.bits() & 0x1FFFFFu);
      std::int64_t sum = static_cast<std::int64_t>(random.any_length(20 + grid));
      if (i < 8) sum = top - 1 - i / 2;
      if (i % 5 == 1) mantissa = 1u << 21;
      if (i % 5 == 2) mantissa = (1u << 22) - 1;
      // Exact halves: an odd sum of a grid finer than the score's, mantissa a power of two.
      if (i % 5 == 3 && extra > 0) {
        mantissa = 1u << 21;
        sum = ((sum >> extra) << extra) | (std::int64_t{1} << (extra - 1));
      }
      if (i % 97 == 0) mantissa = 0;
      if (random.coin()) sum = -sum;
      const Ratio exact = Ratio(Int(sum) * mantissa, low << extra);
      tally.check(Int(arith::scaled_sum<P>(sum, mantissa, grid)) == oracle::round_half_up(exact),
                  [&](auto& o) { o << sum << " * " << mantissa << " grid " << grid; });
    }
  }
  FLASHD_REQUIRE_TALLY(tally, 200000);
}

TEST_CASE("product sum times scale rounds half up, fine") { scaled_sums<spec::Fine>(); }

TEST_CASE("product sum times scale rounds half up, lean") { scaled_sums<spec::Lean>(); }

template <class P>
void clamped_scores() {
  Tally tally;
  Random random(52);
  const double limit = std::ldexp(1.0, 17 + P::kScoreFrac) - 1;
  const auto one = [&](std::int64_t x) {
    const arith::Score s = arith::clamp_score<P>(x);
    const double expected = std::fmin(std::fmax(static_cast<double>(x), -limit), limit);
    tally.check(s.value == expected && s.saturated == (static_cast<double>(x) != expected),
                [&](auto& o) { o << x; });
  };
  for (const double edge : {0.0, limit, -limit}) {
    for (int i = -1000; i <= 1000; ++i) one(static_cast<std::int64_t>(edge) + i);
  }
  for (int i = 0; i < 100000; ++i) {
    const auto x = static_cast<std::int64_t>(random.any_length(50));
    one(random.coin() ? x : -x);
  }
  FLASHD_REQUIRE_TALLY(tally, 106003);
}

TEST_CASE("the score clamp, fine") { clamped_scores<spec::Fine>(); }

TEST_CASE("the score clamp, lean") { clamped_scores<spec::Lean>(); }

}  // namespace
}  // namespace flashd
