// SPDX-License-Identifier: Apache-2.0
#include "model/systemc/flashd_memory.hpp"

#include "model/systemc/burst_timing.hpp"

namespace flashd::twin {

flashd_memory::flashd_memory(sc_core::sc_module_name name, const std::string& model,
                             std::uint64_t base, std::uint64_t bytes)
    : sc_module(name), socket("socket"), model_(memory::make(model)), base_(base), size_(bytes) {
  socket.register_b_transport(this, &flashd_memory::transport);
  socket.register_transport_dbg(this, &flashd_memory::debug);
}

bool flashd_memory::inside(const tlm::tlm_generic_payload& payload) const {
  const std::uint64_t first = payload.get_address();
  return first >= base_ && first - base_ <= size_ &&
         payload.get_data_length() <= size_ - (first - base_);
}

void flashd_memory::move(tlm::tlm_generic_payload& payload) {
  auto* data = reinterpret_cast<std::byte*>(payload.get_data_ptr());
  if (payload.is_read()) {
    bytes_.read(payload.get_address(), {data, payload.get_data_length()});
  } else if (payload.is_write()) {
    bytes_.write(payload.get_address(), {data, payload.get_data_length()});
  }
}

void flashd_memory::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  auto* timing = payload.get_extension<BurstTiming>();
  if (timing != nullptr) {
    memory::Burst burst = timing->burst;
    if (!begun_) origin_ = burst.cycle;
    begun_ = true;
    burst.cycle -= origin_;
    timing->timing = model_->schedule(burst);
    timing->timing.accept += origin_;
    timing->timing.beats.first += origin_;
    for (std::uint64_t& beat : timing->timing.beats.listed) beat += origin_;
    timing->answered = true;
  }
  if (!inside(payload)) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  move(payload);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

unsigned flashd_memory::debug(tlm::tlm_generic_payload& payload) {
  if (!inside(payload)) return 0;
  move(payload);
  return payload.get_data_length();
}

}  // namespace flashd::twin
