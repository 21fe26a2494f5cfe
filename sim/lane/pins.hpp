// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "verilated.h"

namespace flashd::lane {

using Words = std::vector<std::uint32_t>;

/// Writes the low `bits` (1..32) bits of `value` at bit `low`; the words are long enough.
inline void put(Words* words, int low, int bits, std::uint32_t value) {
  for (int i = 0; i < bits; ++i) {
    const std::uint32_t one = 1u << ((low + i) & 31);
    std::uint32_t& word = (*words)[static_cast<std::size_t>((low + i) >> 5)];
    word = ((value >> i) & 1u) != 0 ? word | one : word & ~one;
  }
}

/// What a lane of docs/lane.md is built for.
struct LaneShape {
  int d = 16;
  int rows = 1;
  int q_bits = 16;
  int v_bits = 16;
  int outputs = 1;        ///< elements of o_o, and of e_distance_i
  int v_keys = 1;         ///< keys whose values come together, d / v_keys channels of each
  bool distance = false;  ///< has e_index_o and e_distance_i
};

/// The ports of a lane, names as there, without _i and _o.
struct Pins {
  explicit Pins(const LaneShape& shape)
      : q(words(shape.d * shape.q_bits)),
        k(words(shape.d * 16)),
        v(words(shape.d * shape.v_bits)),
        e_distance(words(shape.outputs * 8)),
        o(words(shape.outputs * 32)) {}

  bool rst_n = false;
  std::uint64_t job = 0;
  bool q_valid = false, run = false, valid = false, first = false, last = false;
  bool begin = false, end = false, visible = false;
  std::uint32_t q_row = 0, run_row = 0;
  Words q, k, v, e_distance;

  bool ready = false, v_take = false, o_valid = false, row_valid = false;
  std::uint32_t o_row = 0, row_row = 0, e_index = 0;
  std::uint64_t row_state = 0;
  Words o;

 private:
  static Words words(int bits) { return Words(static_cast<std::size_t>((bits + 31) / 32), 0u); }
};

/// A lane that is simulated.
class Lane {
 public:
  virtual ~Lane() = default;
  /// Applies the inputs and reads the outputs.
  virtual void settle(Pins* pins) = 0;
  /// A rising and a falling edge of the clock.
  virtual void tick() = 0;
};

namespace detail {

template <class T, std::enable_if_t<std::is_integral<T>::value, int> = 0>
void set(T& port, const Words& words) {
  std::uint64_t value = words[0];
  if (words.size() > 1) value |= static_cast<std::uint64_t>(words[1]) << 32;
  port = static_cast<T>(value);
}

template <std::size_t kWords>
void set(VlWide<kWords>& port, const Words& words) {
  for (std::size_t i = 0; i < std::min(kWords, words.size()); ++i) port[i] = words[i];
}

template <class T, std::enable_if_t<std::is_integral<T>::value, int> = 0>
void get(const T& port, Words* words) {
  const auto value = static_cast<std::uint64_t>(port);
  (*words)[0] = static_cast<std::uint32_t>(value);
  if (words->size() > 1) (*words)[1] = static_cast<std::uint32_t>(value >> 32);
}

template <std::size_t kWords>
void get(const VlWide<kWords>& port, Words* words) {
  for (std::size_t i = 0; i < std::min(kWords, words->size()); ++i) (*words)[i] = port[i];
}

template <class Top, class = void>
struct HasDistance : std::false_type {};
template <class Top>
struct HasDistance<Top, std::void_t<decltype(std::declval<Top&>().e_index_o)>> : std::true_type {};

}  // namespace detail

/// A verilated lane; Top is the class that Verilator writes.
template <class Top>
class VerilatedLane : public Lane {
 public:
  static constexpr bool kDistance = detail::HasDistance<Top>::value;

  VerilatedLane() : context_(new VerilatedContext), top_(new Top(context_.get(), "lane")) {
    top_->clk_i = 0;
    top_->eval();
  }
  ~VerilatedLane() override { top_->final(); }

  void settle(Pins* pins) override {
    top_->rst_ni = pins->rst_n;
    top_->job_i = pins->job;
    top_->q_valid_i = pins->q_valid;
    top_->q_row_i = static_cast<std::uint8_t>(pins->q_row);
    detail::set(top_->q_i, pins->q);
    top_->run_i = pins->run;
    top_->run_row_i = static_cast<std::uint8_t>(pins->run_row);
    top_->valid_i = pins->valid;
    top_->first_i = pins->first;
    top_->last_i = pins->last;
    top_->begin_i = pins->begin;
    top_->end_i = pins->end;
    top_->visible_i = pins->visible;
    detail::set(top_->k_i, pins->k);
    detail::set(top_->v_i, pins->v);
    if constexpr (kDistance) detail::set(top_->e_distance_i, pins->e_distance);
    top_->eval();
    pins->ready = top_->ready_o != 0;
    pins->v_take = top_->v_take_o != 0;
    if constexpr (kDistance) pins->e_index = top_->e_index_o;
    pins->o_valid = top_->o_valid_o != 0;
    pins->o_row = top_->o_row_o;
    detail::get(top_->o_o, &pins->o);
    pins->row_valid = top_->row_valid_o != 0;
    pins->row_row = top_->row_row_o;
    pins->row_state = top_->row_state_o;
  }

  void tick() override {
    top_->clk_i = 1;
    top_->eval();
    top_->clk_i = 0;
    top_->eval();
  }

 private:
  std::unique_ptr<VerilatedContext> context_;
  std::unique_ptr<Top> top_;
};

}  // namespace flashd::lane
