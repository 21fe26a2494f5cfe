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

void store_element(const FastJob& job, std::int64_t at, float o) {
  if (job.output == OutputFormat::fp32) {
    static_cast<float*>(job.o)[at] = o;
  } else {
    static_cast<std::uint16_t*>(job.o)[at] =
        job.output == OutputFormat::bf16 ? reference::bf16_bits(o) : reference::fp16_bits(o);
  }
}

/// The job's blocks; `job` is a call_of_parts().
class Emulation {
 public:
  Emulation(const FastJob& job, FastArithmetic arithmetic, int rows, int keys)
      : job_(job),
        schedule_(schedule_of(job, rows)),
        arithmetic_(arithmetic),
        tile_(keys),
        part_rows_(job.parts == 1 ? 0 : rows_of(job)),
        d_(static_cast<std::size_t>(job.d)),
        values_(element_values(job.input)) {}

  void run() {
    const std::int64_t blocks = blocks_of(schedule_);
    for (std::int64_t block = 0; block < blocks; ++block) {
      const Work work = work_of(schedule_, block, tile_);
      sequence_ = sequence_of(schedule_, work.sequence);
      for (int row = work.first_row; row < work.end_row; ++row) run_row(work, row);
    }
  }

 private:
  void load(const std::uint16_t* from, std::vector<float>& to) const {
    for (std::size_t c = 0; c < d_; ++c) to[c] = values_[from[c]];
  }

  void run_row(const Work& work, int row) {
    const RowAddress address = address_of(work, sequence_, row);
    load(job_.q + row_offset(job_, job_.q_strides, work.sequence, address), q_);
    std::fill(a_.begin(), a_.end(), 0.0f);
    r_ = kMinusInfinity;
    sum_ = 0.0f;
    // The block's tiles, though this row may see fewer: what it does not see has weight 0.
    const int limit = key_limit(sequence_, job_.causal, row);
    for (int tile = 0; tile < work.tiles; ++tile)
      run_tile(work, work.first_key + tile * tile_, limit);
    const Finish finish = arithmetic_ == FastArithmetic::frames ? finish_by_power(r_, sum_)
                                                                : finish_by_division(r_, sum_);
    store(work, address, finish);
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
    return base + row_offset(job_, strides, work.sequence,
                             {work.kv_head, std::int64_t{sequence_.first_key} + key});
  }

  void store(const Work& work, const RowAddress& row, const Finish& finish) const {
    const std::int64_t first = work.part * part_rows_;
    const std::int64_t at = first * job_.d + row_offset(job_, job_.o_strides, work.sequence, row);
    for (std::size_t c = 0; c < d_; ++c) {
      const float o = finish.factor == 0.0f ? 0.0f : a_[c] * finish.factor;
      store_element(job_, at + static_cast<std::int64_t>(c), o);
    }
    if (job_.lse) job_.lse[first + lse_offset(job_, work.sequence, row)] = finish.lse;
  }

  const FastJob& job_;
  const Schedule schedule_;
  const FastArithmetic arithmetic_;
  const int tile_;
  const std::int64_t part_rows_;
  const std::size_t d_;
  const std::vector<float>& values_;
  Sequence sequence_;
  float r_ = kMinusInfinity;
  float sum_ = 0.0f;
  std::array<float, kMostKeys> scores_{};
  std::vector<float> q_ = std::vector<float>(d_), row_ = q_, a_ = q_;
};

template <class Parts>
void merge_row(const FastJob& job, int sequence, const RowAddress& row) {
  const FastJob from = call_of_parts(job);
  const auto* o_part =
      static_cast<const float*>(from.o) + row_offset(from, from.o_strides, sequence, row);
  const float* lse_part = from.lse + lse_offset(job, sequence, row);
  const std::int64_t part_rows = rows_of(job);
  const std::int64_t to = row_offset(job, job.o_strides, sequence, row);
  Parts parts;
  std::vector<float> o(static_cast<std::size_t>(job.d));
  for (int part = 0; part < job.parts; ++part) {
    parts.take(lse_part[part * part_rows]);
    const float* values = o_part + part * part_rows * job.d;
    for (float& x : o) x = parts.merge(x, *values++);
  }
  for (int c = 0; c < job.d; ++c)
    store_element(job, to + c, parts.finish(o[static_cast<std::size_t>(c)]));
  if (job.lse) job.lse[lse_offset(job, sequence, row)] = parts.lse();
}

template <class Parts>
void merge_parts(const FastJob& job) {
  const Schedule schedule = schedule_of(job, 1);
  for (int b = 0; b < schedule.batch; ++b) {
    const Sequence sequence = sequence_of(schedule, b);
    for (int head = 0; head < schedule.heads_q; ++head) {
      for (int row = 0; row < sequence.queries; ++row)
        merge_row<Parts>(job, b, {head, std::int64_t{sequence.first_query} + row});
    }
  }
}

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
    const FastJob call = call_of_parts(job);
    Emulation(call, arithmetic, rows, tile_keys(hopper, job.d)).run();
    if (job.parts == 1) return {};
    if (arithmetic == FastArithmetic::frames)
      merge_parts<PartsBySigmoid>(job);
    else
      merge_parts<PartsByDivision>(job);
    return {};
  } catch (const std::bad_alloc&) {
    return {Outcome::refused, "no memory is left"};
  }
}

}  // namespace flashd::cuda
