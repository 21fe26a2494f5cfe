// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/device/driver.hpp"
#include "host/jobs/rng.hpp"
#include "tests/system/compare.hpp"
#include "tests/system/draw.hpp"
#include "tests/system/plugin.hpp"

namespace flashd::system {

/// A small job and what a run without faults counted.
struct Victim {
  Draw draw;
  device::Counters counters;
};

/// What a fault must lead to.
struct Expectation {
  device::Fault code = device::Fault::none;
  std::optional<std::uint64_t> address;
  bool record = true;  ///< a status record is written
  bool tag_known = true;
};

/// A verilated device, small jobs for it, and the checks around an injected fault. Checks throw
/// std::runtime_error with one sentence.
class Rig {
 public:
  Rig(const Plugin& plugin, std::uint64_t seed, int victims);

  jobs::Rng& rng() { return rng_; }
  Simulator& simulator() { return *simulator_; }
  device::Driver& driver() { return *driver_; }
  int axi_bytes() const { return driver_->capabilities().axi_bits / 8; }

  /// Another memory and other pauses from here on.
  void renew();
  /// A job that `fits`; null if there is none.
  template <typename Fits>
  const Victim* pick(Fits fits) {
    for (int i = 0; i < 1000; ++i) {
      const Victim& v = victims_[static_cast<std::size_t>(
          rng_.below(static_cast<std::int64_t>(victims_.size())))];
      if (fits(v)) return &v;
    }
    return nullptr;
  }
  const Victim& any() {
    return *pick([](const Victim&) { return true; });
  }

  /// Lays a victim out; its memory stays until release().
  device::Image place(const Victim& victim);
  void release();
  /// Waits for the end of descriptor `index`, which must raise the fault interrupt, and demands
  /// code, address, tag and record as expected.
  void expect_fault(std::uint32_t index, const device::Image& image, const Expectation& expected);
  /// The outputs and states of a placed victim that ended well, without counters.
  void expect_exact(const Victim& victim, const device::Image& image);
  /// A job after all that: outputs, states, counts and counters exact.
  void expect_next_exact();
  const Compared& compared() const { return compared_; }

 private:
  const Plugin& plugin_;
  jobs::Rng rng_;
  std::deque<Victim> victims_;
  std::unique_ptr<Simulator> simulator_;
  std::unique_ptr<device::Driver> driver_;
  std::uint64_t mark_ = 0;
  Compared compared_;
};

[[noreturn]] void wrong(const std::string& sentence);

}  // namespace flashd::system
