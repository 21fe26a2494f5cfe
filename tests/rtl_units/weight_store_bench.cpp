// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "Vstore_a.h"
#include "Vstore_b.h"
#include "Vstore_c.h"
#include "Vstore_d.h"
#include "Vstore_e.h"
#include "model/arith/spec.hpp"
#include "tests/rtl_units/dut.hpp"
#include "tests/rtl_units/units.hpp"

namespace flashd::rtl_units {

namespace {

struct Weight {
  bool known = false;
  std::uint64_t sig = 0, shift = 0;
};

/// Random writes and reads against an array; a step with a key that is written now is not read.
/// With Late weights are compared a cycle later.
template <class P, class Model, bool Late = false>
void run(int tile, int keys, int cycles, Random& random, Checker* checker) {
  Dut<Model> dut;
  const int steps = tile / keys;
  std::vector<Weight> stored(2 * tile);
  std::vector<Weight> read(keys), fetched(keys);
  int overtaken = 0;  // weights written since they were read
  for (int cycle = 0; cycle < cycles; ++cycle) {
    const bool write = chance(random, 0.7);
    const int write_half = static_cast<int>(between(random, 0, 1));
    const int key = static_cast<int>(between(random, 0, tile - 1));
    const int read_half = static_cast<int>(between(random, 0, 1));
    const int step = static_cast<int>(between(random, 0, steps - 1));
    const bool collide = write && write_half == read_half && key / keys == step;
    const bool fetch = !collide && chance(random, 0.5);
    const std::uint64_t top = std::uint64_t{1} << (P::kPBits - 1);
    const auto shift = static_cast<std::uint64_t>(between(random, 0, P::kTileFrac - 1));
    Weight weight{true, (random() & mask(P::kPBits)) | top, shift};
    if (chance(random, 0.1)) weight = {true, 0, 0};
    dut->we_i = write;
    dut->whalf_i = write_half;
    dut->key_i = key;
    dut->p_sig_i = weight.sig;
    dut->p_shift_i = weight.shift;
    dut->re_i = fetch;
    dut->rhalf_i = read_half;
    // With one step per tile the port has a bit that tells nothing.
    dut->step_i = steps > 1 ? step : static_cast<int>(random() & 1u);
    dut.tick();
    if (Late) read = fetched;
    if (fetch) {
      const auto from = stored.begin() + read_half * tile + step * keys;
      fetched.assign(from, from + keys);
    }
    if (!Late) read = fetched;
    if (write) {
      Weight& place = stored[write_half * tile + key];
      overtaken += place.known && (place.sig != weight.sig || place.shift != weight.shift);
      place = weight;
    }
    for (int k = 0; k < keys; ++k) {
      if (!read[k].known) continue;
      checker->expect(get(dut->p_sig_o, P::kPBits * k, P::kPBits), read[k].sig, "p_sig",
                      "cycle %d key %d", cycle, k);
      checker->expect(get(dut->p_triple_o, (P::kPBits + 2) * k, P::kPBits + 2), 3 * read[k].sig,
                      "p_triple", "cycle %d key %d", cycle, k);
      checker->expect(get(dut->p_shift_o, 5 * k, 5), read[k].shift, "p_shift", "cycle %d key %d",
                      cycle, k);
    }
  }
  int known = 0;
  for (const Weight& weight : stored) known += weight.known;
  checker->expect(known, 2 * tile, "weights written", "cycle %d", cycles);
  checker->expect(overtaken > cycles / 2, true, "weights written again", "cycle %d", cycles);
}

}  // namespace

bool check_weight_store(std::uint64_t seed) {
  Random random(seed);
  Checker a("weight_store fine, registers, 8 keys of 8");
  run<spec::Fine, Vstore_a>(8, 8, 20000, random, &a);
  Checker b("weight_store lean, registers, 16 keys of 64");
  run<spec::Lean, Vstore_b>(64, 16, 20000, random, &b);
  Checker c("weight_store fine, memories, 16 keys of 16");
  run<spec::Fine, Vstore_c>(16, 16, 20000, random, &c);
  Checker d("weight_store lean, memories, 8 keys of 32");
  run<spec::Lean, Vstore_d>(32, 8, 20000, random, &d);
  Checker e("weight_store fine, memories and registers, 16 keys of 64");
  run<spec::Fine, Vstore_e, true>(64, 16, 20000, random, &e);
  const bool good_a = a.finish(100000);
  const bool good_b = b.finish(100000);
  const bool good_c = c.finish(100000);
  const bool good_d = d.finish(100000);
  const bool good_e = e.finish(100000);
  return good_a && good_b && good_c && good_d && good_e;
}

}  // namespace flashd::rtl_units
