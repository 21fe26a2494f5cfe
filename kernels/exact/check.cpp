// SPDX-License-Identifier: Apache-2.0
#include "kernels/exact/exact.hpp"
#include "kernels/exact/plan.hpp"
#include "kernels/exact/shared_memory.hpp"

namespace flashd::cuda {

namespace {

constexpr std::int64_t kLimit = std::int64_t{1} << 31;
/// Bytes of an array; far beyond any memory, far below an overflow of 64 bits.
constexpr std::int64_t kMaxBytes = std::int64_t{1} << 60;

Status refused(std::string sentence) { return {Outcome::refused, std::move(sentence)}; }

std::string between(const char* what, std::int64_t is, std::int64_t low, std::int64_t high) {
  return std::string(what) + " is " + std::to_string(is) + "; expected " + std::to_string(low) +
         " to " + std::to_string(high);
}

bool outside(std::int64_t x, std::int64_t low, std::int64_t high) { return x < low || x > high; }

/// a b c element_size, or -1 beyond kMaxBytes.
std::int64_t bytes_of(std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t element_size) {
  std::int64_t product = element_size;
  for (const std::int64_t factor : {a, b, c}) {
    if (__builtin_mul_overflow(product, factor, &product) || product > kMaxBytes) return -1;
  }
  return product;
}

/// Reach of a bias in elements, or -1 beyond kMaxBytes.
std::int64_t bias_reach(const ExactArguments& a) {
  std::int64_t reach = 1;
  const std::int64_t extents[] = {a.heads_q, a.queries, a.key_length};
  const std::int64_t strides[] = {a.bias_head, a.bias_query, a.bias_key};
  for (int i = 0; i < 3; ++i) {
    std::int64_t part = 0;
    if (__builtin_mul_overflow(extents[i] - 1, strides[i], &part) ||
        __builtin_add_overflow(reach, part, &reach) || reach > kMaxBytes / 4)
      return -1;
  }
  return reach;
}

struct Array {
  const char* name;
  const void* data;
  std::size_t alignment;
  bool needed;
};

Status check_arrays(const ExactArguments& a) {
  const bool rows = a.queries > 0;
  const bool keys = rows && a.key_length > 0;
  const Array arrays[] = {
      {"q", a.q, alignof(std::uint16_t), rows},
      {"k", a.k, alignof(std::uint16_t), keys},
      {"v", a.v, alignof(std::uint16_t), keys},
      {"ranges", a.ranges, alignof(KeyRange), rows},
      {"page_table", a.page_table, alignof(std::int32_t), keys && a.page_size != 0},
      {"bias", a.bias, alignof(float), false},
      {"bias16", a.bias16, alignof(std::uint16_t), false},
      {"slopes", a.slopes, alignof(arith::AlibiSlope), false},
      {"head_in", a.head_in, alignof(RowHead), rows && a.o_in},
      {"o_in", a.o_in, alignof(std::int32_t), rows && a.head_in},
      {"head", a.head, alignof(RowHead), rows},
      {"o_state", a.o_state, alignof(std::int32_t), rows},
      {"o", a.o, alignof(std::uint32_t), rows},
      {"lse", a.lse, alignof(std::uint32_t), rows},
      {"counts", a.counts, alignof(Counts), rows}};
  for (const Array& array : arrays) {
    if (array.needed && array.data == nullptr)
      return refused(std::string(array.name) + " is null; expected an array");
    if (reinterpret_cast<std::uintptr_t>(array.data) % array.alignment != 0)
      return refused(std::string(array.name) + " is not aligned to " +
                     std::to_string(array.alignment) + " bytes");
  }
  return {};
}

Status check_shape(const ExactArguments& a) {
  if (a.heads_q < 1 || a.heads_kv < 1)
    return refused("a job needs at least one query head and one key head");
  if (a.heads_q % a.heads_kv != 0) return refused("query heads must be a multiple of key heads");
  if (outside(a.queries, 0, kLimit - 1))
    return refused(between("queries", a.queries, 0, kLimit - 1));
  if (outside(a.keys, 0, kLimit - 1)) return refused(between("keys", a.keys, 0, kLimit - 1));
  if (outside(a.key_length, 0, a.keys))
    return refused(between("key_length", a.key_length, 0, a.keys));
  if (outside(a.d, 1, spec::kMaxHeadDim)) return refused(between("d", a.d, 1, spec::kMaxHeadDim));
  if (outside(a.dv, 1, spec::kMaxHeadDim))
    return refused(between("dv", a.dv, 1, spec::kMaxHeadDim));
  if (outside(a.tile, 1, kMaxTileKeys)) return refused(between("tile", a.tile, 1, kMaxTileKeys));
  if (a.page_size != 0 &&
      (outside(a.page_size, kMinPageSize, kMaxPageSize) || (a.page_size & (a.page_size - 1)) != 0))
    return refused("page_size is " + std::to_string(a.page_size) +
                   "; expected 0 or a power of two from 16 to 1024");
  if (bytes_of(a.heads_q, a.queries, a.d, 2) < 0 || bytes_of(a.heads_q, a.queries, a.dv, 4) < 0 ||
      bytes_of(a.heads_q, a.queries, 1, sizeof(RowHead)) < 0)
    return refused("q or o is larger than 2^60 bytes");
  if (bytes_of(a.heads_kv, a.keys, a.d > a.dv ? a.d : a.dv, 2) < 0)
    return refused("k or v is larger than 2^60 bytes");
  return {};
}

Status check_numbers(const ExactArguments& a) {
  if (a.profile != Profile::fine && a.profile != Profile::lean)
    return refused("profile is neither fine nor lean");
  if (a.input != InputFormat::bf16 && a.input != InputFormat::fp16)
    return refused("input is neither bf16 nor fp16");
  if (a.output != OutputFormat::fp32 && a.output != OutputFormat::bf16 &&
      a.output != OutputFormat::fp16)
    return refused("output is neither fp32, bf16 nor fp16");
  const int bias = a.input == InputFormat::bf16 ? spec::Bf16::kBias : spec::Fp16::kBias;
  if (outside(a.v_exponent, 1 - bias, bias))
    return refused(between("v_exponent", a.v_exponent, 1 - bias, bias));
  if (a.scale.mantissa != 0 && a.scale.mantissa >> (spec::kScaleBits - 1) != 1)
    return refused("scale.mantissa is not normalised; expected what make_scale() returns");
  if (outside(a.diagonal, -2 * kLimit, 2 * kLimit))
    return refused(between("diagonal", a.diagonal, -2 * kLimit, 2 * kLimit));
  return {};
}

Status check_bias(const ExactArguments& a) {
  if (!a.bias && !a.bias16) return {};
  if (a.bias && a.bias16) return refused("bias and bias16 are both given; expected one of them");
  if (a.bias16 && a.bias16_format != InputFormat::bf16 && a.bias16_format != InputFormat::fp16)
    return refused("bias16_format is neither bf16 nor fp16");
  if (a.bias_head < 0 || a.bias_query < 0 || a.bias_key < 0)
    return refused("a stride of the bias is negative; expected 0 or more");
  if (a.queries > 0 && a.key_length > 0 && bias_reach(a) < 0)
    return refused("the strides of the bias reach beyond 2^60 bytes");
  return {};
}

}  // namespace

Status check_exact(const ExactArguments& arguments, const LaunchShape& shape) {
  if (outside(shape.threads, 1, kMaxThreads))
    return refused(between("threads", shape.threads, 1, kMaxThreads));
  if (outside(shape.rows, 1, kMaxRows)) return refused(between("rows", shape.rows, 1, kMaxRows));
  for (const auto part : {&check_shape, &check_numbers, &check_bias, &check_arrays}) {
    if (Status status = part(arguments); !status.good()) return status;
  }
  return {};
}

Status check_exact_job(const Job& job, const golden::Settings& settings, const LaunchShape& shape) {
  if (const char* fault = check(job, spec::kMaxHeadDim); *fault) return refused(fault);
  if (outside(settings.tile, 1, kMaxTileKeys))
    return refused(between("tile", settings.tile, 1, kMaxTileKeys));
  if (outside(shape.threads, 1, kMaxThreads))
    return refused(between("threads", shape.threads, 1, kMaxThreads));
  if (outside(shape.rows, 1, kMaxRows)) return refused(between("rows", shape.rows, 1, kMaxRows));
  ExactArguments a = shape_of(job, settings.tile);
  if (Status status = check_shape(a); !status.good()) return status;
  if (!job.bias) return {};
  a.bias = job.bias->data;
  a.bias16 = job.bias->data16;
  a.bias16_format = job.bias->format16;
  a.bias_head = job.bias->head;
  a.bias_query = job.bias->query;
  a.bias_key = job.bias->key;
  if (!a.bias && !a.bias16) return refused("the bias has no elements; expected data or data16");
  return check_bias(a);
}

}  // namespace flashd::cuda
