// SPDX-License-Identifier: Apache-2.0
#include <new>
#include <vector>

#include "kernels/exact/body.hpp"
#include "kernels/exact/plan.hpp"

namespace flashd::cuda {

namespace {

template <class P, class Format>
void run_blocks(const ExactArguments& a, const LaunchShape& shape, bool reversed) {
  const HostThreads threads(shape.threads, reversed);
  const SharedLayout layout = shared_layout(a.d, a.dv, a.tile, shape.rows);
  // As on a GPU, nothing can be expected of memory that was not written.
  constexpr std::uint64_t kGarbage = 0xA5C3A5C3A5C3A5C3u;
  std::vector<std::uint64_t> shared((layout.bytes + 7) / 8, kGarbage);
  ExactBlock<P, Format, HostThreads> block(a, threads, shape.rows,
                                           reinterpret_cast<unsigned char*>(shared.data()));
  const std::int64_t blocks = a.heads_kv * blocks_of_head(a, shape.rows);
  for (std::int64_t b = 0; b < blocks; ++b) block.run(b);
}

}  // namespace

Status run_exact_body(const ExactArguments& a, const LaunchShape& shape, bool reversed) {
  if (Status status = check_exact(a, shape); !status.good()) return status;
  try {
    const bool bf16 = a.input == InputFormat::bf16;
    if (a.profile == Profile::fine) {
      if (bf16)
        run_blocks<spec::Fine, spec::Bf16>(a, shape, reversed);
      else
        run_blocks<spec::Fine, spec::Fp16>(a, shape, reversed);
    } else if (bf16) {
      run_blocks<spec::Lean, spec::Bf16>(a, shape, reversed);
    } else {
      run_blocks<spec::Lean, spec::Fp16>(a, shape, reversed);
    }
  } catch (const std::bad_alloc&) {
    return {Outcome::refused, "this job needs more memory than the machine has"};
  }
  return {};
}

Status run_exact_on_cpu(const Job& job, const golden::Settings& settings, const LaunchShape& shape,
                        Result* result, bool reversed) {
  if (!result) return {Outcome::refused, "result is null; expected a place for it"};
  try {
    if (Status status = check_exact_job(job, settings, shape); !status.good()) return status;
    ExactPlan plan(job, settings);
    if (Status status = run_exact_body(plan.arguments, shape, reversed); !status.good())
      return status;
    *result = plan.take();
  } catch (const std::bad_alloc&) {
    return {Outcome::refused, "this job needs more memory than the machine has"};
  }
  return {};
}

}  // namespace flashd::cuda
