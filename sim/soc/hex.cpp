// SPDX-License-Identifier: Apache-2.0
#include "sim/soc/hex.hpp"

#include <fstream>

#include "host/io/error.hpp"

namespace flashd::soc {

std::vector<std::uint32_t> read_hex(const std::string& path, std::size_t words) {
  std::ifstream file(path);
  if (!file) throw host::bad_input(path, "cannot be read, expected the firmware's hex file");
  std::vector<std::uint32_t> memory(words);
  std::size_t at = 0, count = 0;
  for (std::string token; file >> token;) {
    const bool address = token[0] == '@';
    const std::string digits = token.substr(address ? 1 : 0);
    if (digits.empty() || digits.size() > 8 ||
        digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
      throw host::bad_input(path, "'" + token.substr(0, 20) +
                                      "' is no hexadecimal word of 32 bits as $readmemh takes it");
    const auto value = static_cast<std::uint32_t>(std::stoul(digits, nullptr, 16));
    if (address) {
      at = value;
      continue;
    }
    if (at >= words)
      throw host::bad_input(
          path, "goes beyond the firmware memory of " + std::to_string(4 * words) + " bytes");
    memory[at++] = value;
    ++count;
  }
  if (count == 0) throw host::bad_input(path, "holds no words");
  return memory;
}

}  // namespace flashd::soc
