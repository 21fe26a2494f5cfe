// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <deque>
#include <vector>

#include "Vweight_fine.h"
#include "Vweight_lean.h"
#include "model/arith/bits.hpp"
#include "model/arith/weight.hpp"
#include "tests/rtl_units/dut.hpp"
#include "tests/rtl_units/units.hpp"

namespace flashd::rtl_units {

namespace {

struct Key {
  bool visible, first, last;
  std::int32_t score, reference;
  std::uint32_t l_after;
};

/// Tiles whose keys run through every fraction at every octave below R, and a little beyond.
template <class P>
std::vector<Key> all_tiles(int tile, Random& random) {
  std::vector<Key> keys;
  const int octaves = P::kTileFrac + 3;
  const std::int64_t total = static_cast<std::int64_t>(octaves) << P::kScoreFrac;
  std::int64_t at = 0;
  while (at < total) {
    const int length = static_cast<int>(between(random, 1, tile));
    const std::int32_t lowest = -(1 << spec::kScoreRangeLog2);
    const std::int32_t highest = (1 << spec::kScoreRangeLog2);
    std::int32_t reference = static_cast<std::int32_t>(between(random, lowest + 64, highest));
    if (chance(random, 0.1)) reference = highest;
    std::uint32_t l = 0;
    for (int i = 0; i < length; ++i) {
      const auto octave = static_cast<std::int32_t>(at >> P::kScoreFrac);
      const auto fraction = static_cast<std::int32_t>(at & ((1 << P::kScoreFrac) - 1));
      ++at;
      Key k;
      k.reference = reference;
      k.score = (reference - 1 - octave) * (1 << P::kScoreFrac) + fraction;
      k.visible = chance(random, 0.9);
      if (!k.visible) k.score = static_cast<std::int32_t>(sign_extend(random(), 29));
      if (k.visible && chance(random, 0.01)) k.score = lowest * (1 << P::kScoreFrac) + 1;
      k.first = i == 0;
      k.last = i == length - 1;
      if (k.visible) {
        const arith::Weight w = arith::make_weight<P>(k.score, reference);
        if (w.mantissa != 0) l += arith::weight_addend<P>(w);
      }
      k.l_after = l;
      keys.push_back(k);
    }
  }
  return keys;
}

template <class P, class Model>
void run(int tile, Random& random, Checker* checker) {
  Dut<Model> dut;
  dut->rst_ni = 0;
  dut.tick();
  dut->rst_ni = 1;
  const std::vector<Key> keys = all_tiles<P>(tile, random);
  // Index of the key behind each register; -1 is a gap.
  std::deque<long> pipe(spec::kLatencyWeight + 1, -1);
  std::size_t next = 0;
  std::size_t seen = 0;
  while (seen < keys.size()) {
    const bool enable = chance(random, 0.8);
    const bool give = next < keys.size() && chance(random, 0.8);
    dut->en_i = enable;
    dut->valid_i = give;
    const Key& k = keys[std::min(next, keys.size() - 1)];
    dut->first_i = give ? k.first : chance(random, 0.5);
    dut->last_i = give ? k.last : chance(random, 0.5);
    dut->visible_i = k.visible;
    dut->score_i = static_cast<std::uint32_t>(k.score) & mask(18 + P::kScoreFrac);
    dut->reference_i = static_cast<std::uint32_t>(k.reference) & mask(19);
    dut.tick();
    if (enable) {
      pipe.push_front(give ? static_cast<long>(next) : -1);
      pipe.pop_back();
      if (give) ++next;
    }
    const long at = pipe[spec::kLatencyWeight - 1];
    checker->expect(dut->valid_o, at >= 0, "valid", "key %ld", at);
    if (at >= 0) {
      const Key& out = keys[at];
      const arith::Weight w =
          out.visible ? arith::make_weight<P>(out.score, out.reference) : arith::Weight{};
      checker->expect(dut->p_zero_o, w.mantissa == 0, "p_zero", "key %ld", at);
      checker->expect(dut->p_sig_o, w.mantissa, "p_sig", "key %ld", at);
      checker->expect(dut->p_shift_o, w.shift - 1, "p_shift", "key %ld", at);
      checker->expect(dut->first_o, out.first, "first", "key %ld", at);
      checker->expect(dut->last_o, out.last, "last", "key %ld", at);
    }
    const long done = pipe[spec::kLatencyWeight];
    checker->expect(dut->l_valid_o, done >= 0 && keys[done].last, "l_valid", "key %ld", done);
    if (done >= 0) {
      checker->expect(dut->l_o, keys[done].l_after, "l", "key %ld", done);
      if (enable) ++seen;
    }
  }
}

}  // namespace

bool check_weight(std::uint64_t seed) {
  Random random(seed);
  Checker fine("weight fine");
  run<spec::Fine, Vweight_fine>(64, random, &fine);
  Checker lean("weight lean");
  run<spec::Lean, Vweight_lean>(16, random, &lean);
  const bool good_fine = fine.finish(300000);
  const bool good_lean = lean.finish(130000);
  return good_fine && good_lean;
}

}  // namespace flashd::rtl_units
