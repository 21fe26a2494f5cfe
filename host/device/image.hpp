// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <gsl/span>

#include "host/device/arena.hpp"
#include "host/device/bus.hpp"
#include "host/device/capabilities.hpp"
#include "model/device/spec.hpp"
#include "model/golden/job.hpp"

namespace flashd::device {

/// What a descriptor asks for beyond flashd::Job.
struct RunOptions {
  bool write_o = true;
  bool write_lse = true;
  bool state_out = false;
  bool skip_v = false;
  bool interrupt = true;
  std::uint32_t tag = 1;
  /// Lines of 64 bytes left free after every row, head and sequence: strides need not be dense.
  std::uint32_t gap = 0;
  /// Fill outputs with a pattern first; collect() then demands that nothing around them changed.
  bool guard = false;
};

/// A job in device memory: its descriptor and where its outputs will be.
struct Image {
  Descriptor descriptor;
  RunOptions options;
  std::int64_t batch = 1, heads_q = 1, queries = 0;
  int dv = 0;
  OutputFormat output = OutputFormat::fp32;
  int input_bias = 0;                  ///< of the exponent VE
  std::vector<std::int32_t> exponent;  ///< VE of every sequence
  std::uint64_t o_bytes = 0, lse_bytes = 0, state_bytes = 0;
};

/// Lays out the sequences of one descriptor (docs/system.md, "Memory layout"), writes every input,
/// and sets the status record to pending. The jobs are equal but for arrays, key length, diagonal,
/// VE and states; with paging they share one pool. Arrays without data are not written: their
/// values do not matter to time. Throws host::Error(usage) with one sentence if a job does not fit
/// the device.
Image place(Memory& memory, Arena& arena, gsl::span<const Job> jobs, const RunOptions& options,
            const Capabilities& capabilities);

/// Reads back the outputs of every sequence; o, lse and state are empty where they were not asked
/// for, counts are zero. Throws host::Error(mismatch) if a guarded byte has changed.
std::vector<Result> collect(Memory& memory, const Image& image);

}  // namespace flashd::device
