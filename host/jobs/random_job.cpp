// SPDX-License-Identifier: Apache-2.0
#include "host/jobs/random_job.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "host/io/convert.hpp"
#include "host/jobs/rng.hpp"

namespace flashd::jobs {
namespace {

/// How the elements of a job are drawn.
enum class Values { normal, peaky, equal, growing, tiny, huge, bits, special };
constexpr const char* kValueNames[] = {"normal", "peaky", "equal", "growing",
                                       "tiny",   "huge",  "bits",  "special"};

Values draw_kind(Rng& rng) {
  constexpr Values kKinds[] = {Values::normal, Values::normal, Values::normal,  Values::normal,
                               Values::peaky,  Values::equal,  Values::growing, Values::tiny,
                               Values::huge,   Values::bits,   Values::special};
  return rng.pick(kKinds);
}

std::int64_t draw_length(Rng& rng, int tile) {
  const std::int64_t lengths[] = {
      0, 1, 17, 31, 33, 129, tile - 1, tile, tile + 1, 2 * tile, rng.between(1, 200)};
  return rng.pick(lengths);
}

int draw_dim(Rng& rng, int max_dim) {
  const int dims[] = {max_dim,
                      max_dim / 2,
                      max_dim / 4,
                      8,
                      static_cast<int>(rng.between(1, max_dim)),
                      static_cast<int>(rng.between(1, max_dim))};
  return std::max(1, rng.pick(dims));
}

std::uint16_t special_bits(Rng& rng, InputFormat format) {
  const double values[] = {0.0,
                           -0.0,
                           std::numeric_limits<double>::quiet_NaN(),
                           std::numeric_limits<double>::infinity(),
                           -std::numeric_limits<double>::infinity(),
                           format == InputFormat::bf16 ? 0x1p-133 : 0x1p-24,
                           format == InputFormat::bf16 ? 0x1.fep127 : 65504.0};
  return host::encode(rng.pick(values), format);
}

/// One element; `progress` runs from 0 to 1 along the array.
std::uint16_t draw(Rng& rng, Values kind, double progress, InputFormat format) {
  double value = rng.normal();
  switch (kind) {
    case Values::normal:
      break;
    case Values::peaky:
      value *= 8;
      break;
    case Values::equal:
      value = 0.75;
      break;
    case Values::growing:
      value *= std::ldexp(1.0, static_cast<int>(progress * 12));
      break;
    case Values::tiny:
      value *= format == InputFormat::bf16 ? 0x1p-120 : 0x1p-14;
      break;
    case Values::huge:
      value *= format == InputFormat::bf16 ? 0x1p90 : 0x1p13;
      break;
    case Values::bits:
      return static_cast<std::uint16_t>(rng.next());
    case Values::special:
      if (rng.chance(0.02)) return special_bits(rng, format);
      break;
  }
  return host::encode(value, format);
}

std::vector<std::uint16_t> draw_array(Rng& rng, Values kind, std::int64_t size,
                                      InputFormat format) {
  std::vector<std::uint16_t> out(static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = draw(rng, kind, static_cast<double>(i) / static_cast<double>(out.size()), format);
  return out;
}

void draw_shape(Rng& rng, OwnedJob& job, const spec::Config& config, std::int64_t max_macs) {
  constexpr std::int64_t kGroups[] = {1, 1, 2, 3};
  do {
    job.heads_kv = rng.between(1, 2);
    job.heads_q = job.heads_kv * rng.pick(kGroups);
    job.queries = draw_length(rng, config.tile);
    job.keys = draw_length(rng, config.tile);
    job.d = draw_dim(rng, config.max_head_dim);
    job.dv = rng.chance(0.5) ? job.d : draw_dim(rng, config.max_head_dim);
  } while (job.heads_q * job.queries * job.keys * (job.d + job.dv) > max_macs);
}

void draw_visibility(Rng& rng, OwnedJob& job) {
  Visibility& see = job.visibility;
  see.causal = rng.chance(0.4);
  if (rng.chance(0.3)) see.diagonal = rng.between(-5, job.keys + 5);
  if (rng.chance(0.25)) {
    see.window_left = rng.between(0, job.keys / 2 + 1);
    see.window_right = rng.between(0, job.keys / 2 + 1);
  }
  if (rng.chance(0.3)) see.key_length = rng.between(0, job.keys);
}

void draw_bias(Rng& rng, OwnedJob& job) {
  if (job.queries == 0 || job.keys == 0 || !rng.chance(0.3)) return;
  std::int64_t step = 1;
  const auto axis = [&](std::int64_t extent, double probability) -> std::int64_t {
    if (!rng.chance(probability)) return 0;
    const std::int64_t stride = step;
    step *= extent;
    return stride;
  };
  job.bias_key = axis(job.keys, 0.9);
  job.bias_query = axis(job.queries, 0.6);
  job.bias_head = axis(job.heads_q, 0.5);
  job.bias.resize(static_cast<std::size_t>(step));
  const bool masks = rng.chance(0.6);
  const bool wide = rng.chance(0.1);
  for (float& bias : job.bias) {
    bias = static_cast<float>(rng.normal() * (wide ? 30000.0 : 4.0));
    if (masks && rng.chance(0.2)) bias = -std::numeric_limits<float>::infinity();
  }
}

void draw_state(Rng& rng, OwnedJob& job) {
  if (job.queries == 0 || !rng.chance(0.25)) return;
  job.continues = true;
  job.state.v_exponent = static_cast<int>(rng.between(-3, 4));
  const auto rows = static_cast<std::size_t>(job.heads_q * job.queries);
  job.state.head.resize(rows);
  job.state.o.resize(rows * static_cast<std::size_t>(job.dv));
  for (std::size_t row = 0; row < rows; ++row) {
    if (rng.chance(0.1)) continue;  // a row that has seen no key
    job.state.head[row] = {static_cast<std::int32_t>(rng.between(-20, 20)),
                           static_cast<std::uint32_t>(rng.next()) | 0x80000000u, kRowHasKeys};
    for (int i = 0; i < job.dv; ++i)
      job.state.o[row * static_cast<std::size_t>(job.dv) + static_cast<std::size_t>(i)] =
          static_cast<std::int32_t>(rng.between(-(1 << 30), 1 << 30));
  }
}

/// Rounds the bias to 16 bits, -inf and magnitudes beyond the format included.
void draw_bias16(Rng& rng, OwnedJob& job, bool take) {
  const bool drawn = rng.chance(0.4);
  const bool bf16 = rng.chance(0.5);
  if (!take || !drawn || job.bias.empty()) return;
  job.bias16_format = bf16 ? InputFormat::bf16 : InputFormat::fp16;
  for (const float bias : job.bias) job.bias16.push_back(host::encode(bias, job.bias16_format));
  job.bias.clear();
}

void draw_soft_cap(Rng& rng, OwnedJob& job, bool take) {
  constexpr double kCaps[] = {0x1p-10, 0.05, 1, 5, 20, 30, 50, 256};
  const bool drawn = rng.chance(0.25);
  const double cap = rng.chance(0.5) ? rng.pick(kCaps) : 0.5 + 60 * rng.uniform();
  if (take && drawn) job.soft_cap = cap;
}

void draw_alibi(Rng& rng, OwnedJob& job, bool take) {
  const bool drawn = rng.chance(0.25);
  const bool plain = rng.chance(0.7);
  for (std::int64_t head = 0; head < job.heads_q; ++head) {
    const double slope = std::ldexp(1.0, -static_cast<int>(head % 8) - 1);
    // Anything from no effect to saturation.
    const double odd = std::ldexp(rng.normal(), static_cast<int>(rng.between(-30, 12)));
    if (take && drawn) job.alibi.push_back(static_cast<float>(plain ? slope : odd));
  }
}

/// Spreads one dense array over its pages; keys that no table entry reaches hold any bits.
std::vector<std::uint16_t> spread(Rng& rng, const OwnedJob& job, std::int64_t pages, int dim,
                                  const std::vector<std::uint16_t>& dense) {
  const std::int64_t page = job.heads_kv * job.page_size * dim;
  std::vector<std::uint16_t> pool(static_cast<std::size_t>(pages * page));
  for (std::uint16_t& bits : pool) bits = static_cast<std::uint16_t>(rng.next());
  Job view = job.view();
  for (std::int64_t head = 0; head < job.heads_kv; ++head) {
    for (std::int64_t key = 0; key < job.keys; ++key) {
      const auto from = dense.begin() + (head * job.keys + key) * dim;
      std::copy_n(from, dim, pool.begin() + key_row(view, head, key) * dim);
    }
  }
  return pool;
}

void draw_pages(Rng& rng, OwnedJob& job, bool take) {
  constexpr int kSizes[] = {16, 16, 32, 64, 256};
  const bool drawn = rng.chance(0.3);
  const int size = rng.pick(kSizes);
  Rng own(rng.next());
  if (!take || !drawn) return;
  job.page_size = size;
  const std::int64_t used = (job.keys + size - 1) / size;
  const std::int64_t pages = used + own.below(3);
  std::vector<std::int32_t> order(static_cast<std::size_t>(pages));
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = static_cast<std::int32_t>(i);
    std::swap(order[i],
              order[static_cast<std::size_t>(own.below(static_cast<std::int64_t>(i) + 1))]);
  }
  job.page_table.assign(order.begin(), order.begin() + used);
  job.k = spread(own, job, pages, job.d, job.k);
  job.v = spread(own, job, pages, job.dv, job.v);
  // Entries that the key length does not need may say anything.
  const std::int64_t length = job.visibility.key_length.value_or(job.keys);
  for (std::int64_t i = (length + size - 1) / size; i < used; ++i)
    if (own.chance(0.5)) job.page_table[static_cast<std::size_t>(i)] = -1;
}

std::string describe(const OwnedJob& job, Values q, Values k, Values v) {
  const auto name = [](Values kind) { return std::string(kValueNames[static_cast<int>(kind)]); };
  std::string text = "heads " + std::to_string(job.heads_q) + "/" + std::to_string(job.heads_kv) +
                     " queries " + std::to_string(job.queries) + " keys " +
                     std::to_string(job.keys) + " d " + std::to_string(job.d) + " dv " +
                     std::to_string(job.dv);
  const Visibility& see = job.visibility;
  if (see.causal) text += " causal";
  if (see.diagonal) text += " diagonal " + std::to_string(*see.diagonal);
  if (see.window_left)
    text += " window " + std::to_string(*see.window_left) + "," + std::to_string(*see.window_right);
  if (see.key_length) text += " key_length " + std::to_string(*see.key_length);
  if (!job.bias.empty()) text += " bias";
  if (!job.bias16.empty())
    text += job.bias16_format == InputFormat::bf16 ? " bias-bf16" : " bias-fp16";
  if (job.soft_cap) text += " softcap " + std::to_string(*job.soft_cap);
  if (!job.alibi.empty()) text += " alibi";
  if (job.page_size != 0) text += " pages of " + std::to_string(job.page_size);
  if (job.continues) text += " continued";
  return text + ", q " + name(q) + " k " + name(k) + " v " + name(v);
}

}  // namespace

Job OwnedJob::view() const {
  Job job;
  job.heads_q = heads_q;
  job.heads_kv = heads_kv;
  job.queries = queries;
  job.keys = keys;
  job.d = d;
  job.dv = dv;
  job.q = q;
  job.k = k;
  job.v = v;
  job.input = input;
  job.output = output;
  job.scale = scale;
  job.visibility = visibility;
  if (!bias.empty()) job.bias = BiasView{bias.data(), bias_head, bias_query, bias_key};
  if (!bias16.empty())
    job.bias = BiasView{nullptr, bias_head, bias_query, bias_key, bias16.data(), bias16_format};
  job.soft_cap = soft_cap;
  job.alibi = alibi;
  if (page_size != 0) job.paging = Paging{page_size, page_table};
  if (continues) job.state_in = &state;
  return job;
}

OwnedJob random_job(std::uint64_t seed, const spec::Config& config, InputFormat input,
                    std::int64_t max_macs, const Choices& choices) {
  // Neighbouring seeds of splitmix64 give overlapping sequences: hash the seed first.
  Rng rng(Rng(seed).next());
  constexpr OutputFormat kOutputs[] = {OutputFormat::fp32, OutputFormat::bf16, OutputFormat::fp16};
  OwnedJob job;
  job.input = input;
  job.output = rng.pick(kOutputs);
  draw_shape(rng, job, config, max_macs);
  job.scale = 1.0 / std::sqrt(static_cast<double>(job.d));
  if (rng.chance(0.2)) job.scale *= rng.normal() * 4;
  draw_visibility(rng, job);
  const Values q = draw_kind(rng), k = draw_kind(rng), v = draw_kind(rng);
  job.q = draw_array(rng, q, job.heads_q * job.queries * job.d, input);
  job.k = draw_array(rng, k, job.heads_kv * job.keys * job.d, input);
  job.v = draw_array(rng, v, job.heads_kv * job.keys * job.dv, input);
  draw_bias(rng, job);
  draw_state(rng, job);
  draw_bias16(rng, job, choices.bias16);
  draw_soft_cap(rng, job, choices.soft_cap && config.soft_cap != 0);
  draw_alibi(rng, job, choices.alibi);
  draw_pages(rng, job, choices.paging);
  job.description = describe(job, q, k, v);
  return job;
}

}  // namespace flashd::jobs
