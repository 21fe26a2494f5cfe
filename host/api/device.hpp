// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "host/api/backend.hpp"
#include "host/api/flashd.h"
#include "host/api/job_io.hpp"
#include "host/api/memory.hpp"

namespace flashd::host {

/// One opened device: memory, a queue and the thread that works on it. Thread-safe.
/// Functions throw Error (or std::bad_alloc); flashd.cpp turns that into statuses.
class Device {
 public:
  Device(std::unique_ptr<Backend> backend, const EngineConfig& config, Profile profile);
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  void set(const std::string& option, const std::string& value);
  flashd_capabilities capabilities() const;
  std::uint64_t allocate(std::size_t bytes);
  void release(std::uint64_t address);
  void copy_to(std::uint64_t to, gsl::span<const std::byte> from);
  void copy_from(gsl::span<std::byte> to, std::uint64_t from);
  void merge_states(std::uint64_t a, std::uint64_t b, std::uint64_t rows, std::uint32_t dv,
                    std::uint64_t out);
  std::uint64_t submit(const flashd_job& job);
  /// False if the job still runs after the time; throws what the job ended with.
  bool wait(std::uint64_t ticket, std::int64_t timeout_ms, flashd_counters* counters);
  flashd_counters counters() const;
  /// Sum over the finished jobs of one counter of the whole device; 0 on other back ends.
  std::uint64_t device_counter(std::uint32_t index) const;
  /// Of the line to the device, after the last finished job; empty where there is no line.
  std::vector<LineCounter> line() const;

 private:
  struct Outcome {
    flashd_counters counters{};
    std::vector<std::uint64_t> device;
    std::vector<LineCounter> line;
    std::exception_ptr failure;
  };

  Outcome execute(DeviceJob& work);
  void work();

  const EngineConfig& config_;
  Profile profile_;
  std::unique_ptr<Backend> backend_;

  mutable std::mutex mutex_;
  std::condition_variable queued_;
  std::condition_variable finished_;
  DeviceMemory memory_;
  sim::Options options_;
  std::deque<std::pair<std::uint64_t, DeviceJob>> queue_;
  std::map<std::uint64_t, std::optional<Outcome>> tickets_;
  std::uint64_t next_ticket_ = 1;
  flashd_counters totals_{};
  std::vector<std::uint64_t> device_totals_;
  std::vector<LineCounter> line_;
  bool closing_ = false;
  std::thread worker_;
};

}  // namespace flashd::host
