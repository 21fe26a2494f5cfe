// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <deque>

#include "Vsigmoid_fine.h"
#include "Vsigmoid_lean.h"
#include "Vsigmoid_serial_fine.h"
#include "Vsigmoid_serial_lean.h"
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

/// What golden makes of an operation that sees a tile.
struct Result {
  arith::RowSum sum;
  arith::Gain g;
  arith::TileWeight w;
};

template <class P>
Result merge(const Operation& x) {
  Result r;
  const arith::RowSum tile = arith::tile_row_sum<P>(x.l, x.reference);
  r.sum = x.has_keys ? arith::add(x.state, tile) : tile;
  r.g = arith::make_gain(static_cast<std::int64_t>(x.reference) * (1 << spec::kLogFrac) -
                         arith::log2_sum(r.sum));
  r.w = arith::make_tile_weight<P>(r.g, x.l);
  return r;
}

template <class Model>
void compare_weights(Dut<Model>& dut, const Operation& x, const Result& r, Checker* checker) {
  const auto check = [&](std::int64_t got, std::int64_t wanted, const char* what) {
    checker->expect(got, wanted, what, "l %u R %d seen %d keys %d S %u^%d", x.l, x.reference,
                    x.seen, x.has_keys, x.state.mantissa, x.state.exponent);
  };
  const bool merged = x.seen && r.w.merged;
  check(dut->merged_o, merged, "merged");
  check(dut->first_o, merged && !x.has_keys, "first");
  check(dut->g_mantissa_o, merged ? r.g.mantissa : 0, "g_mantissa");
  check(dut->w_mantissa_o, merged ? r.w.mantissa : 0, "w_mantissa");
  if (merged) {
    check(sign_extend(dut->g_exponent_o, 7), r.g.exponent, "g_exponent");
    check(dut->w_shift_o, r.w.shift, "w_shift");
  }
}

template <class Model>
void compare_state(Dut<Model>& dut, const arith::RowSum& state, Checker* checker) {
  checker->expect(sign_extend(dut->exponent_o, 19), state.exponent, "exponent", "S %u^%d",
                  state.mantissa, state.exponent);
  checker->expect(dut->mantissa_o, state.mantissa, "mantissa", "S %u^%d", state.mantissa,
                  state.exponent);
}

template <class Model>
void compare_log2(Dut<Model>& dut, const arith::RowSum& state, Checker* checker) {
  checker->expect(sign_extend(dut->log2_o, 36), arith::log2_sum(state), "log2", "S %u^%d",
                  state.mantissa, state.exponent);
}

template <class P, class Model>
void compare(Dut<Model>& dut, const Operation& x, bool keeps_state, Checker* checker) {
  Result r;
  if (x.seen) r = merge<P>(x);
  compare_weights(dut, x, r, checker);
  checker->expect(dut->has_keys_o, r.w.merged || x.has_keys, "has_keys", "S %u^%d",
                  x.state.mantissa, x.state.exponent);
  if (r.w.merged) {
    compare_log2(dut, r.sum, checker);
    compare_state(dut, r.sum, checker);
  } else {
    if (!x.seen && x.has_keys) compare_log2(dut, x.state, checker);
    if (keeps_state || (!x.seen && x.has_keys)) compare_state(dut, x.state, checker);
  }
}

template <class Model>
void put(Dut<Model>& dut, const Operation& x) {
  dut->seen_i = x.seen;
  dut->has_keys_i = x.has_keys;
  dut->l_i = x.l;
  dut->reference_i = static_cast<std::uint32_t>(x.reference) & mask(19);
  dut->exponent_i = static_cast<std::uint32_t>(x.state.exponent) & mask(19);
  dut->mantissa_i = x.state.mantissa;
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
    put(dut, x);
    dut.tick();
    if (enable) {
      pipe.push_back(x);
      pipe.pop_front();
    }
    checker->expect(dut->valid_o, pipe.front().valid, "valid", "cycle %d", i);
    if (pipe.front().valid) compare<P>(dut, pipe.front(), keeps_state, checker);
  }
}

/// One operation at a time; every second one is followed by a logarithm, over which g and w hold.
template <class P, class Model>
void run_serial(int tile, int count, Random& random, Checker* checker) {
  Dut<Model> dut;
  dut->rst_ni = 0;
  dut.tick();
  dut->rst_ni = 1;
  const auto operate = [&](bool log) {
    dut->log_i = log;
    for (int step = 0; step < spec::kLatencyNonlinear;) {
      const bool enable = chance(random, 0.85);
      dut->en_i = enable;
      dut->start_i = enable ? step == 0 : chance(random, 0.5);
      dut.tick();
      if (!enable) continue;
      ++step;
      checker->expect(dut->valid_o, step == spec::kLatencyNonlinear, "valid", "step %d", step);
    }
    dut->start_i = 0;
    dut.settle();
  };
  for (int i = 0; i < count; ++i) {
    const Operation x = draw<P>(tile, random);
    put(dut, x);
    operate(false);
    Result r;
    if (x.seen) r = merge<P>(x);
    compare_weights(dut, x, r, checker);
    if (r.w.merged) compare_state(dut, r.sum, checker);
    if (chance(random, 0.5)) {
      const arith::RowSum state{x.state.exponent + 1, ~x.state.mantissa | 0x80000000u};
      dut->exponent_i = static_cast<std::uint32_t>(state.exponent) & mask(19);
      dut->mantissa_i = state.mantissa;
      operate(true);
      compare_log2(dut, state, checker);
      compare_weights(dut, x, r, checker);
    }
  }
}

}  // namespace

bool check_sigmoid_serial(std::uint64_t seed) {
  Random random(seed);
  Checker fine("sigmoid_serial fine Tile 64");
  run_serial<spec::Fine, Vsigmoid_serial_fine>(64, 100000, random, &fine);
  Checker lean("sigmoid_serial lean Tile 16");
  run_serial<spec::Lean, Vsigmoid_serial_lean>(16, 100000, random, &lean);
  const bool good_fine = fine.finish(1000000);
  const bool good_lean = lean.finish(1000000);
  return good_fine && good_lean;
}

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
