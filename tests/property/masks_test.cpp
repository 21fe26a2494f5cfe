// SPDX-License-Identifier: Apache-2.0
// What a row cannot see must not reach it; what it sees and is not finite must.
#include <map>
#include <set>
#include <tuple>

#include <rapidcheck.h>

#include "model/arith/spec.hpp"
#include "tests/property/jobs.hpp"
#include "tests/unit/formats.hpp"
#include "tests/unit/tally.hpp"

namespace flashd::property {
namespace {

InputFormat any_format() { return *rc::gen::element(InputFormat::bf16, InputFormat::fp16); }

golden::Settings any_settings() {
  return {*rc::gen::element(Profile::fine, Profile::lean), *rc::gen::inRange(1, 65)};
}

Limits small() {
  Limits limits;
  limits.dim = 40;
  limits.keys = 100;
  return limits;
}

TEST_CASE("anything beyond the key length changes nothing") {
  std::uint64_t garbage = 0;
  REQUIRE(holds("key length", [&] {
    const OwnedJob job = draw_job(any_format(), draw_elements(), small());
    const golden::Settings settings = any_settings();
    OwnedJob spoiled = job;
    auto seed = *rc::gen::arbitrary<std::uint64_t>();
    const Job& s = job.shape;
    for (std::int64_t h = 0; h < s.heads_kv; ++h) {
      for (std::int64_t j = job.key_length(); j < s.keys; ++j) {
        for (int e = 0; e < s.d; ++e)
          spoiled.k[job.k_at(h, j) + e] = (seed = seed * 6364136223846793005u + 1) >> 48;
        for (int e = 0; e < s.dv; ++e)
          spoiled.v[job.v_at(h, j) + e] = (seed = seed * 6364136223846793005u + 1) >> 48;
        ++garbage;
      }
    }
    for (std::size_t i = 0; i < job.bias.size(); ++i) {
      if (static_cast<std::int64_t>(i) % s.keys >= job.key_length())
        spoiled.bias[i] = std::nanf("");
    }
    RC_ASSERT(
        difference(golden::run(job.view(), settings), golden::run(spoiled.view(), settings)) == "");
  }));
  REQUIRE(garbage >= 300);
}

TEST_CASE("any K, and NaN or Inf in V, of a key leave the rows alone that do not see it") {
  std::uint64_t hidden = 0;
  std::uint64_t seen = 0;
  REQUIRE(holds("masked keys", [&] {
    OwnedJob job = draw_job(any_format(), draw_elements(), small());
    RC_PRE(job.shape.keys > 0);
    const Job& s = job.shape;
    const golden::Settings settings = any_settings();
    job.shape.v_exponent = golden::value_exponent(job.view());
    const std::int64_t head = *rc::gen::inRange<std::int64_t>(0, s.heads_kv);
    const std::int64_t key = *rc::gen::inRange<std::int64_t>(0, s.keys);
    // A NaN of V counts as a zero, so zero is what it is compared with.
    for (int e = 0; e < s.dv; ++e) job.v[job.v_at(head, key) + e] = 0;
    OwnedJob spoiled = job;
    const auto bits = *rc::gen::resize(100, rc::gen::arbitrary<std::uint64_t>());
    for (int e = 0; e < s.d; ++e)
      spoiled.k[job.k_at(head, key) + e] = static_cast<std::uint16_t>(bits >> (e % 48));
    for (int e = 0; e < s.dv; ++e)
      spoiled.v[job.v_at(head, key) + e] = nonfinite(s.input, bits >> (e % 60));
    const Result a = golden::run(job.view(), settings);
    const Result b = golden::run(spoiled.view(), settings);
    const std::int64_t group = s.heads_q / s.heads_kv;
    for (std::int64_t h = 0; h < s.heads_q; ++h) {
      for (std::int64_t i = 0; i < s.queries; ++i) {
        const std::int64_t row = h * s.queries + i;
        if (h / group == head && job.sees(h, i, key)) {
          ++seen;
          continue;
        }
        RC_ASSERT(row_difference(a, row, b, row, s.dv) == "");
        hidden += h / group == head;
      }
    }
  }));
  REQUIRE(hidden >= 300);
  REQUIRE(seen >= 100);
}

/// Which (row, tile) were merged.
class Merged : public golden::Observer {
 public:
  void tile(const golden::TileTrace& t) override {
    if (t.tile_weight.merged) tiles_.insert({t.head, t.query, t.first_key});
  }
  bool operator()(std::int64_t head, std::int64_t query, std::int64_t first) const {
    return tiles_.count({head, query, first}) > 0;
  }

 private:
  std::set<std::tuple<std::int64_t, std::int64_t, std::int64_t>> tiles_;
};

bool all_nan(const Result& r, std::size_t row, int dv) {
  for (int e = 0; e < dv; ++e) {
    if (!std::isnan(r.o[row * dv + e])) return false;
  }
  return true;
}

TEST_CASE("NaN and Inf of Q, K, V and the bias reach exactly the rows that see them") {
  std::map<char, std::uint64_t> reached;
  std::uint64_t spared = 0;
  REQUIRE(holds("visible NaN", [&] {
    OwnedJob job = draw_job(any_format(), draw_elements(), small());
    RC_PRE(job.shape.keys > 0 && job.shape.queries > 0);
    const Job& s = job.shape;
    const golden::Settings settings = any_settings();
    const char array = *rc::gen::element('q', 'k', 'v', 'b');
    RC_PRE(array != 'b' || !job.bias.empty());
    job.shape.v_exponent = golden::value_exponent(job.view());
    const std::int64_t head_q = *rc::gen::inRange<std::int64_t>(0, s.heads_q);
    const std::int64_t query = *rc::gen::inRange<std::int64_t>(0, s.queries);
    const std::int64_t head = *rc::gen::inRange<std::int64_t>(0, s.heads_kv);
    const std::int64_t key = *rc::gen::inRange<std::int64_t>(0, s.keys);
    const auto choice = *rc::gen::inRange<std::uint64_t>(0, 4);
    const std::uint16_t bad = nonfinite(s.input, choice);
    OwnedJob clean = job;
    OwnedJob spoiled = job;
    if (array == 'q') {
      const std::size_t at = (head_q * s.queries + query) * s.d + *rc::gen::inRange(0, s.d);
      clean.q[at] = 0;
      spoiled.q[at] = bad;
    } else if (array == 'k') {
      const std::size_t at = job.k_at(head, key) + *rc::gen::inRange(0, s.d);
      clean.k[at] = 0;
      spoiled.k[at] = bad;
    } else if (array == 'v') {
      const std::size_t at = job.v_at(head, key) + *rc::gen::inRange(0, s.dv);
      clean.v[at] = 0;
      spoiled.v[at] = bad;
    } else {
      const std::size_t at = job.bias_at(head_q, query, key);
      clean.bias[at] = 0.0f;
      spoiled.bias[at] = choice & 1u ? std::nanf("") : INFINITY;
    }
    Merged merged;
    const Result a = golden::run(clean.view(), settings, &merged);
    const Result b = golden::run(spoiled.view(), settings);
    const std::int64_t group = s.heads_q / s.heads_kv;
    for (std::int64_t h = 0; h < s.heads_q; ++h) {
      for (std::int64_t i = 0; i < s.queries; ++i) {
        const std::int64_t row = h * s.queries + i;
        bool expect = false;
        if (array == 'q') {
          for (std::int64_t j = 0; j < s.keys; ++j) expect = expect || clean.sees(h, i, j);
          expect = expect && h == head_q && i == query;
        } else if (array == 'b') {
          expect = h == head_q && i == query && clean.sees(h, i, key);
        } else {
          expect = h / group == head && clean.sees(h, i, key);
        }
        if (array == 'v') expect = expect && merged(h, i, key / settings.tile * settings.tile);
        if (!expect) {
          RC_ASSERT(row_difference(a, row, b, row, s.dv) == "");
          ++spared;
          continue;
        }
        RC_ASSERT(all_nan(b, row, s.dv));
        const std::uint32_t flag = array == 'v' ? kRowNanValue : kRowNanScore;
        RC_ASSERT(b.state.head[row].flags == (a.state.head[row].flags | flag));
        // The engine goes on: the state underneath is that of a zero.
        RC_ASSERT(b.state.head[row].mantissa == a.state.head[row].mantissa);
        if (array == 'v') {
          RC_ASSERT(oracle::bits_of(b.lse[row]) == oracle::bits_of(a.lse[row]));
        } else {
          RC_ASSERT(std::isnan(b.lse[row]));
        }
        ++reached[array];
      }
    }
    std::uint64_t nan_rows = 0;
    for (const RowHead& r : b.state.head)
      nan_rows += (r.flags & (kRowNanScore | kRowNanValue)) != 0;
    RC_ASSERT(b.counts.rows_nan == nan_rows);
  }));
  INFO("rows reached by q " << reached['q'] << " k " << reached['k'] << " v " << reached['v']
                            << " bias " << reached['b'] << ", spared " << spared);
  REQUIRE(reached['q'] >= 5);
  REQUIRE(reached['k'] >= 30);
  REQUIRE(reached['v'] >= 30);
  REQUIRE(reached['b'] >= 3);
  REQUIRE(spared >= 300);
}

TEST_CASE("jobs without keys, without queries, and rows without a visible key") {
  std::uint64_t empty = 0;
  REQUIRE(holds("empty rows", [&] {
    Limits limits = small();
    limits.keys = 20;
    limits.queries = 20;
    OwnedJob job = draw_job(any_format(), draw_elements(), limits);
    const int kind = *rc::gen::inRange(0, 5);
    Visibility& see = job.shape.visibility;
    if (kind == 0) see.key_length = 0;
    if (kind == 1) see = {true, -job.shape.queries / 2, {}, {}, {}};
    if (kind == 2) see = {false, job.shape.keys + 3, 1, 0, {}};
    if (kind == 3)
      job.bias.assign(job.shape.heads_q * job.shape.queries * job.shape.keys, -INFINITY);
    const Result r = golden::run(job.view(), any_settings());
    const Job& s = job.shape;
    RC_ASSERT(r.o.size() == static_cast<std::size_t>(s.heads_q * s.queries * s.dv));
    RC_ASSERT(r.lse.size() == static_cast<std::size_t>(s.heads_q * s.queries));
    std::uint64_t count = 0;
    for (std::int64_t h = 0; h < s.heads_q; ++h) {
      for (std::int64_t i = 0; i < s.queries; ++i) {
        bool any = false;
        for (std::int64_t j = 0; j < s.keys; ++j) any = any || job.sees(h, i, j);
        const std::int64_t row = h * s.queries + i;
        const RowHead& head = r.state.head[row];
        RC_ASSERT(((head.flags & kRowHasKeys) != 0) == any);
        if (any) continue;
        ++count;
        RC_ASSERT(head.flags == 0u && head.mantissa == 0u && head.exponent == 0);
        RC_ASSERT(oracle::bits_of(r.lse[row]) == oracle::bits_of(-INFINITY));
        for (int e = 0; e < s.dv; ++e) {
          RC_ASSERT(oracle::bits_of(r.o[row * s.dv + e]) == 0u);
          RC_ASSERT(r.state.o[row * s.dv + e] == 0);
        }
      }
    }
    RC_ASSERT(r.counts.rows_empty == count);
    empty += count;
  }));
  REQUIRE(empty >= 500);
}

TEST_CASE("0 keys and 0 queries in every combination") {
  for (const std::int64_t queries : {0, 1, 3}) {
    for (const std::int64_t keys : {0, 1, 5}) {
      OwnedJob job;
      job.shape.queries = queries;
      job.shape.keys = keys;
      job.shape.d = 3;
      job.shape.dv = 2;
      fill(&job, Elements::normal, 7);
      for (const bool causal : {false, true}) {
        job.shape.visibility.causal = causal;
        const Result r = golden::run(job.view(), {});
        REQUIRE(r.o.size() == static_cast<std::size_t>(queries * 2));
        REQUIRE(difference(r, golden::run_scalar(job.view(), {})) == "");
        REQUIRE(r.counts.rows_empty == static_cast<std::uint64_t>(keys == 0 ? queries
                                                                  : causal && queries > keys
                                                                      ? queries - keys
                                                                      : 0));
      }
    }
  }
}

}  // namespace
}  // namespace flashd::property
