// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "host/api/flashd.hpp"

namespace flashd {
namespace {

void require_ok(flashd_status status) {
  if (status != FLASHD_OK) throw DeviceError(status, flashd_error());
}

}  // namespace

DeviceArray::DeviceArray(flashd_device* device, std::size_t bytes) : device_(device) {
  require_ok(flashd_alloc(device_, bytes, &address_));
}

DeviceArray::DeviceArray(DeviceArray&& other) noexcept
    : device_(std::exchange(other.device_, nullptr)), address_(std::exchange(other.address_, 0)) {}

DeviceArray& DeviceArray::operator=(DeviceArray&& other) noexcept {
  std::swap(device_, other.device_);
  std::swap(address_, other.address_);
  return *this;
}

DeviceArray::~DeviceArray() {
  if (device_) flashd_free(device_, address_);
}

void DeviceArray::copy_from_host(gsl::span<const std::byte> from) {
  require_ok(flashd_copy_to(device_, address_, from.data(), from.size()));
}

void DeviceArray::copy_to_host(gsl::span<std::byte> to) const {
  require_ok(flashd_copy_from(device_, to.data(), address_, to.size()));
}

Accelerator::Accelerator(const std::string& backend, const std::string& configuration,
                         const std::string& numerics) {
  flashd_device* device = nullptr;
  require_ok(flashd_open(backend.c_str(), configuration.c_str(), numerics.c_str(), &device));
  device_.reset(device);
}

void Accelerator::set(const std::string& option, const std::string& value) {
  require_ok(flashd_set(device_.get(), option.c_str(), value.c_str()));
}

flashd_capabilities Accelerator::capabilities() const {
  flashd_capabilities capabilities{};
  require_ok(flashd_get_capabilities(device_.get(), &capabilities));
  return capabilities;
}

flashd_counters Accelerator::counters() const {
  flashd_counters counters{};
  require_ok(flashd_get_counters(device_.get(), &counters));
  return counters;
}

std::vector<std::pair<std::string, std::uint64_t>> Accelerator::device_counters() const {
  std::vector<std::pair<std::string, std::uint64_t>> all;
  const char* name = nullptr;
  std::uint64_t value = 0;
  for (std::uint32_t i = 0; flashd_get_device_counter(device_.get(), i, &name, &value) == FLASHD_OK;
       ++i)
    all.emplace_back(name, value);
  return all;
}

std::vector<std::pair<std::string, std::uint64_t>> Accelerator::line_counters() const {
  std::vector<std::pair<std::string, std::uint64_t>> all;
  const char* name = nullptr;
  std::uint64_t value = 0;
  for (std::uint32_t i = 0; flashd_get_line_counter(device_.get(), i, &name, &value) == FLASHD_OK;
       ++i)
    all.emplace_back(name, value);
  return all;
}

flashd_counters Accelerator::run(const flashd_job& job) {
  std::uint64_t ticket = 0;
  require_ok(flashd_submit(device_.get(), &job, &ticket));
  flashd_counters counters{};
  require_ok(flashd_wait(device_.get(), ticket, -1, &counters));
  return counters;
}

}  // namespace flashd
