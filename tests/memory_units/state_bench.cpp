// SPDX-License-Identifier: Apache-2.0
#include <unordered_map>

#include "Vstate_a.h"
#include "Vstate_b.h"
#include "Vstate_c.h"
#include "Vstate_d.h"
#include "tests/memory_units/memory.hpp"
#include "tests/memory_units/units.hpp"

namespace flashd::memory_units {

namespace {

struct Shape {
  int axi_bits, lanes, contexts, merge, max_head_dim;
};

struct Job {
  bool state_in = true;
  int dv = 1, heads_kv = 1, group = 1, queries = 1;
  std::uint64_t base = 0, head = 0;  // bytes, lines

  int rows() const { return queries * group; }
  int record() const { return (16 + 4 * dv + 63) / 64 * 64; }
  std::uint64_t address(int kv, int row) const {
    return base + 64 * static_cast<std::uint64_t>(kv * group + row % group) * head +
           static_cast<std::uint64_t>(row / group * record());
  }
};

Job draw_job(const Shape& shape, Random& random) {
  Job j;
  j.state_in = chance(random, 0.9);
  j.dv = static_cast<int>(chance(random, 0.3) ? shape.max_head_dim
                                              : between(random, 1, shape.max_head_dim));
  j.heads_kv = static_cast<int>(between(random, 1, 3));
  j.group = static_cast<int>(between(random, 1, 3));
  j.queries = static_cast<int>(between(random, chance(random, 0.05) ? 0 : 1, 8));
  j.head = static_cast<std::uint64_t>(j.queries * j.record() / 64 + between(random, 0, 2));
  j.base = 64 * static_cast<std::uint64_t>(between(random, 0, 1ll << 40));
  return j;
}

template <class Model>
void run_job(const Shape& shape, Dut<Model>& dut, int number, Random& random, Checker* checker) {
  const Job job = draw_job(shape, random);
  // Records of random words; the memory outside of them is not to be read.
  std::unordered_map<std::uint64_t, std::uint32_t> words;
  for (int h = 0; h < job.heads_kv; ++h) {
    for (int r = 0; r < job.rows(); ++r) {
      for (int at = 0; at < job.record(); at += 4) {
        words[job.address(h, r) + static_cast<std::uint64_t>(at)] =
            static_cast<std::uint32_t>(random());
      }
    }
  }
  int strays = 0;
  const auto byte = [&](std::uint64_t address) {
    const auto found = words.find(address & ~3ull);
    if (found == words.end()) ++strays;
    return static_cast<std::uint8_t>(found == words.end() ? 0
                                                          : found->second >> (8 * (address & 3)));
  };
  ReadPort port(shape.axi_bits, draw_pace(random), byte);
  const auto word = [&](int kv, int row, int index) -> std::uint32_t {
    return words.at(job.address(kv, row) + static_cast<std::uint64_t>(4 * index));
  };
  dut->state_in_i = job.state_in;
  dut->dv_i = static_cast<std::uint16_t>(job.dv);
  dut->heads_kv_i = static_cast<std::uint16_t>(job.heads_kv);
  dut->group_i = static_cast<std::uint16_t>(job.group);
  dut->queries_i = static_cast<std::uint32_t>(job.queries);
  dut->state_i = job.base;
  dut->state_head_i = static_cast<std::uint32_t>(job.head);
  const double engine_pace = chance(random, 0.5) ? 1.0 : 0.3;
  const int beats = (job.dv + shape.merge - 1) / shape.merge;
  int kv = 0, first = 0, beat = 0;
  bool started = false;
  for (long long cycles = 0;; ++cycles) {
    if (cycles > 200000) {
      checker->expect(0, 1, "end of the job", "job %d", number);
      return;
    }
    port.drive(dut, random);
    dut->start_i = !started;
    dut->si_ready_i = chance(random, engine_pace);
    dut->ri_ready_i = chance(random, engine_pace);
    dut.settle();
    port.sample(dut);
    const bool more = job.state_in && job.rows() > 0 && kv < job.heads_kv;
    if (dut->si_valid_o || dut->ri_valid_o)
      checker->expect(more, 1, "a context is left", "job %d", number);
    checker->expect(dut->si_valid_o && dut->ri_valid_o, 0, "both streams", "job %d", number);
    if (more && dut->si_valid_o && dut->si_ready_i) {
      for (int l = 0; l < shape.lanes; ++l) {
        for (int m = 0; m < shape.merge; ++m) {
          const int element = beat * shape.merge + m;
          const int row = first + l;
          checker->expect(
              static_cast<std::int64_t>(get(dut->si_data_o, 32 * (l * shape.merge + m), 32)),
              row < job.rows() ? word(kv, row, 4 + element) : 0, "o",
              "job %d head %d row %d element %d", number, kv, row, element);
        }
      }
      ++beat;
    }
    if (more && dut->ri_valid_o && dut->ri_ready_i) {
      checker->expect(beat, beats, "beats of o", "job %d head %d row %d", number, kv, first);
      for (int l = 0; l < shape.lanes; ++l) {
        const int row = first + l;
        const bool real = row < job.rows();
        checker->expect(static_cast<std::int64_t>(get(dut->ri_exponent_o, 19 * l, 19)),
                        real ? word(kv, row, 0) & 0x7FFFFu : 0, "exponent", "job %d row %d", number,
                        row);
        checker->expect(static_cast<std::int64_t>(get(dut->ri_mantissa_o, 32 * l, 32)),
                        real ? word(kv, row, 1) : 0, "mantissa", "job %d row %d", number, row);
        checker->expect(static_cast<std::int64_t>(get(dut->ri_flags_o, 6 * l, 6)),
                        real ? word(kv, row, 2) & 63u : 0, "flags", "job %d row %d", number, row);
      }
      beat = 0;
      first += shape.lanes;
      if (first >= job.rows()) {
        first = 0;
        ++kv;
      }
    }
    const bool quiet = started && !dut->busy_o && dut->drained_o;
    dut.tick();
    started = true;
    if (quiet) break;
  }
  checker->expect(job.state_in && job.rows() > 0 ? kv : job.heads_kv, job.heads_kv,
                  "heads when idle", "job %d", number);
  checker->expect(strays, 0, "bytes outside of the records", "job %d", number);
  checker->expect(port.beats,
                  job.state_in ? job.heads_kv * job.rows() * job.record() * 8 / shape.axi_bits : 0,
                  "beats read", "job %d", number);
}

template <class Model>
bool run(const Shape& shape, const char* name, Random& random) {
  Checker checker(name);
  Dut<Model> dut;
  dut->rst_ni = 0;
  dut->start_i = dut->si_ready_i = dut->ri_ready_i = dut->ar_ready_i = dut->r_valid_i = 0;
  dut.tick();
  dut->rst_ni = 1;
  for (int i = 0; i < 100; ++i) run_job(shape, dut, i, random, &checker);
  return checker.finish(30000);
}

}  // namespace

bool check_state(std::uint64_t seed) {
  Random random(seed);
  bool good = run<Vstate_a>({64, 4, 2, 4, 64}, "state reader, 64 bits, 4 lanes, Merge 4", random);
  good &= run<Vstate_b>({128, 1, 3, 1, 48}, "state reader, 128 bits, 1 lane, Merge 1", random);
  good &= run<Vstate_c>({256, 4, 16, 2, 64}, "state reader, 256 bits, 4 lanes, Merge 2", random);
  good &= run<Vstate_d>({512, 3, 1, 1, 256}, "state reader, 512 bits, 3 lanes, Merge 1", random);
  return good;
}

}  // namespace flashd::memory_units
