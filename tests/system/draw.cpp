// SPDX-License-Identifier: Apache-2.0
#include "tests/system/draw.hpp"

#include <algorithm>
#include <iterator>

#include "host/io/convert.hpp"

namespace flashd::system {

namespace {

constexpr const char* kMemories[] = {
    "ideal",          "fixed:1",         "fixed:40",       "fixed:300",
    "bandwidth:20,8", "bandwidth:9,2.5", "dram:ddr4-2400", "dram:ddr3-1600,200",
    "dram:hbm2-2000", "jitter:3,7",      "jitter:60,8"};
constexpr double kPauses[] = {0.0, 0.0, 0.1, 0.5};

}  // namespace

const char* drawn_memory(std::uint64_t seed) { return kMemories[seed % std::size(kMemories)]; }
double drawn_pauses(std::uint64_t seed) { return kPauses[seed / 3 % std::size(kPauses)]; }

Draw::Draw(std::uint64_t seed, const spec::Config& config, std::int64_t macs,
           const std::string& only)
    : rng_(jobs::Rng(seed ^ 0x5e9).next()) {
  const bool fp16 = config.sig >= 11 && rng_.chance(0.5);
  jobs::Choices choices;
  choices.soft_cap = config.soft_cap != 0;
  if (only != "all") {
    choices.soft_cap = choices.soft_cap && only == "softcap";
    choices.alibi = only == "alibi";
    choices.paging = only == "paging";
    choices.bias16 = false;
  }
  owned_.push_back(
      jobs::random_job(seed, config, fp16 ? InputFormat::fp16 : InputFormat::bf16, macs, choices));
  device::RunOptions& o = drawn_.options;
  o.guard = true;
  o.tag = static_cast<std::uint32_t>(rng_.next());
  o.state_out = rng_.chance(0.5);
  o.write_o = !rng_.chance(0.1);
  o.write_lse = !rng_.chance(0.2);
  o.gap = rng_.chance(0.25) ? static_cast<std::uint32_t>(rng_.between(1, 3)) : 0;
  const jobs::OwnedJob& first = owned_[0];
  const std::int64_t rows = first.queries * (first.heads_q / first.heads_kv);
  o.skip_v = rows <= config.lanes && rng_.chance(0.5);
  if (rng_.chance(0.2)) repeat(static_cast<int>(rng_.between(2, 4)));
  if (only == "decode") decode();
  describe();
}

void Draw::describe() {
  const device::RunOptions& o = drawn_.options;
  const jobs::OwnedJob& first = owned_[0];
  drawn_.jobs.clear();
  for (const jobs::OwnedJob& job : owned_) drawn_.jobs.push_back(job.view());
  // One table of slopes for all sequences.
  for (Job& job : drawn_.jobs) job.alibi = drawn_.jobs[0].alibi;
  drawn_.text = first.description;
  if (o.state_out) drawn_.text += ", states out";
  if (!o.write_o) drawn_.text += ", no o";
  if (!o.write_lse) drawn_.text += ", no lse";
  if (o.skip_v) drawn_.text += ", skip_v";
  if (o.gap != 0) drawn_.text += ", gap " + std::to_string(o.gap);
  if (owned_.size() > 1) drawn_.text += ", batch " + std::to_string(owned_.size());
}

void Draw::decode() {
  owned_.resize(1);
  jobs::OwnedJob& job = owned_[0];
  job = jobs::OwnedJob{};
  job.heads_kv = job.heads_q = rng_.between(1, 3);
  job.queries = 1;
  job.keys = rng_.between(100, 600);
  job.d = static_cast<int>(rng_.between(8, 64));
  job.dv = static_cast<int>(rng_.between(1, 64));
  // The first key has nearly all the weight; a later one now and then as much.
  const auto fill = [this](std::vector<std::uint16_t>& array, std::int64_t size) {
    for (std::int64_t i = 0; i < size; ++i)
      array.push_back(host::encode(rng_.normal() / 4, InputFormat::bf16));
  };
  fill(job.q, job.heads_q * job.d);
  fill(job.k, job.heads_kv * job.keys * job.d);
  fill(job.v, job.heads_kv * job.keys * job.dv);
  for (std::uint16_t& bits : job.q) bits = host::encode(4.0, InputFormat::bf16);
  for (std::int64_t head = 0; head < job.heads_kv; ++head) {
    for (std::int64_t key = 0; key < job.keys; ++key) {
      if (key != 0 && !rng_.chance(0.01)) continue;
      const auto row = job.k.begin() + (head * job.keys + key) * job.d;
      std::fill_n(row, job.d, host::encode(8.0, InputFormat::bf16));
    }
  }
  job.description = "decode, heads " + std::to_string(job.heads_q) + " keys " +
                    std::to_string(job.keys) + " d " + std::to_string(job.d) + " dv " +
                    std::to_string(job.dv);
  drawn_.options.skip_v = true;
}

std::unique_ptr<Draw> Draw::smaller(Shrink way) const {
  std::unique_ptr<Draw> out(new Draw);
  out->owned_ = owned_;
  out->drawn_.options = drawn_.options;
  bool changed = false;
  if (way == Shrink::count) {
    device::RunOptions& o = out->drawn_.options;
    changed = owned_.size() > 1 || o.state_out || o.gap != 0;
    out->owned_.resize(1);
    o.state_out = false;
    o.gap = 0;
  } else {
    for (jobs::OwnedJob& job : out->owned_) changed = shrink(way, job) || changed;
  }
  if (!changed) return nullptr;
  out->describe();
  const jobs::OwnedJob& job = out->owned_[0];
  out->drawn_.text +=
      " shrunk to heads " + std::to_string(job.heads_q) + "/" + std::to_string(job.heads_kv) +
      " queries " + std::to_string(job.queries) + " keys " + std::to_string(job.keys) + " d " +
      std::to_string(job.d) + " dv " + std::to_string(job.dv) + (job.page_size ? " paged" : "") +
      (job.continues ? " continued" : "") + (job.alibi.empty() ? "" : " alibi") +
      (job.soft_cap ? " softcap" : "") + (job.bias.empty() && job.bias16.empty() ? "" : " bias");
  return out;
}

/// Sequences of the same shape; data, lengths and diagonals differ.
void Draw::repeat(int batch) {
  if (owned_[0].page_size != 0) return;
  for (int b = 1; b < batch; ++b) {
    owned_.push_back(owned_[0]);
    jobs::OwnedJob& job = owned_.back();
    for (std::vector<std::uint16_t>* array : {&job.q, &job.k, &job.v})
      if (!array->empty())
        std::rotate(array->begin(), array->begin() + rng_.below(std::int64_t(array->size())),
                    array->end());
    job.visibility.key_length = rng_.between(0, job.keys);
    if (rng_.chance(0.5)) job.visibility.diagonal = rng_.between(-5, job.keys + 5);
  }
}

}  // namespace flashd::system
