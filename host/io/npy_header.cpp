// SPDX-License-Identifier: Apache-2.0
#include "host/io/npy_header.hpp"

#include <optional>

#include "host/io/error.hpp"

namespace flashd::host {
namespace {

constexpr std::size_t kMaxRank = 8;

/// Scanner over the dictionary; every accept_*() skips leading blanks.
class Scanner {
 public:
  Scanner(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  bool accept(char c) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void expect(char c) {
    if (!accept(c)) fail(std::string("has '") + printable() + "' where '" + c + "' should stand");
  }

  bool accept_word(std::string_view word) {
    skip_blanks();
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  std::string quoted() {
    skip_blanks();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '\'' && quote != '"') fail("lacks a quoted string");
    const auto end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) fail("has a string without an end");
    std::string value(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return value;
  }

  std::int64_t number() {
    skip_blanks();
    if (accept('-')) fail("has a negative size in 'shape'");
    if (at_ == text_.size() || !is_digit(text_[at_])) fail("has no integer in 'shape'");
    std::int64_t value = 0;
    for (; at_ < text_.size() && is_digit(text_[at_]); ++at_) {
      const int digit = text_[at_] - '0';
      if (value > (INT64_MAX - digit) / 10) fail("has a size in 'shape' beyond 2^63-1");
      value = value * 10 + digit;
    }
    return value;
  }

  bool at_end() {
    skip_blanks();
    return at_ == text_.size();
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw bad_input(name_, "the .npy header " + what +
                               "; expected {'descr': ..., 'fortran_order': ..., 'shape': (...), }");
  }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  std::string printable() const {
    if (at_ == text_.size()) return "end";
    const char c = text_[at_];
    return c > ' ' && c < 127 ? std::string(1, c) : "?";
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 0;
};

std::vector<std::int64_t> parse_shape(Scanner& scan) {
  std::vector<std::int64_t> shape;
  scan.expect('(');
  while (!scan.accept(')')) {
    if (shape.size() == kMaxRank) scan.fail("has more than 8 dimensions in 'shape'");
    shape.push_back(scan.number());
    if (scan.accept(',')) continue;
    scan.expect(')');
    // Python reads "(3)" as a number, so NumPy never writes it.
    if (shape.size() == 1) scan.fail("has 'shape' that is no tuple");
    break;
  }
  return shape;
}

bool parse_bool(Scanner& scan) {
  if (scan.accept_word("True")) return true;
  if (scan.accept_word("False")) return false;
  scan.fail("has a 'fortran_order' other than True or False");
}

}  // namespace

NpyHeader parse_npy_header(std::string_view text, const std::string& name) {
  Scanner scan(text, name);
  std::optional<std::string> descr;
  std::optional<bool> fortran;
  std::optional<std::vector<std::int64_t>> shape;
  scan.expect('{');
  while (!scan.accept('}')) {
    const std::string key = scan.quoted();
    scan.expect(':');
    if (key == "descr" && !descr) {
      descr = scan.quoted();
    } else if (key == "fortran_order" && !fortran) {
      fortran = parse_bool(scan);
    } else if (key == "shape" && !shape) {
      shape = parse_shape(scan);
    } else {
      scan.fail("has an unknown or repeated key");
    }
    if (scan.accept(',')) continue;
    scan.expect('}');
    break;
  }
  if (!scan.at_end()) scan.fail("goes on after its dictionary");
  if (!descr) scan.fail("lacks 'descr'");
  if (!fortran) scan.fail("lacks 'fortran_order'");
  if (!shape) scan.fail("lacks 'shape'");
  return {std::move(*descr), *fortran, std::move(*shape)};
}

}  // namespace flashd::host
