// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "model/arith/soft_cap.hpp"
#include "model/systemc/device.hpp"

namespace flashd::twin {

namespace {

constexpr std::uint32_t kFlagsKnown = device::kFlagInterrupt * 2 - 1;
constexpr std::uint64_t kMask48 = (std::uint64_t{1} << device::kAddressBits) - 1;

bool bad_address(std::uint64_t a) { return (a & ~kMask48) != 0 || a % device::kStrideUnit != 0; }
bool bad_size(std::uint32_t n) { return n >> 31 != 0; }

/// Bits of the words that no field covers must be 0.
bool reserved_set(const std::uint32_t* words) {
  std::array<std::uint32_t, device::kDescriptorWords> covered{};
  for (const device::Field& f : device::kDescriptorFields) {
    for (int bit = f.low; bit < f.low + f.bits; ++bit)
      covered[f.word + bit / 32] |= 1u << (bit % 32);
  }
  for (int w = 0; w < device::kDescriptorWords; ++w) {
    if ((words[w] & ~covered[w]) != 0) return true;
  }
  return false;
}

bool bad_soft_cap(std::uint64_t word) {
  const arith::SoftCap cap = arith::SoftCap::unpack(word);
  return cap.pack() != word || !cap.enabled || cap.shift > 18 ||
         cap.inverse >> (spec::kSoftCapInverseBits - 1) == 0;
}

}  // namespace

FieldFault check(const device::Descriptor& d, const std::uint32_t* words, const Parameters& p) {
  using device::Fault;
  const auto has = [&d](std::uint32_t flag) { return (d.flags & flag) != 0; };
  if (d.version != device::kDescriptorVersion || d.lines != device::kDescriptorWords / 16)
    return {Fault::descriptor_version, 0};
  if ((d.flags & ~kFlagsKnown) != 0 || reserved_set(words) ||
      (p.soft_cap == 0 && has(device::kFlagSoftCap)))
    return {Fault::descriptor_flags, 0};
  if ((p.sig == 8 && has(device::kFlagFp16)) ||
      (has(device::kFlagOutputLow) && has(device::kFlagOutputHigh)) ||
      (has(device::kFlagBias) && has(device::kFlagBiasLow) && has(device::kFlagBiasHigh)))
    return {Fault::format, 0};
  if (d.d == 0 || d.d > p.max_head_dim || d.dv == 0 || d.dv > p.max_head_dim)
    return {Fault::head_dim, 0};
  if (d.heads_kv == 0 || d.group == 0) return {Fault::heads, 0};
  if (d.batch == 0 || bad_size(d.batch) || bad_size(d.queries) || bad_size(d.keys))
    return {Fault::size, 0};
  const std::array<std::pair<bool, std::uint64_t>, 12> addresses{{
      {true, d.q},
      {true, d.k},
      {true, d.v},
      {has(device::kFlagWriteO), d.o},
      {has(device::kFlagWriteLse), d.lse},
      {has(device::kFlagBias), d.bias},
      {has(device::kFlagAlibi), d.alibi},
      {true, d.sequences},
      {has(device::kFlagPaged), d.page_table},
      {has(device::kFlagStateIn), d.state_in},
      {has(device::kFlagStateOut), d.state_out},
      {true, d.status},
  }};
  for (const auto& [needed, address] : addresses) {
    if (needed && bad_address(address)) return {Fault::address, address};
  }
  if (has(device::kFlagWindow) && (bad_size(d.window_left) || bad_size(d.window_right)))
    return {Fault::window, 0};
  if (d.scale_mantissa != 0 && d.scale_mantissa >> (spec::kScaleBits - 1) == 0)
    return {Fault::scale, 0};
  if (has(device::kFlagSoftCap) && bad_soft_cap(d.soft_cap)) return {Fault::soft_cap, 0};
  if (has(device::kFlagPaged) && (d.page_size_log2 < 4 || d.page_size_log2 > 10))
    return {Fault::page_size, 0};
  const auto lanes = static_cast<std::uint32_t>(p.lanes);
  if (has(device::kFlagSkipV) && d.queries != 0 &&
      (d.queries > lanes || d.group > lanes || d.queries * d.group > lanes))
    return {Fault::skip_v, 0};
  return {};
}

bool record_bad(const device::Descriptor& d, const device::Sequence& record) {
  const int largest = (d.flags & device::kFlagFp16) != 0 ? 30 : 254;
  return record.kv_len > d.keys || record.v_exponent == 0 || record.v_exponent > largest;
}

}  // namespace flashd::twin
