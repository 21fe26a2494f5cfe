// SPDX-License-Identifier: Apache-2.0
#include "model/arith/decode.hpp"

#include "Vdecode11.h"
#include "Vdecode8.h"
#include "tests/rtl_units/dut.hpp"
#include "tests/rtl_units/units.hpp"

namespace flashd::rtl_units {

namespace {

template <class Format, class Model>
void all_inputs(Dut<Model>& dut, bool fp16, int shift, Checker* checker) {
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    dut->fp16_i = fp16;
    dut->bits_i = bits;
    dut.settle();
    const arith::Number x = arith::decode<Format>(static_cast<std::uint16_t>(bits));
    checker->expect(dut->neg_o, x.negative, "sign", "0x%04x", bits);
    checker->expect(dut->exp_o, x.exponent, "exponent", "0x%04x", bits);
    checker->expect(dut->sig_o, x.significand << shift, "significand", "0x%04x", bits);
    checker->expect(dut->finite_o, x.finite, "finite", "0x%04x", bits);
  }
}

}  // namespace

bool check_decode(std::uint64_t) {
  Checker checker("decode");
  Dut<Vdecode8> narrow;
  Dut<Vdecode11> wide;
  all_inputs<spec::Bf16>(narrow, false, 0, &checker);
  all_inputs<spec::Bf16>(wide, false, 3, &checker);
  all_inputs<spec::Fp16>(wide, true, 0, &checker);
  return checker.finish(3 * 65536 * 4);
}

}  // namespace flashd::rtl_units
