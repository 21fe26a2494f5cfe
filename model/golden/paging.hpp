// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "model/golden/job.hpp"

namespace flashd {

/// A job with its pages gathered into dense arrays: the same bits without a page table. Keys at and
/// beyond the key length are zero. The job must pass check() and live as long.
class GatheredJob {
 public:
  explicit GatheredJob(const Job& paged);
  GatheredJob(const GatheredJob&) = delete;
  GatheredJob& operator=(const GatheredJob&) = delete;

  Job job;

 private:
  std::vector<std::uint16_t> k_;
  std::vector<std::uint16_t> v_;
};

}  // namespace flashd
