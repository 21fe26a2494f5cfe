// SPDX-License-Identifier: Apache-2.0
// What must not change a bit: powers of two moved between Q and the scale, splits of a job at tile
// boundaries, the order of heads, the order of keys inside a tile.
#include <algorithm>
#include <numeric>
#include <random>

#include <rapidcheck.h>

#include "tests/property/jobs.hpp"
#include "tests/unit/tally.hpp"

namespace flashd::property {
namespace {

InputFormat any_format() { return *rc::gen::element(InputFormat::bf16, InputFormat::fp16); }

golden::Settings any_settings() {
  return {*rc::gen::element(Profile::fine, Profile::lean), *rc::gen::inRange(1, 65)};
}

/// Multiplies Q by 2^n; false when some element is not exact.
bool scale_queries(OwnedJob* job, int n) {
  for (std::uint16_t& x : job->q) {
    const double exact = std::ldexp(decode(job->shape.input, x), n);
    x = encode(job->shape.input, exact);
    if (decode(job->shape.input, x) != exact) return false;
  }
  return true;
}

TEST_CASE("(2^n Q, 2^-n scale) gives identical bits") {
  std::uint64_t compared = 0;
  std::uint64_t inexact = 0;
  std::uint64_t from_subnormal = 0;
  REQUIRE(holds("powers of two", [&] {
    Limits limits;
    limits.dim = 80;
    const Elements elements = draw_elements();
    const OwnedJob job = draw_job(any_format(), elements, limits);
    const golden::Settings settings = any_settings();
    const Result base = golden::run(job.view(), settings);
    for (int n = -6; n <= 6; ++n) {
      OwnedJob moved = job;
      moved.shape.scale = std::ldexp(job.shape.scale, -n);
      if (!scale_queries(&moved, n)) {
        ++inexact;
        continue;
      }
      RC_ASSERT(difference(golden::run(moved.view(), settings), base) == "");
      compared += base.o.size();
      if (elements == Elements::subnormal) from_subnormal += base.o.size();
    }
  }));
  INFO("inexact cases left out: " << inexact);
  REQUIRE(compared >= 100000);
  REQUIRE(from_subnormal >= 1000);
}

/// Keys [begin, end) of a job, rows continuing from a state.
struct Part {
  OwnedJob job;
  Part(const OwnedJob& whole, std::int64_t begin, std::int64_t end, int v_exponent) {
    const Job& s = whole.shape;
    job.shape = s;
    job.shape.keys = end - begin;
    job.shape.v_exponent = v_exponent;
    job.shape.visibility.diagonal = whole.diagonal() - begin;
    job.shape.visibility.key_length =
        std::min(std::max<std::int64_t>(whole.key_length() - begin, 0), end - begin);
    job.q = whole.q;
    for (std::int64_t h = 0; h < s.heads_kv; ++h) {
      const auto k = whole.k.begin() + (h * s.keys) * s.d;
      const auto v = whole.v.begin() + (h * s.keys) * s.dv;
      job.k.insert(job.k.end(), k + begin * s.d, k + end * s.d);
      job.v.insert(job.v.end(), v + begin * s.dv, v + end * s.dv);
    }
    job.alibi = whole.alibi;
    if (whole.bias.empty()) return;
    for (std::int64_t row = 0; row < s.heads_q * s.queries; ++row) {
      const auto bias = whole.bias.begin() + row * s.keys;
      job.bias.insert(job.bias.end(), bias + begin, bias + end);
    }
  }
};

TEST_CASE("a job split at multiples of TILE and continued equals the unsplit one") {
  std::uint64_t splits = 0;
  std::uint64_t outputs = 0;
  REQUIRE(holds("continuation", [&] {
    Limits limits;
    limits.dim = 64;
    limits.keys = 200;
    const OwnedJob job = draw_job(any_format(), draw_elements(), limits);
    const golden::Settings settings{*rc::gen::element(Profile::fine, Profile::lean),
                                    *rc::gen::inRange(1, 33)};
    const Result whole = golden::run(job.view(), settings);
    Result last;
    Counts sum;
    std::int64_t begin = 0;
    do {
      const std::int64_t rest = job.shape.keys - begin;
      const std::int64_t tiles = *rc::gen::inRange<std::int64_t>(1, 1 + rest / settings.tile + 1);
      const std::int64_t end = std::min(job.shape.keys, begin + tiles * settings.tile);
      const Part part(job, begin, end, whole.state.v_exponent);
      const RowStates state = last.state;
      Job view = part.job.view();
      if (begin > 0) view.state_in = &state;
      last = golden::run(view, settings);
      sum.scores += last.counts.scores;
      sum.keys_skipped += last.counts.keys_skipped;
      sum.tiles += last.counts.tiles;
      sum.tiles_skipped += last.counts.tiles_skipped;
      sum.saturations += last.counts.saturations;
      if (begin > 0) ++splits;
      begin = end;
    } while (begin < job.shape.keys);
    sum.rows_nan = last.counts.rows_nan;
    sum.rows_empty = last.counts.rows_empty;
    last.counts = sum;
    RC_ASSERT(difference(last, whole) == "");
    outputs += whole.o.size();
  }));
  REQUIRE(splits >= 80);
  REQUIRE(outputs >= 10000);
}

TEST_CASE("permuting KV heads with their groups permutes the outputs") {
  std::uint64_t rows = 0;
  REQUIRE(holds("heads", [&] {
    Limits limits;
    limits.heads_kv = 4;
    limits.dim = 48;
    limits.keys = 70;
    const OwnedJob job = draw_job(any_format(), draw_elements(), limits);
    const golden::Settings settings = any_settings();
    const Job& s = job.shape;
    const std::int64_t group = s.heads_q / s.heads_kv;
    std::vector<std::int64_t> order(s.heads_kv);
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), std::mt19937(*rc::gen::arbitrary<std::uint32_t>()));
    OwnedJob moved = job;
    const auto copy = [](auto& to, const auto& from, std::int64_t a, std::int64_t b,
                         std::int64_t n) {
      std::copy_n(from.begin() + b * n, n, to.begin() + a * n);
    };
    for (std::int64_t h = 0; h < s.heads_kv; ++h) {
      copy(moved.k, job.k, h, order[h], s.keys * s.d);
      copy(moved.v, job.v, h, order[h], s.keys * s.dv);
      copy(moved.q, job.q, h, order[h], group * s.queries * s.d);
      if (!job.alibi.empty()) copy(moved.alibi, job.alibi, h, order[h], group);
      if (!job.bias.empty()) copy(moved.bias, job.bias, h, order[h], group * s.queries * s.keys);
    }
    const Result a = golden::run(job.view(), settings);
    const Result b = golden::run(moved.view(), settings);
    RC_ASSERT(a.state.v_exponent == b.state.v_exponent);
    const std::int64_t block = group * s.queries;
    for (std::int64_t row = 0; row < s.heads_q * s.queries; ++row) {
      const std::int64_t from = order[row / block] * block + row % block;
      RC_ASSERT(row_difference(b, row, a, from, s.dv) == "");
      ++rows;
    }
  }));
  REQUIRE(rows >= 1000);
}

TEST_CASE("permuting keys inside a tile changes nothing") {
  std::uint64_t outputs = 0;
  REQUIRE(holds("keys of a tile", [&] {
    Limits limits;
    limits.masks = false;
    limits.bias = false;
    limits.alibi = false;
    limits.dim = 64;
    const OwnedJob job = draw_job(any_format(), draw_elements(), limits);
    const golden::Settings settings = any_settings();
    const Job& s = job.shape;
    OwnedJob moved = job;
    std::mt19937 engine(*rc::gen::arbitrary<std::uint32_t>());
    for (std::int64_t first = 0; first < s.keys; first += settings.tile) {
      const std::int64_t n = std::min<std::int64_t>(settings.tile, s.keys - first);
      std::vector<std::int64_t> order(n);
      std::iota(order.begin(), order.end(), first);
      std::shuffle(order.begin(), order.end(), engine);
      for (std::int64_t h = 0; h < s.heads_kv; ++h) {
        for (std::int64_t j = 0; j < n; ++j) {
          std::copy_n(job.k.begin() + job.k_at(h, order[j]), s.d,
                      moved.k.begin() + job.k_at(h, first + j));
          std::copy_n(job.v.begin() + job.v_at(h, order[j]), s.dv,
                      moved.v.begin() + job.v_at(h, first + j));
        }
      }
    }
    const Result a = golden::run(job.view(), settings);
    RC_ASSERT(difference(a, golden::run(moved.view(), settings)) == "");
    outputs += a.o.size();
  }));
  REQUIRE(outputs >= 10000);
}

TEST_CASE("V times 2^100 shifts VE and nothing else") {
  std::uint64_t outputs = 0;
  REQUIRE(holds("powers of two of V", [&] {
    Limits limits;
    limits.dim = 64;
    OwnedJob job = draw_job(InputFormat::bf16, Elements::normal, limits);
    job.shape.output = OutputFormat::fp32;
    // Small or zero values would be subnormal before or have no exponent to shift.
    for (std::uint16_t& x : job.v) {
      if ((x & 0x7F80) < (100 << 7)) x = 0x3F80;
    }
    OwnedJob moved = job;
    for (std::uint16_t& x : moved.v) x = static_cast<std::uint16_t>(x + (100 << 7));
    const golden::Settings settings = any_settings();
    const Result a = golden::run(job.view(), settings);
    const Result b = golden::run(moved.view(), settings);
    const bool has_values = job.shape.keys > 0 && job.key_length() > 0;
    RC_ASSERT(b.state.v_exponent == a.state.v_exponent + (has_values ? 100 : 0));
    RC_ASSERT(a.state.o == b.state.o);
    for (std::size_t i = 0; i < a.o.size(); ++i) RC_ASSERT(std::ldexp(a.o[i], 100) == b.o[i]);
    outputs += a.o.size();
  }));
  REQUIRE(outputs >= 10000);
}

}  // namespace
}  // namespace flashd::property
