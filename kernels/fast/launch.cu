// SPDX-License-Identifier: Apache-2.0
#include "kernels/fast/launch.cuh"

#include <new>

namespace flashd::cuda {

Status launch_fast(const FastJob& job, FastKernel kernel, void* stream) {
  try {
    if (Status status = check_fast(job, kernel); !status.good()) return status;
    int device = 0, major = 0, minor = 0;
    if (const cudaError_t error = cudaGetDevice(&device); error != cudaSuccess)
      return {Outcome::unavailable,
              std::string("no GPU can be used: ") + cudaGetErrorString(error)};
    for (const auto& [to, attribute] : {std::pair{&major, cudaDevAttrComputeCapabilityMajor},
                                        std::pair{&minor, cudaDevAttrComputeCapabilityMinor}}) {
      if (Status s = status_of(cudaDeviceGetAttribute(to, attribute, device),
                               "telling its compute capability");
          !s.good())
        return s;
    }
    FastKernel resolved = kernel;
    if (Status status = resolve_fast(kernel, major, minor, &resolved); !status.good())
      return status;
    if (job.queries == 0) return {};
    const bool hopper = resolved != FastKernel::portable && major == 9 && minor == 0;
    const auto arithmetic =
        resolved == FastKernel::division ? FastArithmetic::division : FastArithmetic::frames;
    const auto cuda_stream = static_cast<cudaStream_t>(stream);
    const Status status = hopper ? launch_hopper(job, arithmetic, cuda_stream)
                                 : launch_portable(job, arithmetic, cuda_stream);
    if (!status.good() || job.parts == 1) return status;
    return launch_merge(job, arithmetic, cuda_stream);
  } catch (const std::bad_alloc&) {
    return {Outcome::refused, "no memory is left"};
  }
}

}  // namespace flashd::cuda
