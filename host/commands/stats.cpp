// SPDX-License-Identifier: Apache-2.0
#include "host/commands/stats.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <thread>

#include "host/api/backend.hpp"
#include "host/io/convert.hpp"
#include "model/reference/reference.hpp"

namespace flashd::host {

using nlohmann::ordered_json;

Distance distance(gsl::span<const float> have, gsl::span<const double> want) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  double error = 0, norm = 0, worst = 0;
  for (std::size_t i = 0; i < have.size(); ++i) {
    const double a = have[i], b = want[i];
    if ((std::isnan(a) && std::isnan(b)) || a == b) {
      if (std::isfinite(b)) norm += b * b;
      continue;
    }
    const double difference = std::fabs(a - b);
    if (!std::isfinite(difference)) return {kInfinite, kInfinite, kInfinite};
    error += difference * difference;
    norm += b * b;
    worst = std::max(worst, difference);
  }
  if (error == 0) return {};
  return {norm > 0 ? std::sqrt(error / norm) : kInfinite,
          std::sqrt(error / static_cast<double>(have.size())), worst};
}

double max_abs_v(const Case& c) {
  double largest = 0;
  for (std::int64_t entry = 0; entry < c.batch; ++entry) {
    const Job job = c.job(entry);
    const std::int64_t length = job.visibility.key_length.value_or(c.keys);
    for (std::int64_t head = 0; head < c.heads_kv; ++head) {
      for (std::int64_t key = 0; key < length; ++key) {
        const auto row = static_cast<std::size_t>(key_row(job, head, key) * c.dv);
        for (const std::uint16_t bits : job.v.subspan(row, static_cast<std::size_t>(c.dv))) {
          const double value = std::fabs(decode(bits, c.input));
          if (std::isfinite(value)) largest = std::max(largest, value);
        }
      }
    }
  }
  return largest;
}

AttentionCall make_call(const Case& c, OutputFormat output) {
  AttentionCall call;
  call.shape = {c.batch, c.heads_q, c.heads_kv, c.queries, c.keys, c.d, c.dv};
  call.q = c.q;
  call.k = c.k;
  call.v = c.v;
  call.input = c.input;
  call.output = output;
  call.scale = c.scale;
  call.visibility = c.visibility;
  call.key_lengths = c.key_length;
  call.soft_cap = c.soft_cap;
  call.alibi = c.alibi;
  call.page_size = c.page_size;
  call.page_table = c.page_table;
  call.bias = c.bias;
  call.bias16 = c.bias16;
  call.bias16_format = InputFormat::fp16;
  std::copy(c.bias_stride.begin(), c.bias_stride.end(), call.bias_strides);
  return call;
}

WideOutput wide_reference(const Case& c) {
  WideOutput all;
  const int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  for (std::int64_t entry = 0; entry < c.batch; ++entry) {
    const reference::Output one = reference::attention(c.job(entry), threads);
    all.o.insert(all.o.end(), one.o.begin(), one.o.end());
    all.lse.insert(all.lse.end(), one.lse.begin(), one.lse.end());
  }
  return all;
}

double utilisation(const flashd_counters& counters, const flashd_capabilities& capabilities) {
  const double offered =
      2.0 * capabilities.lanes * capabilities.width * static_cast<double>(counters.cycles);
  return offered > 0 ? static_cast<double>(counters.macs) / offered : 0;
}

ordered_json to_json(const Distance& d, double scale_of_worst) {
  return {{"relative_l2", d.relative_l2},
          {"rmse", d.rmse},
          {"worst_over_max_v", scale_of_worst > 0 ? d.worst / scale_of_worst : d.worst}};
}

ordered_json to_json(const flashd_capabilities& c) {
  return {
      {"backend", c.backend},
      {"config", c.config},
      {"numerics", in_floating_point(c.backend) ? ordered_json(nullptr) : ordered_json(c.numerics)},
      {"spec_hash", hash_text(c.spec_hash)},
      {"width", c.width},
      {"lanes", c.lanes},
      {"contexts", c.contexts},
      {"tile", c.tile},
      {"max_head_dim", c.max_head_dim},
      {"significand_bits", c.significand_bits}};
}

ordered_json to_json(const flashd_counters& c, const flashd_capabilities& capabilities) {
  ordered_json out;
  const bool measured = capabilities.counts_cycles != 0;
  const bool golden = !in_floating_point(capabilities.backend);
  const auto of_golden = [golden](std::uint64_t count) {
    return golden ? ordered_json(count) : ordered_json(nullptr);
  };
  out["jobs"] = c.jobs;
  out["cycles"] = measured ? ordered_json(c.cycles) : ordered_json(nullptr);
  out["total_cycles"] = measured ? ordered_json(c.total_cycles) : ordered_json(nullptr);
  out["utilisation"] =
      measured ? ordered_json(utilisation(c, capabilities)) : ordered_json(nullptr);
  out["macs"] = c.macs;
  out["scores"] = c.scores;
  out["keys_skipped"] = of_golden(c.keys_skipped);
  out["tiles"] = of_golden(c.tiles);
  out["tiles_skipped"] = of_golden(c.tiles_skipped);
  out["saturations"] = of_golden(c.saturations);
  out["rows_nan"] = c.rows_nan;
  out["rows_empty"] = c.rows_empty;
  out["compared"] = {{"scores", c.compared_scores},
                     {"weights", c.compared_weights},
                     {"tile_sums", c.compared_tile_sums},
                     {"row_states", c.compared_row_states},
                     {"outputs", c.compared_outputs}};
  out["mismatches"] = c.mismatches;
  return out;
}

ordered_json describe(const Case& c) {
  ordered_json out{{"batch", c.batch},     {"heads_q", c.heads_q}, {"heads_kv", c.heads_kv},
                   {"queries", c.queries}, {"keys", c.keys},       {"d", c.d},
                   {"dv", c.dv},           {"scale", c.scale},     {"causal", c.visibility.causal}};
  const Visibility& see = c.visibility;
  out["diagonal"] = see.diagonal ? ordered_json(*see.diagonal) : ordered_json(nullptr);
  out["window"] =
      see.window_left ? ordered_json{*see.window_left, *see.window_right} : ordered_json(nullptr);
  out["bias"] = !c.bias.empty() || !c.bias16.empty();
  out["softcap"] = c.soft_cap ? ordered_json(*c.soft_cap) : ordered_json(nullptr);
  out["alibi"] = !c.alibi.empty();
  out["page_size"] = c.page_size != 0 ? ordered_json(c.page_size) : ordered_json(nullptr);
  out["input_format"] = to_text(c.input);
  return out;
}

}  // namespace flashd::host
