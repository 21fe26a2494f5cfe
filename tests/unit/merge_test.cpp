// SPDX-License-Identifier: Apache-2.0
#include "model/arith/merge.hpp"

#include "tests/unit/oracle.hpp"
#include "tests/unit/tally.hpp"

namespace flashd {
namespace {

using oracle::Int;
using oracle::Ratio;
using testing::Random;
using testing::Tally;

const Int kMax = (Int(1) << 31) - 1;

Int clamp32(const Int& x) { return x > kMax ? kMax : x < -kMax - 1 ? Int(-kMax - 1) : x; }

std::int32_t random_output(Random& random, int i) {
  if (i % 11 == 0) return INT32_MAX - static_cast<std::int32_t>(random.any_length(8));
  if (i % 11 == 1) return INT32_MIN + static_cast<std::int32_t>(random.any_length(8));
  if (i % 11 == 2) return static_cast<std::int32_t>(random.between(-70, 70));
  return static_cast<std::int32_t>(random.bits());
}

template <class P>
void elements() {
  Tally exact_steps;
  Tally bounded;
  std::uint64_t clamped = 0;
  Random random(91);
  for (int i = 0; i < 200000; ++i) {
    arith::Gain g;
    g.exponent = static_cast<int>(random.between(-36, 1));
    g.mantissa =
        g.exponent == 1 ? 32768u : 32768u | static_cast<std::uint32_t>(random.bits() & 32767u);
    arith::TileWeight w;
    w.shift = static_cast<int>(random.between(0, 32));
    w.mantissa = w.shift == 0 ? 8192u : 8192u | static_cast<std::uint32_t>(random.bits() & 8191u);
    if (i % 13 == 0) w = {8192u, 0, true};
    auto t = static_cast<std::int32_t>(random.any_length(P::kTileFrac + 7));
    if (random.coin()) t = -t;
    const std::int32_t o = random_output(random, i);
    const auto distance = static_cast<int>(i % 3 ? random.between(0, 40) : random.between(0, 254));
    const bool first = i % 17 == 0;
    const std::int32_t got = arith::merge_element<P>(o, g, w, t, distance, first);
    const auto describe = [&](auto& out) {
      out << "o " << o << " t " << t << " g " << g.mantissa << "*2^" << g.exponent << " w "
          << w.mantissa << ">>" << w.shift << " VE-E " << distance << " first " << first << " gave "
          << got;
    };
    // Everything in units of o, 2^(VE-30): the tile's grid is 2^(E - tile_frac).
    const Ratio gain = Ratio(Int(g.mantissa)) * oracle::power(g.exponent - 15);
    const Ratio weight = Ratio(Int(w.mantissa)) * oracle::power(-13 - w.shift);
    const Ratio gt = gain * Int(t) * oracle::power(30 - P::kTileFrac - distance);
    const Ratio cut = Ratio(oracle::floor(Ratio(Int(o), 64)) * 64 + 32);
    const Int gt_guard = oracle::floor(gt * 2);
    const Int wo_guard = first ? Int(0) : oracle::floor(weight * cut * 2);
    const Int sum =
        (first ? Int(0) : Int(o)) + oracle::round_half_up(Ratio(gt_guard - wo_guard, 2));
    exact_steps.check(Int(got) == clamp32(sum), describe);
    clamped += sum != clamp32(sum);

    // Against the ideal lerp: one unit of rounding, and the cut bits of o, half of 2^6 units, times
    // w.
    if (sum != clamp32(sum)) continue;
    const Ratio ideal = first ? gt : Ratio(Int(o)) + gt - weight * Int(o);
    const Ratio bound = Ratio(1) + (first ? Ratio(0) : weight * 32);
    bounded.check(oracle::magnitude(Ratio(Int(got)) - ideal) <= bound, describe);
  }
  REQUIRE(clamped >= 100);
  FLASHD_REQUIRE_TALLY(exact_steps, 200000);
  FLASHD_REQUIRE_TALLY(bounded, 100000);
}

TEST_CASE("one element of the merge, fine") { elements<spec::Fine>(); }

TEST_CASE("one element of the merge, lean") { elements<spec::Lean>(); }

TEST_CASE("outputs clamp to 32 bits") {
  Tally tally;
  Random random(92);
  for (int i = 0; i < 50000; ++i) {
    auto x = static_cast<std::int64_t>(random.any_length(40));
    if (i < 100) x = std::int64_t{INT32_MAX} - 50 + i;
    for (const std::int64_t y : {x, -x, -x - 1}) {
      tally.check(Int(arith::clamp_output(y)) == clamp32(Int(y)), [&](auto& o) { o << y; });
    }
  }
  FLASHD_REQUIRE_TALLY(tally, 150000);
}

TEST_CASE("two states merge within one unit of the exact lerp and stay between them") {
  Tally tally;
  Random random(93);
  for (int i = 0; i < 200000; ++i) {
    arith::Gain w;
    w.exponent = -static_cast<int>(random.between(0, 40));
    w.mantissa =
        w.exponent == 0 ? 32768u : 32768u | static_cast<std::uint32_t>(random.bits() & 32767u);
    const std::int32_t a = random_output(random, i);
    const std::int32_t b = random_output(random, i / 11);
    const std::int32_t got = arith::merge_states(a, b, w);
    const auto describe = [&](auto& o) {
      o << a << " and " << b << " w " << w.mantissa << "*2^" << w.exponent << " gave " << got;
    };
    const Ratio weight = Ratio(Int(w.mantissa)) * oracle::power(w.exponent - 15);
    const Ratio step = weight * (Int(b) - Int(a));
    const Int expected = Int(a) + oracle::round_half_up(Ratio(oracle::floor(step * 2), 2));
    tally.check(Int(got) == expected, describe);
    tally.check(oracle::magnitude(Ratio(Int(got)) - Ratio(Int(a)) - step) <= Ratio(1, 2), describe);
    tally.check(got >= std::min(a, b) && got <= std::max(a, b), describe);
    if (w.exponent == 0) tally.check(got == b, describe);
  }
  FLASHD_REQUIRE_TALLY(tally, 600000);
}

}  // namespace
}  // namespace flashd
