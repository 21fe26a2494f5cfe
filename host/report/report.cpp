// SPDX-License-Identifier: Apache-2.0
#include "host/report/report.hpp"

#include <algorithm>

#include "host/report/limit.hpp"

namespace flashd::report {

using device::Counter;
using device::value;

void add(Shape& shape, const Job& job) {
  shape.rows = job.heads_q / job.heads_kv * job.queries;
  shape.queries += job.heads_q * job.queries;
  shape.d = job.d;
  shape.dv = job.dv;
  shape.output_bytes = job.output == OutputFormat::fp32 ? 4 : 2;
  if (job.queries == 0) return;
  // Consecutive queries see consecutive ranges, so their union has no hole.
  std::int64_t begin = job.keys, end = 0;
  for (const std::int64_t query : {std::int64_t{0}, job.queries - 1}) {
    const KeyRange seen = visible_keys(job, query);
    if (seen.begin >= seen.end) continue;
    begin = std::min(begin, seen.begin);
    end = std::max(end, seen.end);
  }
  shape.keys += job.heads_kv * std::max<std::int64_t>(0, end - begin);
}

double io_bound(int d, int dv, std::uint64_t on_chip_bytes) {
  return on_chip_bytes == 0 ? 0 : (d + dv) / (2.0 * static_cast<double>(on_chip_bytes));
}

Report make_report(const device::Counters& counters, const spec::Config& config, const Shape& shape,
                   double port_bytes) {
  Report r;
  r.busy = value(counters, Counter::busy);
  r.macs = value(counters, Counter::keys_scored) * static_cast<std::uint64_t>(shape.d + shape.dv);
  r.bytes_read = value(counters, Counter::bytes_read);
  r.bytes_written = value(counters, Counter::bytes_written);
  r.port_bytes = port_bytes;
  const auto bytes = static_cast<double>(r.bytes_read + r.bytes_written);
  if (r.busy > 0) {
    const auto busy = static_cast<double>(r.busy);
    r.utilisation = static_cast<double>(r.macs) / (static_cast<double>(multipliers(config)) * busy);
    r.bytes_per_cycle = bytes / busy;
  }
  if (r.macs > 0) {
    const double flops = 2 * static_cast<double>(r.macs);
    const std::int64_t row = 2 * shape.d + shape.output_bytes * shape.dv + 4;
    const std::int64_t once = shape.queries * row + shape.keys * 2 * (shape.d + shape.dv);
    r.bytes_per_flop = bytes / flops;
    r.compulsory = static_cast<double>(once) / flops;
    r.io_bound = io_bound(shape.d, shape.dv, on_chip(config).total() / 8);
  }
  find_limit(counters, config, shape, r);
  return r;
}

}  // namespace flashd::report
