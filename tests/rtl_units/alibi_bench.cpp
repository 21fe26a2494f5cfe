// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <deque>

#include "Valibi_fine.h"
#include "Valibi_lean.h"
#include "model/arith/alibi.hpp"
#include "tests/rtl_units/dut.hpp"
#include "tests/rtl_units/units.hpp"

namespace flashd::rtl_units {

namespace {

struct Vector {
  arith::AlibiSlope slope;
  std::int64_t distance = 0;
};

arith::AlibiSlope draw_slope(Random& random) {
  // Half of them between 2^-40 and 2^8, the others any finite float32.
  auto field = static_cast<std::uint32_t>(between(random, 0, 254));
  if (chance(random, 0.5)) field = static_cast<std::uint32_t>(between(random, 87, 135));
  const auto bits = static_cast<std::uint32_t>(random() & 0x807FFFFFu) | field << 23;
  float x = 0.0f;
  std::memcpy(&x, &bits, sizeof x);
  if (chance(random, 0.1)) x = static_cast<float>(1.0 / static_cast<double>(1 << (field & 15)));
  arith::AlibiSlope slope = arith::make_alibi_slope(x);
  if (chance(random, 0.1)) slope.mantissa = 0xFFFFFFFFu;
  if (chance(random, 0.1)) slope.mantissa = static_cast<std::uint32_t>(random());
  if (chance(random, 0.1)) slope.drop = static_cast<int>(between(random, 0, 127));
  return slope;
}

template <class P>
std::int64_t draw_distance(Random& random, const arith::AlibiSlope& slope) {
  std::int64_t d = sign_extend(random(), 33) >> between(random, 0, 32);
  if (chance(random, 0.02)) d = -(std::int64_t{1} << 32);
  if (chance(random, 0.02)) d = (std::int64_t{1} << 32) - 1;
  if (chance(random, 0.3) && slope.mantissa != 0) {
    // Near the saturation, 2^(23+F), or near one half of a unit of the grid.
    const bool half = chance(random, 0.3);
    const int up = slope.drop + 8 + (half ? -1 - P::kScoreFrac : spec::kBiasRangeLog2);
    if (up >= 0 && up < 63) {
      d = static_cast<std::int64_t>((std::uint64_t{1} << up) / slope.mantissa) +
          between(random, -2, 2);
      d = sign_extend(static_cast<std::uint64_t>(chance(random, 0.5) ? d : -d), 33);
    }
  }
  return d;
}

template <class P, class Model>
void run(int count, Random& random, Checker* checker) {
  constexpr int kBits = spec::kBiasRangeLog2 + 1 + P::kScoreFrac;
  Dut<Model> dut;
  std::deque<Vector> flight;
  int saturated = 0;
  int zero = 0;
  for (int i = 0; i < count; ++i) {
    Vector x;
    x.slope = draw_slope(random);
    x.distance = draw_distance<P>(random, x.slope);
    // Through the word of memory, as the device reads it.
    const std::uint64_t word = x.slope.pack();
    dut->mantissa_i = get(word, spec::kAlibiMantissaLow, spec::kAlibiMantissaBits);
    dut->drop_i = get(word, spec::kAlibiDropLow, spec::kAlibiDropBits);
    dut->negative_i = get(word, spec::kAlibiNegativeLow, spec::kAlibiNegativeBits);
    dut->distance_i = static_cast<std::uint64_t>(x.distance) & mask(33);
    dut.tick();
    flight.push_back(x);
    if (flight.size() < spec::kLatencyAlibi) continue;
    const Vector y = flight.front();
    flight.pop_front();
    const std::int64_t wanted = arith::alibi<P>(y.slope, y.distance);
    if (wanted == arith::bias_limit<P>() || wanted == -arith::bias_limit<P>()) ++saturated;
    if (wanted == 0) ++zero;
    checker->expect(sign_extend(dut->value_o, kBits), wanted, "value",
                    "distance %lld mantissa %u drop %d negative %d",
                    static_cast<long long>(y.distance), y.slope.mantissa, y.slope.drop,
                    y.slope.negative);
  }
  // Neither the end of the range nor zero may be all there is.
  checker->expect(saturated > count / 20 && saturated < count / 2, 1, "saturated", "%d", saturated);
  checker->expect(zero > count / 20 && zero < count / 2, 1, "zero", "%d", zero);
}

}  // namespace

bool check_alibi(std::uint64_t seed) {
  Random random(seed);
  Checker fine("alibi fine");
  run<spec::Fine, Valibi_fine>(1000000, random, &fine);
  Checker lean("alibi lean");
  run<spec::Lean, Valibi_lean>(1000000, random, &lean);
  const bool good_fine = fine.finish(999998);
  const bool good_lean = lean.finish(999998);
  return good_fine && good_lean;
}

}  // namespace flashd::rtl_units
