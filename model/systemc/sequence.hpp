// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/device/spec.hpp"

namespace flashd::twin {

/// Constants of one sequence, as flashd_device_pkg::sequence_t: addresses hold the sequence's batch
/// offset already, except the pools of a paged cache; strides are in bytes.
struct Sequence {
  device::Descriptor descriptor;
  std::uint32_t kv_len = 0;
  std::int64_t diagonal = 0;
  int v_exponent = 1;  ///< VE, biased
  std::uint64_t q = 0, k = 0, v = 0, o = 0, lse = 0, bias = 0, alibi = 0;
  std::uint64_t page_table = 0, state_in = 0, state_out = 0;

  Sequence() = default;
  Sequence(const device::Descriptor& d, const device::Sequence& record, std::uint64_t index);

  bool flag(std::uint32_t mask) const { return (descriptor.flags & mask) != 0; }
  bool bias_en() const { return flag(device::kFlagBias) || flag(device::kFlagAlibi); }
  int bias_format() const { return static_cast<int>(descriptor.flags >> device::kBiasFormatLow & 3u); }
  int bias_bytes() const { return bias_format() == 0 ? 4 : 2; }
  int output_format() const {
    return static_cast<int>(descriptor.flags >> device::kOutputFormatLow & 3u);
  }
  int output_bytes() const { return output_format() == 0 ? 4 : 2; }
  std::uint64_t rows() const {  ///< per KV head
    return static_cast<std::uint64_t>(descriptor.queries) * descriptor.group;
  }
  int q_pitch() const { return pitch(2 * descriptor.d); }
  int v_pitch() const { return pitch(2 * descriptor.dv); }
  int state_bytes() const { return pitch(16 + 4 * descriptor.dv); }

  static std::uint64_t bytes(std::uint32_t stride) {
    return static_cast<std::uint64_t>(stride) * device::kStrideUnit;
  }
  static int pitch(int n) { return (n + 63) / 64 * 64; }
};

/// Keys [begin, end) that a query sees: twin of flashd_key_range.
struct SeenKeys {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};
SeenKeys key_range(const Sequence& s, std::uint32_t query);

}  // namespace flashd::twin
