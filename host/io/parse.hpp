// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace flashd::host {

/// Each takes the whole text and throws Error(usage) that names `where`.
/// A real number; NaN and Inf are parsed, so that the caller can say what it expects.
double parse_real(const std::string& text, const std::string& where);
std::int64_t parse_integer(const std::string& text, const std::string& where);
/// 0 to 2^64-1.
std::uint64_t parse_count(const std::string& text, const std::string& where);
/// "L,R", or "L" for L on both sides.
std::array<std::int64_t, 2> parse_window(const std::string& text, const std::string& where);

/// The text as one word of a shell command, quoted if it has to be.
std::string shell_word(const std::string& text);

}  // namespace flashd::host
