// SPDX-License-Identifier: Apache-2.0
#include "host/api/memory.hpp"

#include <array>
#include <cstdio>

#include "host/io/error.hpp"

namespace flashd::host {
namespace {

constexpr std::uint64_t kAlignment = 64;
constexpr std::size_t kMaxBytes = std::size_t{1} << 46;

std::string address_text(std::uint64_t address) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(address));
  return text.data();
}

}  // namespace

std::uint64_t DeviceMemory::allocate(std::size_t bytes) {
  if (bytes > kMaxBytes)
    throw bad_input("device memory", std::to_string(bytes) + " bytes were asked for, limit 2^46");
  const std::uint64_t address = next_;
  regions_.emplace(address, std::make_shared<std::vector<std::byte>>(bytes));
  next_ += (bytes / kAlignment + 2) * kAlignment;
  return address;
}

void DeviceMemory::release(std::uint64_t address) {
  if (regions_.erase(address) == 0)
    throw bad_input("device memory", address_text(address) + " was never allocated");
}

MemoryView DeviceMemory::view(std::uint64_t address, std::size_t bytes,
                              const std::string& what) const {
  if (bytes == 0) return {};
  auto region = regions_.upper_bound(address);
  if (region != regions_.begin()) {
    --region;
    const std::uint64_t offset = address - region->first;
    const std::size_t size = region->second->size();
    if (offset <= size && bytes <= size - offset)
      return {gsl::span<std::byte>(*region->second).subspan(offset, bytes), region->second};
  }
  throw bad_input(what, "device memory at " + address_text(address) + " does not hold " +
                            std::to_string(bytes) + " bytes of one allocation");
}

}  // namespace flashd::host
