// SPDX-License-Identifier: Apache-2.0
// Every rule of host/report/limit.hpp with counters made up for it.
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "host/api/config.hpp"
#include "host/report/limit.hpp"

namespace {

using namespace flashd;
using device::Counter;
using report::Limit;

constexpr double kUnlimited = std::numeric_limits<double>::infinity();
constexpr std::uint64_t kBusy = 100000;

/// `rows` of one KV head, d = dv = 64.
report::Shape shape(std::int64_t rows = 512, int d = 64) {
  report::Shape s;
  s.rows = s.queries = rows;
  s.keys = 512;
  s.d = s.dv = d;
  return s;
}

/// A run of `base`: 512 multipliers. The causes are shares of the busy cycles in percent.
report::Report judge(const std::vector<std::pair<Counter, double>>& percent, double useful = 1.0,
                     const report::Shape& s = shape(), double port = kUnlimited, double read = 1,
                     double written = 1) {
  const spec::Config& base = host::find_config("base");
  device::Counters counters{};
  const auto set = [&](Counter c, double n) {
    counters[static_cast<std::size_t>(c)] = static_cast<std::uint64_t>(n);
  };
  set(Counter::busy, kBusy);
  double arrays = 0;
  for (const auto& [counter, share] : percent) {
    set(counter, share / 100 * kBusy);
    if (counter == Counter::score_busy || counter == Counter::output_busy)
      arrays = std::max(arrays, share / 100);
  }
  set(Counter::keys_scored, useful * arrays * kBusy * 512 / (s.d + s.dv));
  set(Counter::bytes_read, read * kBusy);
  set(Counter::bytes_written, written * kBusy);
  return report::make_report(counters, base, s, port);
}

bool says(const report::Report& r, const std::string& words) {
  INFO(r.sentence);
  CHECK(r.sentence.back() == '.');
  return r.sentence.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("limit: no cycles") {
  const report::Report r = report::make_report({}, host::find_config("base"), shape(), 16);
  CHECK(r.limit == Limit::nothing);
  CHECK(r.utilisation == 0);
  CHECK(says(r, "Nothing ran"));
}

TEST_CASE("limit: a full array with useful work") {
  const report::Report score = judge({{Counter::score_busy, 97}, {Counter::output_busy, 96}});
  CHECK(score.limit == Limit::score_array);
  CHECK(says(score, "score array limits: it is busy in 97.0 %"));
  const report::Report output = judge({{Counter::score_busy, 50}, {Counter::output_busy, 91}});
  CHECK(output.limit == Limit::output_array);
  CHECK(says(output, "output array limits: it is busy in 91.0 %"));
  // A full port does not matter to full arrays; below kFullArray it does.
  CHECK(judge({{Counter::score_busy, 90}}, 1, shape(), 16, 16).limit == Limit::score_array);
  CHECK(judge({{Counter::score_busy, 89.9}}, 1, shape(), 16, 16).limit == Limit::read_bandwidth);
}

TEST_CASE("limit: padding") {
  const std::vector<std::pair<Counter, double>> full{{Counter::score_busy, 95}};
  CHECK(judge(full, 0.81).limit == Limit::score_array);
  const report::Report masked = judge(full, 0.5);
  CHECK(masked.limit == Limit::padding);
  CHECK(says(masked, "not visible"));
  const report::Report dim = judge(full, 0.25, shape(512, 16));
  CHECK(dim.limit == Limit::padding);
  CHECK(says(dim, "head dimensions of 16 and 16 fill 25 % of beats of 64"));
  const report::Report rows = judge(full, 0.5, shape(2));
  CHECK(rows.limit == Limit::padding);
  CHECK(says(rows, "2 rows of a KV head fill 50 % of the 4 lanes"));
}

TEST_CASE("limit: bandwidth of each direction") {
  const std::vector<std::pair<Counter, double>> waits{{Counter::score_busy, 60},
                                                      {Counter::score_wait_bias, 40}};
  const report::Report read = judge(waits, 1, shape(), 16, 12.9, 1);
  CHECK(read.limit == Limit::read_bandwidth);
  CHECK(says(read, "12.90 of at most 16.00 bytes per cycle are read"));
  const report::Report written = judge(waits, 1, shape(), 16, 1, 12.9);
  CHECK(written.limit == Limit::write_bandwidth);
  CHECK(says(written, "are written"));
  CHECK(judge(waits, 1, shape(), 16, 12.7, 12.7).limit == Limit::bias);
  CHECK(judge(waits, 1, shape(), kUnlimited, 1e6, 1).limit == Limit::bias);
}

TEST_CASE("limit: what the score array waits for most") {
  const auto with = [](Counter cause) {
    std::vector<std::pair<Counter, double>> causes{{Counter::score_busy, 40}};
    for (const Counter c :
         {Counter::score_wait_key, Counter::score_wait_query, Counter::score_wait_state,
          Counter::score_wait_bias, Counter::score_wait_output, Counter::score_idle})
      causes.emplace_back(c, c == cause ? 20 : 8);
    return causes;
  };
  const report::Report key = judge(with(Counter::score_wait_key));
  CHECK(key.limit == Limit::memory_latency);
  CHECK(says(key, "keys come late in 20.0 %"));
  const report::Report query = judge(with(Counter::score_wait_query));
  CHECK(query.limit == Limit::block_switching);
  CHECK(says(query, "queries of the next rows"));
  const report::Report state = judge(with(Counter::score_wait_state));
  CHECK(state.limit == Limit::row_states);
  CHECK(says(state, "loading them takes 20.0 %"));
  const report::Report bias = judge(with(Counter::score_wait_bias));
  CHECK(bias.limit == Limit::bias);
  CHECK(says(bias, "bias limits"));
  const report::Report idle = judge(with(Counter::score_idle));
  CHECK(idle.limit == Limit::job_start);
  CHECK(says(idle, "too short"));
}

TEST_CASE("limit: behind the output phase stands what the output array waits for") {
  const auto with = [](Counter cause) {
    std::vector<std::pair<Counter, double>> causes{{Counter::score_busy, 50},
                                                   {Counter::score_wait_output, 45}};
    for (const Counter c : {Counter::output_wait_value, Counter::output_wait_write,
                            Counter::output_wait_merge, Counter::output_idle})
      causes.emplace_back(c, c == cause ? 30 : 6);
    // It waits for scores whenever the score array does not give any: no cause of its own.
    causes.emplace_back(Counter::output_wait_score, 49);
    return causes;
  };
  const report::Report value = judge(with(Counter::output_wait_value));
  CHECK(value.limit == Limit::memory_latency);
  CHECK(says(value, "values come late in 30.0 %"));
  const report::Report write = judge(with(Counter::output_wait_write));
  CHECK(write.limit == Limit::outputs);
  CHECK(says(write, "output buffer is full in 30.0 %"));
  for (const Counter c : {Counter::output_wait_merge, Counter::output_idle}) {
    const report::Report merge = judge(with(c));
    CHECK(merge.limit == Limit::short_rows);
    CHECK(says(merge, "in 45.0 %"));
  }
}

TEST_CASE("limit: every one has a name of its own") {
  std::vector<std::string> names;
  for (int i = 0; i <= static_cast<int>(Limit::job_start); ++i) {
    const std::string name = report::to_text(static_cast<Limit>(i));
    for (const std::string& other : names) CHECK(name != other);
    names.push_back(name);
  }
  CHECK(names.size() == 13);
  CHECK(names.front() == "nothing");
  CHECK(names.back() == "job_start");
}
