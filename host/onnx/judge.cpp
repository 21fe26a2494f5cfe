// SPDX-License-Identifier: Apache-2.0
#include "host/onnx/judge.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "host/api/config.hpp"
#include "host/io/error.hpp"
#include "host/io/npy.hpp"

namespace flashd::host::onnx {
namespace {

std::vector<double> read_values(const CaseEntry& entry, const std::string& file,
                                std::size_t elements) {
  const NpyArray array = read_npy(entry.folder / file);
  if (!is_float(array.dtype) || array.elements() != elements)
    throw bad_input(array.name, "has shape " + shape_text(array.shape) + " of " +
                                    dtype_name(array.dtype) + "; expected " +
                                    std::to_string(elements) + " floats, as the output");
  std::vector<double> values(elements);
  for (std::size_t i = 0; i < elements; ++i) values[i] = array.real(i);
  return values;
}

/// NaN anywhere gives infinity.
double quotient(double error, double tolerance) {
  if (error == 0) return 0;
  const double share = error / tolerance;
  return std::isnan(share) ? std::numeric_limits<double>::infinity() : share;
}

}  // namespace

Verdict judge(const CaseEntry& entry, gsl::span<const float> o, InputFormat input,
              Profile profile) {
  const std::string format = input == InputFormat::bf16 ? "bf16" : "fp16";
  const auto read = [&](const std::string& name) {
    return read_values(entry, name + ".npy", o.size());
  };
  const std::vector<double> expected = read("expected");
  const std::vector<double> exact = read("exact");
  const std::vector<double> rounded = read("rounded_" + format);
  const std::vector<double> bound = read(std::string("bound_") + to_text(profile));
  Verdict verdict;
  verdict.elements = o.size();
  for (std::size_t i = 0; i < o.size(); ++i) {
    const double error = std::fabs(o[i] - expected[i]);
    const double rounded_error = std::fabs(o[i] - rounded[i]);
    const double tolerance = bound[i] + std::fabs(rounded[i] - exact[i]) + entry.type_error;
    verdict.error = std::max(verdict.error, error);
    verdict.rounded_error = std::max(verdict.rounded_error, rounded_error);
    verdict.share = std::max(verdict.share, quotient(error, tolerance));
    verdict.rounded_share = std::max(verdict.rounded_share, quotient(rounded_error, bound[i]));
  }
  return verdict;
}

}  // namespace flashd::host::onnx
