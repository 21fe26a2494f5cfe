// SPDX-License-Identifier: Apache-2.0
#include "model/systemc/flashd_top.hpp"

#include <algorithm>
#include <cstring>

namespace flashd::twin {

flashd_top::flashd_top(sc_core::sc_module_name name, const Parameters& p, const Options& options)
    : sc_module(name),
      memory("memory"),
      registers("registers"),
      irq_o("irq_o"),
      p_(p),
      options_(options),
      device_(p, this,
              [this](std::uint64_t address, void* to, std::uint64_t bytes) {
                peek(address, to, bytes);
              },
              options.timing_only),
      scratch_(std::size_t{256} * p.axi_bytes()) {
  registers.register_b_transport(this, &flashd_top::access);
  SC_HAS_PROCESS(flashd_top);
  SC_THREAD(run);
}

void flashd_top::run() {
  while (true) {
    if (device_.idle()) {
      irq_o.write(device_.interrupt());
      wait(doorbell_);
      // What the device slept through.
      const auto now = static_cast<Cycle>(sc_core::sc_time_stamp() / options_.period);
      if (now > device_.now()) device_.pass(now);
      continue;
    }
    const Cycle begin = device_.now();
    device_.run(begin + options_.quantum);
    wait(static_cast<double>(device_.now() - begin) * options_.period);
    irq_o.write(device_.interrupt());
  }
}

void flashd_top::access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  static_cast<void>(delay);
  payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  if (payload.get_data_length() != 4 || payload.get_address() % 4 != 0) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  const auto address = static_cast<std::uint32_t>(payload.get_address());
  std::uint32_t value = 0;
  if (payload.is_read()) {
    value = device_.read32(address);
    std::memcpy(payload.get_data_ptr(), &value, sizeof value);
  } else if (payload.is_write()) {
    std::memcpy(&value, payload.get_data_ptr(), sizeof value);
    device_.write32(address, value);
    doorbell_.notify(sc_core::SC_ZERO_TIME);
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

memory::Timing flashd_top::transport(tlm::tlm_generic_payload& payload,
                                     const memory::Burst& burst) {
  BurstTiming timing;
  timing.burst = burst;
  payload.set_extension(&timing);
  const auto local = static_cast<Cycle>(sc_core::sc_time_stamp() / options_.period);
  const Cycle ahead = burst.cycle > local ? burst.cycle - local : 0;
  const sc_core::sc_time before = static_cast<double>(ahead) * options_.period;
  sc_core::sc_time delay = before;
  memory->b_transport(payload, delay);
  payload.clear_extension(&timing);
  if (payload.get_response_status() != tlm::TLM_OK_RESPONSE) {
    const bool unmapped = payload.get_response_status() == tlm::TLM_ADDRESS_ERROR_RESPONSE;
    device_.bus_error(burst.write ? (unmapped ? device::Fault::write_decerr
                                              : device::Fault::write_slverr)
                                  : (unmapped ? device::Fault::read_decerr
                                              : device::Fault::read_slverr),
                      burst.address);
  }
  if (timing.answered) return timing.timing;
  memory::Timing t;
  const auto cycles = static_cast<Cycle>((delay - before) / options_.period);
  t.accept = burst.cycle;
  t.beats.first = burst.cycle + (burst.write ? 0 : std::max<Cycle>(1, cycles));
  t.response = std::max<Cycle>(1, cycles);
  return t;
}

memory::Timing flashd_top::read(Cycle cycle, std::uint64_t address, int beats, void* to) {
  const int bytes = beats * p_.axi_bytes();
  tlm::tlm_generic_payload payload;
  payload.set_command(to == nullptr && options_.timing_only ? tlm::TLM_IGNORE_COMMAND
                                                            : tlm::TLM_READ_COMMAND);
  payload.set_address(address);
  payload.set_data_ptr(scratch_.data());
  payload.set_data_length(static_cast<unsigned>(bytes));
  payload.set_streaming_width(static_cast<unsigned>(bytes));
  const memory::Timing t =
      transport(payload, {cycle, address, static_cast<std::uint32_t>(beats),
                          static_cast<std::uint32_t>(p_.axi_bytes()), false});
  if (to != nullptr) std::memcpy(to, scratch_.data(), static_cast<std::size_t>(bytes));
  return t;
}

memory::Timing flashd_top::write(Cycle cycle, std::uint64_t address, int beats,
                                 std::uint64_t data_address, const void* from, int bytes) {
  const bool ignore = from == nullptr || bytes <= 0;
  if (!ignore) std::memcpy(scratch_.data(), from, static_cast<std::size_t>(bytes));
  tlm::tlm_generic_payload payload;
  payload.set_command(ignore ? tlm::TLM_IGNORE_COMMAND : tlm::TLM_WRITE_COMMAND);
  payload.set_address(ignore ? address : data_address);
  payload.set_data_ptr(scratch_.data());
  payload.set_data_length(static_cast<unsigned>(ignore ? beats * p_.axi_bytes() : bytes));
  payload.set_streaming_width(payload.get_data_length());
  return transport(payload, {cycle, address, static_cast<std::uint32_t>(beats),
                             static_cast<std::uint32_t>(p_.axi_bytes()), true});
}

void flashd_top::peek(std::uint64_t address, void* to, std::uint64_t bytes) {
  auto* at = static_cast<unsigned char*>(to);
  while (bytes != 0) {
    const auto part = static_cast<unsigned>(std::min<std::uint64_t>(bytes, 1u << 30));
    tlm::tlm_generic_payload payload;
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(address);
    payload.set_data_ptr(at);
    payload.set_data_length(part);
    if (memory->transport_dbg(payload) != part) {
      device_.bus_error(device::Fault::read_decerr, address);
      std::memset(at, 0, part);
    }
    address += part;
    at += part;
    bytes -= part;
  }
}

}  // namespace flashd::twin
