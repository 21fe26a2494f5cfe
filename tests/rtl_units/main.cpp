// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/rtl_units/units.hpp"

namespace {

using namespace flashd::rtl_units;

struct Unit {
  const char* name;
  bool (*check)(std::uint64_t seed);
};

constexpr Unit kUnits[] = {
    {"decode", check_decode},
    {"value", check_value},
    {"score_lane", check_score_lane},
    {"weight", check_weight},
    {"weight_store", check_weight_store},
    {"output_lane", check_output_lane},
    {"output_activity", check_output_activity},
    {"merge_slice", check_merge_slice},
    {"sigmoid_merge", check_sigmoid_merge},
    {"sigmoid_serial", check_sigmoid_serial},
    {"round", check_round},
    {"lse", check_lse},
    {"soft_cap", check_soft_cap},
    {"alibi", check_alibi},
    {"bias_convert", check_bias_convert},
    {"fifo", check_fifo},
};

}  // namespace

/// Usage: flashd_rtl_units UNIT [SEED]; exit 0 when every comparison agrees.
int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fprintf(stderr, "usage: flashd_rtl_units UNIT [SEED]\n");
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
  std::fprintf(stderr, "flashd_rtl_units: no unit is called %s\n", argv[1]);
  return 2;
}
