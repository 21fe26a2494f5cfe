// SPDX-License-Identifier: Apache-2.0
#include "host/energy/toggles.hpp"

#include <algorithm>
#include <bitset>
#include <vector>

namespace flashd::energy {

namespace {

constexpr std::uint16_t kSign = 0x8000u;
constexpr int kStoredBits = 7;  // of a BF16 significand

/// Sign and significand of an element as the multipliers read them; NaN and Inf have the
/// significand zero.
std::uint16_t operand(std::uint16_t bits, InputFormat format) {
  const int stored = format == InputFormat::bf16 ? kStoredBits : 10;
  const int most = format == InputFormat::bf16 ? 0xFF : 0x1F;
  const int field = (bits >> stored) & most;
  if (field == most) return bits & kSign;
  const int leading = field != 0 ? 1 << stored : 0;
  return static_cast<std::uint16_t>((bits & (kSign | ((1 << stored) - 1))) | leading);
}

struct Sum {
  std::int64_t signs = 0;
  std::int64_t bits = 0;

  Sum& operator+=(const Sum& other) {
    signs += other.signs;
    bits += other.bits;
    return *this;
  }
};

Sum operator-(const Sum& a, const Sum& b) { return {a.signs - b.signs, a.bits - b.bits}; }

/// One KV head's keys as beats of the score array, and what changes from one to the next.
class Keys {
 public:
  Keys(const Job& job, std::int64_t kv_head, std::int64_t keys, int width)
      : width_(static_cast<std::size_t>(width)),
        beats_(static_cast<std::size_t>((job.d + width - 1) / width)) {
    const std::size_t pitch = width_ * beats_;
    beats_of_.resize(static_cast<std::size_t>(keys + 1) * pitch);  // zeros behind d, and at the end
    for (std::int64_t key = 0; key < keys; ++key) {
      const auto row = job.k.subspan(static_cast<std::size_t>(key_row(job, kv_head, key) * job.d),
                                     static_cast<std::size_t>(job.d));
      std::transform(
          row.begin(), row.end(),
          beats_of_.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(key) * pitch),
          [&](std::uint16_t bits) { return operand(bits, job.input); });
    }
    inside_.resize(static_cast<std::size_t>(keys) + 1);
    until_.resize(static_cast<std::size_t>(keys) + 1);
    for (std::int64_t key = 0; key < keys; ++key) {
      Sum& inside = inside_[static_cast<std::size_t>(key)];
      for (std::size_t beat = 1; beat < beats_; ++beat)
        inside += between(at(key, beat - 1), at(key, beat));
      Sum& until = until_[static_cast<std::size_t>(key)];
      if (key > 0) {
        until = until_[static_cast<std::size_t>(key) - 1];
        until += between(at(key - 1, beats_ - 1), at(key, 0));
      }
      until += inside;
    }
    nothing_ = keys;
  }

  /// Stands for zeros where a key before is asked for.
  std::int64_t nothing() const { return nothing_; }

  /// Toggles of keys begin to end, end > begin, after the key `before`.
  Sum run(std::int64_t before, std::int64_t begin, std::int64_t end) const {
    Sum sum = until_[static_cast<std::size_t>(end) - 1] - until_[static_cast<std::size_t>(begin)];
    sum += inside_[static_cast<std::size_t>(begin)];
    sum += between(at(before, beats_ - 1), at(begin, 0));
    return sum;
  }

 private:
  const std::uint16_t* at(std::int64_t key, std::size_t beat) const {
    return beats_of_.data() + (static_cast<std::size_t>(key) * beats_ + beat) * width_;
  }

  Sum between(const std::uint16_t* a, const std::uint16_t* b) const {
    Sum sum;
    for (std::size_t e = 0; e < width_; ++e) {
      const std::bitset<16> moved(static_cast<unsigned>(a[e] ^ b[e]));
      sum.bits += static_cast<std::int64_t>(moved.count());
      sum.signs += moved[15] ? 1 : 0;
    }
    sum.bits -= sum.signs;
    return sum;
  }

  std::size_t width_, beats_;
  std::int64_t nothing_ = 0;
  std::vector<std::uint16_t> beats_of_;  ///< [keys + 1][beats][width]
  std::vector<Sum> inside_;              ///< between the beats of a key
  std::vector<Sum> until_;               ///< from the first beat of key 0 to the last of a key
};

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
  std::int64_t rows = 0;
};

}  // namespace

Toggles count_toggles(const Job& job, const spec::Config& config) {
  Toggles total;
  const std::int64_t rows = job.heads_q / job.heads_kv * job.queries;
  const std::int64_t keys = job.visibility.key_length.value_or(job.keys);
  const std::int64_t block = std::int64_t{config.lanes} * config.contexts;
  if (keys == 0) return total;
  for (std::int64_t head = 0; head < job.heads_kv; ++head) {
    const Keys operands(job, head, keys, config.width);
    std::int64_t before = operands.nothing();
    for (std::int64_t first = 0; first < rows; first += block) {
      std::vector<Context> contexts;
      KeyRange all{keys, 0};
      for (std::int64_t row = first; row < std::min(rows, first + block); row += config.lanes) {
        const std::int64_t end = std::min(rows, row + config.lanes);
        contexts.push_back({seen_by(job, row, end - 1), end - row});
        all.begin = std::min(all.begin, contexts.back().seen.begin);
        all.end = std::max(all.end, contexts.back().seen.end);
      }
      for (std::int64_t tile = all.begin / config.tile * config.tile; tile < all.end;
           tile += config.tile) {
        for (const Context& context : contexts) {
          const std::int64_t begin = std::max(context.seen.begin, tile);
          const std::int64_t end = std::min(context.seen.end, tile + config.tile);
          if (begin >= end) continue;
          const Sum sum = operands.run(before, begin, end);
          total.signs += static_cast<double>(sum.signs * context.rows);
          total.significand_bits += static_cast<double>(sum.bits * context.rows);
          before = end - 1;
        }
      }
    }
  }
  return total;
}

Toggles random_toggles(std::uint64_t pairs, int d) {
  const double elements = static_cast<double>(pairs) * d;
  return {elements / 2, elements * kStoredBits / 2};
}

}  // namespace flashd::energy
