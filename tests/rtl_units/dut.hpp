// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <random>
#include <string>

#include "verilated.h"

namespace flashd::rtl_units {

using Random = std::mt19937_64;

inline bool chance(Random& r, double p) {
  return std::uniform_real_distribution<double>(0.0, 1.0)(r) < p;
}

/// Uniform in [low, high].
inline std::int64_t between(Random& r, std::int64_t low, std::int64_t high) {
  return std::uniform_int_distribution<std::int64_t>(low, high)(r);
}

/// The low `bits` bits of x as a signed number.
inline std::int64_t sign_extend(std::uint64_t x, int bits) {
  return static_cast<std::int64_t>(x << (64 - bits)) >> (64 - bits);
}

inline std::uint64_t mask(int bits) { return bits >= 64 ? ~0ull : (1ull << bits) - 1; }

/// Bits [low, low + bits) of a port of at most 64 bits.
template <class T>
void put(T& port, int low, int bits, std::uint64_t value) {
  const std::uint64_t field = mask(bits) << low;
  port = static_cast<T>((static_cast<std::uint64_t>(port) & ~field) | ((value << low) & field));
}

/// Bits [low, low + bits) of a wide port, bits <= 64.
template <std::size_t kWords>
void put(VlWide<kWords>& port, int low, int bits, std::uint64_t value) {
  for (int i = 0; i < bits; ++i) {
    const int at = low + i;
    const std::uint32_t one = 1u << (at & 31);
    port[at >> 5] = ((value >> i) & 1u) ? port[at >> 5] | one : port[at >> 5] & ~one;
  }
}

template <class T>
std::uint64_t get(const T& port, int low, int bits) {
  return (static_cast<std::uint64_t>(port) >> low) & mask(bits);
}

template <std::size_t kWords>
std::uint64_t get(const VlWide<kWords>& port, int low, int bits) {
  std::uint64_t value = 0;
  for (int i = 0; i < bits; ++i) {
    const int at = low + i;
    value |= static_cast<std::uint64_t>((port[at >> 5] >> (at & 31)) & 1u) << i;
  }
  return value;
}

/// A verilated module with its clock, if it has one.
template <class Model>
class Dut {
 public:
  Dut() : context_(new VerilatedContext), model_(new Model(context_.get(), "unit")) {
    model_->eval();  // so that the first tick is a clock edge
  }
  Model* operator->() { return model_.get(); }

  void settle() { model_->eval(); }

  void tick() {
    model_->clk_i = 1;
    model_->eval();
    model_->clk_i = 0;
    model_->eval();
  }

 private:
  std::unique_ptr<VerilatedContext> context_;
  std::unique_ptr<Model> model_;
};

/// Counts comparisons; silence fails, because the caller states how many there must be.
class Checker {
 public:
  explicit Checker(std::string unit) : unit_(std::move(unit)) {}

  template <class... Args>
  void expect(std::int64_t got, std::int64_t wanted, const char* what, const char* format,
              Args... args) {
    ++compared_;
    if (got == wanted) return;
    if (++wrong_ > 5) return;
    std::printf("%s: %s is %lld (0x%llx), golden %lld (0x%llx) at ", unit_.c_str(), what,
                static_cast<long long>(got), static_cast<unsigned long long>(got),
                static_cast<long long>(wanted), static_cast<unsigned long long>(wanted));
    std::printf(format, args...);
    std::printf("\n");
  }

  /// True when at least `least` comparisons were made and none failed; prints one line.
  bool finish(std::uint64_t least) const {
    const bool enough = compared_ >= least;
    std::printf("%s: %llu comparisons, %llu mismatches%s\n", unit_.c_str(),
                static_cast<unsigned long long>(compared_),
                static_cast<unsigned long long>(wrong_), enough ? "" : ": too few comparisons");
    return enough && wrong_ == 0;
  }

 private:
  std::string unit_;
  std::uint64_t compared_ = 0;
  std::uint64_t wrong_ = 0;
};

}  // namespace flashd::rtl_units
