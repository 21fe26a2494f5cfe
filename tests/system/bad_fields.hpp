// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "tests/system/rig.hpp"

namespace flashd::system {

using Words = std::array<std::uint32_t, device::kDescriptorWords>;

/// A way to make one field of a descriptor, or of what it points at, bad.
struct BadField {
  std::string name;
  /// Whether this victim's options look at the field.
  std::function<bool(const device::Descriptor&)> fits;
  /// Changes the words (or the memory behind them) and says what must come of it.
  std::function<Expectation(Rig&, device::Descriptor&, Words&)> spoil;
};

/// Name of the one that is no field: page table entries beyond the pool.
constexpr const char* kUnmappedPage = "unmapped page";

/// Every field that can be out of range.
std::vector<BadField> bad_fields();

}  // namespace flashd::system
