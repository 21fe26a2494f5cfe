// SPDX-License-Identifier: Apache-2.0
#include "tests/serial/wire.hpp"

#include <chrono>
#include <thread>

namespace flashd::testing {

std::vector<std::uint8_t> Wire::carry(const std::uint8_t* from, std::size_t count) {
  std::vector<std::uint8_t> to;
  to.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    ++counts_.bytes;
    if (rng_.chance(faults_.drop)) {
      ++counts_.dropped;
      continue;
    }
    std::uint8_t byte = from[i];
    if (rng_.chance(faults_.flip)) {
      byte = static_cast<std::uint8_t>(byte ^ 1u << rng_.below(8));
      ++counts_.flipped;
    }
    if (rng_.chance(faults_.delay)) {
      std::this_thread::sleep_for(std::chrono::microseconds(rng_.between(1, kLongestDelayUs)));
      ++counts_.delayed;
    }
    to.push_back(byte);
  }
  return to;
}

}  // namespace flashd::testing
