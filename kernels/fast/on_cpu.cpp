// SPDX-License-Identifier: Apache-2.0
#include "kernels/fast/on_cpu.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <vector>

#include "kernels/fast/frame.hpp"
#include "kernels/fast/plan.hpp"
#include "kernels/fast/reference.hpp"
#include "model/reference/decode.hpp"

namespace flashd::cuda {

namespace {

using reference::element_bits;

/// Largest tile of keys.
constexpr std::size_t kMostKeys = 128;

/// Element offset of a row of a sequence.
std::int64_t offset_of(const FastStrides& strides, bool varlen, int sequence, int head,
                       std::int64_t row) {
  return (varlen ? 0 : sequence * strides.batch) + head * strides.head + row * strides.row;
}

class Emulation {
 public:
  Emulation(const FastJob& job, FastArithmetic arithmetic, int rows, int keys)
      : job_(job),
        schedule_(schedule_of(job, rows)),
        arithmetic_(arithmetic),
        rows_(rows),
        tile_(keys),
        d_(static_cast<std::size_t>(job.d)),
        values_(element_values(job.input)) {}

  void run() {
    const std::int64_t blocks = blocks_of(schedule_);
    for (std::int64_t block = 0; block < blocks; ++block) {
      const Work work = work_of(schedule_, block, rows_);
      sequence_ = sequence_of(schedule_, work.sequence);
      const int end = std::min(work.first_row + rows_, sequence_.queries);
      for (int row = work.first_row; row < end; ++row) run_row(work, row);
    }
  }

 private:
  bool varlen() const { return job_.cu_queries != nullptr; }

  void load(const std::uint16_t* from, std::vector<float>& to) const {
    for (std::size_t c = 0; c < d_; ++c) to[c] = values_[from[c]];
  }

  void run_row(const Work& work, int row) {
    const std::int64_t q_row = std::int64_t{sequence_.first_query} + row;
    load(job_.q + offset_of(job_.q_strides, varlen(), work.sequence, work.head, q_row), q_);
    std::fill(a_.begin(), a_.end(), 0.0f);
    r_ = kMinusInfinity;
    sum_ = 0.0f;
    // The block's tiles, though this row may see fewer: what it does not see has weight 0.
    const int tiles = key_tiles(sequence_, job_.causal, work.first_row, rows_, tile_);
    const int limit = key_limit(sequence_, job_.causal, row);
    for (int tile = 0; tile < tiles; ++tile) run_tile(work, tile * tile_, limit);
    const Finish finish = arithmetic_ == FastArithmetic::frames ? finish_by_power(r_, sum_)
                                                                : finish_by_division(r_, sum_);
    store(work, row, finish);
  }

  void run_tile(const Work& work, int first, int limit) {
    const int seen = std::min(tile_, limit - first);
    const float scale = job_.scale * kLog2e;
    float maximum = kMinusInfinity;
    for (int j = 0; j < seen; ++j) {
      load(key_row(job_.k, job_.k_strides, work, first + j), row_);
      float s = 0.0f;
      for (std::size_t c = 0; c < d_; ++c) s = fused(q_[c], row_[c], s);
      scores_[static_cast<std::size_t>(j)] = s;
      maximum = larger_or_nan(maximum, s);
    }
    maximum *= scale;
    const Frame frame =
        arithmetic_ == FastArithmetic::frames ? lazy_frame(r_, maximum) : eager_frame(r_, maximum);
    r_ = frame.r;
    if (frame.factor != 1.0f) {
      for (float& a : a_) a *= frame.factor;
      sum_ *= frame.factor;
    }
    for (int j = 0; j < seen; ++j) add_key(work, first, j, scale);
  }

  void add_key(const Work& work, int first, int j, float scale) {
    const float x = fused(scores_[static_cast<std::size_t>(j)], scale, -origin(r_));
    const bool polynomial = arithmetic_ == FastArithmetic::frames && by_polynomial(j);
    const float p = polynomial ? polynomial_power_of_two(x) : power_of_two(x);
    const float weight = values_[element_bits(p, job_.input)];
    sum_ += arithmetic_ == FastArithmetic::frames ? weight : p;
    load(key_row(job_.v, job_.v_strides, work, first + j), row_);
    for (std::size_t c = 0; c < d_; ++c) a_[c] = fused(weight, row_[c], a_[c]);
  }

  const std::uint16_t* key_row(const std::uint16_t* base, const FastStrides& strides,
                               const Work& work, int key) const {
    return base + offset_of(strides, varlen(), work.sequence, work.kv_head,
                            std::int64_t{sequence_.first_key} + key);
  }

  void store(const Work& work, int row, const Finish& finish) const {
    const std::int64_t o_row = std::int64_t{sequence_.first_query} + row;
    const std::int64_t at = offset_of(job_.o_strides, varlen(), work.sequence, work.head, o_row);
    for (std::size_t c = 0; c < d_; ++c) {
      const float o = finish.factor == 0.0f ? 0.0f : a_[c] * finish.factor;
      const std::int64_t to = at + static_cast<std::int64_t>(c);
      if (job_.output == OutputFormat::fp32) {
        static_cast<float*>(job_.o)[to] = o;
      } else {
        static_cast<std::uint16_t*>(job_.o)[to] =
            job_.output == OutputFormat::bf16 ? reference::bf16_bits(o) : reference::fp16_bits(o);
      }
    }
    if (job_.lse) job_.lse[lse_offset(job_, work, o_row)] = finish.lse;
  }

  const FastJob& job_;
  const Schedule schedule_;
  const FastArithmetic arithmetic_;
  const int rows_;
  const int tile_;
  const std::size_t d_;
  const std::vector<float>& values_;
  Sequence sequence_;
  float r_ = kMinusInfinity;
  float sum_ = 0.0f;
  std::array<float, kMostKeys> scores_{};
  std::vector<float> q_ = std::vector<float>(d_), row_ = q_, a_ = q_;
};

}  // namespace

Status run_fast_on_cpu(const FastJob& job, FastKernel kernel, bool hopper) {
  try {
    if (Status status = check_fast(job, kernel); !status.good()) return status;
    if (kernel == FastKernel::fast) hopper = true;
    if (kernel == FastKernel::portable) hopper = false;
    if (job.queries == 0) return {};
    const int rows = hopper ? HopperTile<64>::kRows : PortableTile<64>::kRows;
    const auto arithmetic =
        kernel == FastKernel::division ? FastArithmetic::division : FastArithmetic::frames;
    Emulation(job, arithmetic, rows, tile_keys(hopper, job.d)).run();
    return {};
  } catch (const std::bad_alloc&) {
    return {Outcome::refused, "no memory is left"};
  }
}

}  // namespace flashd::cuda
