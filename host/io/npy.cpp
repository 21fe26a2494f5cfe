// SPDX-License-Identifier: Apache-2.0
#include "host/io/npy.hpp"

#include <array>
#include <cstring>
#include <fstream>
#include <string_view>

#include "host/io/convert.hpp"
#include "host/io/error.hpp"
#include "host/io/npy_header.hpp"

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "elements are copied as they lie");

namespace flashd::host {
namespace {

struct DTypeEntry {
  DType dtype;
  const char* descr;  ///< without the byte order
  const char* name;
  std::size_t size;
};

constexpr std::array<DTypeEntry, 11> kDTypes{{{DType::f2, "f2", "float16", 2},
                                              {DType::f4, "f4", "float32", 4},
                                              {DType::f8, "f8", "float64", 8},
                                              {DType::i1, "i1", "int8", 1},
                                              {DType::i2, "i2", "int16", 2},
                                              {DType::i4, "i4", "int32", 4},
                                              {DType::i8, "i8", "int64", 8},
                                              {DType::u1, "u1", "uint8", 1},
                                              {DType::u2, "u2", "uint16", 2},
                                              {DType::u4, "u4", "uint32", 4},
                                              {DType::u8, "u8", "uint64", 8}}};

const DTypeEntry& entry(DType dtype) { return kDTypes[static_cast<std::size_t>(dtype)]; }

template <typename T>
T load(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

/// The first characters of a string from a file, with anything unprintable replaced.
std::string quote(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 24)) out += c >= ' ' && c < 127 ? c : '?';
  return out;
}

DType parse_dtype(const std::string& descr, const std::string& name) {
  const std::string kind = descr.empty() ? "" : descr.substr(1);
  for (const DTypeEntry& e : kDTypes) {
    if (kind != e.descr) continue;
    const char order = descr.front();
    if (order == '<' || (order == '|' && e.size == 1)) return e.dtype;
    if (order == '>')
      throw bad_input(name, std::string("is big-endian ") + e.name + "; expected little-endian");
  }
  throw bad_input(name, "has dtype '" + quote(descr) +
                            "'; expected float16, float32, float64 or an integer type");
}

/// Bytes the shape asks for; throws if that is beyond any file.
std::size_t payload_bytes(const NpyHeader& header, DType dtype, const std::string& name) {
  std::size_t bytes = item_size(dtype);
  bool zero = false;
  for (const std::int64_t extent : header.shape) zero = zero || extent == 0;
  if (zero) return 0;
  for (const std::int64_t extent : header.shape) {
    if (__builtin_mul_overflow(bytes, static_cast<std::size_t>(extent), &bytes))
      throw bad_input(
          name, "has shape " + shape_text(header.shape) + ", more elements than any file can hold");
  }
  return bytes;
}

/// Copies a Fortran-ordered payload into C order.
std::vector<std::byte> to_c_order(gsl::span<const std::byte> data,
                                  const std::vector<std::int64_t>& shape, std::size_t size) {
  std::vector<std::byte> out(data.size());
  std::vector<std::size_t> stride(shape.size());
  std::size_t step = size;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    stride[axis] = step;
    step *= static_cast<std::size_t>(shape[axis]);
  }
  std::vector<std::int64_t> index(shape.size(), 0);
  for (std::size_t at = 0; at < out.size(); at += size) {
    std::size_t from = 0;
    for (std::size_t axis = 0; axis < shape.size(); ++axis)
      from += static_cast<std::size_t>(index[axis]) * stride[axis];
    std::memcpy(&out[at], &data[from], size);
    for (std::size_t axis = shape.size(); axis-- > 0 && ++index[axis] == shape[axis];)
      index[axis] = 0;
  }
  return out;
}

}  // namespace

std::size_t item_size(DType dtype) { return entry(dtype).size; }
const char* dtype_name(DType dtype) { return entry(dtype).name; }
bool is_float(DType dtype) { return dtype <= DType::f8; }

std::string shape_text(gsl::span<const std::int64_t> shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + (shape.size() == 1 ? ",)" : ")");
}

double NpyArray::real(std::size_t index) const {
  const std::byte* at = &data[index * item_size(dtype)];
  switch (dtype) {
    case DType::f2:
      return decode(load<std::uint16_t>(at), InputFormat::fp16);
    case DType::f4:
      return load<float>(at);
    case DType::f8:
      return load<double>(at);
    default:
      return static_cast<double>(integer(index));
  }
}

std::int64_t NpyArray::integer(std::size_t index) const {
  const std::byte* at = &data[index * item_size(dtype)];
  switch (dtype) {
    case DType::i1:
      return load<std::int8_t>(at);
    case DType::i2:
      return load<std::int16_t>(at);
    case DType::i4:
      return load<std::int32_t>(at);
    case DType::i8:
      return load<std::int64_t>(at);
    case DType::u1:
      return load<std::uint8_t>(at);
    case DType::u2:
      return load<std::uint16_t>(at);
    case DType::u4:
      return load<std::uint32_t>(at);
    case DType::u8: {
      const auto value = load<std::uint64_t>(at);
      return value > INT64_MAX ? INT64_MAX : static_cast<std::int64_t>(value);
    }
    default:
      throw std::logic_error("integer() of a float array");
  }
}

NpyArray parse_npy(std::vector<std::byte> bytes, const std::string& name) {
  constexpr std::string_view kMagic("\x93NUMPY", 6);
  if (bytes.size() < 10 || std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0)
    throw bad_input(name, "does not start with the .npy signature; expected a NumPy array file");
  const int major = static_cast<int>(bytes[6]);
  if (major < 1 || major > 3 || bytes[7] != std::byte{0})
    throw bad_input(name, "is of .npy version " + std::to_string(major) + "." +
                              std::to_string(static_cast<int>(bytes[7])) +
                              "; expected 1.0, 2.0 or 3.0");
  const std::size_t start = major == 1 ? 10 : 12;
  if (bytes.size() < start) throw bad_input(name, "ends inside its .npy header");
  const std::size_t length =
      major == 1 ? load<std::uint16_t>(&bytes[8]) : load<std::uint32_t>(&bytes[8]);
  if (length > bytes.size() - start)
    throw bad_input(name, "says its .npy header has " + std::to_string(length) +
                              " bytes; the file holds " + std::to_string(bytes.size() - start) +
                              " after the length");
  const NpyHeader header =
      parse_npy_header({reinterpret_cast<const char*>(bytes.data()) + start, length}, name);

  const DType dtype = parse_dtype(header.descr, name);
  const std::size_t expected = payload_bytes(header, dtype, name);
  const auto payload = gsl::span<const std::byte>(bytes).subspan(start + length);
  if (payload.size() != expected)
    throw bad_input(name, "holds " + std::to_string(payload.size()) + " bytes of data; shape " +
                              shape_text(header.shape) + " of " + dtype_name(dtype) + " needs " +
                              std::to_string(expected));
  if (header.fortran_order && header.shape.size() > 1)
    bytes = to_c_order(payload, header.shape, item_size(dtype));
  else
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(start + length));
  return {name, dtype, header.shape, std::move(bytes)};
}

std::vector<std::byte> read_file(const std::filesystem::path& path, std::uintmax_t limit) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) throw bad_input(path.string(), "no such file");
  if (!std::filesystem::is_regular_file(status))
    throw bad_input(path.string(), "is not a regular file");
  const auto size = std::filesystem::file_size(path, error);
  if (error) throw bad_input(path.string(), "cannot be read: " + error.message());
  if (size > limit)
    throw bad_input(path.string(), "has " + std::to_string(size) + " bytes; expected at most " +
                                       std::to_string(limit));
  std::ifstream file(path, std::ios::binary);
  std::vector<std::byte> bytes(file ? size : 0);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file || static_cast<std::uintmax_t>(file.gcount()) != size)
    throw bad_input(path.string(), "cannot be read");
  return bytes;
}

NpyArray read_npy(const std::filesystem::path& path) {
  return parse_npy(read_file(path), path.string());
}

std::vector<std::byte> encode_npy(gsl::span<const std::int64_t> shape,
                                  gsl::span<const float> data) {
  std::string header =
      "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape_text(shape) + ", }";
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  const auto length = static_cast<std::uint16_t>(header.size());
  std::vector<std::byte> out(10 + header.size() + data.size_bytes());
  std::memcpy(out.data(), "\x93NUMPY\x01\x00", 8);
  std::memcpy(&out[8], &length, 2);
  std::memcpy(&out[10], header.data(), header.size());
  if (!data.empty()) std::memcpy(&out[10 + header.size()], data.data(), data.size_bytes());
  return out;
}

}  // namespace flashd::host
