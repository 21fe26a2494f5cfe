// SPDX-License-Identifier: Apache-2.0
#include "host/sweep/point.hpp"

#include <cmath>
#include <vector>

#include "host/device/driver.hpp"
#include "host/io/error.hpp"
#include "host/report/machine.hpp"
#include "model/systemc/twin_simulator.hpp"

namespace flashd::sweep {

namespace {

/// Sets the counters that follow from what every row sees.
void count_visible(const Job& job, int tile, device::Counters& counters) {
  std::int64_t pairs = 0, tiles = 0, empty = 0;
  for (std::int64_t query = 0; query < job.queries; ++query) {
    const KeyRange seen = visible_keys(job, query);
    if (seen.begin >= seen.end) {
      ++empty;
      continue;
    }
    pairs += seen.end - seen.begin;
    tiles += (seen.end - 1) / tile - seen.begin / tile + 1;
  }
  const auto set = [&](device::Counter counter, std::int64_t of_a_head) {
    counters[static_cast<std::size_t>(counter)] =
        static_cast<std::uint64_t>(of_a_head * job.heads_q);
  };
  set(device::Counter::keys_scored, pairs);
  set(device::Counter::tiles, tiles);
  set(device::Counter::rows_empty, empty);
}

}  // namespace

std::string misfit(const spec::Config& config, const Workload& w) {
  const int dim = std::max(w.d, w.dv);
  if (dim <= config.max_head_dim) return {};
  return std::string(config.name) + " takes head dimensions up to " +
         std::to_string(config.max_head_dim) + ", not " + std::to_string(dim);
}

Point run_point(const spec::Config& config, Profile profile, const Workload& w,
                const std::string& memory) {
  const std::string reason = misfit(config, w);
  if (!reason.empty()) throw host::bad_input("workload", w.name + ": " + reason);
  // Time does not depend on values: one array of zeros stands for all three.
  const std::size_t rows_q = static_cast<std::size_t>(w.heads_q * w.queries);
  const auto keys = static_cast<std::size_t>(w.keys);
  const auto d = static_cast<std::size_t>(w.d), dv = static_cast<std::size_t>(w.dv);
  const std::vector<std::uint16_t> zeros(std::max({rows_q * d, keys * d, keys * dv}));
  const gsl::span<const std::uint16_t> all(zeros);
  Job job;
  job.heads_q = w.heads_q;
  job.queries = w.queries;
  job.keys = w.keys;
  job.d = w.d;
  job.dv = w.dv;
  job.q = all.first(rows_q * d);
  job.k = all.first(keys * d);
  job.v = all.first(keys * dv);
  job.scale = 1 / std::sqrt(static_cast<double>(w.d));
  job.visibility.causal = w.causal;
  job.v_exponent = 0;

  system::Options options;
  options.memory = memory;
  twin::TwinSimulator::Settings settings;
  settings.timing_only = true;
  twin::TwinSimulator simulator(twin::parameters_of(config, profile), options, settings);
  device::Driver driver(simulator);
  Point point;
  point.counters = driver.run({&job, 1}, {}).counters;
  count_visible(job, config.tile, point.counters);
  report::Shape shape;
  report::add(shape, job);
  point.report =
      report::make_report(point.counters, config, shape, report::port_peak(config, memory));
  return point;
}

}  // namespace flashd::sweep
