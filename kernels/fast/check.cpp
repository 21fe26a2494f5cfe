// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "kernels/fast/fast.hpp"
#include "kernels/fast/frame.hpp"
#include "kernels/fast/plan.hpp"

namespace flashd::cuda {

namespace {

/// Rows of a job, and keys: tiles are counted in 32 bits with room for the last one.
constexpr std::int64_t kMaxRows32 = (std::int64_t{1} << 31) - 1 - 1024;
constexpr std::int64_t kMaxHeads = 65535;
/// TMA's strides are below 2^40 bytes; arrays are bounded alike.
constexpr std::int64_t kMaxStride = (std::int64_t{1} << 39) - 1;
constexpr std::int64_t kMaxBlocks = (std::int64_t{1} << 31) - 1;
constexpr std::size_t kAlignment = 16;  // bytes, of TMA and of the widest loads
constexpr std::int64_t kStrideElements = 8;

Status refused(std::string sentence) { return {Outcome::refused, std::move(sentence)}; }

Status check_range(const char* what, std::int64_t is, std::int64_t low, std::int64_t high) {
  if (is >= low && is <= high) return {};
  return refused(std::string(what) + " is " + std::to_string(is) + "; expected " +
                 std::to_string(low) + " to " + std::to_string(high));
}

Status check_numbers(const FastJob& job) {
  if (tile_keys(true, job.d) < 0)
    return refused("d is " + std::to_string(job.d) + "; expected 64, 128 or 256");
  if (job.input != InputFormat::bf16 && job.input != InputFormat::fp16)
    return refused("input is neither bf16 nor fp16");
  if (job.output != OutputFormat::fp32 && job.output != OutputFormat::bf16 &&
      job.output != OutputFormat::fp16)
    return refused("output is neither fp32, bf16 nor fp16");
  if (!std::isfinite(job.scale) || job.scale <= 0.0f)
    return refused("scale is " + std::to_string(job.scale) + "; expected a finite number above 0");
  if (!std::isfinite(job.scale * kLog2e))
    return refused("scale is too large; log2(e) times it must be finite");
  return {};
}

Status check_shape(const FastJob& job) {
  for (const Status& status : {check_range("batch", job.batch, 1, kMaxHeads),
                               check_range("heads_q", job.heads_q, 1, kMaxHeads),
                               check_range("heads_kv", job.heads_kv, 1, kMaxHeads),
                               check_range("queries", job.queries, 0, kMaxRows32),
                               check_range("keys", job.keys, 0, kMaxRows32)}) {
    if (!status.good()) return status;
  }
  if (job.heads_q % job.heads_kv != 0)
    return refused("heads_q is " + std::to_string(job.heads_q) + ", heads_kv " +
                   std::to_string(job.heads_kv) + "; expected a multiple of it");
  if ((job.cu_queries == nullptr) != (job.cu_keys == nullptr))
    return refused("one of cu_queries and cu_keys is null; expected both or none");
  if (job.cu_queries) {
    for (const Status& status :
         {check_range("total_queries", job.total_queries, job.queries, kMaxRows32),
          check_range("total_keys", job.total_keys, job.keys, kMaxRows32)}) {
      if (!status.good()) return status;
    }
  }
  const std::int64_t row_tiles =
      (job.queries + PortableTile<64>::kRows - 1) / PortableTile<64>::kRows;
  std::int64_t blocks = 0;
  if (__builtin_mul_overflow(job.batch * job.heads_q, row_tiles, &blocks) || blocks > kMaxBlocks)
    return refused("batch, heads_q and queries make more than 2^31 - 1 blocks");
  return {};
}

Status check_parts(const FastJob& job) {
  if (Status status = check_range("parts", job.parts, 1, kMaxParts); !status.good()) return status;
  if (job.parts == 1 || job.queries == 0) return {};
  // check_shape() has let pass fewer than 2^47 rows.
  const std::int64_t rows = std::max(rows_of(job), job.batch * job.heads_q * job.queries);
  if (rows * job.parts > kMaxBlocks)
    return refused("parts is " + std::to_string(job.parts) + " for " + std::to_string(rows) +
                   " rows; expected fewer than 2^31 rows in all parts");
  if (job.workspace == nullptr)
    return refused("workspace is null; expected an array, for parts is " +
                   std::to_string(job.parts));
  if (reinterpret_cast<std::uintptr_t>(job.workspace) % kAlignment != 0)
    return refused("workspace is not aligned to 16 bytes");
  return {};
}

struct Array {
  const char* name;
  const void* data;
  const FastStrides* strides;
  std::int64_t heads;
  std::int64_t rows;
  int element_size;
};

/// Whether the last element lies below 2^60 bytes.
bool reaches_too_far(const FastJob& job, const Array& array) {
  const std::int64_t entries = job.cu_queries ? 1 : job.batch;
  const std::int64_t extents[] = {entries, array.heads, array.rows};
  const std::int64_t strides[] = {array.strides->batch, array.strides->head, array.strides->row};
  std::int64_t reach = job.d;
  for (int i = 0; i < 3; ++i) {
    std::int64_t part = 0;
    if (extents[i] > 1 && (__builtin_mul_overflow(extents[i] - 1, strides[i], &part) ||
                           __builtin_add_overflow(reach, part, &reach)))
      return true;
  }
  return reach > (std::int64_t{1} << 58);
}

/// Strides that are used must be multiples of 16 bytes and hold a row at least.
Status check_strides(const FastJob& job, const Array& array) {
  const std::int64_t entries = job.cu_queries ? 1 : job.batch;
  const struct {
    const char* name;
    std::int64_t stride;
    bool used;
  } all[] = {{"batch", array.strides->batch, entries > 1},
             {"head", array.strides->head, array.heads > 1},
             {"row", array.strides->row, array.rows > 1}};
  for (const auto& one : all) {
    if (!one.used) continue;
    const std::string what = std::string(array.name) + "_strides." + one.name + " is " +
                             std::to_string(one.stride) + " elements; expected ";
    if (one.stride < job.d || one.stride > kMaxStride)
      return refused(what + std::to_string(job.d) + " to 2^39 - 1");
    if (one.stride % kStrideElements != 0) return refused(what + "a multiple of 8");
  }
  if (reaches_too_far(job, array))
    return refused(std::string(array.name) + " reaches beyond 2^60 bytes");
  return {};
}

Status check_arrays(const FastJob& job) {
  const bool varlen = job.cu_queries != nullptr;
  const std::int64_t queries = varlen ? job.total_queries : job.queries;
  const std::int64_t keys = varlen ? job.total_keys : job.keys;
  const int out = job.output == OutputFormat::fp32 ? 4 : 2;
  const Array arrays[] = {{"q", job.q, &job.q_strides, job.heads_q, queries, 2},
                          {"k", job.k, &job.k_strides, job.heads_kv, keys, 2},
                          {"v", job.v, &job.v_strides, job.heads_kv, keys, 2},
                          {"o", job.o, &job.o_strides, job.heads_q, queries, out}};
  if (job.queries == 0) return {};
  for (const Array& array : arrays) {
    const bool needed = array.rows > 0;
    if (!needed) continue;
    if (array.data == nullptr)
      return refused(std::string(array.name) + " is null; expected an array");
    if (reinterpret_cast<std::uintptr_t>(array.data) % kAlignment != 0)
      return refused(std::string(array.name) + " is not aligned to 16 bytes");
    if (Status status = check_strides(job, array); !status.good()) return status;
  }
  const std::pair<const char*, const void*> words[] = {
      {"lse", job.lse}, {"cu_queries", job.cu_queries}, {"cu_keys", job.cu_keys}};
  for (const auto& [word, data] : words) {
    if (reinterpret_cast<std::uintptr_t>(data) % 4 != 0)
      return refused(std::string(word) + " is not aligned to 4 bytes");
  }
  return {};
}

}  // namespace

FastStrides dense_strides(std::int64_t heads, std::int64_t rows, int d, bool rows_first) {
  if (rows_first) return {heads * rows * d, d, heads * d};
  return {heads * rows * d, rows * d, d};
}

const char* name(FastKernel kernel) {
  switch (kernel) {
    case FastKernel::fast:
      return "fast";
    case FastKernel::portable:
      return "portable";
    case FastKernel::division:
      return "division";
    default:
      return "choose";
  }
}

double fast_flops(const FastJob& job) {
  const double all = 4.0 * static_cast<double>(job.queries) * static_cast<double>(job.keys) *
                     job.d * static_cast<double>(job.heads_q) * static_cast<double>(job.batch);
  return job.causal ? all / 2.0 : all;
}

Status check_fast(const FastJob& job, FastKernel kernel) {
  if (kernel < FastKernel::choose || kernel > FastKernel::division)
    return refused("kernel is none of choose, fast, portable and division");
  for (const auto part : {&check_numbers, &check_shape, &check_parts, &check_arrays}) {
    if (Status status = part(job); !status.good()) return status;
  }
  return {};
}

Status resolve_fast(FastKernel kernel, int major, int minor, FastKernel* resolved) {
  if (!resolved) return refused("resolved is null; expected a place for it");
  const auto here = " on this GPU of compute capability " + std::to_string(major) + "." +
                    std::to_string(minor) + "; it needs ";
  const bool hopper = major == 9 && minor == 0;
  if (kernel == FastKernel::fast && !hopper)
    return {Outcome::unavailable, "kernel fast does not run" + here + "9.0 (portable runs here)"};
  if (major < 8)
    return {Outcome::unavailable,
            std::string("kernel ") + name(kernel) + " does not run" + here + "8.0 or more"};
  *resolved =
      kernel == FastKernel::choose ? (hopper ? FastKernel::fast : FastKernel::portable) : kernel;
  return {};
}

}  // namespace flashd::cuda
