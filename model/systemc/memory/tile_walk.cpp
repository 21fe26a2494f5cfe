// SPDX-License-Identifier: Apache-2.0
#include "model/systemc/memory/tile_walk.hpp"

#include <algorithm>

namespace flashd::twin {

void TileWalk::start(const Sequence& s) {
  s_ = s;
  blocks_.start(s);
  first_head_ = true;
}

TileWalk::Signals TileWalk::eval(Cycle now, bool room, bool tile_ready) const {
  Signals s;
  s.tile_valid = state_ == State::tile && (paged() || room);
  s.tile = {keys(), base(), tile_first_, tile_last(), contexts_};
  const bool take = s.tile_valid && tile_ready;
  s.push = paged() ? state_ == State::multiply && now >= page_at_ && room : take;
  if (!s.push) return s;
  const device::Descriptor& d = s_.descriptor;
  const int left = keys() - done_keys_;
  const int page = 1 << d.page_size_log2;
  s.run.last = !paged() || left <= page;
  s.run.keys = s.run.last ? left : page;
  s.run.tile_keys = keys();
  s.run.k = s_.k + head_ * Sequence::bytes(d.k_head);
  s.run.v = s_.v + head_ * Sequence::bytes(d.v_head);
  std::uint64_t first = base();
  if (paged()) {
    first = (base() + static_cast<std::uint32_t>(done_keys_)) % static_cast<std::uint32_t>(page);
    s.run.k += static_cast<std::uint64_t>(page_) * Sequence::bytes(d.k_batch);
    s.run.v += static_cast<std::uint64_t>(page_) * Sequence::bytes(d.v_batch);
  }
  s.run.k += first * Sequence::bytes(d.k_token);
  s.run.v += first * Sequence::bytes(d.v_token);
  return s;
}

void TileWalk::step(Cycle now, const Signals& s, bool tile_ready, bool page_done,
                    std::int32_t page) {
  const bool take_block = state_ == State::setup;
  const bool block_valid = blocks_.valid();
  BlockRange block;
  if (block_valid) block = blocks_.front();
  blocks_.step(now, take_block);
  const bool tile_end = s.push && s.run.last;
  switch (state_) {
    case State::idle:
      if (!block_valid) break;
      if (block.head_first) head_ = first_head_ ? 0 : head_ + 1;
      state_ = State::setup;
      break;
    case State::setup:
      first_head_ = false;
      tile_ = block.tile;
      end_ = block.end;
      contexts_ = block.contexts;
      tile_first_ = true;
      done_keys_ = 0;
      state_ = State::tile;
      break;
    case State::lookup:
      if (!page_done) break;
      page_ = page;
      page_at_ = now + multiply_time(static_cast<std::uint32_t>(page));
      state_ = State::multiply;
      break;
    case State::tile:
    case State::multiply:
      if (tile_end) {
        state_ = tile_last() ? State::idle : State::tile;
        ++tile_;
        tile_first_ = false;
        done_keys_ = 0;
      } else if (s.push) {
        done_keys_ += s.run.keys;
        state_ = State::lookup;
      } else if (s.tile_valid && tile_ready && paged()) {
        state_ = State::lookup;
      }
      break;
  }
}

Cycle TileWalk::quiet(Cycle now, bool room, bool tile_ready, bool page_done) const {
  const Cycle blocks = blocks_.quiet(now);
  switch (state_) {
    case State::idle:
      return blocks_.valid() ? 0 : blocks;
    case State::setup:
      return 0;
    case State::tile:
      return (paged() || room) && tile_ready ? 0 : blocks;
    case State::lookup:
      return page_done ? 0 : blocks;
    case State::multiply:
      break;
  }
  if (now < page_at_) return std::min(blocks, page_at_ - now);
  return room ? 0 : blocks;
}

}  // namespace flashd::twin
