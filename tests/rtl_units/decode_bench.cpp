// SPDX-License-Identifier: Apache-2.0
#include "model/arith/decode.hpp"

#include "Vdecode11.h"
#include "Vdecode8.h"
#include "Vdecode_finite11.h"
#include "Vdecode_finite8.h"
#include "tests/rtl_units/dut.hpp"
#include "tests/rtl_units/units.hpp"

namespace flashd::rtl_units {

namespace {

/// Every word through flashd_decode, and those of numbers through flashd_decode_finite.
template <class Format, class Model, class Finite>
void all_inputs(Dut<Model>& dut, Dut<Finite>& finite, bool fp16, int shift, Checker* checker) {
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const arith::Number x = arith::decode<Format>(static_cast<std::uint16_t>(bits));
    const auto fields = [&](auto& unit) {
      unit->fp16_i = fp16;
      unit->bits_i = bits;
      unit.settle();
      checker->expect(unit->neg_o, x.negative, "sign", "0x%04x", bits);
      checker->expect(unit->exp_o, x.exponent, "exponent", "0x%04x", bits);
      checker->expect(unit->sig_o, x.significand << shift, "significand", "0x%04x", bits);
    };
    fields(dut);
    checker->expect(dut->finite_o, x.finite, "finite", "0x%04x", bits);
    if (x.finite) fields(finite);
  }
}

}  // namespace

bool check_decode(std::uint64_t) {
  Checker checker("decode");
  Dut<Vdecode8> narrow;
  Dut<Vdecode11> wide;
  Dut<Vdecode_finite8> narrow_finite;
  Dut<Vdecode_finite11> wide_finite;
  all_inputs<spec::Bf16>(narrow, narrow_finite, false, 0, &checker);
  all_inputs<spec::Bf16>(wide, wide_finite, false, 3, &checker);
  all_inputs<spec::Fp16>(wide, wide_finite, true, 0, &checker);
  // 256 words of BF16 are Inf or NaN, 2,048 of FP16.
  return checker.finish(3 * 65536 * 7 - 3 * (2 * 256 + 2048));
}

}  // namespace flashd::rtl_units
