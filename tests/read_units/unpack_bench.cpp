// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <vector>

#include "Vunpack_a.h"
#include "Vunpack_b.h"
#include "Vunpack_c.h"
#include "tests/read_units/units.hpp"
#include "tests/rtl_units/dut.hpp"

namespace flashd::read_units {

namespace {

using namespace rtl_units;

/// Rows of random clients, each a sequence of AXI beats with pauses; every cycle's outputs.
template <class Model>
void rows(int axi_bits, int width, Random& random, Checker* checker) {
  Dut<Model> dut;
  const int elements = axi_bits / 16;
  dut->rst_ni = 0;
  dut->q_beat_i = dut->k_beat_i = dut->v_beat_i = 0;
  dut.tick();
  dut->rst_ni = 1;
  std::vector<std::uint16_t> expected;  // the engine beat due now, empty if none
  int expected_client = -1;
  const auto cycle = [&](int client, const std::vector<std::uint16_t>& beat) {
    dut->q_beat_i = client == 0;
    dut->k_beat_i = client == 1;
    dut->v_beat_i = client == 2;
    for (int e = 0; e < elements && !beat.empty(); ++e)
      put(dut->beat_data_i, 16 * e, 16, beat[static_cast<std::size_t>(e)]);
    dut.settle();
    const std::array<int, 3> valid = {dut->q_valid_o, dut->k_valid_o, dut->v_valid_o};
    for (int c = 0; c < 3; ++c)
      checker->expect(valid[static_cast<std::size_t>(c)], c == expected_client, "valid",
                      "client %d", c);
    for (int e = 0; e < width && expected_client >= 0; ++e)
      checker->expect(static_cast<std::int64_t>(get(dut->data_o, 16 * e, 16)),
                      expected[static_cast<std::size_t>(e)], "element", "%d of %d", e, width);
    expected_client = -1;
    dut.tick();
  };
  for (int row = 0; row < 4000; ++row) {
    if (row % 50 == 0) {
      cycle(-1, {});
      dut->d_i = static_cast<std::uint16_t>(between(random, 1, 256));
      dut->dv_i = static_cast<std::uint16_t>(between(random, 1, 256));
    }
    const int client = static_cast<int>(between(random, 0, 2));
    const int n = client == 2 ? dut->dv_i : dut->d_i;
    std::vector<std::uint16_t> values(static_cast<std::size_t>((n + 31) / 32 * 32));
    for (auto& v : values) v = static_cast<std::uint16_t>(random());
    for (std::size_t at = 0; at < values.size(); at += static_cast<std::size_t>(elements)) {
      while (chance(random, 0.1)) cycle(-1, {});
      const auto begin = values.begin() + static_cast<std::ptrdiff_t>(at);
      const int end = static_cast<int>(at) + elements;
      cycle(client, std::vector<std::uint16_t>(begin, begin + elements));
      const bool complete = static_cast<int>(at) < n && (end >= n || end % width == 0);
      if (!complete) continue;
      expected_client = client;
      expected.assign(static_cast<std::size_t>(width), 0);
      const int first = static_cast<int>(at) / width * width;
      for (int e = first; e < end && e < n; ++e)
        expected[static_cast<std::size_t>(e - first)] = values[static_cast<std::size_t>(e)];
    }
  }
}

}  // namespace

bool check_unpack(std::uint64_t seed) {
  Random random(seed);
  Checker checker("unpack");
  rows<Vunpack_a>(64, 64, random, &checker);
  rows<Vunpack_b>(128, 8, random, &checker);
  rows<Vunpack_c>(512, 64, random, &checker);
  return checker.finish(1000000);
}

}  // namespace flashd::read_units
