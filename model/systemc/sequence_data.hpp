// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "model/golden/job.hpp"
#include "model/systemc/parameters.hpp"
#include "model/systemc/sequence.hpp"

namespace flashd::twin {

/// Reads `bytes` of device memory without passing time.
using Peek = std::function<void(std::uint64_t address, void* to, std::uint64_t bytes)>;

/// The data of one sequence: golden's results for what the twin's timing moves. Read as a whole at
/// the sequence's start.
class SequenceData {
 public:
  /// Throws std::invalid_argument if golden refuses the job (a page outside the pool).
  SequenceData(const Sequence& s, const Parameters& p, const Peek& peek);

  const Result& result() const { return result_; }
  /// The skip_v rule for tile `tile` (first key / Tile) of the one context in use: no row of
  /// KV head `head` needs the tile's values.
  bool skip(std::uint32_t head, std::uint32_t tile) const;

 private:
  struct Seen {
    std::int32_t reference = 0;
    bool any = false;
    bool nan = false;
  };
  class Watch;
  void fill(const Sequence& s, const Peek& peek);
  void run(const Sequence& s, const Parameters& p);

  Job job_;
  std::vector<std::uint16_t> q_, k_, v_, bias16_;
  std::vector<float> bias32_, slopes_;
  std::vector<std::int32_t> table_;
  RowStates state_in_;
  Result result_;
  std::uint32_t rows_ = 0;   ///< per KV head, if skip_v
  std::uint32_t tiles_ = 0;
  int margin_ = 0;
  std::vector<Seen> seen_;   ///< [head][row][tile]
};

}  // namespace flashd::twin
