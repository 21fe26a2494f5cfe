// SPDX-License-Identifier: Apache-2.0
#include "host/commands/lockstep.hpp"

#include <array>
#include <cstdio>
#include <cstring>

#include "host/io/error.hpp"
#include "model/golden/named_counts.hpp"

namespace flashd::host {
namespace {

std::uint32_t bits(float value) {
  std::uint32_t word = 0;
  std::memcpy(&word, &value, sizeof word);
  return word;
}
std::uint32_t bits(std::int32_t value) { return static_cast<std::uint32_t>(value); }

[[noreturn]] void differ(const char* what, std::size_t index, std::uint32_t engine,
                         std::uint32_t golden, const sim::Options& options) {
  std::array<char, 160> text{};
  std::snprintf(
      text.data(), text.size(),
      "the result of the back end differs from golden: %s[%zu] is 0x%08x, golden has 0x%08x", what,
      index, static_cast<unsigned>(engine), static_cast<unsigned>(golden));
  throw Error(Exit::mismatch, std::string(text.data()) + "\n  repeat with: " + options.repeat);
}

template <typename T>
std::uint64_t compare(const char* what, const std::vector<T>& engine, const std::vector<T>& golden,
                      const sim::Options& options) {
  if (engine.size() != golden.size())
    throw Error(Exit::mismatch, std::string(what) + " of the back end has " +
                                    std::to_string(engine.size()) + " values, golden has " +
                                    std::to_string(golden.size()) +
                                    "\n  repeat with: " + options.repeat);
  for (std::size_t i = 0; i < engine.size(); ++i)
    if (bits(engine[i]) != bits(golden[i]))
      differ(what, i, bits(engine[i]), bits(golden[i]), options);
  return engine.size();
}

std::uint64_t compare_states(const RowStates& engine, const RowStates& golden,
                             const sim::Options& options) {
  std::uint64_t count = compare("row state o", engine.o, golden.o, options);
  if (engine.head.size() != golden.head.size() || engine.v_exponent != golden.v_exponent)
    throw Error(Exit::mismatch,
                "the row states of the back end have another shape or VE than "
                "golden's\n  repeat with: " +
                    options.repeat);
  for (std::size_t i = 0; i < engine.head.size(); ++i) {
    const RowHead &a = engine.head[i], &b = golden.head[i];
    if (a.exponent != b.exponent)
      differ("row sum exponent", i, bits(a.exponent), bits(b.exponent), options);
    if (a.mantissa != b.mantissa) differ("row sum mantissa", i, a.mantissa, b.mantissa, options);
    if (a.flags != b.flags) differ("row flags", i, a.flags, b.flags, options);
    count += 3;
  }
  return count;
}

std::uint64_t compare_counts(const Counts& a, const Counts& b, const sim::Options& options) {
  for (const auto& [name, member] : kNamedCounts) {
    if (a.*member != b.*member)
      throw Error(Exit::mismatch, std::string("the back end counts ") + std::to_string(a.*member) +
                                      " " + name + ", golden " + std::to_string(b.*member) +
                                      "\n  repeat with: " + options.repeat);
  }
  return std::size(kNamedCounts);
}

/// A lockstep that compares nothing proves nothing.
void expect_comparisons(const Result& golden, const sim::Comparisons& compared,
                        const sim::Options& options) {
  const bool silent =
      (golden.counts.scores > 0 && (compared.scores == 0 || compared.weights == 0)) ||
      (golden.counts.tiles > 0 && (compared.tile_sums == 0 || compared.row_states == 0)) ||
      (!golden.o.empty() && compared.outputs == 0);
  if (silent)
    throw Error(Exit::mismatch,
                "a probe of the lockstep compared nothing although the job has values for it\n"
                "  repeat with: " +
                    options.repeat);
}

}  // namespace

Lockstep::Lockstep(const EngineConfig& config, Profile profile, const std::string& backend)
    : config_(config),
      settings_{profile, config.tile},
      backend_(open_backend(backend, config, profile)),
      probes_(backend == "engine") {}

Result Lockstep::run(const Job& job, const sim::Options& options) {
  if (const std::string sentence = check(job, config_.max_head_dim); !sentence.empty())
    throw bad_input("job", sentence);
  Result golden = golden::run(job, settings_);
  sim::Report report;
  const Result engine = backend_->run(job, options, report);
  totals_.jobs += 1;
  totals_.cycles += report.cycles;
  totals_.macs += report.macs;
  totals_.compared.scores += report.compared.scores;
  totals_.compared.weights += report.compared.weights;
  totals_.compared.tile_sums += report.compared.tile_sums;
  totals_.compared.row_states += report.compared.row_states;
  totals_.compared.outputs += report.compared.outputs;
  totals_.mismatches += report.mismatches;
  totals_.results += compare("o", engine.o, golden.o, options);
  totals_.results += compare("lse", engine.lse, golden.lse, options);
  totals_.results += compare_states(engine.state, golden.state, options);
  if (probes_)
    expect_comparisons(golden, report.compared, options);
  else
    totals_.results += compare_counts(engine.counts, golden.counts, options);
  if (report.mismatches != 0) throw Error(Exit::mismatch, report.failure);
  return golden;
}

nlohmann::ordered_json to_json(const LockstepTotals& t) {
  return {{"jobs", t.jobs},
          {"cycles", t.cycles},
          {"macs", t.macs},
          {"compared",
           {{"scores", t.compared.scores},
            {"weights", t.compared.weights},
            {"tile_sums", t.compared.tile_sums},
            {"row_states", t.compared.row_states},
            {"outputs", t.compared.outputs},
            {"results", t.results}}},
          {"mismatches", t.mismatches}};
}

}  // namespace flashd::host
