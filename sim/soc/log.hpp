// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <fstream>
#include <string>

namespace flashd::soc {

/// What goes over the device's two buses, one line per transaction, as it ends:
///
///     CYCLE reg read|write ADDRESS DATA STROBES RESPONSE     access of the core to a register
///     CYCLE mem read|write ADDRESS BEATS CRC RESPONSE        burst of the device
///     CYCLE irq 0|1                                          its interrupt changed
///     CYCLE reset 0|1                                        its reset (1: runs) changed
///
/// Numbers but CYCLE and BEATS are hexadecimal. CRC: CRC-32 of the data, of a write only of the
/// bytes that it writes. RESPONSE: the highest of the burst's beats. Cycles count from 0.
class TransactionLog {
 public:
  /// Throws host::Error when the file cannot be written.
  explicit TransactionLog(const std::string& path);

  void access(std::uint64_t cycle, bool write, std::uint32_t address, std::uint32_t data,
              std::uint32_t strobes, std::uint32_t response);
  void address(bool write, std::uint64_t address, std::uint32_t beats);
  /// A beat of 8 bytes; a read's last one ends its transaction.
  void beat(std::uint64_t cycle, bool write, std::uint64_t data, std::uint32_t strobes,
            std::uint32_t response, bool last);
  /// A write's response, which ends it.
  void response(std::uint64_t cycle, std::uint32_t response);
  /// A whole burst; `data`: the bytes that it reads or writes.
  void burst(std::uint64_t cycle, bool write, std::uint64_t address, std::uint32_t beats,
             const std::uint8_t* data, std::size_t count, std::uint32_t response);
  void level(std::uint64_t cycle, const char* what, bool value);

 private:
  struct Burst {
    std::uint64_t address;
    std::uint32_t beats;
    std::uint32_t crc;
    std::uint32_t response;
    bool filled;
  };
  void end(std::uint64_t cycle, const char* kind, const Burst& burst);

  std::ofstream file_;
  std::deque<Burst> reads_, writes_;
};

}  // namespace flashd::soc
