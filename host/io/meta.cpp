// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "host/io/case.hpp"
#include "host/io/error.hpp"
#include "model/arith/soft_cap.hpp"

namespace flashd::host {
namespace {

using nlohmann::json;

constexpr std::uintmax_t kMaxMetaBytes = 1u << 20;

std::int64_t integer(const json& value, const std::string& where, const char* key) {
  const bool fits = value.is_number_integer() &&
                    (!value.is_number_unsigned() || value.get<std::uint64_t>() <= INT64_MAX);
  if (!fits) throw bad_input(where, std::string("'") + key + "' is not a 64-bit integer");
  return value.get<std::int64_t>();
}

double number(const json& value, const std::string& where, const char* key) {
  if (!value.is_number()) throw bad_input(where, std::string("'") + key + "' is not a number");
  return value.get<double>();
}

std::string real_text(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g", value);
  return text.data();
}

std::array<std::int64_t, 2> window(const json& value, const std::string& where) {
  if (value.is_array()) {
    if (value.size() != 2)
      throw bad_input(where, "'window' has " + std::to_string(value.size()) +
                                 " entries; expected [left, right]");
    return {integer(value[0], where, "window"), integer(value[1], where, "window")};
  }
  const std::int64_t both = integer(value, where, "window");
  return {both, both};
}

}  // namespace

CaseOptions overlay(const CaseOptions& stronger, const CaseOptions& weaker) {
  CaseOptions out = weaker;
  if (stronger.scale) out.scale = stronger.scale;
  if (stronger.causal) out.causal = stronger.causal;
  if (stronger.diagonal) out.diagonal = stronger.diagonal;
  if (stronger.window) out.window = stronger.window;
  if (stronger.softcap) out.softcap = stronger.softcap;
  if (stronger.page_size) out.page_size = stronger.page_size;
  return out;
}

void check_options(const CaseOptions& options, const std::string& where) {
  if (options.scale && !std::isfinite(*options.scale))
    throw bad_input(where, "scale is not finite; expected a finite number");
  if (options.window && ((*options.window)[0] < 0 || (*options.window)[1] < 0))
    throw bad_input(where, "window is " + std::to_string((*options.window)[0]) + ", " +
                               std::to_string((*options.window)[1]) +
                               "; expected two numbers of keys that are not negative");
  constexpr std::int64_t kLimit = std::int64_t{1} << 31;
  if (options.diagonal && (*options.diagonal >= kLimit || *options.diagonal <= -kLimit))
    throw bad_input(where, "diagonal is " + std::to_string(*options.diagonal) +
                               "; expected a number within +-2^31");
  if (options.window && ((*options.window)[0] >= kLimit || (*options.window)[1] >= kLimit))
    throw bad_input(where, "window is beyond the limit; expected numbers of keys below 2^31");
  if (options.softcap && *options.softcap != 0 && !arith::soft_cap_in_range(*options.softcap))
    throw bad_input(where, "softcap is " + real_text(*options.softcap) +
                               "; expected 2^-10 to 256 nats, or 0 for none");
  if (const std::int64_t size = options.page_size.value_or(0);
      size != 0 && (size < kMinPageSize || size > kMaxPageSize || (size & (size - 1)) != 0))
    throw bad_input(where, "page size is " + std::to_string(size) +
                               "; expected a power of two from 16 to 1024, or 0 for none");
}

CaseOptions read_meta(const std::filesystem::path& path) {
  CaseOptions options;
  std::error_code error;
  if (!std::filesystem::exists(std::filesystem::symlink_status(path, error))) return options;
  const auto bytes = read_file(path, kMaxMetaBytes);
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  const std::string where = path.string();
  json meta;
  try {
    meta = json::parse(text, text + bytes.size());
  } catch (const json::exception&) {
    throw bad_input(where, "is not valid JSON; expected an object such as {\"causal\": true}");
  }
  if (!meta.is_object()) throw bad_input(where, "is not a JSON object");
  for (const auto& [key, value] : meta.items()) {
    if (value.is_null()) continue;
    if (key == "scale") {
      options.scale = number(value, where, "scale");
    } else if (key == "causal") {
      if (!value.is_boolean()) throw bad_input(where, "'causal' is not true or false");
      options.causal = value.get<bool>();
    } else if (key == "diagonal") {
      options.diagonal = integer(value, where, "diagonal");
    } else if (key == "window") {
      options.window = window(value, where);
    } else if (key == "softcap") {
      options.softcap = number(value, where, "softcap");
    } else if (key == "page_size") {
      options.page_size = integer(value, where, "page_size");
    }
  }
  check_options(options, where);
  return options;
}

}  // namespace flashd::host
