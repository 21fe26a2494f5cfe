// SPDX-License-Identifier: Apache-2.0
#include "sim/memory/memory.hpp"

#include <stdexcept>

#include "sim/memory/dram.hpp"
#include "sim/memory/pausing.hpp"
#include "sim/memory/streaming.hpp"

namespace flashd::memory {

namespace {

constexpr double kJitter = 0.3;
constexpr std::uint64_t kMaxLatency = 1000000;
constexpr std::uint64_t kMaxBytes = 1000000;
constexpr std::uint64_t kMaxMhz = 10000;

[[noreturn]] void refuse(const std::string& text, const std::string& expectation) {
  throw std::invalid_argument("memory '" + text + "': expected " + expectation);
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  while (true) {
    const std::size_t comma = list.find(',', from);
    parts.push_back(list.substr(from, comma - from));
    if (comma == std::string::npos) return parts;
    from = comma + 1;
  }
}

/// A number with at most `decimals` decimals, as an integer multiple of 10^-decimals.
std::uint64_t number(const std::string& text, const std::string& part, int decimals,
                     std::uint64_t low, std::uint64_t high, const std::string& expectation) {
  const std::size_t dot = part.find('.');
  const std::string whole = part.substr(0, dot);
  std::string rest = dot == std::string::npos ? "" : part.substr(dot + 1);
  const auto digits = [](const std::string& s) {
    return s.find_first_not_of("0123456789") == std::string::npos;
  };
  if (whole.empty() || !digits(whole) || !digits(rest) || whole.size() > 18 ||
      (dot != std::string::npos &&
       (rest.empty() || rest.size() > static_cast<std::size_t>(decimals))))
    refuse(text, expectation);
  rest.resize(static_cast<std::size_t>(decimals), '0');
  std::uint64_t unit = 1;
  for (int i = 0; i < decimals; ++i) unit *= 10;
  const std::uint64_t integer = std::stoull(whole);
  if (integer > high) refuse(text, expectation);
  const std::uint64_t value = integer * unit + (rest.empty() ? 0 : std::stoull(rest));
  if (value < low * unit || value > high * unit || value == 0) refuse(text, expectation);
  return value;
}

const TimingSet& find_set(const std::string& text, const std::string& name) {
  std::string names;
  for (const TimingSet& set : timing_sets()) {
    if (name == set.name) return set;
    names += (names.empty() ? "" : ", ") + std::string(set.name);
  }
  refuse(text, "dram: with one of the timing sets " + names);
}

std::unique_ptr<Model> make_plain(const std::string& text) {
  const std::size_t colon = text.find(':');
  const std::string name = text.substr(0, colon);
  const bool bare = colon == std::string::npos;
  const std::vector<std::string> parts =
      bare ? std::vector<std::string>{} : split(text.substr(colon + 1));
  if (name == "ideal" && bare) return std::make_unique<Streaming>(1, Rate{0, 1});
  if (name == "fixed" && parts.size() == 1) {
    const std::uint64_t latency =
        number(text, parts[0], 0, 1, kMaxLatency, "fixed:LATENCY with 1 to 1000000 cycles");
    return std::make_unique<Streaming>(latency, Rate{0, 1});
  }
  if (name == "bandwidth" && parts.size() == 2) {
    const std::string expectation =
        "bandwidth:LATENCY,BYTES with 1 to 1000000 cycles and up to 1000000 bytes per cycle, at "
        "most three decimals";
    const std::uint64_t latency = number(text, parts[0], 0, 1, kMaxLatency, expectation);
    const std::uint64_t bytes = number(text, parts[1], 3, 0, kMaxBytes, expectation);
    return std::make_unique<Streaming>(latency, Rate{bytes, 1000});
  }
  if (name == "dram" && (parts.size() == 1 || parts.size() == 2)) {
    const TimingSet& set = find_set(text, parts[0]);
    const std::uint64_t mhz = parts.size() == 1
                                  ? 1000
                                  : number(text, parts[1], 0, 1, kMaxMhz,
                                           "dram:SET,MHZ with a device clock of 1 to 10000 MHz");
    return std::make_unique<Dram>(set, mhz);
  }
  if (name == "jitter" && parts.size() == 2) {
    const std::string expectation =
        "jitter:LATENCY,SEED with 1 to 1000000 cycles and a seed above 0";
    const std::uint64_t latency = number(text, parts[0], 0, 1, kMaxLatency, expectation);
    const std::uint64_t seed = number(text, parts[1], 0, 1, 1000000000000000000u, expectation);
    return std::make_unique<Pausing>(std::make_unique<Streaming>(latency, Rate{0, 1}),
                                     Pauses{kJitter, seed});
  }
  refuse(text,
         "ideal, fixed:LATENCY, bandwidth:LATENCY,BYTES, dram:SET[,MHZ] or jitter:LATENCY,SEED");
}

}  // namespace

std::unique_ptr<Model> make(const std::string& text, const Pauses& pauses) {
  std::unique_ptr<Model> model = make_plain(text);
  if (!(pauses.probability >= 0.0 && pauses.probability < 1.0))
    throw std::invalid_argument("memory pauses: expected a probability of at least 0, below 1");
  if (pauses.probability == 0.0) return model;
  return std::make_unique<Pausing>(std::move(model), pauses);
}

}  // namespace flashd::memory
