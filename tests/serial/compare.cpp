// SPDX-License-Identifier: Apache-2.0
#include "tests/serial/compare.hpp"

#include <cstring>

#include "host/api/config.hpp"
#include "model/golden/golden.hpp"

namespace flashd::testing {

namespace {

template <typename T>
bool same(const std::vector<T>& a, const std::vector<T>& b, std::uint64_t* compared) {
  *compared += b.size();
  return a.size() == b.size() &&
         (b.empty() || std::memcmp(a.data(), b.data(), b.size() * sizeof(T)) == 0);
}

}  // namespace

std::string against_golden(const Job& job, const device::Finished& finished,
                           const device::RunOptions& options, std::uint64_t* compared) {
  const Result golden = golden::run(job, {Profile::fine, host::find_config("tiny").tile});
  const Result& result = finished.results.at(0);
  if (options.write_o && !same(result.o, golden.o, compared)) return "o";
  if (options.write_lse && !same(result.lse, golden.lse, compared)) return "lse";
  if (options.state_out) {
    if (!same(result.state.o, golden.state.o, compared)) return "raw o";
    if (result.state.head.size() != golden.state.head.size()) return "number of rows";
    for (std::size_t i = 0; i < golden.state.head.size(); ++i) {
      const RowHead &a = result.state.head[i], &b = golden.state.head[i];
      *compared += 3;
      if (a.flags != b.flags || a.mantissa != b.mantissa || a.exponent != b.exponent)
        return "row state";
    }
  }
  const Counts counts = device::to_counts(finished.counters);
  *compared += 2;
  if (counts.scores != golden.counts.scores) return "count of scores";
  if (counts.keys_skipped != golden.counts.keys_skipped) return "count of skipped keys";
  return {};
}

}  // namespace flashd::testing
