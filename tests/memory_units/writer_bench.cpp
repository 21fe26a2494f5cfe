// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstring>

#include "Vwriter_a.h"
#include "Vwriter_b.h"
#include "Vwriter_c.h"
#include "Vwriter_d.h"
#include "tests/memory_units/memory.hpp"
#include "tests/memory_units/units.hpp"
#include "tests/memory_units/writer.hpp"

namespace flashd::memory_units {

namespace {

struct Shape {
  int axi_bits, lanes, contexts, merge, max_head_dim;
};

struct Job {
  bool fp16 = false, write_o = true, write_lse = true, state_out = false;
  int format = 0, dv = 1, heads_kv = 1, group = 1, queries = 1, v_exponent = 127;
  std::uint64_t o = 0, lse = 0, state = 0;
  std::uint64_t o_head = 0, o_token = 0, lse_head = 0, state_head = 0;  // lines

  int rows() const { return queries * group; }
  int record() const { return (16 + 4 * dv + 63) / 64 * 64; }
};

/// A context's outputs as the engine gives them.
struct Context {
  int rows = 0;
  std::vector<std::vector<std::uint32_t>> o, raw;  // [lane][element]
  std::vector<std::uint32_t> lse, mantissa;
  std::vector<int> exponent, flags;
};

std::uint64_t lines(int bytes) { return static_cast<std::uint64_t>((bytes + 63) / 64); }

Job draw_job(const Shape& shape, Random& random) {
  Job j;
  j.fp16 = chance(random, 0.5);
  j.write_o = chance(random, 0.8);
  j.write_lse = chance(random, 0.6);
  j.state_out = chance(random, 0.5);
  j.format = static_cast<int>(between(random, 0, 2));
  j.dv = static_cast<int>(chance(random, 0.3) ? shape.max_head_dim
                                              : between(random, 1, shape.max_head_dim));
  j.heads_kv = static_cast<int>(between(random, 1, 3));
  j.group = static_cast<int>(between(random, 1, 3));
  j.queries = static_cast<int>(between(random, chance(random, 0.05) ? 0 : 1, 7));
  j.v_exponent = static_cast<int>(between(random, 1, j.fp16 ? 30 : 254));
  const int size = j.format == 0 ? 4 : 2;
  const int heads = j.heads_kv * j.group;
  const std::uint64_t row = lines(j.dv * size) + static_cast<std::uint64_t>(between(random, 0, 2));
  if (chance(random, 0.5)) {  // [head, query]
    j.o_token = row;
    j.o_head = row * static_cast<std::uint64_t>(j.queries) +
               static_cast<std::uint64_t>(between(random, 0, 60));
  } else {
    j.o_head = row;
    j.o_token = row * static_cast<std::uint64_t>(heads);
  }
  j.lse_head = lines(4 * j.queries) + static_cast<std::uint64_t>(between(random, 0, 2));
  j.state_head = static_cast<std::uint64_t>(j.queries * j.record() / 64 + between(random, 0, 2));
  j.o = 64 * static_cast<std::uint64_t>(between(random, 0, 1 << 20));
  j.lse = (1ull << 40) + 64 * static_cast<std::uint64_t>(between(random, 0, 1 << 20));
  j.state = (1ull << 47) + 64 * static_cast<std::uint64_t>(between(random, 0, 1 << 20));
  return j;
}

/// Bits of an element in the output format, and as the engine's float32.
std::pair<std::uint32_t, std::uint32_t> draw_element(const Job& j, Random& random) {
  const auto bits = static_cast<std::uint32_t>(random());
  if (j.format == 0) return {bits, bits};
  if (chance(random, 0.03)) return {j.format == 1 ? 0x7FC0u : 0x7E00u, 0x7FC00000u};
  if (j.format == 1) return {bits >> 16, bits & 0xFFFF0000u};
  std::uint32_t half = bits >> 16;
  if (chance(random, 0.2)) half &= 0x83FFu;  // subnormals and zero
  if (chance(random, 0.05)) half = (half & 0x8000u) | 0x7C00u;
  if ((half & 0x7C00u) == 0x7C00u) half &= 0xFC00u;  // Inf
  const int field = static_cast<int>(half >> 10 & 31u);
  const int fraction = static_cast<int>(half & 1023u);
  float value = field == 31  ? INFINITY
                : field == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                             : std::ldexp(static_cast<float>(1024 + fraction), field - 25);
  if (half >> 15) value = -value;
  std::uint32_t wide;
  std::memcpy(&wide, &value, 4);
  return {half, wide};
}

struct Feed {
  std::vector<Context> contexts;
  Store expected;
  int rows = 0, nan = 0, empty = 0;
};

Feed draw_feed(const Shape& shape, const Job& j, Random& random) {
  Feed feed;
  const int size = j.format == 0 ? 4 : 2;
  for (int h = 0; h < j.heads_kv; ++h) {
    for (int first = 0; first < j.rows(); first += shape.lanes) {
      Context c;
      c.rows = std::min(shape.lanes, j.rows() - first);
      c.o.resize(static_cast<std::size_t>(shape.lanes));
      c.raw = c.o;
      for (int lane = 0; lane < shape.lanes; ++lane) {
        const int r = first + lane;
        const auto query = static_cast<std::uint64_t>(r / j.group);
        const auto head = static_cast<std::uint64_t>(h * j.group + r % j.group);
        const bool real = lane < c.rows;
        auto& o = c.o[static_cast<std::size_t>(lane)];
        auto& raw = c.raw[static_cast<std::size_t>(lane)];
        const std::uint64_t o_row = j.o + 64 * (head * j.o_head + query * j.o_token);
        const std::uint64_t record =
            j.state + 64 * head * j.state_head + query * static_cast<std::uint64_t>(j.record());
        // A last beat may carry words beyond dv: anything.
        const int words = (j.dv + shape.merge - 1) / shape.merge * shape.merge;
        for (int i = 0; i < words; ++i) {
          const auto [bits, wide] = draw_element(j, random);
          o.push_back(wide);
          raw.push_back(static_cast<std::uint32_t>(random()));
          if (!real || i >= j.dv) continue;
          if (j.write_o)
            store(&feed.expected, o_row + static_cast<std::uint64_t>(i * size), bits, size);
          if (j.state_out)
            store(&feed.expected, record + 16 + static_cast<std::uint64_t>(4 * i), raw.back(), 4);
        }
        c.lse.push_back(static_cast<std::uint32_t>(random()));
        c.mantissa.push_back(static_cast<std::uint32_t>(random()));
        c.exponent.push_back(static_cast<int>(between(random, -(1 << 18), (1 << 18) - 1)));
        c.flags.push_back(static_cast<int>(between(random, 0, 63)));
        if (!real) continue;
        ++feed.rows;
        feed.nan += (c.flags.back() & 6) != 0;
        feed.empty += (c.flags.back() & 1) == 0;
        if (j.write_lse)
          store(&feed.expected, j.lse + 64 * head * j.lse_head + 4 * query, c.lse.back(), 4);
        if (!j.state_out) continue;
        store(&feed.expected, record, static_cast<std::uint32_t>(c.exponent.back()), 4);
        store(&feed.expected, record + 4, c.mantissa.back(), 4);
        store(&feed.expected, record + 8, static_cast<std::uint32_t>(c.flags.back()), 4);
        store(&feed.expected, record + 12,
              static_cast<std::uint32_t>(j.v_exponent - (j.fp16 ? 15 : 127)), 4);
        for (int at = 16 + 4 * j.dv; at < j.record(); at += 4) {
          store(&feed.expected, record + static_cast<std::uint64_t>(at), 0, 4);
        }
      }
      feed.contexts.push_back(std::move(c));
    }
  }
  return feed;
}

template <class Model>
void give_job(Dut<Model>& dut, const Job& j) {
  dut->fp16_i = j.fp16;
  dut->format_i = static_cast<std::uint8_t>(j.format);
  dut->write_o_i = j.write_o;
  dut->write_lse_i = j.write_lse;
  dut->state_out_i = j.state_out;
  dut->dv_i = static_cast<std::uint16_t>(j.dv);
  dut->heads_kv_i = static_cast<std::uint16_t>(j.heads_kv);
  dut->group_i = static_cast<std::uint16_t>(j.group);
  dut->queries_i = static_cast<std::uint32_t>(j.queries);
  dut->v_exponent_i = static_cast<std::uint8_t>(j.v_exponent);
  dut->o_i = j.o;
  dut->lse_i = j.lse;
  dut->state_i = j.state;
  dut->o_head_i = static_cast<std::uint32_t>(j.o_head);
  dut->o_token_i = static_cast<std::uint32_t>(j.o_token);
  dut->lse_head_i = static_cast<std::uint32_t>(j.lse_head);
  dut->state_head_i = static_cast<std::uint32_t>(j.state_head);
}

/// One sequence from start to the last response, then a status record on the other client.
template <class Model>
void run_job(const Shape& shape, Dut<Model>& dut, int number, Random& random, Checker* checker) {
  const Job job = draw_job(shape, random);
  Feed feed = draw_feed(shape, job, random);
  const Pace pace = draw_pace(random);
  const double engine_pace = chance(random, 0.5) ? 1.0 : 0.6;
  WritePort<Model> port(shape.axi_bits, pace, checker);
  if (chance(random, 0.3)) port.bad_burst = between(random, 0, 20);
  port.bad_response = static_cast<int>(between(random, 2, 3));
  give_job(dut, job);
  std::size_t taken = 0, sending = 0, heads = 0;
  int beat = 0, rows = 0, nan = 0, empty = 0;
  const int beats = (job.dv + shape.merge - 1) / shape.merge;
  bool started = false;
  long long cycles = 0;
  for (;; ++cycles) {
    if (cycles > 200000) {
      checker->expect(0, 1, "end of the job", "job %d", number);
      return;
    }
    port.drive(dut, random);
    dut->start_i = !started;
    const bool beat_now = sending < taken && chance(random, engine_pace);
    const bool head_now = heads < taken && chance(random, 0.2 * engine_pace);
    dut->beat_valid_i = beat_now;
    if (beat_now) {
      const Context& c = feed.contexts[sending];
      for (int l = 0; l < shape.lanes; ++l) {
        for (int m = 0; m < shape.merge; ++m) {
          const auto at = static_cast<std::size_t>(beat * shape.merge + m);
          put(dut->o_data_i, 32 * (l * shape.merge + m), 32, c.o[static_cast<std::size_t>(l)][at]);
          put(dut->so_data_i, 32 * (l * shape.merge + m), 32,
              c.raw[static_cast<std::size_t>(l)][at]);
        }
      }
      dut->o_last_i = beat + 1 == beats;
    }
    dut->ro_valid_i = head_now;
    if (head_now) {
      const Context& c = feed.contexts[heads];
      for (int l = 0; l < shape.lanes; ++l) {
        const auto at = static_cast<std::size_t>(l);
        put(dut->ro_lse_i, 32 * l, 32, c.lse[at]);
        put(dut->ro_mantissa_i, 32 * l, 32, c.mantissa[at]);
        put(dut->ro_exponent_i, 19 * l, 19, static_cast<std::uint32_t>(c.exponent[at]));
        put(dut->ro_flags_i, 6 * l, 6, static_cast<std::uint32_t>(c.flags[at]));
        put(dut->ro_rows_i, l, 1, l < c.rows);
      }
    }
    dut->out_take_i = 0;
    dut.settle();
    if (started && dut->out_room_o && taken < feed.contexts.size() && chance(random, engine_pace)) {
      dut->out_take_i = 1;
      dut.settle();
      ++taken;
    }
    checker->expect(taken - heads <= 3, 1, "contexts in flight", "job %d", number);
    port.sample(dut);
    rows += dut->tap_rows_o;
    nan += dut->tap_rows_nan_o;
    empty += dut->tap_rows_empty_o;
    if (beat_now && ++beat == beats) {
      beat = 0;
      ++sending;
    }
    if (head_now) ++heads;
    const bool quiet = started && !dut->busy_o && dut->idle_o;
    dut.tick();
    started = true;
    if (quiet) break;
  }
  checker->expect(port.settled(), 1, "all bursts answered when idle", "job %d", number);
  checker->expect(static_cast<std::int64_t>(sending),
                  static_cast<std::int64_t>(feed.contexts.size()), "contexts when idle", "job %d",
                  number);
  checker->expect(rows, feed.rows, "rows tap", "job %d", number);
  checker->expect(nan, feed.nan, "NaN rows tap", "job %d", number);
  checker->expect(empty, feed.empty, "empty rows tap", "job %d", number);
  compare(port.memory, feed.expected, checker, number);
}

/// Outputs that come faster than the bus takes them keep W busy in every cycle, from row to row and
/// context to context.
template <class Model>
void run_rate(const Shape& shape, Dut<Model>& dut, Random& random, Checker* checker) {
  Job job;
  job.state_out = true;
  job.dv = shape.max_head_dim;
  job.heads_kv = 2;
  job.queries = 4 * shape.lanes;
  job.o_token = lines(4 * job.dv);
  job.o_head = job.o_token * static_cast<std::uint64_t>(job.queries);
  job.lse = 1ull << 30;
  job.lse_head = lines(4 * job.queries);
  job.state = 1ull << 31;
  job.state_head = static_cast<std::uint64_t>(job.queries * job.record() / 64);
  const int rows = job.heads_kv * job.queries;
  const int row_beats = (4 * job.dv + job.record()) * 8 / shape.axi_bits + 1;
  const int beats = (job.dv + shape.merge - 1) / shape.merge;
  WritePort<Model> port(shape.axi_bits, Pace{}, checker);
  give_job(dut, job);
  int taken = 0, sent = 0, beat = 0;
  long long written = 0, first = 0, last = 0;
  for (long long cycles = 0; cycles < 100000; ++cycles) {
    port.drive(dut, random);
    dut->start_i = cycles == 0;
    const bool send = sent < taken;
    dut->beat_valid_i = send;
    dut->o_last_i = dut->ro_valid_i = send && beat + 1 == beats;
    dut->out_take_i = 0;
    for (int l = 0; l < shape.lanes; ++l) put(dut->ro_rows_i, l, 1, 1);
    dut.settle();
    if (cycles > 0 && dut->out_room_o && taken < rows / shape.lanes) {
      dut->out_take_i = 1;
      ++taken;
      dut.settle();
    }
    port.sample(dut);
    if (send && ++beat == beats) {
      beat = 0;
      ++sent;
    }
    if (dut->w_valid_o) {
      if (written++ == 0) first = cycles;
      last = cycles;
    }
    const bool quiet = cycles > 0 && !dut->busy_o && dut->idle_o;
    dut.tick();
    if (quiet) break;
  }
  checker->expect(written, static_cast<long long>(rows) * row_beats, "beats", "rate");
  checker->expect(last - first + 1, written, "cycles from the first beat to the last", "rate");
}

template <class Model>
bool run(const Shape& shape, const char* name, Random& random, std::uint64_t least) {
  Checker checker(name);
  Dut<Model> dut;
  reset(dut);
  for (int i = 0; i < 60; ++i) run_job(shape, dut, i, random, &checker);
  if (shape.axi_bits == 64) run_rate(shape, dut, random, &checker);
  return checker.finish(least);
}

}  // namespace

bool check_writer(std::uint64_t seed) {
  Random random(seed);
  bool good =
      run<Vwriter_a>({64, 4, 2, 4, 64}, "writer, 64 bits, 4 lanes, Merge 4", random, 300000);
  good &= run<Vwriter_b>({128, 1, 3, 1, 48}, "writer, 128 bits, 1 lane, Merge 1", random, 300000);
  good &= run<Vwriter_c>({256, 4, 16, 2, 64}, "writer, 256 bits, 4 lanes, Merge 2", random, 300000);
  good &= run<Vwriter_d>({512, 3, 1, 1, 256}, "writer, 512 bits, 3 lanes, Merge 1", random, 300000);
  return good;
}

}  // namespace flashd::memory_units
