// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kernels/exact/exact.hpp"

namespace flashd::cuda {

/// Values that were held against golden's.
struct Compared {
  std::uint64_t jobs = 0;
  std::uint64_t outputs = 0;  ///< o and LSE
  std::uint64_t states = 0;   ///< fields of row heads, raw o, VE
  std::uint64_t counts = 0;
};

/// Empty, or the first value that differs, tolerance 0.
std::string difference(const Result& exact, const Result& golden, Compared* compared);

/// Computes a job somewhere.
using Executor =
    std::function<Status(const Job&, const golden::Settings&, const LaunchShape&, Result*)>;

/// The body on the CPU, first thread first or last thread first.
Executor on_cpu(bool reversed);
/// The kernel on the GPU.
Executor on_gpu();

struct Way {
  Executor executor;
  LaunchShape shape;
};

/// A job on golden and in every way; empty, or the first difference.
std::string compare(const Job& job, const golden::Settings& settings, const std::vector<Way>& ways,
                    Compared* compared);

}  // namespace flashd::cuda
