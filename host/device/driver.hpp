// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gsl/span>

#include "host/device/arena.hpp"
#include "host/device/bus.hpp"
#include "host/device/capabilities.hpp"
#include "host/device/image.hpp"
#include "model/device/spec.hpp"
#include "model/golden/job.hpp"

namespace flashd::device {

/// Values of the device's counters, by Counter.
using Counters = std::array<std::uint64_t, kCounters>;

inline std::uint64_t value(const Counters& counters, Counter counter) {
  return counters[static_cast<std::size_t>(counter)];
}

/// The counts that golden knows, too.
Counts to_counts(const Counters& counters);

/// A fault as the registers tell it.
struct FaultReport {
  Fault code = Fault::none;
  std::uint32_t tag = 0;
  std::uint64_t address = 0;
};

/// "fault read_slverr (15) at address 0x..."
std::string to_text(const FaultReport& fault);

/// How a wait ended.
enum class Ended {
  done,     ///< the device has ended the job, well or with a fault
  hung,     ///< BUS_HUNG
  stopped,  ///< ring overrun
  stuck,    ///< busy, but no counter of work moved
};

/// Outputs of one descriptor.
struct Finished {
  std::vector<Result> results;  ///< per sequence; counts are zero
  Counters counters{};          ///< of this descriptor
};

/// A device from the point of view of a job. Throws host::Error: unavailable (another device),
/// usage (the job does not fit), fault (the device reported one, hung or stopped working).
class Executor {
 public:
  virtual ~Executor() = default;
  Executor() = default;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  virtual const Capabilities& capabilities() const = 0;
  /// One descriptor for all sequences, from layout to results.
  virtual Finished run(gsl::span<const Job> jobs, const RunOptions& options) = 0;
};

/// Speaks to the registers of one device. Throws host::Error: unavailable (another device), usage
/// (the job does not fit), fault (the device reported one, hung or stopped working; the next run
/// resets it).
class Driver final : public Executor {
 public:
  static constexpr std::uint64_t kDefaultPatience = 200000;
  static constexpr int kRingLog2 = 3;

  /// Resets the device and reads what it is.
  explicit Driver(Bus& bus);

  const Capabilities& capabilities() const override { return capabilities_; }
  Bus& bus() { return bus_; }
  Arena& arena() { return arena_; }
  /// Cycles without progress after which a wait gives up.
  void set_patience(std::uint64_t cycles) { patience_ = cycles; }
  /// TIMEOUT register; 0: the device waits for its bus without limit.
  void set_timeout(std::uint32_t cycles);

  /// Frees the memory of the descriptor at its end.
  Finished run(gsl::span<const Job> jobs, const RunOptions& options) override;

  // The steps of run(), for callers that have several jobs in flight or inject faults.

  /// rst_ni, then the ring, interrupts and TIMEOUT.
  void reset();
  /// CONTROL.soft_reset, then waits until the device is idle; false if it does not get there.
  bool soft_reset();
  /// Writes a descriptor to the next slot and hands it over; returns the RING_HEAD that ends it.
  std::uint32_t submit(const Descriptor& descriptor);
  std::uint32_t submit(const std::array<std::uint32_t, kDescriptorWords>& words);
  /// Until RING_HEAD has reached `index`, the bus hung, the ring stopped, or nothing moves.
  Ended wait(std::uint32_t index);
  Status status(const Image& image);
  FaultReport fault();
  Counters counters();
  void clear_counters();
  std::uint32_t tail() const { return tail_; }

 private:
  void program();
  [[noreturn]] void fail(Ended ended, const Status& status);
  std::uint64_t read64(std::uint32_t address);
  std::uint64_t work();

  Bus& bus_;
  Capabilities capabilities_;
  Arena arena_;
  std::uint64_t ring_ = 0;
  std::uint32_t tail_ = 0;
  std::uint32_t timeout_ = 0;
  std::uint64_t patience_ = kDefaultPatience;
  bool broken_ = false;  ///< reset before the next run
};

}  // namespace flashd::device
