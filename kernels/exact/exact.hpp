// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "kernels/exact/arguments.hpp"
#include "model/golden/golden.hpp"
#include "model/golden/job.hpp"

namespace flashd::cuda {

enum class Outcome {
  good,
  refused,      ///< an argument does not fit
  unavailable,  ///< no kernels in this build, or no GPU
  fault,        ///< the GPU or its driver reported an error
};

/// What came of a call; `sentence` is empty if all is good. No function here throws.
struct Status {
  Outcome outcome = Outcome::good;
  std::string sentence;
  bool good() const { return outcome == Outcome::good; }
};

struct Gpu {
  std::string name;
  int major = 0;  ///< compute capability
  int minor = 0;
  std::uint64_t memory = 0;  ///< bytes
  int multiprocessors = 0;
  int driver = 0;   ///< CUDA version of the driver, 1000 major + 10 minor
  int runtime = 0;  ///< of the kernels' run time
};

/// Checks all but what pointers point to: shapes, formats, null, alignment, strides, and sizes that
/// would overflow.
Status check_exact(const ExactArguments& arguments, const LaunchShape& shape);

/// Starts the kernel on arrays in GPU memory; `stream` is a cudaStream_t, null the default one.
/// Errors while it runs are reported by the next call that waits for the stream.
Status launch_exact(const ExactArguments& arguments, const LaunchShape& shape, void* stream);

/// The kernel's body on arrays in host memory, one thread after another; `reversed`: the last
/// thread first.
Status run_exact_body(const ExactArguments& arguments, const LaunchShape& shape,
                      bool reversed = false);

/// A shape that spreads the rows of a job over the whole GPU.
LaunchShape fitting_shape(const Job& job);

/// Whether `shape` can run a job; a job passes if golden takes it, its bias has no negative stride
/// and no array overflows.
Status check_exact_job(const Job& job, const golden::Settings& settings, const LaunchShape& shape);

/// A job on the current GPU, the first unless the caller has set another: golden's bits and counts.
/// `result` is written if all went well.
Status run_exact(const Job& job, const golden::Settings& settings, const LaunchShape& shape,
                 Result* result);

/// The same by the kernel's body on the CPU.
Status run_exact_on_cpu(const Job& job, const golden::Settings& settings, const LaunchShape& shape,
                        Result* result, bool reversed = false);

/// The current GPU; unavailable with the reason if there is none that the kernels run on.
Status find_gpu(Gpu* gpu);

}  // namespace flashd::cuda
