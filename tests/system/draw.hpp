// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "host/device/driver.hpp"
#include "host/jobs/random_job.hpp"
#include "host/jobs/rng.hpp"
#include "tests/system/shrink.hpp"

namespace flashd::system {

/// What a seed stands for: the sequences of one descriptor.
struct Drawn {
  std::vector<Job> jobs;
  device::RunOptions options;
  std::string text;
};

/// A random descriptor over all options, a function of its arguments alone.
class Draw {
 public:
  /// `only`: all, plain, softcap, alibi, paging, or decode: one query of long sequences, whose
  /// later tiles change nothing, with skip_v.
  Draw(std::uint64_t seed, const spec::Config& config, std::int64_t macs,
       const std::string& only = "all");

  /// The same with every sequence made smaller, or (`way` count) with fewer extras: one sequence,
  /// no states out, no gaps. Null if that changes nothing.
  std::unique_ptr<Draw> smaller(Shrink way) const;

  /// Points into this object.
  const Drawn& drawn() const { return drawn_; }

 private:
  Draw() : rng_(0) {}
  void repeat(int batch);
  void decode();
  void describe();

  jobs::Rng rng_;
  std::deque<jobs::OwnedJob> owned_;
  Drawn drawn_;
};

/// Memory model and probability of pauses that go with a seed.
const char* drawn_memory(std::uint64_t seed);
double drawn_pauses(std::uint64_t seed);

}  // namespace flashd::system
