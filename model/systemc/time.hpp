// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>

namespace flashd::twin {

/// Clock cycles since reset.
using Cycle = std::uint64_t;

/// How the twin passes time. Every unit advances one cycle with step(), exactly as the registers of
/// its RTL module do. quiet() tells for how many of the coming cycles a unit would do nothing but
/// repeat what it did in the last one (count down, take one more beat of a run, wait); the least of
/// all units is passed at once with skip(). A twin that only steps gives the same numbers, slowly.
constexpr Cycle kForever = ~Cycle{0} >> 1;

/// What a register array of fixed delay carries: values with the cycle in which they come out.
template <typename T>
class Delayed {
 public:
  void push(Cycle at, const T& value) { queue_.push_back({at, value}); }
  bool due(Cycle now) const { return !queue_.empty() && queue_.front().at == now; }
  const T& front() const { return queue_.front().value; }
  void pop() { queue_.pop_front(); }
  bool empty() const { return queue_.empty(); }
  /// Cycles from `now` before the next value comes out.
  Cycle quiet(Cycle now) const { return queue_.empty() ? kForever : queue_.front().at - now; }
  void clear() { queue_.clear(); }

 private:
  struct Entry {
    Cycle at;
    T value;
  };
  std::deque<Entry> queue_;
};

}  // namespace flashd::twin
