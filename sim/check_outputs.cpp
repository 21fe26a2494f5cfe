// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "sim/check.hpp"

namespace flashd::sim {

namespace {

constexpr int kRowFlagBits = 6;
constexpr const char* kEngine = "flashd_engine";

std::uint32_t bits_of(float f) {
  std::uint32_t bits;
  std::memcpy(&bits, &f, sizeof bits);
  return bits;
}

float as_float(std::uint32_t bits) {
  float f;
  std::memcpy(&f, &bits, sizeof f);
  return f;
}

}  // namespace

bool Checker::outputs(const Ports& ports) {
  Output& at = output_at_;
  if (at.block >= plan_.blocks.size()) return surplus(kEngine, "o_data_o");
  const Block& block = plan_.blocks[at.block];
  const bool last = at.beat + 1 == plan_.o_beats;
  if (ports.o_last != last) {
    return fail(kEngine, "o_last_o", where(at, 0, at.beat * plan_.merge), std::to_string(last),
                std::to_string(ports.o_last));
  }
  for (int lane = 0; lane < plan_.lanes; ++lane) {
    const Row& row = block.rows[at.context * plan_.lanes + lane];
    const bool valid = ((ports.o_rows >> lane) & 1u) != 0;
    if (valid != row.valid) {
      return fail(kEngine, "o_rows_o", where(at, lane, -1), std::to_string(row.valid),
                  std::to_string(valid));
    }
    if (!row.valid) continue;
    const std::size_t to = (row.head * job_.queries + row.query) * job_.dv;
    const HeadExpectation* head = lockstep_ ? &expectations_.head(block.kv_head) : nullptr;
    for (int m = 0; m < plan_.merge; ++m) {
      const int e = at.beat * plan_.merge + m;
      if (e >= job_.dv) break;
      const auto got =
          static_cast<std::uint32_t>(ports.o_data.get((lane * plan_.merge + m) * 32, 32));
      result_.o[to + e] = as_float(got);
      if (!head) continue;
      ++compared_.outputs;
      const std::uint32_t want =
          bits_of(head->result.o[expectations_.index(*head, row) * job_.dv + e]);
      if (got != want) {
        return fail(kEngine, "o (output)", where(at, lane, e), decoder_.float32(want),
                    decoder_.float32(got));
      }
    }
  }
  ++at.beat;
  if (last) next_context(&at);
  return true;
}

bool Checker::raw_outputs(const Ports& ports) {
  Output& at = raw_at_;
  if (!state_out_ || at.block >= plan_.blocks.size()) return surplus(kEngine, "so_data_o");
  const Block& block = plan_.blocks[at.block];
  for (int lane = 0; lane < plan_.lanes; ++lane) {
    const Row& row = block.rows[at.context * plan_.lanes + lane];
    if (!row.valid) continue;
    const std::size_t to = (row.head * job_.queries + row.query) * job_.dv;
    const HeadExpectation* head = lockstep_ ? &expectations_.head(block.kv_head) : nullptr;
    for (int m = 0; m < plan_.merge; ++m) {
      const int e = at.beat * plan_.merge + m;
      if (e >= job_.dv) break;
      const auto got =
          static_cast<std::int32_t>(ports.so_data.get((lane * plan_.merge + m) * 32, 32));
      result_.state.o[to + e] = got;
      if (!head) continue;
      ++compared_.outputs;
      const std::int32_t want = head->result.state.o[expectations_.index(*head, row) * job_.dv + e];
      if (got != want) {
        return fail(kEngine, "so (raw o)", where(at, lane, e), decoder_.raw_output(want),
                    decoder_.raw_output(got));
      }
    }
  }
  if (++at.beat == plan_.o_beats) next_context(&at);
  return true;
}

bool Checker::heads(const Ports& ports) {
  Output& at = head_at_;
  if (at.block >= plan_.blocks.size()) return surplus(kEngine, "ro_lse_o");
  const Block& block = plan_.blocks[at.block];
  for (int lane = 0; lane < plan_.lanes; ++lane) {
    const Row& row = block.rows[at.context * plan_.lanes + lane];
    const bool valid = ((ports.ro_rows >> lane) & 1u) != 0;
    if (valid != row.valid) {
      return fail(kEngine, "ro_rows_o", where(at, lane, -1), std::to_string(row.valid),
                  std::to_string(valid));
    }
    if (!row.valid) continue;
    const std::size_t to = row.head * job_.queries + row.query;
    const auto lse = static_cast<std::uint32_t>(ports.ro_lse.get(lane * 32, 32));
    RowHead got;
    got.exponent = static_cast<std::int32_t>(
        ports.ro_exponent.get_signed(lane * spec::kSumExponent, spec::kSumExponent));
    got.mantissa = static_cast<std::uint32_t>(ports.ro_mantissa.get(lane * 32, 32));
    got.flags = static_cast<std::uint32_t>(ports.ro_flags.get(lane * kRowFlagBits, kRowFlagBits));
    result_.lse[to] = as_float(lse);
    result_.state.head[to] = got;
    counts_.rows_empty += (got.flags & kRowHasKeys) == 0;
    counts_.rows_nan += (got.flags & (kRowNanScore | kRowNanValue)) != 0;
    if (!lockstep_) continue;
    const HeadExpectation& head = expectations_.head(block.kv_head);
    const std::size_t index = expectations_.index(head, row);
    const RowHead& want = head.result.state.head[index];
    const std::uint32_t want_lse = bits_of(head.result.lse[index]);
    ++compared_.outputs;
    ++compared_.row_states;
    if (lse != want_lse) {
      return fail(kEngine, "ro (LSE)", where(at, lane, -1), decoder_.float32(want_lse),
                  decoder_.float32(lse));
    }
    if (got.flags != want.flags) {
      return fail(kEngine, "ro (row flags)", where(at, lane, -1), decoder_.flags(want.flags),
                  decoder_.flags(got.flags));
    }
    if (got.exponent != want.exponent || got.mantissa != want.mantissa) {
      return fail(kEngine, "ro (row sum)", where(at, lane, -1),
                  decoder_.row_sum(want.exponent, want.mantissa),
                  decoder_.row_sum(got.exponent, got.mantissa));
    }
  }
  const std::int64_t kv_head = block.kv_head;
  if (next_context(&at) && plan_.blocks[at.block].kv_head != kv_head) release_heads();
  return true;
}

}  // namespace flashd::sim
