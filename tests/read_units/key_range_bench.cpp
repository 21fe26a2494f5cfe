// SPDX-License-Identifier: Apache-2.0
#include "Vkey_range.h"
#include "model/golden/job.hpp"
#include "tests/read_units/units.hpp"
#include "tests/rtl_units/dut.hpp"

namespace flashd::read_units {

namespace {

using rtl_units::Checker;
using rtl_units::Dut;

struct Case {
  bool causal, window;
  std::int64_t kv_len, diagonal, left, right, query;
};

void compare(Dut<Vkey_range>& dut, const Case& c, Checker* checker) {
  dut->causal_i = c.causal;
  dut->window_i = c.window;
  dut->kv_len_i = static_cast<std::uint32_t>(c.kv_len);
  dut->diagonal_i = static_cast<std::uint32_t>(c.diagonal);
  dut->window_left_i = static_cast<std::uint32_t>(c.left);
  dut->window_right_i = static_cast<std::uint32_t>(c.right);
  dut->query_i = static_cast<std::uint32_t>(c.query);
  dut.tick();  // the constants
  Job job;
  job.queries = c.query + 1;
  job.keys = c.kv_len;
  job.visibility.causal = c.causal;
  job.visibility.diagonal = c.diagonal;
  job.visibility.key_length = c.kv_len;
  if (c.window) {
    job.visibility.window_left = c.left;
    job.visibility.window_right = c.right;
  }
  const KeyRange wanted = visible_keys(job, c.query);
  const char* at = "kv_len %lld diagonal %lld window %lld %lld query %lld";
  checker->expect(dut->begin_o, wanted.begin, "begin", at, c.kv_len, c.diagonal, c.left, c.right,
                  c.query);
  checker->expect(dut->end_o, wanted.end, "end", at, c.kv_len, c.diagonal, c.left, c.right,
                  c.query);
}

}  // namespace

bool check_key_range(std::uint64_t seed) {
  Checker checker("key_range");
  Dut<Vkey_range> dut;
  for (int flags = 0; flags < 4; ++flags) {
    Case c{(flags & 1) != 0, (flags & 2) != 0, 0, 0, 0, 0, 0};
    for (c.kv_len = 0; c.kv_len <= 6; ++c.kv_len)
      for (c.diagonal = -9; c.diagonal <= 9; ++c.diagonal)
        for (c.left = 0; c.left <= 5; ++c.left)
          for (c.right = 0; c.right <= 5; ++c.right)
            for (c.query = 0; c.query <= 8; ++c.query) compare(dut, c, &checker);
  }
  // The ends of every field's range, and near them.
  rtl_units::Random random(seed);
  const std::int64_t top = (std::int64_t{1} << 31) - 1;
  const auto field = [&](std::int64_t low) {
    switch (rtl_units::between(random, 0, 3)) {
      case 0:
        return top - rtl_units::between(random, 0, 2);
      case 1:
        return low + rtl_units::between(random, 0, 2);
      case 2:
        return rtl_units::between(random, 0, 100);
      default:
        return rtl_units::between(random, low, top);
    }
  };
  for (int i = 0; i < 200000; ++i) {
    const bool causal = rtl_units::chance(random, 0.5);
    const bool window = rtl_units::chance(random, 0.5);
    compare(dut, {causal, window, field(0), field(-top - 1), field(0), field(0), field(0)},
            &checker);
  }
  return checker.finish(700000);
}

}  // namespace flashd::read_units
