// SPDX-License-Identifier: Apache-2.0
#include <deque>

#include "Vlse.h"
#include "Vround.h"
#include "model/arith/output.hpp"
#include "tests/rtl_units/dut.hpp"
#include "tests/rtl_units/units.hpp"

namespace flashd::rtl_units {

namespace {

struct Output {
  std::int32_t o = 0;
  int v_exponent = 0, format = 0;
  bool nan = false;
};

Output draw_output(Random& random) {
  constexpr std::int32_t kEdges[] = {0, 1, -1, 0x7FFFFFFF, -0x7FFFFFFF - 1, 0x40000000, -0x40000000};
  Output x;
  x.format = static_cast<int>(between(random, 0, 2));
  x.nan = chance(random, 0.02);
  x.v_exponent = static_cast<int>(x.format == 2 && chance(random, 0.8)
                                      ? between(random, -15, 16)
                                      : between(random, -127, 128));
  if (chance(random, 0.3)) x.v_exponent = static_cast<int>(between(random, -127, -90));
  if (chance(random, 0.1)) {
    x.o = kEdges[between(random, 0, 6)];
    return x;
  }
  std::uint32_t m = static_cast<std::uint32_t>(random()) >> between(random, 1, 31);
  if (chance(random, 0.5)) {
    // Near a tie of some format: a few bits, then half a unit, give or take one.
    const int keep = x.format == 0 ? 24 : (x.format == 1 ? 8 : 11);
    const int cut = 31 - static_cast<int>(between(random, keep / 2, keep));
    m = (static_cast<std::uint32_t>(random()) >> 1) >> cut << cut;
    m |= 1u << (cut > 0 ? cut - 1 : 0);
    m += static_cast<std::uint32_t>(between(random, -1, 1));
    m = (m & 0x7FFFFFFFu) >> between(random, 0, 8);
  }
  x.o = static_cast<std::int32_t>(m);
  if (chance(random, 0.5)) x.o = -x.o;
  return x;
}

std::uint32_t golden(const Output& x) {
  if (x.nan) return arith::kQuietNan;
  const arith::FloatShape shape = x.format == 0   ? arith::kFp32Shape
                                  : x.format == 1 ? arith::kBf16Shape
                                                  : arith::kFp16Shape;
  return arith::round_output(x.o, x.v_exponent, shape);
}

struct Lse {
  std::int64_t l = 0;
  bool empty = false, nan = false;
};

Lse draw_lse(Random& random) {
  Lse x;
  x.l = static_cast<std::int64_t>(random()) >> between(random, 29, 63);
  if (chance(random, 0.1)) x.l = (std::int64_t{1} << between(random, 0, 34)) + between(random, -2, 2);
  if (chance(random, 0.1)) x.l = -x.l;
  if (chance(random, 0.01)) x.l = 0;
  x.empty = chance(random, 0.02);
  x.nan = chance(random, 0.02);
  return x;
}

std::uint32_t golden(const Lse& x) {
  if (x.nan) return arith::kQuietNan;
  return x.empty ? arith::kMinusInf : arith::round_lse(x.l);
}

/// Runs `count` cycles; drive(x) sets the inputs.
template <class Vector, class Model, class Draw, class Drive>
void run(int count, Random& random, Draw draw, Drive drive, Checker* checker) {
  Dut<Model> dut;
  std::deque<Vector> pipe;
  for (int i = 0; i < count; ++i) {
    const bool enable = chance(random, 0.85);
    const Vector x = draw(random);
    dut->en_i = enable;
    drive(dut, x);
    dut.tick();
    if (enable) {
      pipe.push_back(x);
      if (pipe.size() > spec::kLatencyRound) pipe.pop_front();
    }
    if (pipe.size() < spec::kLatencyRound) continue;
    if constexpr (std::is_same_v<Vector, Output>) {
      const Output& y = pipe.front();
      checker->expect(dut->bits_o, golden(y), "bits", "o %d VE %d format %d nan %d", y.o,
                      y.v_exponent, y.format, y.nan);
    } else {
      const Lse& y = pipe.front();
      checker->expect(dut->bits_o, golden(y), "bits", "L %lld empty %d nan %d",
                      static_cast<long long>(y.l), y.empty, y.nan);
    }
  }
}

}  // namespace

bool check_round(std::uint64_t seed) {
  Random random(seed);
  Checker checker("round");
  run<Output, Vround>(
      1000000, random, draw_output,
      [](Dut<Vround>& dut, const Output& x) {
        dut->v_exp_i = static_cast<std::uint32_t>(x.v_exponent) & 0x1FFu;
        const bool enable = dut->en_i;
        dut->en_i = false;  // it is there a cycle before
        dut.tick();
        dut->en_i = enable;
        dut->o_i = static_cast<std::uint32_t>(x.o);
        dut->format_i = x.format;
        dut->nan_i = x.nan;
      },
      &checker);
  return checker.finish(999990);
}

bool check_lse(std::uint64_t seed) {
  Random random(seed);
  Checker checker("lse");
  run<Lse, Vlse>(
      500000, random, draw_lse,
      [](Dut<Vlse>& dut, const Lse& x) {
        dut->negative_i = x.l < 0;
        const auto magnitude = static_cast<std::uint64_t>(x.l < 0 ? -x.l : x.l);
        dut->magnitude_i = magnitude;
        dut->place_i = 0;
        for (unsigned i = 0; i < 35; ++i)
          if ((magnitude >> i) & 1u) dut->place_i = static_cast<std::uint8_t>(i + 29);
        dut->empty_i = x.empty;
        dut->nan_i = x.nan;
      },
      &checker);
  return checker.finish(499990);
}

}  // namespace flashd::rtl_units
