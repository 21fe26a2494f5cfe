// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/device/driver.hpp"
#include "host/energy/toggles.hpp"
#include "model/arith/spec.hpp"

namespace flashd::energy {

/// A run, as the expressions of a table see it.
struct Work {
  device::Counters counters{};  ///< differences over the run
  int d = 0;                    ///< head dimension of Q and K
  int dv = 0;                   ///< of V and O
  /// All jobs of the run together; without: random_toggles() of keys_scored.
  std::optional<Toggles> toggles;
};

/// Names that a count may use, and their values: every counter of the device; d and dv, rounded up
/// to multiples of the configuration's width; sign_bits, significand_toggles; LANES, WIDTH,
/// TILE, CONTEXTS and MAX_HEAD_DIM.
using Quantities = std::vector<std::pair<std::string, double>>;
Quantities quantities(const Work& work, const spec::Config& config);

/// Value of an expression as muParser reads it. Throws host::Error(usage), one sentence about
/// `where`, if it is none, has a name that is not in `quantities`, or is not one number; the value
/// may be anything.
double evaluate(const std::string& expression, const Quantities& quantities,
                const std::string& where);

/// Whether an expression names toggles.
bool has_toggles(const std::string& expression);

}  // namespace flashd::energy
