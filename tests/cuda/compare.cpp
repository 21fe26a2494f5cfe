// SPDX-License-Identifier: Apache-2.0
#include "tests/cuda/compare.hpp"

#include <cstring>

#include "model/golden/named_counts.hpp"

namespace flashd::cuda {

namespace {

std::uint64_t bits(float x) {
  std::uint32_t word = 0;
  std::memcpy(&word, &x, sizeof word);
  return word;
}
std::uint64_t bits(std::int32_t x) { return static_cast<std::uint32_t>(x); }

std::string differs(const std::string& what, std::uint64_t exact, std::uint64_t golden) {
  return what + " is " + std::to_string(exact) + ", golden has " + std::to_string(golden);
}

template <class T>
std::string arrays(const char* name, const std::vector<T>& exact, const std::vector<T>& golden,
                   std::uint64_t* count) {
  if (exact.size() != golden.size())
    return differs(std::string("size of ") + name, exact.size(), golden.size());
  for (std::size_t i = 0; i < exact.size(); ++i) {
    if (bits(exact[i]) != bits(golden[i]))
      return differs(std::string(name) + "[" + std::to_string(i) + "]", bits(exact[i]),
                     bits(golden[i]));
  }
  *count += exact.size();
  return {};
}

std::string heads(const RowStates& exact, const RowStates& golden, std::uint64_t* count) {
  if (exact.head.size() != golden.head.size())
    return differs("number of row states", exact.head.size(), golden.head.size());
  if (exact.v_exponent != golden.v_exponent)
    return differs("VE", bits(exact.v_exponent), bits(golden.v_exponent));
  ++*count;
  for (std::size_t i = 0; i < exact.head.size(); ++i) {
    const RowHead &a = exact.head[i], &b = golden.head[i];
    const std::string at = "[" + std::to_string(i) + "]";
    if (a.exponent != b.exponent)
      return differs("row sum exponent" + at, bits(a.exponent), bits(b.exponent));
    if (a.mantissa != b.mantissa) return differs("row sum mantissa" + at, a.mantissa, b.mantissa);
    if (a.flags != b.flags) return differs("row flags" + at, a.flags, b.flags);
    *count += 3;
  }
  return {};
}

std::string totals(const Counts& a, const Counts& b, std::uint64_t* count) {
  for (const auto& [name, member] : kNamedCounts) {
    if (a.*member != b.*member)
      return differs(std::string("count of ") + name, a.*member, b.*member);
    ++*count;
  }
  return {};
}

}  // namespace

std::string difference(const Result& exact, const Result& golden, Compared* compared) {
  std::string found = arrays("o", exact.o, golden.o, &compared->outputs);
  if (found.empty()) found = arrays("lse", exact.lse, golden.lse, &compared->outputs);
  if (found.empty()) found = heads(exact.state, golden.state, &compared->states);
  if (found.empty()) found = arrays("raw o", exact.state.o, golden.state.o, &compared->states);
  if (found.empty()) found = totals(exact.counts, golden.counts, &compared->counts);
  return found;
}

Executor on_cpu(bool reversed) {
  return [reversed](const Job& job, const golden::Settings& settings, const LaunchShape& shape,
                    Result* result) {
    return run_exact_on_cpu(job, settings, shape, result, reversed);
  };
}

Executor on_gpu() { return &run_exact; }

std::string compare(const Job& job, const golden::Settings& settings, const std::vector<Way>& ways,
                    Compared* compared) {
  const Result golden = golden::run(job, settings);
  for (const Way& way : ways) {
    const std::string name = std::to_string(way.shape.threads) + " threads, " +
                             std::to_string(way.shape.rows) + " rows: ";
    Result result;
    const Status status = way.executor(job, settings, way.shape, &result);
    if (!status.good()) return name + status.sentence;
    const std::string found = difference(result, golden, compared);
    if (!found.empty()) return name + found;
  }
  ++compared->jobs;
  return {};
}

}  // namespace flashd::cuda
