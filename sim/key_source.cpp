// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "sim/sources.hpp"

namespace flashd::sim {

std::uint64_t Verdicts::skips() const {
  return static_cast<std::uint64_t>(std::count(skipped_.begin(), skipped_.end(), true));
}

ValueTileSource::ValueTileSource(const Plan& plan, const Verdicts& verdicts) : verdicts_(verdicts) {
  for (const Block& b : plan.blocks) {
    for (const Tile& t : b.tiles) keys_.push_back(t.keys);
  }
}

void ValueTileSource::drive(Ports* ports) {
  ports->vt_keys = verdicts_.skipped(at_) ? 0 : keys_[at_];
}

KeySource::KeySource(const Job& job, const Plan& plan, Kind kind, const Verdicts& verdicts)
    : plan_(plan),
      verdicts_(verdicts),
      data_(kind == Kind::keys ? job.k : job.v),
      keys_(job.keys),
      dim_(kind == Kind::keys ? job.d : job.dv),
      beats_(kind == Kind::keys ? plan.q_beats : plan.v_beats),
      values_(kind == Kind::values) {}

std::uint64_t KeySource::total() const {
  std::uint64_t n = 0;
  for (const Block& b : plan_.blocks) {
    for (const Tile& t : b.tiles) n += t.keys;
  }
  return n * beats_;
}

void KeySource::next_tile() {
  ++index_;
  if (++tile_ < plan_.blocks[block_].tiles.size()) return;
  tile_ = 0;
  ++block_;
}

bool KeySource::ready() {
  while (block_ < plan_.blocks.size()) {
    const int keys = plan_.blocks[block_].tiles[tile_].keys;
    if (values_ && !verdicts_.known(index_)) return false;
    const bool skipped = values_ && verdicts_.skipped(index_);
    if (keys != 0 && !skipped) return true;
    if (skipped) dropped_ += static_cast<std::uint64_t>(keys) * beats_;
    next_tile();
  }
  return false;
}

void KeySource::drive(Ports* ports) {
  const Block& block = plan_.blocks[block_];
  const std::int64_t key = block.kv_head * keys_ + block.tiles[tile_].first_key + key_;
  pack(data_.data() + key * dim_, dim_, beat_, plan_.width,
       values_ ? &ports->v_data : &ports->k_data);
}

void KeySource::advance() {
  if (++beat_ < beats_) return;
  beat_ = 0;
  if (++key_ < plan_.blocks[block_].tiles[tile_].keys) return;
  key_ = 0;
  next_tile();
}

}  // namespace flashd::sim
