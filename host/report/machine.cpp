// SPDX-License-Identifier: Apache-2.0
#include "host/report/machine.hpp"

#include <algorithm>
#include <limits>

#include "sim/memory/dram.hpp"

namespace flashd::report {

namespace {

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

std::uint64_t power_of_two(std::uint64_t least) {
  std::uint64_t n = 1;
  while (n < least) n *= 2;
  return n;
}

/// flashd_word_store: two banks of 32-bit words.
std::uint64_t word_store(std::uint64_t write, std::uint64_t read, std::uint64_t words) {
  const std::uint64_t columns = std::max(write, read);
  return 32 * 2 * columns * ceil_div(words, columns);
}

}  // namespace

OnChip on_chip(const spec::Config& c) {
  constexpr std::uint64_t kElement = 16, kWord = 32;
  constexpr std::uint64_t kScore = spec::kScoreRangeLog2 + spec::Fine::kScoreFrac + 1;
  constexpr std::uint64_t kHeadWords = 4;            // of a row state
  constexpr std::uint64_t kRow = 31 + 31 + 42 + 33;  // flashd_bias_rows: range, line, centre
  constexpr std::uint64_t kSlope = 40;
  const auto lanes = static_cast<std::uint64_t>(c.lanes);
  const auto contexts = static_cast<std::uint64_t>(c.contexts);
  const auto width = static_cast<std::uint64_t>(c.width);
  const auto tile = static_cast<std::uint64_t>(c.tile);
  const auto dim = static_cast<std::uint64_t>(c.max_head_dim);
  const auto beat = static_cast<std::uint64_t>(c.axi_bits) / kWord;
  const std::uint64_t beats = ceil_div(dim, width);
  const std::uint64_t slots = power_of_two(beats);
  const std::uint64_t merge = ceil_div(width, tile);
  const std::uint64_t value_banks = contexts < 4 ? 4 : 3;
  OnChip bits;
  bits.queries =
      lanes * contexts * beats * width * (kElement + 11 + static_cast<std::uint64_t>(c.sig));
  bits.keys = 2 * tile * slots * width * kElement;
  bits.values = value_banks * tile * slots * width * kElement;
  bits.scores = 2 * tile * lanes * kScore;
  bits.contexts = lanes * contexts * ceil_div(dim, merge) * merge * kWord;
  bits.outputs = lanes * (word_store(merge, beat, ceil_div(dim, merge) * merge) +
                          word_store(merge, beat, dim + kHeadWords));
  const std::uint64_t columns = std::max(beat, merge);
  bits.states = lanes * word_store(beat, merge, ceil_div(dim + kHeadWords, columns) * columns);
  bits.bias = lanes * (word_store(beat, 1, std::max(tile, beat)) + 2 * contexts * (kRow + kSlope));
  return bits;
}

double memory_peak(const std::string& model) {
  memory::make(model);  // refuses what is none
  const std::string name = model.substr(0, model.find(':'));
  if (name == "bandwidth") return std::stod(model.substr(model.find(',') + 1));
  if (name != "dram") return std::numeric_limits<double>::infinity();
  const std::string rest = model.substr(model.find(':') + 1);
  const std::size_t comma = rest.find(',');
  const double mhz = comma == std::string::npos ? 1000 : std::stod(rest.substr(comma + 1));
  for (const memory::TimingSet& set : memory::timing_sets()) {
    if (rest.substr(0, comma) == set.name)
      return static_cast<double>(set.column_bytes) / (set.column_clocks * set.clock_ps) * 1e6 / mhz;
  }
  return std::numeric_limits<double>::infinity();
}

double port_peak(const spec::Config& config, const std::string& model) {
  return std::min(memory_peak(model), config.axi_bits / 8.0);
}

}  // namespace flashd::report
