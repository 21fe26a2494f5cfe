// SPDX-License-Identifier: Apache-2.0
#include "model/systemc/twin_simulator.hpp"

#include <algorithm>

namespace flashd::twin {

TwinSimulator::TwinSimulator(const Parameters& p, const system::Options& options,
                             const Settings& settings)
    : p_(p),
      options_(options),
      range_{options.memory_base, options.memory_bytes},
      model_(memory::make(options.memory, options.pauses)),
      trace_(trace::open(options.trace, "flashd model")),
      device_(p, this,
              [this](std::uint64_t address, void* to, std::uint64_t bytes) {
                bytes_.read(address, {static_cast<std::byte*>(to), static_cast<std::size_t>(bytes)});
              },
              settings.timing_only, trace_ ? &trace_->pipeline() : nullptr) {
  device_.set_stepping(settings.stepping);
}

void TwinSimulator::reset() {
  device_.reset();
  restart_ = true;
}

void TwinSimulator::write32(std::uint32_t address, std::uint32_t value) {
  if (address == device::reg::kRingTail) restart_ = true;
  device_.write32(address, value);
}

bool TwinSimulator::wait_interrupt(std::uint64_t cycles) {
  if (!device_.interrupt()) device_.run(device_.now() + cycles);
  return device_.interrupt();
}

void TwinSimulator::run(std::uint64_t cycles) {
  const Cycle limit = device_.now() + cycles;
  while (device_.now() < limit) device_.run(limit);
}

memory::Timing TwinSimulator::schedule(Cycle cycle, std::uint64_t address, int beats, bool write) {
  if (restart_ && device_.quiet_bus()) {
    model_ = memory::make(options_.memory, options_.pauses);
    origin_ = cycle;
    restart_ = false;
  }
  ++bursts_;
  memory::Timing t = model_->schedule({cycle - origin_, address, static_cast<std::uint32_t>(beats),
                                       static_cast<std::uint32_t>(p_.axi_bytes()), write});
  t.accept += origin_;
  t.beats.first += origin_;
  for (std::uint64_t& beat : t.beats.listed) beat += origin_;
  return t;
}

memory::Timing TwinSimulator::read(Cycle cycle, std::uint64_t address, int beats, void* to) {
  if (to != nullptr) {
    const std::size_t bytes = static_cast<std::size_t>(beats) * p_.axi_bytes();
    bytes_.read(address, {static_cast<std::byte*>(to), bytes});
  }
  return schedule(cycle, address, beats, false);
}

memory::Timing TwinSimulator::write(Cycle cycle, std::uint64_t address, int beats,
                                    std::uint64_t data_address, const void* from, int bytes) {
  if (from != nullptr && bytes > 0)
    bytes_.write(data_address,
                 {static_cast<const std::byte*>(from), static_cast<std::size_t>(bytes)});
  return schedule(cycle, address, beats, true);
}

}  // namespace flashd::twin
