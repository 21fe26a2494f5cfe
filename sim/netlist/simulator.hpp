// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "sim/netlist/netlist.hpp"

namespace flashd::netlist {

/// Bits without meaning: what starts unknown, and what a memory reads while it is written.
class Noise {
 public:
  explicit Noise(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15u + 1) {}
  bool bit() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return (state_ >> 63) != 0;
  }

 private:
  std::uint64_t state_;
};

/// The state of a DP16KD.
class BlockState {
 public:
  BlockState(const BlockMemory& memory, Noise& noise);

  /// A rising edge with the nets' values `v`: `put(net, value)` for each output that is read anew.
  /// A bit that one side writes while the other reads or writes it is noise. Returns whether
  /// anything was written.
  template <typename Put>
  bool clock(const BlockMemory& memory, const std::vector<std::uint8_t>& v, Noise& noise, Put put);

 private:
  std::vector<std::uint8_t> bits_;
};

/// Two-valued simulation of a netlist, cycle by cycle: gates sorted by level, and only those whose
/// inputs changed are evaluated. The netlist must outlive it.
class Simulator {
 public:
  /// Registers start with their set value, what is unknown at random. Throws host::Error(usage) for
  /// a net that two cells drive or none does, a clock that is used as data, and a loop of gates.
  Simulator(const Netlist& netlist, std::uint64_t seed);

  void set(Net net, bool value) {
    if ((value_[index(net)] != 0) != value) change(net, value);
  }
  bool get(Net net) const { return value_[index(net)] != 0; }

  /// Lets the gates follow the inputs. Throws host::Error(fault) if asynchronous resets do not end.
  void settle();
  /// A cycle of the clock: settles, the rising edge, the falling one; settled at its end.
  void clock();

  std::uint64_t evaluations() const { return evaluations_; }
  int levels() const { return static_cast<int>(count_.size()); }

 private:
  struct Update {
    Net net;
    bool value;
  };
  static std::size_t index(Net net) { return static_cast<std::size_t>(net); }
  bool seen(const Control& control) const { return get(control.net) != control.inverted; }

  void connect();
  void sort();
  void change(Net net, bool value);
  void put(Net net, bool value) {
    if (net != kNone && (value_[index(net)] != 0) != value) change(net, value);
  }
  void queue(std::size_t gate);
  void wake(std::size_t element);
  void evaluate(const Gate& gate);
  void edge(bool falling);

  const Netlist& n_;
  Noise noise_;
  std::vector<std::uint8_t> value_;
  std::vector<std::uint64_t> small_;
  std::vector<BlockState> blocks_;
  // Readers of a net: gates, then registers, small memories, blocks, then registers' asynchronous
  // resets.
  std::vector<std::uint32_t> fan_, fan_begin_;
  std::size_t first_register_ = 0, first_small_ = 0, first_block_ = 0, first_reset_ = 0;
  std::vector<std::uint32_t> read_gate_;  // of a small memory
  // Gates to evaluate, by level: `count_` of them from `place_` on.
  std::vector<std::int32_t> level_;
  std::vector<std::uint32_t> slots_, place_, count_;
  std::vector<std::uint8_t> queued_;
  std::size_t lowest_ = 0, highest_ = 0;           // levels with queued gates
  std::vector<std::uint32_t> due_, now_, resets_;  // elements to look at
  std::vector<std::uint8_t> is_due_;
  std::vector<Update> updates_;
  bool any_falling_ = false;
  std::uint64_t evaluations_ = 0;
};

}  // namespace flashd::netlist
