// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include <gsl/span>

#include "host/onnx/cases.hpp"
#include "model/golden/job.hpp"

namespace flashd::host::onnx {

/// Errors of one case. A share is the largest quotient of an element's error and its tolerance; an
/// element without tolerance (a row that sees no key) is exact or has an infinite share.
struct Verdict {
  std::size_t elements = 0;
  double error = 0;          ///< largest |o - Y|, Y as the operator's tests expect it
  double share = 0;          ///< of the tolerance of docs/onnx.md
  double rounded_error = 0;  ///< largest |o - float64 attention of the rounded inputs|
  double rounded_share = 0;  ///< of the bound of the arithmetic alone

  bool good() const { return share <= 1 && rounded_share <= 1; }
};

/// Compares an output o [batch, heads_q, queries, dv] with what lies in the case's folder.
/// Throws Error(usage) if an array is missing or has another size.
Verdict judge(const CaseEntry& entry, gsl::span<const float> o, InputFormat input, Profile profile);

}  // namespace flashd::host::onnx
