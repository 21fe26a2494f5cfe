// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/soc/wire.hpp"

namespace flashd::soc {

class TransactionLog;

constexpr std::size_t kFirmwareWords = 8192;  ///< of 32 bits

/// The verilated SoC; its serial pins are the end of a wire.
class Soc {
 public:
  /// `log` may be null. The SoC is in reset for a few cycles, then its core runs `firmware`.
  Soc(const std::vector<std::uint32_t>& firmware, TransactionLog* log);
  ~Soc();

  /// So many clock cycles.
  void run(Wire* wire, int cycles);

  /// The LED pins.
  std::uint8_t leds() const;

 private:
  struct Model;
  std::unique_ptr<Model> model_;
};

}  // namespace flashd::soc
