// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/golden/job.hpp"

namespace flashd::lane {

/// A job of one head with BF16 inputs; owns what the job points to.
struct LaneJob {
  std::string name;
  std::vector<std::uint16_t> q;  ///< [queries, d]
  std::vector<std::uint16_t> k;  ///< [keys, d]
  std::vector<std::uint16_t> v;  ///< [keys, d]
  double scale = 1.0;
  Visibility visibility;
  std::int64_t queries = 0;
  std::int64_t keys = 0;
  int d = 0;

  /// Valid while this lives and stays where it is.
  [[nodiscard]] Job job() const;
};

/// Names that make_job() knows, beside folders of traces, for a help text.
std::string job_names();

/// A job by name: a distribution of model/distributions (n01, fa3, peaky, ...; equal is uniform);
/// n01 as `causal` (the last query sees every key), `window` (causal, 20 keys) or `masked` (rows
/// in whose first or last keys nothing is visible; the first row sees nothing at all); `large` and
/// `tiny`, elements of many binades. Anything else is a folder with q.npy, k.npy, v.npy and
/// meta.json: the first head, cut to its first `keys` keys and `d` channels, the queries those of
/// the last `queries` keys. Throws std::invalid_argument or host::Error with one sentence.
LaneJob make_job(const std::string& name, std::int64_t keys, std::int64_t queries, int d,
                 std::uint64_t seed);

}  // namespace flashd::lane
