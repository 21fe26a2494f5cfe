// SPDX-License-Identifier: Apache-2.0
#include "sim/plan.hpp"

#include <algorithm>
#include <stdexcept>

#include "model/arith/bias.hpp"
#include "model/arith/spec.hpp"

namespace flashd::sim {

namespace {

int beats(int elements, int per_beat) { return (elements + per_beat - 1) / per_beat; }

bool sees(const Row& row, std::int64_t begin, std::int64_t end) {
  return row.valid && row.range.begin < end && row.range.end > begin;
}

void add_tiles(const Job& job, int tile_keys, Block* block) {
  const std::int64_t length = job.visibility.key_length.value_or(job.keys);
  std::int64_t first = length;
  std::int64_t last = 0;
  for (const Row& row : block->rows) {
    if (!row.valid || row.range.begin >= row.range.end) continue;
    first = std::min(first, row.range.begin);
    last = std::max(last, row.range.end);
  }
  for (std::int64_t at = first / tile_keys * tile_keys; at < last; at += tile_keys) {
    const std::int64_t end = std::min(length, at + tile_keys);
    const bool seen = std::any_of(block->rows.begin(), block->rows.end(),
                                  [&](const Row& row) { return sees(row, at, end); });
    if (seen) block->tiles.push_back({at, static_cast<int>(end - at)});
  }
  if (block->tiles.empty()) block->tiles.push_back({0, 0});
}

void add_passes(const Plan& plan, int index, bool every_tile, std::vector<Pass>* passes) {
  const Block& block = plan.blocks[index];
  for (std::size_t t = 0; t < block.tiles.size(); ++t) {
    const Tile& tile = block.tiles[t];
    for (int c = 0; c < block.contexts; ++c) {
      Pass pass{index, static_cast<int>(t), c, tile.keys, 0};
      for (int lane = 0; lane < plan.lanes; ++lane) {
        const Row& row = block.rows[c * plan.lanes + lane];
        if (!sees(row, tile.first_key, tile.first_key + tile.keys)) continue;
        const std::int64_t begin = row.range.begin - tile.first_key;
        const std::int64_t end = row.range.end - tile.first_key;
        pass.begin = static_cast<int>(std::clamp<std::int64_t>(begin, 0, pass.begin));
        pass.end = static_cast<int>(std::clamp<std::int64_t>(end, pass.end, tile.keys));
      }
      const bool null = pass.begin >= pass.end;
      if (null) pass.begin = pass.end = 0;
      if (!null || every_tile || t + 1 == block.tiles.size()) passes->push_back(pass);
    }
  }
}

std::uint64_t count_visible(const Job& job) {
  std::uint64_t visible = 0;
  for (std::int64_t i = 0; i < job.queries; ++i) {
    const KeyRange range = visible_keys(job, i);
    visible += static_cast<std::uint64_t>(range.end - range.begin) * job.heads_q;
    if (!job.bias) continue;
    for (std::int64_t h = 0; h < job.heads_q; ++h) {
      for (std::int64_t j = range.begin; j < range.end; ++j)
        visible -= arith::make_bias<spec::Fine>(bias_bits(job, h, i, j)).mask;
    }
  }
  return visible;
}

}  // namespace

std::uint32_t bias_bits(const Job& job, std::int64_t head, std::int64_t query, std::int64_t key) {
  if (!job.bias) return 0;
  return job.bias->bits(head * job.bias->head + query * job.bias->query + key * job.bias->key);
}

Plan make_plan(const Job& job, const BuildInfo& build, bool every_tile) {
  if (job.input == InputFormat::fp16 && build.sig < spec::Fp16::kSignificand) {
    throw std::invalid_argument(std::string("configuration ") + build.config +
                                " takes BF16 inputs only: its significands have 8 bits");
  }
  Plan plan;
  plan.width = build.width;
  plan.lanes = build.lanes;
  plan.contexts = build.contexts;
  plan.tile = build.tile;
  plan.merge = beats(build.width, build.tile);
  plan.q_beats = beats(job.d, build.width);
  plan.v_beats = beats(job.dv, build.width);
  plan.o_beats = beats(job.dv, plan.merge);
  const std::int64_t group = job.heads_q / job.heads_kv;
  const std::int64_t size = static_cast<std::int64_t>(build.lanes) * build.contexts;
  for (std::int64_t kv = 0; kv < job.heads_kv; ++kv) {
    const std::int64_t rows = group * job.queries;
    for (std::int64_t first = 0; first < rows; first += size) {
      Block block;
      block.kv_head = kv;
      const std::int64_t used = std::min(size, rows - first);
      block.contexts = beats(static_cast<int>(used), build.lanes);
      block.rows.resize(static_cast<std::size_t>(block.contexts) * build.lanes);
      for (std::int64_t r = 0; r < used; ++r) {
        const std::int64_t head = kv * group + (first + r) / job.queries;
        const std::int64_t query = (first + r) % job.queries;
        block.rows[r] = {true, head, query, visible_keys(job, query)};
      }
      add_tiles(job, build.tile, &block);
      plan.blocks.push_back(std::move(block));
      add_passes(plan, static_cast<int>(plan.blocks.size()) - 1, every_tile, &plan.passes);
    }
  }
  plan.visible = count_visible(job);
  plan.macs = plan.visible * static_cast<std::uint64_t>(job.d + job.dv);
  return plan;
}

}  // namespace flashd::sim
