// SPDX-License-Identifier: Apache-2.0
#include "host/io/parse.hpp"

#include <charconv>

#include "host/io/error.hpp"

namespace flashd::host {
namespace {

template <typename Number>
Number parse(const std::string& text, const std::string& where, const char* expected) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || at != end)
    throw bad_input(where, "is '" + text + "'; expected " + expected);
  return value;
}

}  // namespace

double parse_real(const std::string& text, const std::string& where) {
  return parse<double>(text, where, "a number");
}

std::int64_t parse_integer(const std::string& text, const std::string& where) {
  return parse<std::int64_t>(text, where, "an integer");
}

std::uint64_t parse_count(const std::string& text, const std::string& where) {
  return parse<std::uint64_t>(text, where, "an integer of at least 0");
}

std::array<std::int64_t, 2> parse_window(const std::string& text, const std::string& where) {
  const auto comma = text.find(',');
  const std::int64_t left = parse_integer(text.substr(0, comma), where);
  const std::int64_t right =
      comma == std::string::npos ? left : parse_integer(text.substr(comma + 1), where);
  return {left, right};
}

std::string shell_word(const std::string& text) {
  constexpr const char* kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./,:=+-";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace flashd::host
