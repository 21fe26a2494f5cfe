// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/arith/spec.hpp"
#include "model/golden/job.hpp"

namespace flashd::jobs {

/// Options that a random job may draw; a configuration without a soft-cap unit gets none anyway.
struct Choices {
  bool soft_cap = true;
  bool alibi = true;
  bool paging = true;
  bool bias16 = true;
};

/// A job with the arrays it points into.
class OwnedJob {
 public:
  std::int64_t heads_q = 1, heads_kv = 1, queries = 0, keys = 0;
  int d = 1, dv = 1;
  InputFormat input = InputFormat::bf16;
  OutputFormat output = OutputFormat::fp32;
  double scale = 1.0;
  Visibility visibility;
  std::vector<std::uint16_t> q, k, v;
  int page_size = 0;  ///< not 0: k and v are pools
  std::vector<std::int32_t> page_table;
  std::vector<float> bias;            ///< empty, or reached by the strides
  std::vector<std::uint16_t> bias16;  ///< instead of `bias`, elements of `bias16_format`
  InputFormat bias16_format = InputFormat::bf16;
  std::int64_t bias_head = 0, bias_query = 0, bias_key = 0;
  std::optional<double> soft_cap;
  std::vector<float> alibi;  ///< empty, or [heads_q]
  RowStates state;           ///< used if `continues`
  bool continues = false;
  std::string description;  ///< shapes, options and kinds of values, one line

  /// Points into this object, which must stay where it is.
  Job view() const;
};

/// A job that `config` takes, a function of the seed alone: keys and queries from {0, 1, 17, 31,
/// 33, 129, TILE-1, TILE, TILE+1} and others, any head dimensions, grouped heads, every visibility
/// option, bias with -inf, soft-cap, ALiBi, pages in any order, row states in, and values from
/// plain to NaN, Inf and saturating. At most `max_macs` multiply-accumulates before masks, so that
/// a verilated engine takes seconds. A choice that is off leaves everything else of the job as it
/// is.
OwnedJob random_job(std::uint64_t seed, const spec::Config& config, InputFormat input,
                    std::int64_t max_macs = 1500000, const Choices& choices = {});

}  // namespace flashd::jobs
