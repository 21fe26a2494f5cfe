// SPDX-License-Identifier: Apache-2.0
#include "host/api/flashd.h"

#include <new>
#include <string>

#include "host/api/device.hpp"
#include "host/io/error.hpp"
#include "host/io/row_state.hpp"
#include "model/device/spec.hpp"

struct flashd_device {
  flashd::host::Device device;
};

namespace {

using flashd::host::bad_input;

thread_local std::string last_error;

flashd_status fail(flashd_status status, const char* sentence) noexcept {
  try {
    last_error = sentence;
  } catch (...) {
    last_error.clear();
  }
  return status;
}

/// Runs the body; whatever it throws becomes a status and this thread's sentence.
template <typename Body>
flashd_status guarded(Body&& body) noexcept {
  try {
    return body();
  } catch (const flashd::host::Error& error) {
    return fail(static_cast<flashd_status>(error.exit()), error.what());
  } catch (const std::bad_alloc&) {
    return fail(FLASHD_INVALID, "the host has too little memory for this call");
  } catch (const std::exception& error) {
    return fail(FLASHD_INTERNAL, error.what());
  } catch (...) {
    return fail(FLASHD_INTERNAL, "an unknown exception was thrown");
  }
}

template <typename Pointer>
void require(Pointer* pointer, const char* name) {
  if (!pointer) throw bad_input(name, "is NULL");
}

/// A span of more than PTRDIFF_MAX bytes would end the process.
void check_copy(const void* host, std::size_t bytes) {
  if (bytes != 0) require(host, "host memory");
  if (bytes > static_cast<std::size_t>(PTRDIFF_MAX))
    throw bad_input("copy", std::to_string(bytes) + " bytes are more than any allocation holds");
}

}  // namespace

extern "C" {

flashd_status flashd_open(const char* backend, const char* configuration, const char* numerics,
                          flashd_device** device) {
  return guarded([&] {
    require(device, "device");
    *device = nullptr;
    require(backend, "backend");
    require(configuration, "configuration");
    require(numerics, "numerics");
    const auto& config = flashd::host::find_config(configuration);
    const auto profile = flashd::host::parse_profile(numerics);
    *device =
        new flashd_device{{flashd::host::open_backend(backend, config, profile), config, profile}};
    return FLASHD_OK;
  });
}

void flashd_close(flashd_device* device) { delete device; }

flashd_status flashd_set(flashd_device* device, const char* option, const char* value) {
  return guarded([&] {
    require(device, "device");
    require(option, "option");
    require(value, "value");
    device->device.set(option, value);
    return FLASHD_OK;
  });
}

flashd_status flashd_get_capabilities(flashd_device* device, flashd_capabilities* capabilities) {
  return guarded([&] {
    require(device, "device");
    require(capabilities, "capabilities");
    *capabilities = device->device.capabilities();
    return FLASHD_OK;
  });
}

flashd_status flashd_alloc(flashd_device* device, size_t bytes, flashd_addr* address) {
  return guarded([&] {
    require(device, "device");
    require(address, "address");
    *address = device->device.allocate(bytes);
    return FLASHD_OK;
  });
}

flashd_status flashd_free(flashd_device* device, flashd_addr address) {
  return guarded([&] {
    require(device, "device");
    device->device.release(address);
    return FLASHD_OK;
  });
}

flashd_status flashd_copy_to(flashd_device* device, flashd_addr to, const void* from,
                             size_t bytes) {
  return guarded([&] {
    require(device, "device");
    check_copy(from, bytes);
    device->device.copy_to(to, {static_cast<const std::byte*>(from), bytes});
    return FLASHD_OK;
  });
}

flashd_status flashd_copy_from(flashd_device* device, void* to, flashd_addr from, size_t bytes) {
  return guarded([&] {
    require(device, "device");
    check_copy(to, bytes);
    device->device.copy_from({static_cast<std::byte*>(to), bytes}, from);
    return FLASHD_OK;
  });
}

size_t flashd_row_state_bytes(uint32_t dv) {
  return flashd::host::row_state_bytes(static_cast<int>(dv));
}

flashd_status flashd_merge_states(flashd_device* device, flashd_addr state_a, flashd_addr state_b,
                                  uint64_t rows, uint32_t dv, flashd_addr state_out) {
  return guarded([&] {
    require(device, "device");
    device->device.merge_states(state_a, state_b, rows, dv, state_out);
    return FLASHD_OK;
  });
}

flashd_status flashd_submit(flashd_device* device, const flashd_job* job, uint64_t* ticket) {
  return guarded([&] {
    require(device, "device");
    require(job, "job");
    require(ticket, "ticket");
    *ticket = device->device.submit(flashd::host::full_job(job));
    return FLASHD_OK;
  });
}

flashd_status flashd_wait(flashd_device* device, uint64_t ticket, int64_t timeout_ms,
                          flashd_counters* counters) {
  return guarded([&] {
    require(device, "device");
    if (device->device.wait(ticket, timeout_ms, counters)) return FLASHD_OK;
    return fail(FLASHD_TIMEOUT, "the job still runs");
  });
}

flashd_status flashd_get_counters(flashd_device* device, flashd_counters* counters) {
  return guarded([&] {
    require(device, "device");
    require(counters, "counters");
    *counters = device->device.counters();
    return FLASHD_OK;
  });
}

flashd_status flashd_get_device_counter(flashd_device* device, uint32_t index, const char** name,
                                        uint64_t* value) {
  return guarded([&] {
    require(device, "device");
    require(value, "value");
    if (index >= static_cast<std::uint32_t>(flashd::device::kCounters))
      throw bad_input("index", "is " + std::to_string(index) + "; a device has " +
                                   std::to_string(flashd::device::kCounters) + " counters");
    if (name) *name = flashd::device::kCounterNames[index];
    *value = device->device.device_counter(index);
    return FLASHD_OK;
  });
}

flashd_status flashd_get_line_counter(flashd_device* device, uint32_t index, const char** name,
                                      uint64_t* value) {
  return guarded([&] {
    require(device, "device");
    require(value, "value");
    const auto counters = device->device.line();
    if (index >= counters.size())
      throw bad_input("index", "is " + std::to_string(index) + "; the line of this device has " +
                                   std::to_string(counters.size()) + " counters");
    if (name) *name = counters[index].name;
    *value = counters[index].value;
    return FLASHD_OK;
  });
}

const char* flashd_error(void) { return last_error.c_str(); }

}  // extern "C"
