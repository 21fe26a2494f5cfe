// SPDX-License-Identifier: Apache-2.0
#include "model/golden/golden.hpp"

#include <algorithm>
#include <stdexcept>

#include "model/golden/row_tile.hpp"

namespace flashd::golden {

namespace {

using MergeTile = void (*)(const RowTile&, TileBuffers*, Counts*, Observer*);

MergeTile select(Profile profile, InputFormat input) {
  if (profile == Profile::fine)
    return input == InputFormat::bf16 ? &merge_tile<spec::Fine, spec::Bf16>
                                      : &merge_tile<spec::Fine, spec::Fp16>;
  return input == InputFormat::bf16 ? &merge_tile<spec::Lean, spec::Bf16>
                                    : &merge_tile<spec::Lean, spec::Fp16>;
}

RowStates initial_states(const Job& job) {
  RowStates s;
  if (job.state_in) {
    s = *job.state_in;
    // An empty row has no output yet, whatever its record holds.
    for (std::size_t r = 0; r < s.head.size(); ++r) {
      if (s.head[r].flags & kRowHasKeys) continue;
      s.head[r].exponent = 0;
      s.head[r].mantissa = 0;
      std::fill_n(s.o.begin() + static_cast<std::ptrdiff_t>(r) * job.dv, job.dv, 0);
    }
    return s;
  }
  const auto rows = static_cast<std::size_t>(job.heads_q * job.queries);
  s.v_exponent = value_exponent(job);
  s.head.resize(rows);
  s.o.resize(rows * job.dv);
  return s;
}

/// All rows that read one KV head, tile by tile, so that a tile is prepared once.
void run_head(const Job& job, const Settings& settings, const JobConstants& constants,
              std::int64_t kv_head, Observer* observer, Result* result) {
  const MergeTile merge = select(settings.profile, job.input);
  const std::int64_t group = job.heads_q / job.heads_kv;
  std::vector<QueryRow> rows;
  for (std::int64_t h = kv_head * group; h < (kv_head + 1) * group; ++h) {
    for (std::int64_t i = 0; i < job.queries; ++i) rows.push_back(make_query(job, constants, h, i));
  }
  const std::int64_t length = job.visibility.key_length.value_or(job.keys);
  KeyTile tile;
  TileBuffers buffers;
  for (std::int64_t first = 0; first < length; first += settings.tile) {
    const std::int64_t end = std::min(length, first + settings.tile);
    const bool seen = std::any_of(rows.begin(), rows.end(), [&](const QueryRow& r) {
      return r.range.begin < end && r.range.end > first;
    });
    if (!seen) continue;
    prepare(job, kv_head, first, static_cast<int>(end - first), constants.shape, &tile);
    for (const QueryRow& row : rows) {
      const std::int64_t at = row.head * job.queries + row.query;
      RowTile in{constants,
                 row,
                 tile,
                 {},
                 &result->state.head[at],
                 {result->state.o.data() + at * job.dv, static_cast<std::size_t>(job.dv)}};
      if (job.bias) {
        in.bias = job.bias;
        in.bias->advance(row.head * job.bias->head + row.query * job.bias->query +
                         first * job.bias->key);
      }
      merge(in, &buffers, &result->counts, observer);
    }
  }
}

Result run_with(const Job& job, const Settings& settings, bool vectors, Observer* observer) {
  const char* fault = check(job, spec::kMaxHeadDim);
  if (*fault) throw std::invalid_argument(fault);
  if (settings.tile < 1 || settings.tile > kMaxTile)
    throw std::invalid_argument("a tile must have 1 to 64 keys");
  Result result;
  result.state = initial_states(job);
  JobConstants constants = make_constants(job, settings.profile, vectors);
  if (settings.soft_cap_word != 0)
    constants.soft_cap = arith::SoftCap::unpack(settings.soft_cap_word);
  constants.shape.v_exponent = result.state.v_exponent;
  for (std::int64_t h = 0; h < job.heads_kv; ++h)
    run_head(job, settings, constants, h, observer, &result);
  Result rounded = finish(result.state, job.dv, job.output, settings.profile);
  result.o = std::move(rounded.o);
  result.lse = std::move(rounded.lse);
  result.counts.rows_nan = rounded.counts.rows_nan;
  result.counts.rows_empty = rounded.counts.rows_empty;
  return result;
}

}  // namespace

Result run(const Job& job, const Settings& settings, Observer* observer) {
  return run_with(job, settings, true, observer);
}

Result run_scalar(const Job& job, const Settings& settings, Observer* observer) {
  return run_with(job, settings, false, observer);
}

}  // namespace flashd::golden
