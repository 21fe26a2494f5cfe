// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "model/systemc/engine/bank_loader.hpp"

namespace flashd::twin {

/// Twin of flashd_bank_tracker: when a tile bank may be overwritten.
class BankTracker {
 public:
  explicit BankTracker(int banks) : banks_(banks) {}

  /// Banks freed in this cycle, one bit each.
  unsigned release() const {
    unsigned mask = 0;
    for (int b = 0; b < banks_; ++b) mask |= static_cast<unsigned>(closed_[b] && count_[b] == 0) << b;
    return mask;
  }
  bool closed(int bank) const { return closed_[bank]; }
  bool idle() const {
    for (int b = 0; b < banks_; ++b) {
      if (closed_[b] || count_[b] != 0) return false;
    }
    return true;
  }

  /// One cycle; a bank of -1 is no event.
  void step(int open_bank, int end_bank, int close_bank) {
    const unsigned freed = release();
    if (open_bank >= 0) ++count_[open_bank];
    if (end_bank >= 0) --count_[end_bank];
    for (int b = 0; b < banks_; ++b) {
      if (b == close_bank) {
        closed_[b] = true;
      } else if ((freed >> b & 1u) != 0) {
        closed_[b] = false;
      }
    }
  }

 private:
  int banks_;
  std::array<int, kMaxBanks> count_{};
  std::array<bool, kMaxBanks> closed_{};
};

}  // namespace flashd::twin
