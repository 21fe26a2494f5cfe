// SPDX-License-Identifier: Apache-2.0
#include "model/arith/bias.hpp"

#include <cmath>
#include <cstring>
#include <unordered_map>

#include "Vbias_a.h"
#include "Vbias_b.h"
#include "Vbias_c.h"
#include "Vbias_d.h"
#include "model/arith/alibi.hpp"
#include "tests/memory_units/memory.hpp"
#include "tests/memory_units/units.hpp"

namespace flashd::memory_units {

namespace {

constexpr int kBiasBits = 35;

struct Shape {
  int axi_bits, lanes, contexts, tile;
};

struct Job {
  bool causal = false, window = false, bias = true, alibi = false;
  int format = 0, heads_kv = 1, group = 1, queries = 1;
  std::int64_t kv_len = 1, diagonal = 0, left = 0, right = 0;
  std::uint64_t base = 0, slopes = 0, head = 0, token = 0;  // bytes, bytes, lines, lines

  int rows() const { return queries * group; }
  int size() const { return format == 0 ? 4 : 2; }
  bool sees(int query, std::int64_t key) const {
    const std::int64_t centre = query + diagonal;
    return (!causal || key <= centre) &&
           (!window || (centre - left <= key && key <= centre + right));
  }
  std::uint64_t row(int kv, int r) const {
    return base + 64 * (static_cast<std::uint64_t>(kv * group + r % group) * head +
                        static_cast<std::uint64_t>(r / group) * token);
  }
};

Job draw_job(const Shape& shape, Random& random) {
  Job j;
  j.causal = chance(random, 0.5);
  j.window = chance(random, 0.4);
  const auto kind = between(random, 0, 20);
  j.bias = kind % 4 != 1 && kind != 20;
  j.alibi = kind % 2 == 1;
  j.format = static_cast<int>(between(random, 0, 2));
  j.heads_kv = static_cast<int>(between(random, 1, 2));
  j.group = static_cast<int>(between(random, 1, 3));
  j.queries = static_cast<int>(
      between(random, chance(random, 0.05) ? 0 : 1, 3 * shape.lanes * shape.contexts));
  if (j.queries > 40) j.queries = 40;
  j.kv_len = chance(random, 0.05) ? 0 : between(random, 1, 5 * shape.tile);
  j.diagonal = between(random, -20, 5 * shape.tile);
  if (chance(random, 0.1)) j.diagonal = between(random, -(1ll << 31), (1ll << 31) - 1);
  if (chance(random, 0.05)) j.diagonal = -(1ll << 31);
  j.left = between(random, 0, 2 * shape.tile);
  j.right = between(random, 0, 40);
  const auto lines = static_cast<std::uint64_t>((j.kv_len * j.size() + 63) / 64);
  j.token = chance(random, 0.2) ? 0 : lines + static_cast<std::uint64_t>(between(random, 0, 2));
  j.head = chance(random, 0.2) ? 0 : static_cast<std::uint64_t>(j.queries) * (lines + 2);
  j.base = 64 * static_cast<std::uint64_t>(between(random, 0, 1ll << 40));
  j.slopes = (1ull << 47) + 64 * static_cast<std::uint64_t>(between(random, 0, 1 << 20));
  return j;
}

/// An element of an odd mixture: large and small, masks, NaN and Inf.
std::uint32_t draw_element(int format, Random& random) {
  const auto bits = static_cast<std::uint32_t>(random());
  const double what = std::uniform_real_distribution<double>(0, 1)(random);
  if (format == 2) {
    if (what < 0.1) return 0xFC00u;
    if (what < 0.13) return 0x7C00u | (bits & 0x83FFu);
    return bits & 0xFFFFu;
  }
  std::uint32_t wide = bits;
  if (what < 0.1)
    wide = 0xFF800000u;
  else if (what < 0.13)
    wide = 0x7F800000u | (bits & 0x807FFFFFu);
  else if (what < 0.7)
    wide = (bits & 0x807FFFFFu) | static_cast<std::uint32_t>(between(random, 110, 144)) << 23;
  return format == 0 ? wide : wide >> 16;
}

std::uint32_t widen(int format, std::uint32_t bits) {
  if (format == 0) return bits;
  if (format == 1) return bits << 16;
  const int field = static_cast<int>(bits >> 10 & 31u);
  const int fraction = static_cast<int>(bits & 1023u);
  if (field == 31)
    return (bits >> 15) << 31 | 0x7F800000u | static_cast<std::uint32_t>(fraction) << 13;
  float value = field == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                           : std::ldexp(static_cast<float>(1024 + fraction), field - 25);
  if (bits >> 15) value = -value;
  std::uint32_t wide;
  std::memcpy(&wide, &value, 4);
  return wide;
}

/// What one lane must get for one key.
struct Lane {
  std::int64_t value = 0;
  bool mask = true, nan = false;
};
using Beat = std::vector<Lane>;

struct Memory {
  const Job& job;
  std::vector<arith::AlibiSlope> slopes;
  std::unordered_map<std::uint64_t, std::uint32_t> elements;
  Random random;

  std::uint32_t element(std::uint64_t address) {
    const auto [found, fresh] = elements.try_emplace(address);
    if (fresh) found->second = draw_element(job.format, random);
    return found->second;
  }
  std::uint8_t byte(std::uint64_t address) {
    if (address >= job.slopes) {
      const std::uint64_t at = address - job.slopes;
      return at / 8 >= slopes.size()
                 ? 0xA5
                 : static_cast<std::uint8_t>(slopes[at / 8].pack() >> (8 * (at % 8)));
    }
    const auto size = static_cast<std::uint64_t>(job.size());
    return static_cast<std::uint8_t>(element(address / size * size) >> (8 * (address % size)));
  }
};

struct Expected {
  std::vector<Beat> beats;
  long long read = 0;  ///< AXI beats
};

template <class P>
Expected expect(const Shape& shape, const Job& j, Memory* memory) {
  Expected e;
  const int block = shape.lanes * shape.contexts;
  const int axi = shape.axi_bits / 8;
  if (!j.bias && !j.alibi) return e;
  for (int kv = 0; kv < j.heads_kv; ++kv) {
    if (j.alibi) e.read += j.rows();
    for (int first = 0; first < j.rows(); first += block) {
      for (std::int64_t base = 0; base < j.kv_len; base += shape.tile) {
        const std::int64_t keys = std::min<std::int64_t>(shape.tile, j.kv_len - base);
        for (int c = 0; c < shape.contexts; ++c) {
          std::int64_t low = keys, high = 0;
          for (int l = 0; l < shape.lanes; ++l) {
            const int r = first + c * shape.lanes + l;
            if (r >= j.rows() || r >= first + block) continue;
            bool seen = false;
            for (std::int64_t key = 0; key < keys; ++key) {
              if (!j.sees(r / j.group, base + key)) continue;
              low = std::min(low, key);
              high = std::max(high, key + 1);
              seen = true;
            }
            if (!seen || !j.bias) continue;
            const std::int64_t begin = base * j.size() / axi * axi;
            e.read += ((base + keys) * j.size() - begin + axi - 1) / axi;
          }
          for (std::int64_t key = low; key < high; ++key) {
            Beat beat(static_cast<std::size_t>(shape.lanes));
            for (int l = 0; l < shape.lanes; ++l) {
              const int r = first + c * shape.lanes + l;
              if (r >= j.rows() || !j.sees(r / j.group, base + key)) continue;
              Lane& lane = beat[static_cast<std::size_t>(l)];
              arith::Bias bias;
              if (j.bias) {
                bias = arith::make_bias<P>(
                    widen(j.format, memory->element(j.row(kv, r) + static_cast<std::uint64_t>(
                                                                       (base + key) * j.size()))));
              }
              std::int64_t slope = 0;
              if (j.alibi) {
                slope = arith::alibi<P>(
                    memory->slopes[static_cast<std::size_t>(kv * j.group + r % j.group)],
                    r / j.group + j.diagonal - (base + key));
              }
              lane = {arith::add_bias<P>(bias.value, slope), bias.mask, !bias.finite};
            }
            e.beats.push_back(std::move(beat));
          }
        }
      }
    }
  }
  return e;
}

template <class Model>
void give_job(Dut<Model>& dut, const Job& job) {
  dut->causal_i = job.causal;
  dut->window_i = job.window;
  dut->bias_i = job.bias;
  dut->bias_format_i = static_cast<std::uint8_t>(job.format);
  dut->alibi_i = job.alibi;
  dut->heads_kv_i = static_cast<std::uint16_t>(job.heads_kv);
  dut->group_i = static_cast<std::uint16_t>(job.group);
  dut->queries_i = static_cast<std::uint32_t>(job.queries);
  dut->kv_len_i = static_cast<std::uint32_t>(job.kv_len);
  dut->diagonal_i = static_cast<std::uint32_t>(job.diagonal);
  dut->window_left_i = static_cast<std::uint32_t>(job.left);
  dut->window_right_i = static_cast<std::uint32_t>(job.right);
  dut->bias_base_i = job.base;
  dut->alibi_base_i = job.slopes;
  dut->bias_head_i = static_cast<std::uint32_t>(job.head);
  dut->bias_token_i = static_cast<std::uint32_t>(job.token);
}

template <class P, class Model>
void run_job(const Shape& shape, Dut<Model>& dut, int number, Random& random, Checker* checker) {
  const Job job = draw_job(shape, random);
  Memory memory{job, {}, {}, Random(random())};
  for (int h = 0; h < job.heads_kv * job.group; ++h) {
    const double magnitude = std::pow(2.0, std::uniform_real_distribution<double>(-20, 12)(random));
    memory.slopes.push_back(
        arith::make_alibi_slope(static_cast<float>(chance(random, 0.1)   ? 0.0
                                                   : chance(random, 0.3) ? -magnitude
                                                                         : magnitude)));
  }
  const Expected expected = expect<P>(shape, job, &memory);
  const Pace pace = draw_pace(random);
  ReadPort port(shape.axi_bits, pace, [&](std::uint64_t address) { return memory.byte(address); });
  give_job(dut, job);
  const double engine_pace = chance(random, 0.5) ? 1.0 : 0.4;
  std::size_t at = 0;
  bool started = false;
  for (long long cycles = 0;; ++cycles) {
    if (cycles > 400000) {
      checker->expect(0, 1, "end of the job", "job %d", number);
      return;
    }
    port.drive(dut, random);
    dut->start_i = !started;
    dut->b_ready_i = chance(random, engine_pace);
    dut.settle();
    port.sample(dut);
    if (dut->b_valid_o && dut->b_ready_i) {
      checker->expect(at < expected.beats.size(), 1, "a beat is left", "job %d", number);
      if (at < expected.beats.size()) {
        for (int l = 0; l < shape.lanes; ++l) {
          const Lane& lane = expected.beats[at][static_cast<std::size_t>(l)];
          checker->expect(static_cast<std::int64_t>(get(dut->b_mask_o, l, 1)), lane.mask, "mask",
                          "job %d beat %d lane %d", number, static_cast<int>(at), l);
          checker->expect(static_cast<std::int64_t>(get(dut->b_nan_o, l, 1)), lane.nan, "NaN",
                          "job %d beat %d lane %d", number, static_cast<int>(at), l);
          checker->expect(
              rtl_units::sign_extend(get(dut->b_value_o, kBiasBits * l, kBiasBits), kBiasBits),
              lane.value, "value", "job %d beat %d lane %d", number, static_cast<int>(at), l);
        }
        ++at;
      }
    }
    const bool quiet = started && !dut->busy_o && dut->drained_o;
    dut.tick();
    started = true;
    if (quiet) break;
  }
  checker->expect(static_cast<std::int64_t>(at), static_cast<std::int64_t>(expected.beats.size()),
                  "beats given", "job %d", number);
  checker->expect(port.beats, expected.read, "beats read", "job %d", number);
}

/// With a memory that answers at once the stream has no gap, from context to context and block to
/// block: the next context is fetched while one is given.
template <class Model>
void run_rate(const Shape& shape, Dut<Model>& dut, Random& random, Checker* checker) {
  Job job;
  job.format = 1;
  job.heads_kv = 2;
  job.queries = shape.lanes * shape.contexts;
  job.kv_len = 4 * shape.tile;
  job.token = static_cast<std::uint64_t>(job.kv_len * job.size() / 64);
  job.head = job.token * static_cast<std::uint64_t>(job.queries);
  ReadPort port(shape.axi_bits, Pace{}, [](std::uint64_t) { return std::uint8_t{0}; });
  give_job(dut, job);
  long long beats = 0, first = 0, last = 0;
  for (long long cycles = 0; cycles < 100000; ++cycles) {
    port.drive(dut, random);
    dut->start_i = cycles == 0;
    dut->b_ready_i = 1;
    dut.settle();
    port.sample(dut);
    if (dut->b_valid_o) {
      if (beats++ == 0) first = cycles;
      last = cycles;
    }
    const bool quiet = cycles > 0 && !dut->busy_o;
    dut.tick();
    if (quiet) break;
  }
  checker->expect(beats, job.heads_kv * job.queries / shape.lanes * job.kv_len, "beats", "rate");
  checker->expect(last - first + 1, beats, "cycles from the first beat to the last", "rate");
}

template <class P, class Model>
bool run(const Shape& shape, const char* name, Random& random) {
  Checker checker(name);
  Dut<Model> dut;
  dut->rst_ni = 0;
  dut->start_i = dut->b_ready_i = dut->ar_ready_i = dut->r_valid_i = 0;
  dut.tick();
  dut->rst_ni = 1;
  for (int i = 0; i < 80; ++i) run_job<P>(shape, dut, i, random, &checker);
  if (shape.tile == 64) run_rate(shape, dut, random, &checker);
  return checker.finish(30000);
}

}  // namespace

bool check_bias(std::uint64_t seed) {
  Random random(seed);
  bool good =
      run<spec::Fine, Vbias_a>({64, 1, 1, 16}, "bias unit, 64 bits, 1 lane, Tile 16", random);
  good &=
      run<spec::Lean, Vbias_b>({128, 4, 3, 32}, "bias unit, 128 bits, 4 lanes, Tile 32", random);
  good &=
      run<spec::Fine, Vbias_c>({256, 3, 16, 64}, "bias unit, 256 bits, 3 lanes, Tile 64", random);
  good &=
      run<spec::Fine, Vbias_d>({512, 4, 2, 16}, "bias unit, 512 bits, 4 lanes, Tile 16", random);
  return good;
}

}  // namespace flashd::memory_units
