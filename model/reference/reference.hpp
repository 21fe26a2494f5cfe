// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "model/golden/job.hpp"

namespace flashd::reference {

/// Attention in float64: o [heads_q, queries, dv], lse [heads_q, queries] in nats.
struct Output {
  std::vector<double> o;
  std::vector<double> lse;
};

/// softmax(cap(scale q k^T) + bias + ALiBi) v and its log-sum-exp, in float64 from the job's exact
/// inputs.
///
/// Scores are taken relative to the row's maximum; sums run over chunks of 128 keys, whose partial
/// sums are added with compensation (Neumaier), so a row of a million keys keeps 14 digits.
/// A row without a visible key gives o = 0 and lse = -inf. NaN or Inf in Q, a visible K or a
/// visible bias gives NaN everywhere in the row; in a visible V, NaN in that channel. Masked keys
/// may hold anything. VE, output format and states of the job are ignored. Rows are shared out over
/// `threads` threads. Throws std::invalid_argument if the spans do not fit.
Output attention(const Job& job, int threads = 1);

}  // namespace flashd::reference
