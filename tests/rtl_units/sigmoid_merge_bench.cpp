// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <deque>

#include "Vsigmoid_fine.h"
#include "Vsigmoid_lean.h"
#include "model/arith/log2.hpp"
#include "model/arith/row_sum.hpp"
#include "model/arith/tile_weight.hpp"
#include "tests/rtl_units/dut.hpp"
#include "tests/rtl_units/units.hpp"

namespace flashd::rtl_units {

namespace {

struct Operation {
  bool valid = false, seen = false, has_keys = false;
  std::uint32_t l = 0;
  std::int32_t reference = 0;
  arith::RowSum state;
};

template <class P>
Operation draw(int tile, Random& random) {
  Operation x;
  x.valid = chance(random, 0.8);
  x.seen = chance(random, 0.9);
  x.has_keys = chance(random, 0.9);
  const std::int64_t lowest = std::int64_t{1} << (P::kTileFrac - 1);
  const std::int64_t highest = (static_cast<std::int64_t>(tile) << P::kTileFrac) - 1;
  switch (between(random, 0, 4)) {
    case 0: x.l = static_cast<std::uint32_t>(lowest); break;
    case 1: x.l = static_cast<std::uint32_t>(highest); break;
    case 2: {
      const std::int64_t bit = std::int64_t{1} << between(random, P::kTileFrac - 1,
                                                          P::kTileFrac + arith::ceil_log2(tile) - 1);
      x.l = static_cast<std::uint32_t>(
          std::min(std::max(bit + between(random, -2, 2), lowest), highest));
      break;
    }
    default: x.l = static_cast<std::uint32_t>(between(random, lowest, highest));
  }
  const std::int32_t range = 1 << spec::kScoreRangeLog2;
  x.reference = static_cast<std::int32_t>(between(random, -range + 1, range));
  const int reach = chance(random, 0.6) ? 6 : (chance(random, 0.7) ? 70 : 2 * range);
  x.state.exponent = static_cast<std::int32_t>(
      std::min<std::int64_t>(std::max<std::int64_t>(
                                 x.reference + between(random, -reach, reach), -range), range + 24));
  x.state.mantissa = static_cast<std::uint32_t>(random()) | 0x80000000u;
  if (chance(random, 0.1)) x.state.mantissa = 0xFFFFFFFFu;
  if (chance(random, 0.1)) x.state.mantissa = 0x80000000u;
  if (!x.has_keys && chance(random, 0.5)) x.state = {};
  if (!x.seen) x.l = static_cast<std::uint32_t>(between(random, 0, highest));
  return x;
}

template <class P, class Model>
void compare(Dut<Model>& dut, const Operation& x, bool keeps_state, Checker* checker) {
  const auto check = [&](std::int64_t got, std::int64_t wanted, const char* what) {
    checker->expect(got, wanted, what, "l %u R %d seen %d keys %d S %u^%d", x.l, x.reference,
                    x.seen, x.has_keys, x.state.mantissa, x.state.exponent);
  };
  const std::int64_t log2 = sign_extend(dut->log2_o, 36);
  if (!x.seen) {
    check(dut->merged_o, false, "merged");
    check(dut->has_keys_o, x.has_keys, "has_keys");
    check(dut->first_o, false, "first");
    check(dut->g_mantissa_o, 0, "g_mantissa");
    check(dut->w_mantissa_o, 0, "w_mantissa");
    if (x.has_keys) check(log2, arith::log2_sum(x.state), "log2");
    if (x.has_keys || keeps_state) {
      check(sign_extend(dut->exponent_o, 19), x.state.exponent, "exponent");
      check(dut->mantissa_o, x.state.mantissa, "mantissa");
    }
    return;
  }
  const arith::RowSum tile = arith::tile_row_sum<P>(x.l, x.reference);
  const arith::RowSum sum = x.has_keys ? arith::add(x.state, tile) : tile;
  const std::int64_t y =
      static_cast<std::int64_t>(x.reference) * (1 << spec::kLogFrac) - arith::log2_sum(sum);
  const arith::Gain g = arith::make_gain(y);
  const arith::TileWeight w = arith::make_tile_weight<P>(g, x.l);
  check(dut->merged_o, w.merged, "merged");
  check(dut->has_keys_o, w.merged || x.has_keys, "has_keys");
  check(dut->first_o, w.merged && !x.has_keys, "first");
  check(dut->g_mantissa_o, w.merged ? g.mantissa : 0, "g_mantissa");
  check(dut->w_mantissa_o, w.merged ? w.mantissa : 0, "w_mantissa");
  if (w.merged) {
    check(sign_extend(dut->g_exponent_o, 7), g.exponent, "g_exponent");
    check(dut->w_shift_o, w.shift, "w_shift");
    check(log2, arith::log2_sum(sum), "log2");
  }
  if (w.merged || keeps_state) {
    const arith::RowSum& state = w.merged ? sum : x.state;
    check(sign_extend(dut->exponent_o, 19), state.exponent, "exponent");
    check(dut->mantissa_o, state.mantissa, "mantissa");
  }
}

template <class P, class Model>
void run(int tile, bool keeps_state, int count, Random& random, Checker* checker) {
  Dut<Model> dut;
  dut->rst_ni = 0;
  dut.tick();
  dut->rst_ni = 1;
  std::deque<Operation> pipe(spec::kLatencyNonlinear);
  for (int i = 0; i < count; ++i) {
    const bool enable = chance(random, 0.85);
    const Operation x = draw<P>(tile, random);
    dut->en_i = enable;
    dut->valid_i = x.valid;
    dut->seen_i = x.seen;
    dut->has_keys_i = x.has_keys;
    dut->l_i = x.l;
    dut->reference_i = static_cast<std::uint32_t>(x.reference) & mask(19);
    dut->exponent_i = static_cast<std::uint32_t>(x.state.exponent) & mask(19);
    dut->mantissa_i = x.state.mantissa;
    dut.tick();
    if (enable) {
      pipe.push_back(x);
      pipe.pop_front();
    }
    checker->expect(dut->valid_o, pipe.front().valid, "valid", "cycle %d", i);
    if (pipe.front().valid) compare<P>(dut, pipe.front(), keeps_state, checker);
  }
}

}  // namespace

bool check_sigmoid_merge(std::uint64_t seed) {
  Random random(seed);
  Checker fine("sigmoid_merge fine Tile 64");
  run<spec::Fine, Vsigmoid_fine>(64, true, 300000, random, &fine);
  Checker lean("sigmoid_merge lean Tile 16, state dropped");
  run<spec::Lean, Vsigmoid_lean>(16, false, 300000, random, &lean);
  const bool good_fine = fine.finish(1000000);
  const bool good_lean = lean.finish(1000000);
  return good_fine && good_lean;
}

}  // namespace flashd::rtl_units
