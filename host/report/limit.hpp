// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/report/report.hpp"

namespace flashd::report {

/// Share of the busy cycles from which an array counts as full.
constexpr double kFullArray = 0.9;
/// Share of an array's busy cycles below which its work is called padding.
constexpr double kUsefulWork = 0.8;
/// Share of the port's bytes per cycle from which a direction counts as full: refresh, row misses
/// and gaps between segments take the rest.
constexpr double kFullPort = 0.8;

/// Sets limit and sentence of a report whose other members are set. The rules, first match wins:
///   no busy cycles                                       nothing
///   an array busy for kFullArray                         padding, if less than kUsefulWork of that
///                                                        is useful; else the array
///   kFullPort of the port read, written                  read_bandwidth, write_bandwidth
///   else what costs the score array most cycles          query: block_switching, key:
///     (where it waits for the output phase: what costs   memory_latency, state: row_states,
///     the output array most)                             bias: bias, idle: job_start
///                                                        value: memory_latency, write: outputs,
///                                                        merge and idle: short_rows
void find_limit(const device::Counters& counters, const spec::Config& config, const Shape& shape,
                Report& report);

}  // namespace flashd::report
