// SPDX-License-Identifier: Apache-2.0
#include "host/energy/toggles.hpp"

#include <algorithm>
#include <bitset>
#include <vector>

#include "model/arith/product.hpp"
#include "model/arith/scale.hpp"

namespace flashd::energy {

namespace {

/// Per element, of jobs n01 of the table's runs: half of the signs, 7 stored bits of which half
/// change.
constexpr double kRandomSignBits = 5.2;
constexpr double kRandomSignificand = 3.5;

/// Takes every product to no bits at all.
constexpr std::int16_t kZero = -4096;

/// Rows of Q or K as the score array reads them: beats of WIDTH elements, zeros behind d.
struct Operands {
  std::size_t pitch = 0;
  std::vector<std::int16_t> exponent;      ///< or kZero
  std::vector<std::int16_t> sign;          ///< 0, -1
  std::vector<std::uint16_t> significand;  ///< with its leading one

  Operands(std::int64_t rows, std::size_t padded)
      : pitch(padded),
        exponent(static_cast<std::size_t>(rows) * padded, kZero),
        sign(exponent.size()),
        significand(exponent.size()) {}
  std::size_t at(std::int64_t row) const { return static_cast<std::size_t>(row) * pitch; }
};

template <class Format>
void decode_row(const std::uint16_t* bits, int d, bool negate, std::size_t at, Operands& to) {
  for (std::size_t e = 0; e < static_cast<std::size_t>(d); ++e) {
    const arith::Number x = arith::decode<Format>(bits[e]);
    to.sign[at + e] = ((bits[e] & 0x8000u) != 0) != negate ? -1 : 0;
    if (!x.finite || x.significand == 0) continue;  // NaN and Inf count as zero
    to.significand[at + e] = static_cast<std::uint16_t>(x.significand);
    to.exponent[at + e] = static_cast<std::int16_t>(x.exponent);
  }
}

void decode_row(const Job& job, gsl::span<const std::uint16_t> all, std::int64_t row, bool negate,
                std::size_t at, Operands& to) {
  const std::uint16_t* bits = all.data() + row * job.d;
  if (job.input == InputFormat::bf16)
    decode_row<spec::Bf16>(bits, job.d, negate, at, to);
  else
    decode_row<spec::Fp16>(bits, job.d, negate, at, to);
}

/// Where the products of a job lie: bits = clamp(exponent of q + exponent of k + offset, 0, most).
struct Grid {
  std::int16_t offset = 0;
  std::int16_t most = 0;
};

Grid grid_of(const Job& job) {
  // Both profiles have the same grid.
  static_assert(spec::Fine::kScoreFrac == spec::Lean::kScoreFrac);
  const int grid = arith::product_grid<spec::Fine>(job.d);
  const int scale = arith::make_scale(job.scale).exponent;
  const bool bf16 = job.input == InputFormat::bf16;
  const int significands = 2 * (bf16 ? spec::Bf16::kSignificand : spec::Fp16::kSignificand);
  const int exponent = bf16 ? arith::product_exponent<spec::Bf16>(scale, grid)
                            : arith::product_exponent<spec::Fp16>(scale, grid);
  return {static_cast<std::int16_t>(std::clamp(exponent + significands, -1024, 1024)),
          static_cast<std::int16_t>(spec::kProductRangeLog2 + grid)};
}

std::int64_t changed_bits(const std::uint16_t* a, const std::uint16_t* b, std::size_t size) {
  std::int64_t sum = 0;
  for (std::size_t e = 0; e < size; ++e)
    sum += static_cast<std::int64_t>(std::bitset<16>(static_cast<unsigned>(a[e] ^ b[e])).count());
  return sum;
}

/// Signs and exponents of one beat of Q or K.
struct Beat {
  const std::int16_t* sign;
  const std::int16_t* exponent;
};

Beat beat_of(const Operands& all, std::size_t at) {
  return {all.sign.data() + at, all.exponent.data() + at};
}

/// Bits of a beat's products whose sign is not that of the products before.
int flipped(Beat q, Beat k, Beat q_before, Beat k_before, Grid grid, std::size_t width) {
  std::int16_t sum = 0;  // of at most 256 products of at most 27 bits
  for (std::size_t e = 0; e < width; ++e) {
    const auto wide = static_cast<std::int16_t>(q.exponent[e] + k.exponent[e] + grid.offset);
    const std::int16_t low = wide < 0 ? std::int16_t{0} : wide;
    const std::int16_t bits = low < grid.most ? low : grid.most;
    const int moved = (q.sign[e] ^ k.sign[e]) ^ (q_before.sign[e] ^ k_before.sign[e]);
    sum = static_cast<std::int16_t>(sum + static_cast<std::int16_t>(bits & moved));
  }
  return sum;
}

/// The keys that some row of rows first to last sees; consecutive rows see consecutive ranges.
KeyRange seen_by(const Job& job, std::int64_t first, std::int64_t last) {
  const std::int64_t group = job.heads_q / job.heads_kv;
  KeyRange all{job.keys, 0};
  for (std::int64_t query = first / group; query <= last / group; ++query) {
    const KeyRange seen = visible_keys(job, query);
    if (seen.begin >= seen.end) continue;
    all.begin = std::min(all.begin, seen.begin);
    all.end = std::max(all.end, seen.end);
  }
  return all;
}

struct Context {
  KeyRange seen;
  std::int64_t first = 0;  ///< rows of the KV head
  std::int64_t rows = 0;
};

/// Operands of a lane's products.
struct Product {
  Beat q, k;
};

/// The walk of one KV head.
class Head {
 public:
  Head(const Job& job, std::int64_t head, std::int64_t keys, const spec::Config& config)
      : job_(job),
        config_(config),
        grid_(grid_of(job)),
        width_(static_cast<std::size_t>(config.width)),
        beats_((static_cast<std::size_t>(job.d) + width_ - 1) / width_),
        rows_(job.heads_q / job.heads_kv * job.queries),
        q_(rows_, beats_ * width_),
        k_(keys, beats_ * width_),
        zeros_(width_),
        products_(static_cast<std::size_t>(config.lanes),
                  {{zeros_.data(), zeros_.data()}, {zeros_.data(), zeros_.data()}}),
        inside_(static_cast<std::size_t>(keys)),
        until_(inside_.size()),
        none_(width_),
        stands_(none_.data()) {
    const std::int64_t group = job.heads_q / job.heads_kv;
    const bool negative = arith::make_scale(job.scale).negative;
    for (std::int64_t row = 0; row < rows_; ++row)
      decode_row(job, job.q, (head * group + row % group) * job.queries + row / group, negative,
                 q_.at(row), q_);
    for (std::int64_t key = 0; key < keys; ++key)
      decode_row(job, job.k, key_row(job, head, key), false, k_.at(key), k_);
    count_keys();
  }

  void walk(Toggles& total) {
    const std::int64_t block = std::int64_t{config_.lanes} * config_.contexts;
    for (std::int64_t first = 0; first < rows_; first += block) {
      std::vector<Context> contexts;
      KeyRange all{job_.keys, 0};
      for (std::int64_t row = first; row < std::min(rows_, first + block); row += config_.lanes) {
        const std::int64_t end = std::min(rows_, row + config_.lanes);
        contexts.push_back({seen_by(job_, row, end - 1), row, end - row});
        all.begin = std::min(all.begin, contexts.back().seen.begin);
        all.end = std::max(all.end, contexts.back().seen.end);
      }
      for (std::int64_t tile = all.begin / config_.tile * config_.tile; tile < all.end;
           tile += config_.tile)
        for (const Context& context : contexts)
          run(context, std::max(context.seen.begin, tile),
              std::min(context.seen.end, tile + config_.tile), total);
    }
  }

 private:
  void count_keys() {
    const std::uint16_t* beat = k_.significand.data();
    for (std::size_t key = 0; key < until_.size(); ++key) {
      if (key > 0) until_[key] = until_[key - 1] + changed_bits(beat - width_, beat, width_);
      for (std::size_t b = 1; b < beats_; ++b, beat += width_)
        inside_[key] += changed_bits(beat, beat + width_, width_);
      beat += width_;
      until_[key] += inside_[key];
    }
  }

  void run(const Context& context, std::int64_t begin, std::int64_t end, Toggles& total) {
    if (begin >= end) return;
    const auto from = static_cast<std::size_t>(begin), to = static_cast<std::size_t>(end) - 1;
    const std::uint16_t* first = k_.significand.data() + k_.at(begin);
    const std::int64_t bits =
        until_[to] - until_[from] + inside_[from] + changed_bits(stands_, first, width_);
    stands_ = k_.significand.data() + k_.at(end) - width_;
    std::int64_t signs = 0;
    for (std::int64_t key = begin; key < end; ++key)
      for (std::size_t beat = 0; beat < beats_; ++beat) {
        const std::size_t at = k_.at(key) + beat * width_;
        const Beat k = beat_of(k_, at);
        for (std::int64_t lane = 0; lane < context.rows; ++lane) {
          const Beat q = beat_of(q_, q_.at(context.first + lane) + beat * width_);
          Product& before = products_[static_cast<std::size_t>(lane)];
          signs += flipped(q, k, before.q, before.k, grid_, width_);
          before = {q, k};
        }
      }
    total.significand += static_cast<double>(bits * context.rows);
    total.sign_bits += static_cast<double>(signs);
  }

  const Job& job_;
  const spec::Config& config_;
  Grid grid_;
  std::size_t width_, beats_;
  std::int64_t rows_;
  Operands q_, k_;
  std::vector<std::int16_t> zeros_;   ///< [width]
  std::vector<Product> products_;     ///< [lanes], the last ones
  std::vector<std::int64_t> inside_;  ///< changed bits of significands between a key's beats
  std::vector<std::int64_t> until_;   ///< from the first beat of key 0 to the last of a key
  std::vector<std::uint16_t> none_;   ///< [width], zeros
  const std::uint16_t* stands_;       ///< [width], significands of the last beat of K
};

}  // namespace

Toggles count_toggles(const Job& job, const spec::Config& config) {
  Toggles total;
  const std::int64_t keys = job.visibility.key_length.value_or(job.keys);
  for (std::int64_t head = 0; head < job.heads_kv && keys > 0; ++head)
    Head(job, head, keys, config).walk(total);
  return total;
}

Toggles random_toggles(std::uint64_t pairs, int d) {
  const double elements = static_cast<double>(pairs) * d;
  return {elements * kRandomSignBits, elements * kRandomSignificand};
}

}  // namespace flashd::energy
