// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/read_units/units.hpp"

namespace {

using namespace flashd::read_units;

struct Unit {
  const char* name;
  bool (*check)(std::uint64_t seed);
};

constexpr Unit kUnits[] = {
    {"read_master", check_read_master}, {"unpack", check_unpack},
    {"key_range", check_key_range},     {"row_walk", check_row_walk},
    {"bank_loader", check_bank_loader}, {"read_path", check_read_path},
};

}  // namespace

/// Usage: flashd_read_units UNIT [SEED]; exit 0 when every comparison agrees.
int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fprintf(stderr, "usage: flashd_read_units UNIT [SEED]\n");
    return 2;
  }
  const std::uint64_t seed = argc == 3 ? std::strtoull(argv[2], nullptr, 0) : 1;
  for (const Unit& unit : kUnits) {
    if (std::string(argv[1]) != unit.name) continue;
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    if (unit.check(seed)) {
      std::printf("PASS\n");
      return 0;
    }
    std::printf("FAILURE\n");
    return 1;
  }
  std::fprintf(stderr, "flashd_read_units: no unit is called %s\n", argv[1]);
  return 2;
}
