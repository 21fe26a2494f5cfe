// SPDX-License-Identifier: Apache-2.0
#include "tests/soc/units.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

using namespace flashd::soc_units;

struct Unit {
  const char* name;
  bool (*check)(std::uint64_t seed);
};

constexpr Unit kUnits[] = {
    {"uart", check_uart}, {"job_memory", check_job_memory}, {"bus", check_bus}};

}  // namespace

/// Usage: flashd_soc_units UNIT [SEED]; exit 0 when every comparison agrees.
int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fprintf(stderr, "usage: flashd_soc_units UNIT [SEED]\n");
    return 2;
  }
  const std::uint64_t seed = argc == 3 ? std::strtoull(argv[2], nullptr, 0) : 1;
  for (const Unit& unit : kUnits) {
    if (std::string(argv[1]) != unit.name) continue;
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    const bool good = unit.check(seed);
    std::printf(good ? "PASS\n" : "FAILURE\n");
    return good ? 0 : 1;
  }
  std::fprintf(stderr, "flashd_soc_units: no unit is called %s\n", argv[1]);
  return 2;
}
