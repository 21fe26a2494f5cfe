// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <gsl/span>
#include <nlohmann/json.hpp>

#include "host/api/flashd.hpp"
#include "host/io/case.hpp"

namespace flashd::host {

/// Distance of outputs from a reference of the same shape. Elements that are NaN in both count as
/// equal; NaN in one of them makes every figure infinite.
struct Distance {
  double relative_l2 = 0;  ///< |a - b| / |b|
  double rmse = 0;
  double worst = 0;  ///< largest |a - b|
};
Distance distance(gsl::span<const float> have, gsl::span<const double> want);

/// The largest finite |V| of a case before each entry's key length; 0 without keys.
double max_abs_v(const Case& c);

/// A call of the host library for a case.
AttentionCall make_call(const Case& c, OutputFormat output);

/// The float64 reference of every batch entry: o [batch, heads_q, queries, dv] and lse.
struct WideOutput {
  std::vector<double> o;
  std::vector<double> lse;
};
WideOutput wide_reference(const Case& c);

nlohmann::ordered_json to_json(const Distance& d, double scale_of_worst);
/// numerics is null on a back end in floating point.
nlohmann::ordered_json to_json(const flashd_capabilities& capabilities);
/// Counts; null are those that the back end does not have: cycles and utilisation where it does not
/// measure them, skips, tiles and saturations in floating point.
nlohmann::ordered_json to_json(const flashd_counters& counters,
                               const flashd_capabilities& capabilities);
nlohmann::ordered_json describe(const Case& c);

/// macs / (2 LANES WIDTH cycles).
double utilisation(const flashd_counters& counters, const flashd_capabilities& capabilities);

}  // namespace flashd::host
