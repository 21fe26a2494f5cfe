// SPDX-License-Identifier: Apache-2.0
#include "host/device/bytes.hpp"

#include <algorithm>

#include "host/io/row_state.hpp"
#include "model/device/spec.hpp"

namespace flashd::device {

namespace {

std::uint64_t round_up(std::uint64_t n, std::uint64_t step) { return (n + step - 1) / step * step; }

/// Keys that a query sees; begin and end never fall from one query to the next.
KeyRange range(const Job& job, std::int64_t query) {
  const std::int64_t length = job.visibility.key_length.value_or(job.keys);
  const std::int64_t centre = query + diagonal(job);
  KeyRange r{0, length};
  const auto clamp = [&](std::int64_t key) { return std::clamp<std::int64_t>(key, 0, length); };
  if (job.visibility.causal) r.end = clamp(centre + 1);
  if (job.visibility.window_left) {
    r.begin = clamp(centre - *job.visibility.window_left);
    r.end = std::min(r.end, clamp(centre + *job.visibility.window_right + 1));
  }
  return r;
}

/// Biases of one row for the keys of a tile: whole beats from the first key's to the last's.
std::uint64_t bias_bytes(const Job& job, std::int64_t begin, std::int64_t end, std::uint64_t beat) {
  const std::uint64_t size = job.bias->data16 ? 2 : 4;
  const std::uint64_t first = size * static_cast<std::uint64_t>(begin) / beat * beat;
  return round_up(size * static_cast<std::uint64_t>(end), beat) - first;
}

std::uint64_t sequence_bytes(const Job& job, const Capabilities& device) {
  const auto beat = static_cast<std::uint64_t>(device.axi_bits / 8);
  const std::uint64_t row_q = round_up(2 * static_cast<std::uint64_t>(job.d), kStrideUnit);
  const std::uint64_t row_v = round_up(2 * static_cast<std::uint64_t>(job.dv), kStrideUnit);
  const std::int64_t length = job.visibility.key_length.value_or(job.keys);
  const std::int64_t group = job.heads_q / job.heads_kv;
  const std::int64_t rows = group * job.queries;
  const std::int64_t block = std::int64_t{device.lanes} * device.contexts;
  const std::int64_t tile = device.tile;
  std::uint64_t bytes = kSequenceBytes;
  std::uint64_t head = static_cast<std::uint64_t>(rows) * row_q;
  for (std::int64_t first = 0; first < rows; first += block) {
    const std::int64_t last = std::min(rows, first + block) - 1;
    const std::int64_t begin = range(job, first / group).begin;
    const std::int64_t end = range(job, last / group).end;
    if (begin >= end) continue;
    const std::int64_t low = begin / tile * tile;
    const std::int64_t high = std::min((end + tile - 1) / tile * tile, length);
    head += static_cast<std::uint64_t>(high - low) * (row_q + row_v);
    if (!job.bias) continue;
    for (std::int64_t row = first; row <= last; ++row) {
      const KeyRange seen = range(job, row / group);
      if (seen.begin >= seen.end) continue;
      for (std::int64_t key = seen.begin / tile * tile; key < seen.end; key += tile)
        head += bias_bytes(job, key, std::min(key + tile, length), beat);
    }
  }
  if (!job.alibi.empty()) head += static_cast<std::uint64_t>(rows) * beat;
  bytes += head * static_cast<std::uint64_t>(job.heads_kv);
  if (job.state_in)
    bytes += host::row_state_bytes(job.dv) * static_cast<std::uint64_t>(job.heads_q * job.queries);
  return bytes;
}

}  // namespace

Bytes count_bytes(gsl::span<const Job> jobs, const RunOptions& options,
                  const Capabilities& device) {
  Bytes bytes;
  bytes.read = kDescriptorBytes;
  bytes.written = kStatusBytes;
  for (const Job& job : jobs) {
    bytes.read += sequence_bytes(job, device);
    const auto rows = static_cast<std::uint64_t>(job.heads_q * job.queries);
    const std::uint64_t element = job.output == OutputFormat::fp32 ? 4 : 2;
    std::uint64_t row = 0;
    if (options.write_o) row += element * static_cast<std::uint64_t>(job.dv);
    if (options.write_lse) row += 4;
    if (options.state_out) row += host::row_state_bytes(job.dv);
    bytes.written += rows * row;
  }
  return bytes;
}

}  // namespace flashd::device
