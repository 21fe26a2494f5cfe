// SPDX-License-Identifier: Apache-2.0
#include "model/arith/merge.hpp"

#include <deque>

#include "Vmerge_fine.h"
#include "Vmerge_lean.h"
#include "tests/rtl_units/dut.hpp"
#include "tests/rtl_units/units.hpp"

namespace flashd::rtl_units {

namespace {

struct Element {
  arith::Gain g;
  arith::TileWeight w;
  std::int32_t t = 0, o = 0;
  int distance = 0;
  bool first = false;
};

template <class P>
Element draw(int t_bits, Random& random) {
  constexpr std::int32_t kEdges[] = {0, 1, -1, 0x7FFFFFFF, -0x7FFFFFFF - 1, 0x3FFFFFFF, 64, -64, 63};
  Element x;
  x.o = chance(random, 0.2) ? kEdges[between(random, 0, 8)]
                            : static_cast<std::int32_t>(random()) >> between(random, 0, 12);
  x.first = chance(random, 0.1);
  if (chance(random, 0.05)) {
    x.g = {0, 0};
    x.t = static_cast<std::int32_t>(sign_extend(random(), t_bits));
    x.distance = static_cast<int>(between(random, 0, 255));
    x.first = false;
    return x;
  }
  x.w.mantissa = static_cast<std::uint32_t>(between(random, 1 << 13, (1 << 14) - 1));
  x.w.shift = static_cast<int>(between(random, 0, chance(random, 0.5) ? 4 : 32));
  if (x.w.shift == 0) x.w.mantissa = 1u << 13;
  x.distance = static_cast<int>(between(random, 0, chance(random, 0.7) ? 3 : 255));
  do {
    x.g.mantissa = static_cast<std::uint32_t>(between(random, 1 << 15, (1 << 16) - 1));
    x.g.exponent = static_cast<int>(between(random, chance(random, 0.5) ? -8 : -64, 1));
    if (x.g.exponent == 1) x.g.mantissa = 1u << 15;
    x.t = static_cast<std::int32_t>(sign_extend(random(), t_bits)) >> between(random, 0, 8);
    if (chance(random, 0.02)) x.t = 0;
    const std::int64_t gt = arith::gained_sum<P>(x.g, x.t, x.distance);
    if (gt < (std::int64_t{1} << 33) && gt >= -(std::int64_t{1} << 33)) break;
  } while (true);
  return x;
}

template <class P, class Model>
void run(int tile, Random& random, Checker* checker) {
  Dut<Model> dut;
  const int t_bits = P::kTileFrac + 2 + arith::ceil_log2(static_cast<std::uint32_t>(tile));
  std::deque<Element> pipe;
  for (int i = 0; i < 200000; ++i) {
    const bool enable = chance(random, 0.85);
    const Element x = draw<P>(t_bits, random);
    dut->en_i = enable;
    dut->first_i = x.first;
    dut->t_i = static_cast<std::uint32_t>(x.t) & mask(t_bits);
    dut->o_i = static_cast<std::uint32_t>(x.o);
    dut->g_mantissa_i = x.g.mantissa;
    dut->g_exponent_i = static_cast<std::uint32_t>(x.g.exponent) & 0x7Fu;
    dut->w_mantissa_i = x.w.mantissa;
    dut->w_shift_i = x.w.shift;
    dut->v_distance_i = x.distance;
    dut.tick();
    if (enable) {
      pipe.push_back(x);
      if (pipe.size() > spec::kLatencyMerge) pipe.pop_front();
    }
    if (pipe.size() < spec::kLatencyMerge) continue;
    const Element& e = pipe.front();
    checker->expect(static_cast<std::int32_t>(dut->o_o),
                    arith::merge_element<P>(e.o, e.g, e.w, e.t, e.distance, e.first), "o",
                    "vector %d: o %d t %d g %u^%d w %u>>%d distance %d first %d", i, e.o, e.t,
                    e.g.mantissa, e.g.exponent, e.w.mantissa, e.w.shift, e.distance, e.first);
  }
}

}  // namespace

bool check_merge_slice(std::uint64_t seed) {
  Random random(seed);
  Checker fine("merge_slice fine Tile 64");
  run<spec::Fine, Vmerge_fine>(64, random, &fine);
  Checker lean("merge_slice lean Tile 16");
  run<spec::Lean, Vmerge_lean>(16, random, &lean);
  const bool good_fine = fine.finish(199990);
  const bool good_lean = lean.finish(199990);
  return good_fine && good_lean;
}

}  // namespace flashd::rtl_units
