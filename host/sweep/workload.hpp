// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace flashd::sweep {

/// One KV head of attention by name:
///   prefill:QUERIES[xKEYS][,d=D][,dv=DV][,causal]    KEYS defaults to QUERIES, one query head
///   decode:ROWSxKEYS[,d=D][,dv=DV]                   one query of ROWS query heads
/// D defaults to 64, DV to D; causal is aligned to the bottom right.
struct Workload {
  std::string name;
  std::int64_t heads_q = 1;
  std::int64_t queries = 0;
  std::int64_t keys = 0;
  int d = 64;
  int dv = 64;
  bool causal = false;
};

/// Throws host::Error(usage) with one sentence.
Workload parse_workload(const std::string& name);

}  // namespace flashd::sweep
