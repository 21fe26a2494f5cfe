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
  /// A header of so many keys would be taken, if no tile ends in this cycle.
  bool takes(int keys) const { return free() && (keys == 0 || !load_); }

  /// This beat is its tile's last.
  bool ends(bool beat, int beats_per_key) const {
    return load_ && beat && taken_ + 1 == keys_ * beats_per_key;
  }
  /// One cycle. `keys` of the tile at the header queue's front, `beat`: a beat comes.
  /// Returns true when the header is taken.
  bool step(bool tile_valid, int keys, int beats_per_key, bool beat, unsigned release) {
    const bool end = ends(beat, beats_per_key);
    const bool take = tile_valid && free() && (keys == 0 || !load_ || end);
    if (load_ && beat) ++taken_;
    for (int b = 0; b < banks_; ++b) {
      if ((release >> b & 1u) != 0) full_[b] = false;
    }
    if (end) {
      fill(bank_);
      taken_ = 0;
      load_ = false;
    }
    if (take && keys == 0) fill(next_);
    if (take && keys != 0) {
      load_ = true;
      bank_ = next_;
      keys_ = keys;
    }
    if (take) next_ = next_ + 1 == banks_ ? 0 : next_ + 1;
    return take;
  }
  /// Beats that may come before one completes the tile.
  int room(int beats_per_key) const { return load_ ? keys_ * beats_per_key - taken_ - 1 : 0; }
  void skip(int beats) { taken_ += beats; }

 private:
  bool free() const { return !full_[next_] && !(load_ && bank_ == next_); }
  void fill(int bank) {
    full_[bank] = true;
    turn_[bank] = !turn_[bank];
  }

  int banks_;
  std::array<bool, kMaxBanks> full_{};
  std::array<bool, kMaxBanks> turn_{};
  int next_ = 0;       ///< bank of the next tile
  bool load_ = false;  ///< a tile is being loaded, into bank_
  int bank_ = 0;
  int keys_ = 0;
  int taken_ = 0;
};

}  // namespace flashd::twin
