// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <sstream>
#include <string>

#include <catch2/catch_test_macros.hpp>

namespace flashd::testing {

/// Seed of the random tests: FLASHD_TEST_SEED, or 1.
inline std::uint64_t seed() {
  const char* text = std::getenv("FLASHD_TEST_SEED");
  return text ? std::strtoull(text, nullptr, 0) : 1;
}

/// Counts comparisons and keeps the first failure: a Catch2 assertion per value would cost minutes.
class Tally {
 public:
  /// `describe` streams the inputs of a failed comparison into an std::ostream.
  template <class Describe>
  void check(bool ok, Describe&& describe) {
    ++count_;
    if (ok) return;
    if (failures_++ == 0) {
      std::ostringstream text;
      describe(text);
      first_ = text.str();
    }
  }

  std::uint64_t count() const { return count_; }
  std::uint64_t failures() const { return failures_; }
  std::string report() const {
    return std::to_string(failures_) + " of " + std::to_string(count_) +
           " comparisons failed (FLASHD_TEST_SEED=" + std::to_string(seed()) +
           "); first: " + first_;
  }

 private:
  std::uint64_t count_ = 0;
  std::uint64_t failures_ = 0;
  std::string first_;
};

/// A source of random integers whose magnitudes spread over all bit lengths.
class Random {
 public:
  explicit Random(std::uint64_t stream) : engine_(seed() * 0x9E3779B97F4A7C15ull + stream) {}

  std::uint64_t bits() { return engine_(); }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(engine_);
  }
  /// Uniform in its bit length first: 0 to 2^max_bits - 1.
  std::uint64_t any_length(int max_bits) {
    const auto length = static_cast<int>(between(0, max_bits));
    return length == 0 ? 0 : bits() >> (64 - length);
  }
  bool coin() { return (bits() & 1u) != 0; }

 private:
  std::mt19937_64 engine_;
};

}  // namespace flashd::testing

/// Ends a tallied test: no failure, and at least `minimum` comparisons made.
#define FLASHD_REQUIRE_TALLY(tally, minimum)            \
  do {                                                  \
    INFO((tally).report());                             \
    REQUIRE((tally).failures() == 0);                   \
    REQUIRE((tally).count() >= std::uint64_t{minimum}); \
  } while (false)
