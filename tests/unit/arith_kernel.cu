// SPDX-License-Identifier: Apache-2.0
// Compiled, never run: every function of model/arith that golden calls per element must be callable
// from device code.
#include "model/arith/alibi.hpp"
#include "model/arith/bias.hpp"
#include "model/arith/bits.hpp"
#include "model/arith/decode.hpp"
#include "model/arith/interpolate.hpp"
#include "model/arith/log2.hpp"
#include "model/arith/merge.hpp"
#include "model/arith/output.hpp"
#include "model/arith/product.hpp"
#include "model/arith/row_sum.hpp"
#include "model/arith/scale.hpp"
#include "model/arith/score.hpp"
#include "model/arith/soft_cap.hpp"
#include "model/arith/tile_sum.hpp"
#include "model/arith/tile_weight.hpp"
#include "model/arith/weight.hpp"

namespace a = flashd::arith;
namespace s = flashd::spec;

template <class P, class Format>
__device__ std::uint32_t one_key(std::uint16_t q, std::uint16_t k, std::uint16_t v,
                                 std::uint32_t bias) {
  const int grid = a::product_grid<P>(64);
  const a::Number x = a::decode<Format>(q);
  const a::Product p =
      a::product(x, a::decode<Format>(k), false, a::product_exponent<Format>(-3, grid), grid);
  const a::Bias b = a::make_bias<P>(bias);
  const a::SoftCap cap;
  const a::AlibiSlope slope;
  const std::int64_t capped = a::soft_cap<P>(a::scaled_sum<P>(p.value, 1u << 21, grid), cap);
  const std::int64_t added = a::add_bias<P>(b.value, a::alibi<P>(slope, q));
  const a::Score score = a::clamp_score<P>(capped + added);
  const std::int32_t reference = a::tile_reference<P>(score.value);
  const a::Weight w = a::make_weight<P>(score.value, reference);
  const std::uint32_t l = a::weight_addend<P>(w);
  a::Number y = a::decode<Format>(v);
  a::clamp_value<Format>(y, 0);
  const std::int32_t t = a::value_addend<P, Format>(w, y, y.exponent);
  const a::RowSum one = a::tile_row_sum<P>(l, reference);
  const a::RowSum sum = a::add(one, one);
  const std::int64_t log = a::log2_sum(sum);
  const a::Gain g = a::make_gain(reference * (1ll << s::kLogFrac) - log);
  const a::TileWeight tw = a::make_tile_weight<P>(g, l);
  std::int32_t o = a::merge_element<P>(0, g, tw, t, 0, true);
  o = a::merge_states(o, a::clamp_output(t), g);
  return a::round_output(o, 0, a::kFp16Shape) ^ a::round_lse(log);
}

__global__ void all(const std::uint16_t* in, const std::uint32_t* bias, std::uint32_t* out) {
  out[0] = one_key<s::Fine, s::Bf16>(in[0], in[1], in[2], bias[0]);
  out[1] = one_key<s::Lean, s::Bf16>(in[0], in[1], in[2], bias[0]);
  out[2] = one_key<s::Fine, s::Fp16>(in[0], in[1], in[2], bias[0]);
  out[3] = one_key<s::Lean, s::Fp16>(in[0], in[1], in[2], bias[0]);
}
