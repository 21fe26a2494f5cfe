// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "host/io/case.hpp"
#include "host/io/error.hpp"
#include "host/io/npy.hpp"

namespace flashd::host {

inline bool present(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::exists(std::filesystem::symlink_status(path, error));
}

/// Extent counted from the last axis; axes that are not there count 1.
inline std::int64_t extent(const NpyArray& array, std::size_t from_end) {
  return from_end < array.rank() ? array.shape[array.rank() - 1 - from_end] : 1;
}

/// Throws unless the array has integers or, if not `integers`, floats.
inline void expect_kind(const NpyArray& array, bool integers) {
  if (is_float(array.dtype) == integers)
    throw bad_input(array.name, std::string("has dtype ") + dtype_name(array.dtype) +
                                    (integers ? "; expected an integer type"
                                              : "; expected float16, float32 or float64"));
}

/// Throws unless both arrays have the same extent, counted from the last axis.
inline void expect_same(const NpyArray& a, const NpyArray& b, std::size_t from_end,
                        const char* what) {
  if (extent(a, from_end) == extent(b, from_end)) return;
  throw bad_input(b.name, "has shape " + shape_text(b.shape) + ", which does not fit " + a.name +
                              " of shape " + shape_text(a.shape) + "; expected the same " + what);
}

/// Shapes of k.npy and v.npy that are pools, [pages, heads_kv, page_size, d or dv].
/// Throws Error(usage); sets page size, pages and heads of the case.
void take_pools(const NpyArray& k, const NpyArray& v, const CaseOptions& options, Case& c);

/// Reads page_table.npy, [batch, pages of a sequence], into a case whose other shapes are set;
/// the number of keys becomes the table's reach.
void load_page_table(const std::filesystem::path& path, Case& c);

/// Throws if an entry that a key length needs lies outside the pool; `name` is the table's.
void check_pages(const std::string& name, const Case& c);

/// Lays dense K and V out in pages, the pages of a sequence in order.
void make_pages(int page_size, Case& c);

}  // namespace flashd::host
