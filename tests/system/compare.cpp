// SPDX-License-Identifier: Apache-2.0
#include "tests/system/compare.hpp"

#include <cstdio>
#include <cstring>
#include <vector>

#include "host/device/bytes.hpp"

namespace flashd::system {

namespace {

using device::Counter;

template <typename T>
std::string differ(const char* what, std::size_t index, T device, T golden) {
  std::uint32_t a = 0, b = 0;
  static_assert(sizeof device == sizeof a);
  std::memcpy(&a, &device, sizeof a);
  std::memcpy(&b, &golden, sizeof b);
  char text[128];
  std::snprintf(text, sizeof text, "%s[%zu] is 0x%08x, golden has 0x%08x", what, index, a, b);
  return text;
}

template <typename T>
std::string compare(const char* what, const std::vector<T>& device, const std::vector<T>& golden,
                    std::uint64_t* compared) {
  if (device.size() != golden.size())
    return std::string(what) + " has " + std::to_string(device.size()) + " values, golden " +
           std::to_string(golden.size());
  for (std::size_t i = 0; i < device.size(); ++i, ++*compared)
    if (std::memcmp(&device[i], &golden[i], sizeof(T)) != 0)
      return differ(what, i, device[i], golden[i]);
  return "";
}

std::string compare_states(const RowStates& device, const RowStates& golden,
                           std::uint64_t* compared) {
  std::string text = compare("row state o", device.o, golden.o, compared);
  for (std::size_t i = 0; i < golden.head.size() && text.empty(); ++i, *compared += 3) {
    const RowHead &a = device.head[i], &b = golden.head[i];
    if (a.flags != b.flags) text = differ("row state flags", i, a.flags, b.flags);
    if (a.mantissa != b.mantissa) text = differ("row sum mantissa", i, a.mantissa, b.mantissa);
    if (a.exponent != b.exponent) text = differ("row sum exponent", i, a.exponent, b.exponent);
  }
  return text;
}

void add(const Counts& part, Counts* sum) {
  sum->scores += part.scores;
  sum->keys_skipped += part.keys_skipped;
  sum->tiles += part.tiles;
  sum->tiles_skipped += part.tiles_skipped;
  sum->saturations += part.saturations;
  sum->rows_nan += part.rows_nan;
  sum->rows_empty += part.rows_empty;
}

/// One counter against what it must be.
struct Expectation {
  Counter counter;
  std::uint64_t value;
};

std::string compare_counters(const device::Counters& counters,
                             const std::vector<Expectation>& expectations,
                             std::uint64_t* compared) {
  for (const auto& [counter, expected] : expectations) {
    if (device::value(counters, counter) != expected)
      return std::string("counter ") + device::kCounterNames[static_cast<int>(counter)] + " is " +
             std::to_string(device::value(counters, counter)) + ", expected " +
             std::to_string(expected);
    ++*compared;
  }
  return "";
}

std::uint64_t sum(const device::Counters& counters, Counter first, Counter last) {
  std::uint64_t total = 0;
  for (int i = static_cast<int>(first); i <= static_cast<int>(last); ++i)
    total += counters[static_cast<std::size_t>(i)];
  return total;
}

}  // namespace

std::string compare_results(gsl::span<const Job> jobs, const device::RunOptions& options,
                            const std::vector<Result>& results, const device::Capabilities& device,
                            Compared* compared, Counts* golden_counts) {
  const golden::Settings settings{device.profile, device.tile};
  for (std::size_t b = 0; b < jobs.size(); ++b) {
    const Result golden = golden::run(jobs[b], settings);
    const Result& result = results[b];
    const std::string where = jobs.size() == 1 ? "" : "sequence " + std::to_string(b) + ": ";
    std::string text;
    if (options.write_o) text = compare("o", result.o, golden.o, &compared->outputs);
    if (text.empty() && options.write_lse)
      text = compare("lse", result.lse, golden.lse, &compared->outputs);
    if (text.empty() && options.state_out)
      text = compare_states(result.state, golden.state, &compared->states);
    if (!text.empty()) return where + text;
    if (golden_counts) add(golden.counts, golden_counts);
  }
  return "";
}

std::string compare(gsl::span<const Job> jobs, const device::RunOptions& options,
                    const device::Finished& finished, const device::Capabilities& device,
                    Compared* compared) {
  Counts counts;
  const std::string different =
      compare_results(jobs, options, finished.results, device, compared, &counts);
  if (!different.empty()) return different;
  std::uint64_t rows = 0;
  for (const Job& job : jobs) rows += static_cast<std::uint64_t>(job.heads_q * job.queries);
  const device::Counters& c = finished.counters;
  const std::uint64_t busy = device::value(c, Counter::busy);
  const device::Bytes bytes = device::count_bytes(jobs, options, device);
  std::vector<Expectation> expected = {{Counter::jobs, 1},
                                       {Counter::faults, 0},
                                       {Counter::rows, rows},
                                       {Counter::rows_empty, counts.rows_empty},
                                       {Counter::rows_nan, counts.rows_nan},
                                       {Counter::keys_scored, counts.scores},
                                       {Counter::keys_skipped, counts.keys_skipped},
                                       {Counter::tiles, counts.tiles},
                                       {Counter::tiles_skipped, counts.tiles_skipped},
                                       {Counter::saturations, counts.saturations},
                                       {Counter::bytes_written, bytes.written}};
  if (!jobs[0].paging && !options.skip_v) expected.push_back({Counter::bytes_read, bytes.read});
  const std::uint64_t unread = device::value(c, Counter::tiles_unread);
  if (!options.skip_v) expected.push_back({Counter::tiles_unread, 0});
  if (options.skip_v && !jobs[0].paging) {
    // All unread tiles are whole, but perhaps the last of each KV head.
    const std::uint64_t row = (static_cast<std::uint64_t>(jobs[0].dv) * 2 + 63) / 64 * 64;
    const std::uint64_t saved = bytes.read - device::value(c, Counter::bytes_read);
    const std::uint64_t most = unread * static_cast<std::uint64_t>(device.tile) * row;
    const std::uint64_t lasts = static_cast<std::uint64_t>(jobs[0].heads_kv) * jobs.size();
    const std::uint64_t short_of = lasts * static_cast<std::uint64_t>(device.tile) * row;
    if (saved > most || saved + short_of < most || (!jobs[0].bias && unread > counts.tiles_skipped))
      return "skip_v left out " + std::to_string(saved) + " bytes in " + std::to_string(unread) +
             " tiles, of " + std::to_string(counts.tiles_skipped) + " that change nothing";
  }
  const std::string text = compare_counters(c, expected, &compared->counts);
  if (!text.empty()) return text;
  if (sum(c, Counter::score_busy, Counter::score_idle) != busy)
    return "the score array's cycles do not add up to busy";
  if (sum(c, Counter::output_busy, Counter::output_idle) != busy)
    return "the output array's cycles do not add up to busy";
  ++compared->jobs;
  return "";
}

}  // namespace flashd::system
