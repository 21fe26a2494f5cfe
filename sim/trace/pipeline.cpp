// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/pipeline.hpp"

#include <algorithm>
#include <array>

namespace flashd::trace {

namespace {

/// flashd_device_pkg::read_client_e.
constexpr std::array<const char*, 7> kClients{"control", "page", "state", "query",
                                              "bias",    "key",  "value"};

}  // namespace

const char* name(Track track) {
  constexpr std::array<const char*, kTracks> kNames{
      "job",          "query load", "key load",     "value load", "score phase",
      "output phase", "merge",      "output write", "read bus",   "write bus"};
  return kNames[static_cast<std::size_t>(track)];
}

void Pipeline::put(Track track, const char* name, std::uint64_t begin, std::uint64_t end,
                   std::initializer_list<Argument> arguments) {
  const std::uint64_t shift = job_cycle_ - origin_;
  latest_ = std::max(latest_, end);
  sink_.slice({track, name, begin - shift, end - shift, arguments});
}

void Pipeline::clear() {
  query_block_ = tile_block_ = 0;
  keys_ = values_ = {};
  outputs_.clear();
  merges_.clear();
  writes_.clear();
  complete_.clear();
}

void Pipeline::job_begin(std::uint64_t cycle) {
  // A reset left the job before without an end.
  if (running_) origin_ += latest_ - job_cycle_;
  running_ = true;
  job_cycle_ = latest_ = cycle;
  written_ = cycle;
  sequences_ = 0;
  clear();
}

void Pipeline::job_end(std::uint64_t cycle) {
  put(Track::job, "job", job_cycle_, cycle, {{"job", jobs_++}, {"sequences", sequences_}});
  origin_ += latest_ - job_cycle_;
  running_ = false;
}

void Pipeline::sequence() {
  ++sequences_;
  clear();
}

void Pipeline::query_end(std::uint64_t cycle, std::uint32_t context, bool block_last) {
  put(Track::query_load, "queries", query_begin_, cycle + 1,
      {{"sequence", sequences_ - 1}, {"block", query_block_}, {"context", context}});
  query_block_ += block_last;
}

void Pipeline::tile(std::uint32_t base, std::uint32_t keys, bool last) {
  keys_.tiles.push_back({tile_block_, base, keys});
  values_.tiles.push_back({tile_block_, base, keys});
  tile_block_ += last;
}

void Pipeline::load_end(Load* load, Track track, std::uint64_t cycle) {
  put(track, track == Track::key_load ? "keys" : "values", load->begin, cycle + 1,
      {{"sequence", sequences_ - 1},
       {"block", load->tile.block},
       {"tile", load->tile.base},
       {"keys", load->tile.keys}});
}

void Pipeline::load_take(Load* load, Track track, std::uint64_t cycle, std::uint32_t keys) {
  const Tile tile = load->tiles.front();
  load->tiles.pop_front();
  if (keys != 0) {
    load->tile = tile;
    load->begin = cycle + 1;
    return;
  }
  put(track, tile.keys == 0 ? "no keys" : "not needed", cycle, cycle + 1,
      {{"sequence", sequences_ - 1},
       {"block", tile.block},
       {"tile", tile.base},
       {"keys", tile.keys}});
}

void Pipeline::work_slice(Track track, const Work& work, std::uint64_t begin, std::uint64_t end) {
  const char* name = track == Track::score ? "scores" : "outputs";
  const std::uint64_t sequence = sequences_ - 1;
  if (work.empty) {
    put(track, "no keys", begin, end,
        {{"sequence", sequence},
         {"block", work.block},
         {"tile", work.base},
         {"context", work.context},
         {"keys", 0}});
  } else {
    put(track, name, begin, end,
        {{"sequence", sequence},
         {"block", work.block},
         {"tile", work.base},
         {"context", work.context},
         {"keys", work.end - work.begin},
         {"first_key", std::uint64_t{work.base} + work.begin}});
  }
}

void Pipeline::score_begin(std::uint64_t cycle, const Work& work) {
  score_ = work;
  score_begin_ = cycle;
  outputs_.push_back(work);
}

void Pipeline::score_end(std::uint64_t cycle) {
  work_slice(Track::score, score_, score_begin_, cycle + 1);
}

void Pipeline::output_begin(std::uint64_t cycle) {
  output_begin_ = cycle;
  merges_.push_back(outputs_.front());
  if (outputs_.front().last) writes_.push_back(outputs_.front());
}

void Pipeline::output_end(std::uint64_t cycle) {
  work_slice(Track::output, outputs_.front(), output_begin_, cycle + 1);
  outputs_.pop_front();
}

void Pipeline::merge(std::uint64_t cycle, std::uint32_t steps, std::uint32_t channel_block,
                     bool last) {
  if (channel_block == 0) merge_begin_ = cycle;
  if (!last) return;
  const Work& work = merges_.front();
  put(Track::merge, "merge", merge_begin_, cycle + steps,
      {{"sequence", sequences_ - 1},
       {"block", work.block},
       {"tile", work.base},
       {"context", work.context}});
  merges_.pop_front();
}

void Pipeline::write_end(std::uint64_t cycle) {
  // The bank behind may have been complete while this one was still leaving.
  put(Track::output_write, "rows", std::max(complete_.front(), written_), cycle + 1,
      {{"sequence", sequences_ - 1},
       {"block", writes_.front().block},
       {"context", writes_.front().context},
       {"complete_for", std::max(complete_.front(), written_) - complete_.front()}});
  written_ = cycle + 1;
  complete_.pop_front();
  writes_.pop_front();
}

void Pipeline::read_burst(std::uint32_t client, std::uint64_t address, std::uint32_t beats,
                          std::uint64_t asked, std::uint64_t first, std::uint64_t last) {
  put(Track::read_bus, kClients[client], first, last + 1,
      {{"address", address}, {"beats", beats}, {"latency", first - asked}});
}

void Pipeline::write_burst(std::uint64_t address, std::uint32_t beats, std::uint64_t asked,
                           std::uint64_t first, std::uint64_t last) {
  put(Track::write_bus, "write", first, last + 1,
      {{"address", address}, {"beats", beats}, {"latency", first - asked}});
}

}  // namespace flashd::trace
