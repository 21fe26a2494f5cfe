// SPDX-License-Identifier: Apache-2.0
#include "sim/netlist/simulator.hpp"

#include <algorithm>
#include <numeric>

#include "host/io/error.hpp"
#include "sim/netlist/block_state.hpp"

namespace flashd::netlist {

namespace {

/// Rounds of resets that come out of logic that they reset.
constexpr int kMostRounds = 1000;

[[noreturn]] void refuse(const Netlist& netlist, const std::string& sentence) {
  throw host::bad_input("netlist " + netlist.name, sentence);
}

bool bit_of(char letter, Noise& noise) { return letter == 'x' ? noise.bit() : letter == '1'; }

/// Calls `use` with each net that a gate reads.
template <typename Use>
void for_inputs(const Netlist& n, const Gate& gate, Use use) {
  switch (gate.kind) {
    case GateKind::read:
      for (const Net net : n.small[static_cast<std::size_t>(gate.index)].read_address) use(net);
      return;
    case GateKind::multiply: {
      const Multiplier& m = n.multipliers[static_cast<std::size_t>(gate.index)];
      use(m.signed_a);
      use(m.signed_b);
      for (const Net net : m.a) use(net);
      for (const Net net : m.b) use(net);
      return;
    }
    default: {
      const std::size_t count = gate.kind == GateKind::carry ? 5
                                : gate.kind == GateKind::mux ? 3
                                                             : 4;
      for (std::size_t i = 0; i < count; ++i) use(gate.in[i]);
    }
  }
}

template <typename Use>
void for_outputs(const Netlist& n, const Gate& gate, Use use) {
  if (gate.kind == GateKind::read) {
    for (const Net net : n.small[static_cast<std::size_t>(gate.index)].out) use(net);
  } else if (gate.kind == GateKind::multiply) {
    for (const Net net : n.multipliers[static_cast<std::size_t>(gate.index)].out) use(net);
  } else {
    for (const Net net : gate.out) use(net);
  }
}

/// Product of MULT18X18D: 36 bits, each factor signed or not.
std::uint64_t product(std::uint32_t a, std::uint32_t b, bool signed_a, bool signed_b) {
  const auto extended = [](std::uint32_t value, bool is_signed) {
    return static_cast<std::int64_t>(value) -
           (is_signed && (value >> 17) != 0 ? std::int64_t{1} << 18 : 0);
  };
  return static_cast<std::uint64_t>(extended(a, signed_a) * extended(b, signed_b));
}

}  // namespace

BlockState::BlockState(const BlockMemory& memory, Noise& noise) : bits_(18 * 1024) {
  for (std::size_t i = 0; i < bits_.size(); ++i)
    bits_[i] = bit_of(memory.contents[memory.contents.size() == 1 ? 0 : i], noise);
}

Simulator::Simulator(const Netlist& netlist, std::uint64_t seed) : n_(netlist), noise_(seed) {
  value_.assign(static_cast<std::size_t>(n_.nets), 0);
  value_[1] = 1;
  for (const Net net : n_.random) value_[index(net)] = noise_.bit();
  for (const SmallMemory& m : n_.small) {
    std::uint64_t words = 0;
    for (std::size_t i = 0; i < 64; ++i)
      words |= static_cast<std::uint64_t>(bit_of(m.contents[i], noise_)) << i;
    small_.push_back(words);
  }
  for (const BlockMemory& m : n_.blocks) blocks_.emplace_back(m, noise_);
  for (const Register& r : n_.registers) {
    value_[index(r.q)] = r.set;
    any_falling_ = any_falling_ || r.falling;
  }
  connect();
  sort();
  for (std::size_t gate = 0; gate < n_.gates.size(); ++gate) queue(gate);
  is_due_.assign(first_reset_ - first_register_, 0);
  for (std::size_t e = first_register_; e < first_reset_; ++e) wake(e);
  for (std::size_t r = 0; r < n_.registers.size(); ++r)
    if (n_.registers[r].asynchronous) wake(first_reset_ + r);
  settle();
}

void Simulator::connect() {
  first_register_ = n_.gates.size();
  first_small_ = first_register_ + n_.registers.size();
  first_block_ = first_small_ + n_.small.size();
  first_reset_ = first_block_ + n_.blocks.size();
  std::vector<std::pair<Net, std::uint32_t>> reads;
  const auto read = [&](Net net, std::size_t element) {
    if (net == n_.clock) refuse(n_, "uses its clock as data");
    if (net > 1) reads.emplace_back(net, static_cast<std::uint32_t>(element));
  };
  for (std::size_t i = 0; i < n_.gates.size(); ++i)
    for_inputs(n_, n_.gates[i], [&](Net net) { read(net, i); });
  for (std::size_t i = 0; i < n_.registers.size(); ++i) {
    const Register& r = n_.registers[i];
    for (const Net net : {r.data, r.enable.net, r.reset.net}) read(net, first_register_ + i);
    if (r.asynchronous) read(r.reset.net, first_reset_ + i);
  }
  for (std::size_t i = 0; i < n_.small.size(); ++i) {
    const SmallMemory& m = n_.small[i];
    read(m.write.net, first_small_ + i);
    for (const Net net : m.in) read(net, first_small_ + i);
    for (const Net net : m.write_address) read(net, first_small_ + i);
  }
  for (std::size_t i = 0; i < n_.blocks.size(); ++i)
    for (const BlockMemory::Side& side : n_.blocks[i].side) {
      read(side.enable, first_block_ + i);
      read(side.write, first_block_ + i);
      for (const Net net : side.address) read(net, first_block_ + i);
      for (const Net net : side.in) read(net, first_block_ + i);
    }
  std::sort(reads.begin(), reads.end());
  reads.erase(std::unique(reads.begin(), reads.end()), reads.end());
  fan_begin_.assign(value_.size() + 1, 0);
  for (const auto& [net, element] : reads) {
    ++fan_begin_[index(net) + 1];
    fan_.push_back(element);
  }
  std::partial_sum(fan_begin_.begin(), fan_begin_.end(), fan_begin_.begin());
}

void Simulator::sort() {
  // Kahn's sort: a gate's level is one above the highest that drives it.
  std::vector<std::uint8_t> driven(value_.size(), 0);
  const auto drive = [&](Net net) {
    if (net == kNone) return;
    if (driven[index(net)]++ != 0) refuse(n_, "has two drivers of one net");
  };
  driven[0] = driven[1] = 1;
  for (const Net net : n_.random) drive(net);
  for (const Pins& port : n_.inputs)
    for (const Net net : port.nets) drive(net);
  for (const Register& r : n_.registers) drive(r.q);
  for (const BlockMemory& m : n_.blocks)
    for (const BlockMemory::Side& side : m.side)
      for (const Net net : side.out) drive(net);
  std::vector<std::uint8_t> known = driven;  // by what does not wait for a gate
  std::vector<std::int32_t> from(value_.size(), -1);
  read_gate_.resize(n_.small.size());
  for (std::size_t i = 0; i < n_.gates.size(); ++i) {
    const Gate& gate = n_.gates[i];
    if (gate.kind == GateKind::read)
      read_gate_[static_cast<std::size_t>(gate.index)] = static_cast<std::uint32_t>(i);
    for_outputs(n_, gate, [&](Net net) {
      drive(net);
      if (net != kNone) from[index(net)] = static_cast<std::int32_t>(i);
    });
  }
  const auto check = [&](Net net) {
    if (driven[index(net)] == 0) refuse(n_, "has a net without a driver");
  };
  std::vector<std::int32_t> waits(n_.gates.size(), 0);
  for (std::size_t i = 0; i < n_.gates.size(); ++i) {
    std::vector<Net> inputs;
    for_inputs(n_, n_.gates[i], [&](Net net) {
      check(net);
      if (known[index(net)] == 0) inputs.push_back(net);
    });
    std::sort(inputs.begin(), inputs.end());
    waits[i] =
        static_cast<std::int32_t>(std::unique(inputs.begin(), inputs.end()) - inputs.begin());
  }
  for (const Register& r : n_.registers)
    for (const Net net : {r.data, r.enable.net, r.reset.net}) check(net);
  for (const Pins& port : n_.outputs)
    for (const Net net : port.nets) check(net);

  level_.assign(n_.gates.size(), 0);
  std::vector<std::uint32_t> ready;
  for (std::size_t i = 0; i < waits.size(); ++i)
    if (waits[i] == 0) ready.push_back(static_cast<std::uint32_t>(i));
  for (std::size_t done = 0; done < ready.size(); ++done) {
    const std::uint32_t gate = ready[done];
    for_outputs(n_, n_.gates[gate], [&](Net net) {
      if (net == kNone) return;
      for (std::uint32_t f = fan_begin_[index(net)]; f < fan_begin_[index(net) + 1]; ++f) {
        const std::uint32_t to = fan_[f];
        if (to >= first_register_) continue;
        level_[to] = std::max(level_[to], level_[gate] + 1);
        if (--waits[to] == 0) ready.push_back(to);
      }
    });
  }
  if (ready.size() != n_.gates.size()) {
    const auto stuck = std::find_if(waits.begin(), waits.end(), [](int w) { return w > 0; });
    refuse(n_, "has a loop of gates through " +
                   n_.gate_names[static_cast<std::size_t>(stuck - waits.begin())] +
                   "; expected registers in every loop");
  }
  const std::int32_t top = level_.empty() ? 0 : *std::max_element(level_.begin(), level_.end());
  count_.assign(static_cast<std::size_t>(top) + 1, 0);
  place_.assign(count_.size() + 1, 0);
  for (const std::int32_t level : level_) ++place_[static_cast<std::size_t>(level) + 1];
  std::partial_sum(place_.begin(), place_.end(), place_.begin());
  slots_.assign(n_.gates.size(), 0);
  queued_.assign(n_.gates.size(), 0);
}

void Simulator::queue(std::size_t gate) {
  if (queued_[gate] != 0) return;
  queued_[gate] = 1;
  const auto level = static_cast<std::size_t>(level_[gate]);
  slots_[place_[level] + count_[level]++] = static_cast<std::uint32_t>(gate);
  lowest_ = std::min(lowest_, level);
  highest_ = std::max(highest_, level);
}

void Simulator::wake(std::size_t element) {
  if (element >= first_reset_) {
    resets_.push_back(static_cast<std::uint32_t>(element - first_reset_));
    return;
  }
  std::uint8_t& due = is_due_[element - first_register_];
  if (due != 0) return;
  due = 1;
  due_.push_back(static_cast<std::uint32_t>(element));
}

void Simulator::change(Net net, bool value) {
  value_[index(net)] = value;
  for (std::uint32_t f = fan_begin_[index(net)]; f < fan_begin_[index(net) + 1]; ++f) {
    if (fan_[f] < first_register_)
      queue(fan_[f]);
    else
      wake(fan_[f]);
  }
}

void Simulator::evaluate(const Gate& gate) {
  const auto in = [&](std::size_t i) { return value_[index(gate.in[i])]; };
  switch (gate.kind) {
    case GateKind::lut:
      put(gate.out[0], ((gate.table >> (in(0) | in(1) << 1 | in(2) << 2 | in(3) << 3)) & 1) != 0);
      return;
    case GateKind::mux:
      put(gate.out[0], (in(2) != 0 ? in(0) : in(1)) != 0);
      return;
    case GateKind::carry: {
      const bool sum = ((gate.table >> (in(0) | in(1) << 1 | in(2) << 2 | in(3) << 3)) & 1) != 0;
      const bool generate = !gate.inject && ((gate.table >> (in(0) | in(1) << 1)) & 1) != 0;
      const bool carry = in(4) != 0;
      put(gate.out[0], sum != (carry && !gate.inject));
      put(gate.out[1], sum ? carry : generate);
      return;
    }
    case GateKind::read: {
      const auto m = static_cast<std::size_t>(gate.index);
      const auto& address = n_.small[m].read_address;
      std::size_t word = 0;
      for (std::size_t i = 0; i < 4; ++i)
        word |= static_cast<std::size_t>(value_[index(address[i])]) << i;
      for (std::size_t i = 0; i < 4; ++i)
        put(n_.small[m].out[i], ((small_[m] >> (4 * word + i)) & 1) != 0);
      return;
    }
    case GateKind::multiply: {
      const Multiplier& m = n_.multipliers[static_cast<std::size_t>(gate.index)];
      std::uint32_t a = 0, b = 0;
      for (std::size_t i = 0; i < 18; ++i) {
        a |= static_cast<std::uint32_t>(value_[index(m.a[i])]) << i;
        b |= static_cast<std::uint32_t>(value_[index(m.b[i])]) << i;
      }
      const std::uint64_t p = product(a, b, get(m.signed_a), get(m.signed_b));
      for (std::size_t i = 0; i < 36; ++i) put(m.out[i], ((p >> i) & 1) != 0);
      return;
    }
  }
}

void Simulator::settle() {
  for (int rounds = 0; rounds < kMostRounds; ++rounds) {
    for (std::size_t level = lowest_; level <= highest_; ++level) {
      const std::uint32_t first = place_[level];
      // What is queued here comes from lower levels alone.
      for (std::uint32_t i = 0; i < count_[level]; ++i) {
        const std::uint32_t gate = slots_[first + i];
        queued_[gate] = 0;
        evaluate(n_.gates[gate]);
      }
      evaluations_ += count_[level];
      count_[level] = 0;
    }
    lowest_ = count_.size();
    highest_ = 0;
    if (resets_.empty()) return;
    std::vector<std::uint32_t> resets;
    resets.swap(resets_);
    for (const std::uint32_t r : resets)
      if (seen(n_.registers[r].reset)) put(n_.registers[r].q, n_.registers[r].set);
  }
  throw host::Error(host::Exit::fault,
                    "netlist " + n_.name + ": its asynchronous resets do not come to rest");
}

void Simulator::edge(bool falling) {
  now_.clear();
  now_.swap(due_);
  for (const std::uint32_t e : now_) is_due_[e - first_register_] = 0;
  updates_.clear();
  const auto later = [&](Net net, bool value) {
    if (net != kNone && get(net) != value) updates_.push_back({net, value});
  };
  std::vector<std::uint32_t> again;
  for (const std::uint32_t e : now_) {
    if (e < first_small_) {
      const Register& r = n_.registers[e - first_register_];
      if (r.falling != falling)
        again.push_back(e);
      else if (seen(r.reset))
        later(r.q, r.set);
      else if (seen(r.enable))
        later(r.q, get(r.data));
    } else if (falling) {
      again.push_back(e);
    } else if (e < first_block_) {
      const std::size_t i = e - first_small_;
      const SmallMemory& m = n_.small[i];
      if (!seen(m.write)) continue;
      std::size_t word = 0;
      std::uint64_t data = 0;
      for (std::size_t k = 0; k < 4; ++k) {
        word |= static_cast<std::size_t>(get(m.write_address[k])) << k;
        data |= static_cast<std::uint64_t>(get(m.in[k])) << k;
      }
      small_[i] = (small_[i] & ~(std::uint64_t{15} << (4 * word))) | data << (4 * word);
      queue(read_gate_[i]);
    } else {
      const std::size_t i = e - first_block_;
      if (blocks_[i].clock(n_.blocks[i], value_, noise_, later)) again.push_back(e);
    }
  }
  for (const std::uint32_t e : again) wake(e);
  for (const Update& update : updates_) put(update.net, update.value);
}

void Simulator::clock() {
  settle();
  edge(false);
  settle();
  if (!any_falling_) return;
  edge(true);
  settle();
}

}  // namespace flashd::netlist
