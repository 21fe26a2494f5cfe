// SPDX-License-Identifier: Apache-2.0
#include "Vclamp11.h"
#include "Vclamp8.h"
#include "Vvalue.h"
#include "model/arith/tile_sum.hpp"
#include "tests/rtl_units/dut.hpp"
#include "tests/rtl_units/units.hpp"

namespace flashd::rtl_units {

namespace {

template <class Format, class Model>
void clamp(Dut<Model>& dut, bool fp16, int shift, Random& random, Checker* checker) {
  for (int limit = 1; limit < 256; ++limit) {
    for (int bits = 0; bits < 65536; bits += static_cast<int>(between(random, 1, 150))) {
      arith::Number x = arith::decode<Format>(static_cast<std::uint16_t>(bits));
      dut->fp16_i = fp16;
      dut->limit_i = limit;
      dut->exp_i = x.exponent;
      dut->sig_i = x.significand << shift;
      dut.settle();
      const bool clamped = arith::clamp_value<Format>(x, limit - Format::kBias);
      checker->expect(dut->clamped_o, clamped, "clamped", "0x%04x limit %d", bits, limit);
      checker->expect(dut->exp_o, x.exponent, "exponent", "0x%04x limit %d", bits, limit);
      checker->expect(dut->sig_o, x.significand << shift, "significand", "0x%04x limit %d", bits,
                      limit);
    }
  }
}

}  // namespace

bool check_value(std::uint64_t seed) {
  Random random(seed);
  Checker checker("value");
  Dut<Vvalue> value;
  for (int e = 1; e < 256; ++e) {
    for (int x = 1; x <= e; ++x) {
      value->tile_exp_i = e;
      value->exp_i = x;
      value->sig_i = x ^ 0x5A;
      value->neg_i = x & 1;
      value.settle();
      checker.expect(value->dist_o, arith::value_distance(e, x), "distance", "E %d e %d", e, x);
      checker.expect(value->sig_o, x ^ 0x5A, "significand", "E %d e %d", e, x);
      checker.expect(value->neg_o, x & 1, "sign", "E %d e %d", e, x);
    }
  }
  Dut<Vclamp8> narrow;
  Dut<Vclamp11> wide;
  clamp<spec::Bf16>(narrow, false, 0, random, &checker);
  clamp<spec::Bf16>(wide, false, 3, random, &checker);
  clamp<spec::Fp16>(wide, true, 0, random, &checker);
  return checker.finish(1000000);
}

}  // namespace flashd::rtl_units
