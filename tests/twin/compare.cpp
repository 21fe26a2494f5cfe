// SPDX-License-Identifier: Apache-2.0
#include "tests/twin/compare.hpp"

#include <cstring>

#include "model/golden/golden.hpp"

namespace flashd::twin {

namespace {

template <typename T>
std::string array_difference(const char* name, const std::vector<T>& a, const std::vector<T>& b) {
  if (a.size() != b.size())
    return std::string(name) + ": " + std::to_string(a.size()) + " against " +
           std::to_string(b.size()) + " elements";
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::memcmp(&a[i], &b[i], sizeof(T)) != 0)
      return std::string(name) + "[" + std::to_string(i) + "]: " + std::to_string(a[i]) +
             " against " + std::to_string(b[i]);
  }
  return {};
}

std::string state_difference(const RowStates& a, const RowStates& b) {
  for (std::size_t i = 0; i < a.head.size() && i < b.head.size(); ++i) {
    if (std::memcmp(&a.head[i], &b.head[i], sizeof(RowHead)) != 0)
      return "row head [" + std::to_string(i) + "]";
  }
  if (a.head.size() != b.head.size()) return "numbers of row heads";
  return array_difference("raw o", a.o, b.o);
}

std::string result_difference(const Result& a, const Result& b, bool o, bool lse, bool state) {
  std::string d;
  if (o) d = array_difference("o", a.o, b.o);
  if (d.empty() && lse) d = array_difference("lse", a.lse, b.lse);
  if (d.empty() && state) d = state_difference(a.state, b.state);
  return d;
}

}  // namespace

std::string difference(const device::Finished& a, const device::Finished& b) {
  for (std::size_t i = 0; i < a.counters.size(); ++i) {
    if (a.counters[i] != b.counters[i])
      return std::string("counter ") + device::kCounterNames[i] + ": " +
             std::to_string(a.counters[i]) + " against " + std::to_string(b.counters[i]);
  }
  if (a.results.size() != b.results.size()) return "numbers of results";
  for (std::size_t i = 0; i < a.results.size(); ++i) {
    const std::string d = result_difference(a.results[i], b.results[i], true, true, true);
    if (!d.empty()) return "sequence " + std::to_string(i) + ": " + d;
  }
  return {};
}

std::string against_golden(const Job& job, const device::Finished& finished, const Parameters& p,
                           const device::RunOptions& options) {
  const Result golden = golden::run(job, {p.profile, p.tile});
  return result_difference(finished.results.at(0), golden, options.write_o, options.write_lse,
                           options.state_out);
}

}  // namespace flashd::twin
