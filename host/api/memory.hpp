// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gsl/span>

namespace flashd::host {

/// Bytes of an array in device memory; `keep` lets a running job outlive a flashd_free().
struct MemoryView {
  gsl::span<std::byte> bytes;
  std::shared_ptr<std::vector<std::byte>> keep;
};

/// Allocations of a device, each 64-byte aligned and apart from the next, so that no access runs
/// from one into another. Throws Error(usage) for an address that holds no such range.
class DeviceMemory {
 public:
  std::uint64_t allocate(std::size_t bytes);
  void release(std::uint64_t address);
  /// A range inside one allocation; `what` names it in the message.
  MemoryView view(std::uint64_t address, std::size_t bytes, const std::string& what) const;

 private:
  std::map<std::uint64_t, std::shared_ptr<std::vector<std::byte>>> regions_;
  std::uint64_t next_ = 0x10000;
};

}  // namespace flashd::host
