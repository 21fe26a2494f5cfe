// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "host/device/driver.hpp"
#include "host/report/machine.hpp"
#include "model/golden/job.hpp"

namespace flashd::report {

/// What was computed, all sequences together.
struct Shape {
  std::int64_t rows = 0;     ///< of one KV head of one sequence: group x queries
  std::int64_t queries = 0;  ///< rows of Q of all heads and sequences
  std::int64_t keys = 0;     ///< rows of K, and of V, that some query sees
  int d = 0;
  int dv = 0;
  int output_bytes = 4;  ///< of an element of O
};

/// Adds one sequence of a call.
void add(Shape& shape, const Job& job);

/// Why a run was not faster.
enum class Limit {
  nothing,      ///< no cycles were counted
  score_array,  ///< busy nearly always, with useful work
  output_array,
  padding,         ///< an array is busy, much of it with beats or rows that are not needed
  read_bandwidth,  ///< the read channel passes nearly all that memory and bus can
  write_bandwidth,
  memory_latency,   ///< keys or values come late, the channel is not full
  block_switching,  ///< the queries of the next rows come late
  row_states,
  bias,
  outputs,     ///< outputs leave late, the channel is not full
  short_rows,  ///< contexts have fewer keys than a merge takes steps
  job_start,   ///< the arrays have no work: fetching and finishing outweigh it
};
const char* to_text(Limit limit);

/// What the counters of a run say.
struct Report {
  std::uint64_t busy = 0;  ///< cycles
  double utilisation = 0;  ///< useful multiply-accumulates / (2 LANES WIDTH busy)
  std::uint64_t macs = 0;  ///< useful ones: (d + dv) per visible (row, key) pair
  std::uint64_t bytes_read = 0, bytes_written = 0;
  double bytes_per_cycle = 0;  ///< read and written
  double port_bytes = 0;       ///< most per cycle and direction of memory and bus
  double bytes_per_flop = 0;   ///< a multiply-accumulate is two
  double compulsory = 0;       ///< bytes per FLOP if every array passed once
  double io_bound = 0;         ///< bytes per FLOP of FlashAttention's bound; see io_bound()
  Limit limit = Limit::nothing;
  std::string sentence;  ///< the limit, in words
};

/// FlashAttention's bound on the bytes per FLOP of exact attention with `on_chip_bytes` of memory
/// next to the arithmetic. Dao et al., arXiv:2205.14135, Theorem 2 and Proposition 3: for
/// d <= M <= N d it takes Theta(N^2 d^2 / M) accesses of slow memory, M elements in the fast one,
/// and no exact algorithm does asymptotically better over that whole range. Here: N^2 is
/// the number of visible (row, key) pairs, d the mean of d and dv, an element 2 bytes, Theta's
/// constant 1. With 2 (d + dv) FLOPs per pair that is (d + dv) / (2 M), M now in bytes. Beyond
/// M = N d the bound ends: what passes once in any case is `compulsory`.
double io_bound(int d, int dv, std::uint64_t on_chip_bytes);

/// `port_bytes`: port_peak(); infinite if it is not known.
Report make_report(const device::Counters& counters, const spec::Config& config, const Shape& shape,
                   double port_bytes);

/// Several lines: stalls of both arrays by cause in percent of the busy cycles, traffic, limit.
std::string to_text(const Report& report, const device::Counters& counters);

}  // namespace flashd::report
