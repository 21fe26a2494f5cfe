// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "model/systemc/memory/read_master.hpp"
#include "model/systemc/sequence.hpp"

namespace flashd::twin {

/// Twin of flashd_page_lookup.
class PageLookup {
 public:
  explicit PageLookup(const Parameters& p) : beats_(64 / p.axi_bytes()) {}

  void start(const Sequence& s) {
    s_ = s;
    valid_ = false;
  }
  bool hit(std::uint32_t index) const { return valid_ && tag_ == index / 16; }
  std::int32_t entry(std::uint32_t index) const { return line_[index % 16]; }
  bool unmapped(std::uint32_t index) const {
    const std::int32_t e = entry(index);
    return e < 0 || static_cast<std::uint32_t>(e) >= s_.descriptor.pages;
  }
  std::uint64_t address(std::uint32_t index) const { return s_.page_table + std::uint64_t{4} * index; }

  bool wants(std::uint32_t index) const { return !hit(index) && !asked_; }
  Segment request(std::uint32_t index) {
    Segment r;
    r.address = s_.page_table + std::uint64_t{64} * (index / 16);
    r.beats = static_cast<std::uint32_t>(beats_);
    r.to = line_.data();
    return r;
  }
  void step(bool granted, std::uint32_t index, bool beat) {
    const bool last = beat && beat_ + 1 == beats_;
    if (granted) {
      asked_ = true;
      valid_ = false;
      tag_ = index / 16;
    } else if (last) {
      asked_ = false;
      valid_ = true;
    }
    if (beat) beat_ = last ? 0 : beat_ + 1;
  }

 private:
  int beats_;
  Sequence s_;
  std::array<std::int32_t, 16> line_{};
  bool valid_ = false;
  bool asked_ = false;
  std::uint32_t tag_ = 0;
  int beat_ = 0;
};

}  // namespace flashd::twin
