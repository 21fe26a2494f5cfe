// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <gsl/span>

namespace flashd::host {

/// Element types that the reader takes, all little-endian.
enum class DType { f2, f4, f8, i1, i2, i4, i8, u1, u2, u4, u8 };

/// Bytes of one element.
std::size_t item_size(DType dtype);
/// NumPy's name, such as "float32".
const char* dtype_name(DType dtype);
bool is_float(DType dtype);

/// "(2, 3, 4)".
std::string shape_text(gsl::span<const std::int64_t> shape);

/// An array in C order as it lay in the file; `name` is what error messages call it.
struct NpyArray {
  std::string name;
  DType dtype = DType::f4;
  std::vector<std::int64_t> shape;
  std::vector<std::byte> data;  ///< elements() * item_size(dtype) bytes

  std::size_t rank() const { return shape.size(); }
  std::size_t elements() const { return data.size() / item_size(dtype); }
  /// Element of a float array; exact.
  double real(std::size_t index) const;
  /// Element of an integer array; an u8 above 2^63-1 is given as 2^63-1.
  std::int64_t integer(std::size_t index) const;
};

/// Reads bytes of a .npy file of version 1, 2 or 3 (NumPy's NEP 1), C or Fortran order.
/// Every header field is checked against the number of bytes before anything is allocated.
/// Throws Error(usage) with one sentence that starts with `name`.
NpyArray parse_npy(std::vector<std::byte> bytes, const std::string& name);

/// Reads a file. Throws Error(usage) if it is missing, no regular file, or not a .npy file.
NpyArray read_npy(const std::filesystem::path& path);

/// Bytes of a version 1 file with a float32 array in C order.
std::vector<std::byte> encode_npy(gsl::span<const std::int64_t> shape, gsl::span<const float> data);

/// Reads a whole regular file; throws Error(usage) naming it. At most `limit` bytes.
std::vector<std::byte> read_file(const std::filesystem::path& path,
                                 std::uintmax_t limit = UINTMAX_MAX);

}  // namespace flashd::host
