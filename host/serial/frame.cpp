// SPDX-License-Identifier: Apache-2.0
#include "host/serial/frame.hpp"

#include <boost/crc.hpp>

#include "firmware/include/flashd_serial.h"

namespace flashd::serial {

namespace {

using Crc = boost::crc_optimal<32, 0x04C11DB7, FLASHD_SERIAL_CRC_INITIAL, FLASHD_SERIAL_CRC_FINAL,
                               true, true>;
static_assert(FLASHD_SERIAL_CRC_POLYNOMIAL == 0xEDB88320u, "0x04C11DB7 with its bits reversed");

constexpr std::size_t kShortest = FLASHD_SERIAL_HEAD_BYTES + FLASHD_SERIAL_CRC_BYTES;

std::uint32_t crc(ByteSpan bytes) {
  Crc sum;
  sum.process_bytes(bytes.data(), bytes.size());
  return sum.checksum();
}

}  // namespace

void put(Bytes& to, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) to.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

std::uint64_t get(ByteSpan from, std::size_t at, int bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < bytes; ++i)
    value |= std::uint64_t{from[at + static_cast<std::size_t>(i)]} << (8 * i);
  return value;
}

Bytes encode(const Frame& frame) {
  Bytes plain;
  plain.reserve(kShortest + frame.body.size());
  plain.push_back(frame.kind);
  plain.push_back(frame.sequence);
  plain.insert(plain.end(), frame.body.begin(), frame.body.end());
  put(plain, crc(plain), FLASHD_SERIAL_CRC_BYTES);
  Bytes code = stuff(plain);
  code.push_back(0);
  return code;
}

std::size_t line_bytes(std::size_t body) {
  const std::size_t plain = kShortest + body;
  return plain + plain / 254 + 2;
}

Receiver::Event Receiver::take(std::uint8_t byte) {
  if (byte != 0) {
    too_long_ = code_.size() == FLASHD_SERIAL_CODED_MAX;
    if (!too_long_) code_.push_back(byte);
    return Event::none;
  }
  Bytes code;
  code.swap(code_);
  if (code.empty()) return Event::none;
  const bool too_long = too_long_;
  too_long_ = false;
  if (too_long) return Event::spoilt;
  const std::optional<Bytes> plain = unstuff(code);
  if (!plain || plain->size() < kShortest || plain->size() > FLASHD_SERIAL_FRAME_MAX)
    return Event::spoilt;
  const std::size_t end = plain->size() - FLASHD_SERIAL_CRC_BYTES;
  if (crc(ByteSpan(*plain).first(end)) != get(*plain, end, FLASHD_SERIAL_CRC_BYTES))
    return Event::spoilt;
  frame_.kind = (*plain)[0];
  frame_.sequence = (*plain)[1];
  frame_.body.assign(plain->begin() + FLASHD_SERIAL_HEAD_BYTES,
                     plain->begin() + static_cast<std::ptrdiff_t>(end));
  return Event::good;
}

}  // namespace flashd::serial
