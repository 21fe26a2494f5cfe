// SPDX-License-Identifier: Apache-2.0
#include "host/serial/cobs.hpp"

namespace flashd::serial {

namespace {

/// A code byte of this value stands for 254 bytes without a zero behind them.
constexpr std::uint8_t kFull = 0xFF;

}  // namespace

Bytes stuff(ByteSpan plain) {
  Bytes code;
  code.reserve(plain.size() + plain.size() / 254 + 1);
  std::size_t head = 0;
  code.push_back(1);
  for (std::size_t i = 0; i < plain.size(); ++i) {
    // A full group needs a next one only if something follows.
    if (code[head] == kFull) {
      head = code.size();
      code.push_back(1);
    }
    if (plain[i] == 0) {
      head = code.size();
      code.push_back(1);
    } else {
      code.push_back(plain[i]);
      ++code[head];
    }
  }
  return code;
}

std::optional<Bytes> unstuff(ByteSpan code) {
  Bytes plain;
  plain.reserve(code.size());
  for (std::size_t at = 0; at < code.size();) {
    const std::size_t group = code[at];
    if (group == 0 || group > code.size() - at) return std::nullopt;
    for (std::size_t i = 1; i < group; ++i) {
      if (code[at + i] == 0) return std::nullopt;
      plain.push_back(code[at + i]);
    }
    at += group;
    if (group != kFull && at < code.size()) plain.push_back(0);
  }
  return plain;
}

}  // namespace flashd::serial
