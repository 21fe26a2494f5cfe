// SPDX-License-Identifier: Apache-2.0
#include "host/device/arrays.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "host/io/error.hpp"
#include "model/arith/alibi.hpp"

namespace flashd::device {

namespace {

constexpr std::uint64_t kLine = kStrideUnit;

std::uint64_t pitch(std::uint64_t bytes) { return (bytes + kLine - 1) / kLine * kLine; }

}  // namespace

std::uint32_t lines(std::uint64_t bytes) {
  const std::uint64_t n = pitch(bytes) / kLine;
  if (n > std::numeric_limits<std::uint32_t>::max())
    throw host::bad_input("job", "an array has a stride of " + std::to_string(bytes) +
                                     " bytes; the descriptor takes below 2^38");
  return static_cast<std::uint32_t>(n);
}

Array::Array(Arena& arena, std::vector<std::uint64_t> extents, std::uint64_t row_bytes,
             std::uint32_t gap)
    : extents_(std::move(extents)), strides_(extents_.size()), row_bytes_(row_bytes) {
  std::uint64_t step = pitch(row_bytes);
  for (std::size_t axis = extents_.size(); axis-- > 0;) {
    step += gap * kLine;
    strides_[axis] = step;
    step *= extents_[axis];
  }
  bytes_ = step;
  address_ = arena.take(bytes_);
}

std::uint64_t Array::count(std::size_t from) const {
  std::uint64_t n = 1;
  for (std::size_t axis = from; axis < extents_.size(); ++axis) n *= extents_[axis];
  return n;
}

void Array::write(Memory& memory, const void* dense) const {
  const std::uint64_t part = count(1) * row_bytes_;
  const auto* from = static_cast<const std::byte*>(dense);
  if (!from) return;
  for (std::uint64_t outer = 0; outer < extents_[0]; ++outer)
    write(memory, from + outer * part, outer);
}

void Array::write(Memory& memory, const void* dense, std::uint64_t outer) const {
  const auto* from = static_cast<const std::byte*>(dense);
  const std::uint64_t rows = count(1);
  if (!from || rows == 0) return;
  // Padding holds anything: a pattern shows whether it is used.
  std::vector<std::byte> image(strides_[0], std::byte{0x5A});
  for (std::uint64_t row = 0; row < rows; ++row) {
    std::uint64_t at = 0;
    std::uint64_t rest = row;
    for (std::size_t axis = extents_.size(); axis-- > 1;) {
      at += rest % extents_[axis] * strides_[axis];
      rest /= extents_[axis];
    }
    std::memcpy(&image[at], from + row * row_bytes_, row_bytes_);
  }
  memory.write_memory(address_ + outer * strides_[0], image);
}

void place_page_tables(Memory& memory, Arena& arena, gsl::span<const Job> jobs, Descriptor* d) {
  std::size_t longest = 0;
  for (const Job& job : jobs) longest = std::max(longest, job.paging->table.size());
  const std::uint64_t bytes = pitch(longest * sizeof(std::int32_t));
  d->page_batch = lines(bytes);
  d->page_table = arena.take(bytes * jobs.size());
  for (std::size_t b = 0; b < jobs.size(); ++b) {
    // Entries beyond a sequence's own are never looked at.
    std::vector<std::int32_t> table(bytes / sizeof(std::int32_t), -1);
    const auto& own = jobs[b].paging->table;
    std::copy(own.begin(), own.end(), table.begin());
    memory.write_memory(d->page_table + b * bytes,
                        gsl::as_bytes(gsl::span<const std::int32_t>(table)));
  }
}

void place_bias(Memory& memory, Arena& arena, gsl::span<const Job> jobs, std::uint32_t gap,
                Descriptor* d) {
  const Job& job = jobs[0];
  if (!job.bias) return;
  const BiasView& first = *job.bias;
  const bool half = first.data16 != nullptr;
  bool one = true;
  for (const Job& other : jobs) {
    const BiasView& view = *other.bias;
    one = one && view.data == first.data && view.data16 == first.data16;
    if ((view.data16 != nullptr) != half || view.format16 != first.format16 ||
        view.head != first.head || view.query != first.query || view.key != first.key)
      throw host::bad_input("job", "the biases of one descriptor differ in format or strides");
  }
  const std::size_t size = half ? 2 : 4;
  const std::uint64_t heads = first.head == 0 ? 1 : static_cast<std::uint64_t>(job.heads_q);
  const std::uint64_t queries = first.query == 0 ? 1 : static_cast<std::uint64_t>(job.queries);
  const auto keys = static_cast<std::uint64_t>(job.keys);
  const std::uint64_t batch = one ? 1 : jobs.size();
  const Array array(arena, {batch, heads, queries}, size * keys, gap);
  d->flags |= kFlagBias;
  if (half) d->flags |= (first.format16 == InputFormat::bf16 ? 1u : 2u) << kBiasFormatLow;
  d->bias = array.address();
  d->bias_batch = one ? 0 : array.stride(0);
  d->bias_head = first.head == 0 ? 0 : array.stride(1);
  d->bias_token = first.query == 0 ? 0 : array.stride(2);
  std::vector<std::byte> dense(heads * queries * keys * size);
  for (std::uint64_t b = 0; b < batch; ++b) {
    const BiasView& view = *jobs[b].bias;
    const void* data = half ? static_cast<const void*>(view.data16) : view.data;
    if (!data || dense.empty()) continue;
    std::byte* to = dense.data();
    for (std::uint64_t h = 0; h < heads; ++h) {
      for (std::uint64_t i = 0; i < queries; ++i) {
        const std::int64_t row =
            static_cast<std::int64_t>(h) * view.head + static_cast<std::int64_t>(i) * view.query;
        for (std::uint64_t j = 0; j < keys; ++j, to += size) {
          const std::int64_t at = row + static_cast<std::int64_t>(j) * view.key;
          std::memcpy(
              to, static_cast<const std::byte*>(data) + at * static_cast<std::int64_t>(size), size);
        }
      }
    }
    array.write(memory, dense.data(), b);
  }
}

void place_slopes(Memory& memory, Arena& arena, const Job& job, Descriptor* d) {
  if (job.alibi.empty()) return;
  std::vector<std::uint64_t> words;
  for (const float slope : job.alibi) words.push_back(arith::make_alibi_slope(slope).pack());
  words.resize((words.size() + 7) / 8 * 8);
  d->flags |= kFlagAlibi;
  d->alibi = arena.take(words.size() * kAlibiBytes);
  memory.write_memory(d->alibi, gsl::as_bytes(gsl::span<const std::uint64_t>(words)));
}

void fill_guard(Memory& memory, std::uint64_t address, std::uint64_t bytes) {
  const std::vector<std::byte> pattern(bytes, kGuard);
  if (bytes != 0) memory.write_memory(address, pattern);
}

}  // namespace flashd::device
