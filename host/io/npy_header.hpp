// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flashd::host {

/// Fields of a .npy header dictionary as written, not yet checked against the file.
struct NpyHeader {
  std::string descr;
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
};

/// Parses the Python literal `{'descr': ..., 'fortran_order': ..., 'shape': (...), }`.
/// Takes exactly these three keys, once each, in any order.
/// Throws Error(usage) with one sentence that starts with `name`.
NpyHeader parse_npy_header(std::string_view text, const std::string& name);

}  // namespace flashd::host
