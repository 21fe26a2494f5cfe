// SPDX-License-Identifier: Apache-2.0
#include "model/arith/bits.hpp"

#include "tests/unit/oracle.hpp"
#include "tests/unit/tally.hpp"

namespace flashd {
namespace {

using oracle::Int;
using oracle::Ratio;
using testing::Random;
using testing::Tally;

TEST_CASE("bit_length counts the bits of every length") {
  Tally tally;
  Random random(1);
  tally.check(arith::bit_length(0) == 0, [](auto& o) { o << 0; });
  for (int n = 1; n <= 64; ++n) {
    const std::uint64_t low = std::uint64_t{1} << (n - 1);
    const std::uint64_t high = low | (low - 1);
    for (int i = 0; i < 1000; ++i) {
      const std::uint64_t x = i == 0 ? low : i == 1 ? high : low | (random.bits() & (low - 1));
      tally.check(arith::bit_length(x) == n, [&](auto& o) { o << x; });
    }
  }
  FLASHD_REQUIRE_TALLY(tally, 64001);
}

TEST_CASE("ceil_log2 is the smallest exponent of a power not below x") {
  Tally tally;
  for (std::uint32_t x = 1; x <= 70000; ++x) {
    int n = 0;
    while ((std::uint64_t{1} << n) < x) ++n;
    tally.check(arith::ceil_log2(x) == n, [&](auto& o) { o << x; });
  }
  FLASHD_REQUIRE_TALLY(tally, 70000);
}

TEST_CASE("shifts round as exact rationals do") {
  Tally tally;
  Random random(2);
  for (int shift = -80; shift <= 40; ++shift) {
    const int room = std::min(62, 62 - shift);
    for (int i = 0; i < 300; ++i) {
      std::uint64_t x = random.any_length(room);
      if (i < 40 && shift < 0 && shift > -62) {
        x = (std::uint64_t{1} << (-shift - 1)) * static_cast<std::uint64_t>(i);
        if (i % 3 == 1 && x > 0) --x;
        if (i % 3 == 2) ++x;
        x &= (std::uint64_t{1} << room) - 1;
      }
      const Ratio exact = Ratio(Int(x)) * oracle::power(shift);
      tally.check(Int(arith::shift_floor(x, shift)) == oracle::floor(exact),
                  [&](auto& o) { o << "floor " << x << " * 2^" << shift; });
      tally.check(Int(arith::shift_round(x, shift)) == oracle::round_half_away(exact),
                  [&](auto& o) { o << "round " << x << " * 2^" << shift; });
      if (shift > 0) continue;
      const auto s = random.coin() ? static_cast<std::int64_t>(x) : -static_cast<std::int64_t>(x);
      tally.check(Int(arith::shift_right_floor(s, -shift)) ==
                      oracle::floor(Ratio(Int(s)) * oracle::power(shift)),
                  [&](auto& o) { o << "signed floor " << s << " * 2^" << shift; });
    }
  }
  FLASHD_REQUIRE_TALLY(tally, 90000);
}

}  // namespace
}  // namespace flashd
