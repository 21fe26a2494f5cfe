// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace flashd::lane {

/// Writes the ports of a lane cycle by cycle, so that a netlist can be held to the same behaviour.
///
/// Two files: STEM.in and STEM.out. The first line of each is `// name:bits name:bits ...`, then
/// follows one line per clock cycle: per port one hexadecimal word (no prefix), in the order of the
/// first line, separated by blanks. A line of STEM.in holds the inputs before a rising edge, the
/// same line of STEM.out the outputs just before that edge, with these inputs applied. Outputs that
/// mean nothing in a cycle are written as `x`. clk_i is not a port here; rst_ni is.
class Recorder {
 public:
  /// Throws std::runtime_error if the files cannot be written.
  explicit Recorder(const std::string& stem) : in_(stem + ".in"), out_(stem + ".out") {
    if (!in_.good() || !out_.good()) throw std::runtime_error("cannot write " + stem + ".in/.out");
  }

  /// An input or output of this cycle: `words` from the low end, 32 bits each. The ports of the
  /// first cycle are those of every cycle, in the same order.
  void input(const char* name, int bits, const std::uint32_t* words) {
    put(in_names_, in_line_, name, bits, words, true);
  }
  void output(const char* name, int bits, const std::uint32_t* words, bool meaningful) {
    put(out_names_, out_line_, name, bits, words, meaningful);
  }
  /// The same for ports of at most 64 bits.
  void input(const char* name, int bits, std::uint64_t value) {
    const std::uint32_t words[2] = {static_cast<std::uint32_t>(value),
                                    static_cast<std::uint32_t>(value >> 32)};
    input(name, bits, words);
  }
  void output(const char* name, int bits, std::uint64_t value, bool meaningful) {
    const std::uint32_t words[2] = {static_cast<std::uint32_t>(value),
                                    static_cast<std::uint32_t>(value >> 32)};
    output(name, bits, words, meaningful);
  }

  /// Ends the cycle.
  void cycle() {
    if (cycles_ == 0) {
      in_ << "//" << in_names_ << '\n';
      out_ << "//" << out_names_ << '\n';
    }
    in_ << in_line_.substr(1) << '\n';
    out_ << out_line_.substr(1) << '\n';
    in_line_.clear();
    out_line_.clear();
    ++cycles_;
  }
  [[nodiscard]] std::uint64_t cycles() const { return cycles_; }

 private:
  void put(std::string& names, std::string& line, const char* name, int bits,
           const std::uint32_t* words, bool meaningful) {
    if (cycles_ == 0) names += std::string(" ") + name + ":" + std::to_string(bits);
    line += ' ';
    if (!meaningful) {
      line += 'x';
      return;
    }
    constexpr const char* kDigits = "0123456789abcdef";
    for (int digit = (bits + 3) / 4 - 1; digit >= 0; --digit) {
      const int low = 4 * digit;
      const int kept = bits - low < 4 ? bits - low : 4;
      const std::uint32_t nibble = (words[low / 32] >> (low % 32)) & ((1u << kept) - 1);
      line += kDigits[nibble];
    }
  }

  std::ofstream in_;
  std::ofstream out_;
  std::string in_names_;
  std::string out_names_;
  std::string in_line_;
  std::string out_line_;
  std::uint64_t cycles_ = 0;
};

}  // namespace flashd::lane
