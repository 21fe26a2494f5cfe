// SPDX-License-Identifier: Apache-2.0
#include "host/api/job_io.hpp"

#include <cstddef>
#include <cstring>
#include <string>

#include "host/io/convert.hpp"
#include "host/io/error.hpp"
#include "host/io/row_state.hpp"

namespace flashd::host {
namespace {

constexpr std::uint32_t kKnownFlags =
    FLASHD_CAUSAL | FLASHD_DIAGONAL | FLASHD_WINDOW | FLASHD_KEY_LENGTH | FLASHD_V_EXPONENT |
    FLASHD_SOFT_CAP | FLASHD_ALIBI | FLASHD_PAGED | FLASHD_BIAS_BF16 | FLASHD_BIAS_FP16;
/// The first version of flashd_job ended before this field.
constexpr std::size_t kFirstSize = offsetof(flashd_job, soft_cap);
constexpr std::uint64_t kMaxLength = (std::uint64_t{1} << 31) - 1;
constexpr std::uint32_t kMaxHeads = 1u << 20;

InputFormat input_format(std::uint32_t format) {
  if (format == FLASHD_BF16) return InputFormat::bf16;
  if (format == FLASHD_FP16) return InputFormat::fp16;
  throw bad_input("input_format", "is unknown; expected FLASHD_BF16 or FLASHD_FP16");
}

OutputFormat output_format(std::uint32_t format) {
  if (format == FLASHD_FP32) return OutputFormat::fp32;
  if (format == FLASHD_BF16) return OutputFormat::bf16;
  if (format == FLASHD_FP16) return OutputFormat::fp16;
  throw bad_input("output_format", "is unknown; expected FLASHD_FP32, FLASHD_BF16 or FLASHD_FP16");
}

/// Bounds that keep every product below 2^63.
void check_fields(const flashd_job& j, const EngineConfig& config) {
  if ((j.flags & ~kKnownFlags) != 0 || j.reserved != 0)
    throw bad_input("flags", "or reserved has unknown bits; expected flags of flashd_job_flags");
  if ((j.flags & FLASHD_BIAS_BF16) != 0 && (j.flags & FLASHD_BIAS_FP16) != 0)
    throw bad_input("flags", "has both FLASHD_BIAS_BF16 and FLASHD_BIAS_FP16; expected one format");
  if (j.heads_q < 1 || j.heads_q > kMaxHeads || j.heads_kv < 1 || j.heads_kv > kMaxHeads)
    throw bad_input("heads_q", "or heads_kv is outside 1 to 2^20");
  if (j.queries > kMaxLength || j.keys > kMaxLength)
    throw bad_input("queries", "or keys is outside 0 to 2^31-1");
  const auto max_dim = static_cast<std::uint32_t>(config.max_head_dim);
  if (j.d < 1 || j.d > max_dim || j.dv < 1 || j.dv > max_dim)
    throw bad_input("d", std::string("or dv is outside what configuration ") + config.name +
                             " takes, 1 to " + std::to_string(max_dim));
  if (j.input_format == FLASHD_FP16 && config.sig < 11)
    throw bad_input("input_format", std::string("fp16 does not fit configuration ") + config.name +
                                        " of 8 significand bits; expected bf16");
  if ((j.flags & FLASHD_SOFT_CAP) != 0 && config.soft_cap == 0)
    throw bad_input("soft_cap", std::string("configuration ") + config.name +
                                    " has no soft-cap; expected a job without");
}

gsl::span<const std::uint16_t> halves(const MemoryView& view) {
  return {reinterpret_cast<const std::uint16_t*>(view.bytes.data()), view.bytes.size() / 2};
}

template <typename T>
gsl::span<const T> words(const MemoryView& view) {
  return {reinterpret_cast<const T*>(view.bytes.data()), view.bytes.size() / sizeof(T)};
}

/// Finds arrays of the job; an array that is read or written must be 64-byte aligned.
class Finder {
 public:
  explicit Finder(const DeviceMemory& memory) : memory_(memory) {}

  MemoryView find(flashd_addr address, std::uint64_t elements, std::size_t size,
                  const char* name) const {
    if (address % 64 != 0) throw bad_input(name, "is not at a 64-byte aligned address");
    std::size_t bytes = 0;
    if (__builtin_mul_overflow(elements, size, &bytes))
      throw bad_input(name, "would hold more than 2^64 bytes");
    return memory_.view(address, bytes, name);
  }

  MemoryView find_optional(flashd_addr address, std::uint64_t elements, std::size_t size,
                           const char* name) const {
    return address == 0 ? MemoryView{} : find(address, elements, size, name);
  }

 private:
  const DeviceMemory& memory_;
};

/// Elements of the bias up to the last one that a stride reaches; 0 if the job has none.
std::uint64_t bias_elements(const flashd_job& j) {
  if (j.queries == 0 || j.keys == 0) return 0;
  std::uint64_t last = 0;
  const auto reach = [&last](std::uint64_t extent, std::int64_t stride) {
    std::uint64_t part = 0;
    if (stride < 0 ||
        __builtin_mul_overflow(extent - 1, static_cast<std::uint64_t>(stride), &part) ||
        __builtin_add_overflow(last, part, &last))
      throw bad_input("bias", "has a negative or too large stride");
  };
  reach(j.heads_q, j.bias_head);
  reach(j.queries, j.bias_query);
  reach(j.keys, j.bias_key);
  return last + 1;
}

/// Bytes of one bias.
std::size_t bias_size(const flashd_job& j) {
  return (j.flags & (FLASHD_BIAS_BF16 | FLASHD_BIAS_FP16)) != 0 ? sizeof(std::uint16_t)
                                                                : sizeof(float);
}

BiasView bias_view(const flashd_job& j, const MemoryView& memory) {
  BiasView bias{nullptr, j.bias_head, j.bias_query, j.bias_key};
  if (bias_size(j) == sizeof(float)) {
    bias.data = reinterpret_cast<const float*>(memory.bytes.data());
  } else {
    bias.data16 = halves(memory).data();
    bias.format16 = j.flags & FLASHD_BIAS_BF16 ? InputFormat::bf16 : InputFormat::fp16;
  }
  return bias;
}

/// Rows of k and of v; bounds keep their elements below 2^63.
std::uint64_t key_rows(const flashd_job& j) {
  if ((j.flags & FLASHD_PAGED) == 0) return j.heads_kv * j.keys;
  if (j.page_size < kMinPageSize || j.page_size > kMaxPageSize ||
      (j.page_size & (j.page_size - 1)) != 0)
    throw bad_input("page_size", "is " + std::to_string(j.page_size) +
                                     "; expected a power of two from 16 to 1024");
  constexpr std::uint64_t kMaxRows = std::uint64_t{1} << 51;
  const std::uint64_t page = std::uint64_t{j.heads_kv} * j.page_size;
  if (j.pool_pages > kMaxLength || j.pool_pages * page > kMaxRows)
    throw bad_input("pool_pages", "is " + std::to_string(j.pool_pages) +
                                      "; expected a pool of at most 2^31-1 pages and 2^51 keys");
  return j.pool_pages * page;
}

void set_options(const flashd_job& j, Job& job) {
  job.scale = j.scale;
  job.visibility.causal = (j.flags & FLASHD_CAUSAL) != 0;
  if (j.flags & FLASHD_DIAGONAL) job.visibility.diagonal = j.diagonal;
  if (j.flags & FLASHD_WINDOW) {
    job.visibility.window_left = j.window_left;
    job.visibility.window_right = j.window_right;
  }
  if (j.flags & FLASHD_KEY_LENGTH) job.visibility.key_length = j.key_length;
  if (j.flags & FLASHD_V_EXPONENT) job.v_exponent = j.v_exponent;
  if (j.flags & FLASHD_SOFT_CAP) job.soft_cap = j.soft_cap;
}

std::size_t output_size(OutputFormat format) { return format == OutputFormat::fp32 ? 4 : 2; }

}  // namespace

flashd_job full_job(const flashd_job* job) {
  std::uint32_t size = 0;
  std::memcpy(&size, job, sizeof size);
  if (size != kFirstSize && size != sizeof(flashd_job))
    throw bad_input("size", "is " + std::to_string(size) + "; this library's flashd_job has " +
                                std::to_string(sizeof(flashd_job)) + " bytes, the first had " +
                                std::to_string(kFirstSize));
  flashd_job full{};
  std::memcpy(&full, job, size);
  full.size = sizeof full;
  return full;
}

DeviceJob resolve_job(const flashd_job& j, const DeviceMemory& memory, const EngineConfig& config) {
  check_fields(j, config);
  DeviceJob work;
  Job& job = work.job;
  job.heads_q = j.heads_q;
  job.heads_kv = j.heads_kv;
  job.queries = static_cast<std::int64_t>(j.queries);
  job.keys = static_cast<std::int64_t>(j.keys);
  job.d = static_cast<int>(j.d);
  job.dv = static_cast<int>(j.dv);
  job.input = input_format(j.input_format);
  job.output = output_format(j.output_format);
  set_options(j, job);

  const Finder finder(memory);
  const std::uint64_t rows = j.heads_q * j.queries;
  const std::uint64_t keys = key_rows(j);
  work.q = finder.find(j.q, rows * j.d, 2, "q");
  work.k = finder.find(j.k, keys * j.d, 2, "k");
  work.v = finder.find(j.v, keys * j.dv, 2, "v");
  work.o = finder.find(j.o, rows * j.dv, output_size(job.output), "o");
  work.lse = finder.find_optional(j.lse, rows, sizeof(float), "lse");
  job.q = halves(work.q);
  job.k = halves(work.k);
  job.v = halves(work.v);
  if (j.bias != 0 && rows != 0 && j.keys != 0) {
    work.bias = finder.find(j.bias, bias_elements(j), bias_size(j), "bias");
    job.bias = bias_view(j, work.bias);
  }
  if (j.flags & FLASHD_ALIBI) {
    work.alibi = finder.find(j.alibi, j.heads_q, sizeof(float), "alibi");
    job.alibi = words<float>(work.alibi);
  }
  if (j.flags & FLASHD_PAGED) {
    work.page_table = finder.find(j.page_table, j.pages, sizeof(std::int32_t), "page_table");
    job.paging = Paging{static_cast<int>(j.page_size), words<std::int32_t>(work.page_table)};
  }
  const std::size_t record = row_state_bytes(job.dv);
  work.state_out = finder.find_optional(j.state_out, rows, record, "state_out");
  if (j.state_in != 0) {
    const MemoryView state = finder.find(j.state_in, rows, record, "state_in");
    work.state = load_rows(state.bytes, static_cast<std::int64_t>(rows), job.dv, "state_in");
    work.continues = rows != 0;
    if (work.continues) job.state_in = &work.state;
  }
  const std::string sentence = check(job, config.max_head_dim);
  job.state_in = nullptr;
  if (!sentence.empty()) throw bad_input("job", sentence);
  return work;
}

void store_result(const Result& result, const DeviceJob& work) {
  if (work.job.output == OutputFormat::fp32) {
    if (!result.o.empty()) std::memcpy(work.o.bytes.data(), result.o.data(), work.o.bytes.size());
  } else {
    const InputFormat format =
        work.job.output == OutputFormat::bf16 ? InputFormat::bf16 : InputFormat::fp16;
    for (std::size_t i = 0; i < result.o.size(); ++i) {
      const std::uint16_t bits = pack(result.o[i], format);
      std::memcpy(&work.o.bytes[i * sizeof bits], &bits, sizeof bits);
    }
  }
  if (!work.lse.bytes.empty())
    std::memcpy(work.lse.bytes.data(), result.lse.data(), work.lse.bytes.size());
  if (!work.state_out.bytes.empty()) store_rows(result.state, work.job.dv, work.state_out.bytes);
}

}  // namespace flashd::host
