// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "model/systemc/time.hpp"

namespace flashd::twin {

constexpr int kMaxBanks = 4;

/// Twin of flashd_bank_loader: where the beats of a tile go, one bank per tile in turn.
class BankLoader {
 public:
  explicit BankLoader(int banks) : banks_(banks) {}

  bool full(int bank) const { return full_[bank]; }
  bool turn(int bank) const { return turn_[bank]; }
  /// A tile header is there and its bank is free.
  bool ready(bool tile_valid) const { return tile_valid && !full_[bank_]; }

  /// One cycle. `keys` of the tile at the header queue's front, `beat`: a beat comes.
  /// Returns true when the header is taken (its tile is complete).
  bool step(bool tile_valid, int keys, int beats_per_key, bool beat, unsigned release) {
    bool done = false;
    if (tile_valid && !full_[bank_]) {
      if (keys == 0) {
        done = true;
      } else if (beat) {
        done = ++taken_ == keys * beats_per_key;
      }
    }
    for (int b = 0; b < banks_; ++b) {
      if ((release >> b & 1u) != 0) full_[b] = false;
    }
    if (done) {
      taken_ = 0;
      full_[bank_] = true;
      turn_[bank_] = !turn_[bank_];
      bank_ = bank_ + 1 == banks_ ? 0 : bank_ + 1;
    }
    return done;
  }
  /// Beats that may come before one completes the tile.
  int room(int keys, int beats_per_key) const { return keys * beats_per_key - taken_ - 1; }
  void skip(int beats) { taken_ += beats; }
  bool idle() const { return taken_ == 0; }

 private:
  int banks_;
  std::array<bool, kMaxBanks> full_{};
  std::array<bool, kMaxBanks> turn_{};
  int bank_ = 0;
  int taken_ = 0;
};

}  // namespace flashd::twin
