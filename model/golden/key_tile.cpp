// SPDX-License-Identifier: Apache-2.0
#include "model/golden/key_tile.hpp"

#include <algorithm>
#include <cmath>

#include "model/arith/tile_sum.hpp"

namespace flashd::golden {

namespace {

template <class Format>
float to_float(const arith::Number& x) {
  const float magnitude = std::ldexp(static_cast<float>(x.significand),
                                     x.exponent - Format::kBias - (Format::kSignificand - 1));
  return x.negative ? -magnitude : magnitude;
}

template <class Format>
void decode_keys(const Job& job, std::int64_t head, const TileShape& shape, KeyTile* tile) {
  for (int j = 0; j < tile->n; ++j) {
    const std::int64_t base = key_row(job, head, tile->first_key + j) * shape.d;
    for (int e = 0; e < shape.d; ++e) {
      const std::size_t at = static_cast<std::size_t>(j) * shape.d + e;
      tile->k[at] = arith::decode<Format>(job.k[base + e]);
      if (!tile->k[at].finite) tile->k_bad[j] = 1;
    }
  }
}

template <class Format>
void decode_values(const Job& job, std::int64_t head, const TileShape& shape, KeyTile* tile) {
  for (int j = 0; j < tile->n; ++j) {
    const std::int64_t base = key_row(job, head, tile->first_key + j) * shape.dv;
    for (int e = 0; e < shape.dv; ++e) {
      const std::size_t at = static_cast<std::size_t>(j) * shape.dv + e;
      arith::Number& v = tile->v[at];
      v = arith::decode<Format>(job.v[base + e]);
      if (!v.finite) tile->v_bad[j] = 1;
      if (arith::clamp_value<Format>(v, shape.v_exponent)) tile->v_clamped[j] = 1;
      tile->exponent[e] = std::max(tile->exponent[e], v.exponent);
    }
  }
}

template <class Format>
void fill_vectors(const TileShape& shape, KeyTile* tile) {
  const int stride = padded(tile->n);
  tile->k_columns.assign(static_cast<std::size_t>(shape.d) * stride, 0.0f);
  tile->k_max = 0.0f;
  for (int j = 0; j < tile->n; ++j) {
    for (int e = 0; e < shape.d; ++e) {
      const float x = to_float<Format>(tile->k[static_cast<std::size_t>(j) * shape.d + e]);
      tile->k_columns[static_cast<std::size_t>(e) * stride + j] = x;
      tile->k_max = std::max(tile->k_max, std::fabs(x));
    }
  }
  const int width = padded(shape.dv);
  const std::size_t plane = static_cast<std::size_t>(tile->n) * width;
  tile->v_scaled.assign(plane, 0.0f);
  for (int j = 0; j < tile->n; ++j) {
    for (int e = 0; e < shape.dv; ++e) {
      const arith::Number& v = tile->v[static_cast<std::size_t>(j) * shape.dv + e];
      const int distance = arith::value_distance(tile->exponent[e], v.exponent);
      const float unit = std::ldexp(v.negative ? -1.0f : 1.0f,
                                    shape.tile_frac - (Format::kSignificand - 1) - distance);
      const std::size_t at = static_cast<std::size_t>(j) * width + e;
      tile->v_scaled[at] = static_cast<float>(v.significand) * unit;
    }
  }
}

template <class Format>
void prepare_as(const Job& job, std::int64_t head, const TileShape& shape, KeyTile* tile) {
  decode_keys<Format>(job, head, shape, tile);
  decode_values<Format>(job, head, shape, tile);
  if (shape.vectors) fill_vectors<Format>(shape, tile);
}

}  // namespace

void prepare(const Job& job, std::int64_t head, std::int64_t first, int n, const TileShape& shape,
             KeyTile* tile) {
  tile->first_key = first;
  tile->n = n;
  tile->k.resize(static_cast<std::size_t>(n) * shape.d);
  tile->v.resize(static_cast<std::size_t>(n) * shape.dv);
  tile->exponent.assign(shape.dv, 1);
  tile->k_bad.assign(n, 0);
  tile->v_bad.assign(n, 0);
  tile->v_clamped.assign(n, 0);
  if (job.input == InputFormat::bf16) {
    prepare_as<spec::Bf16>(job, head, shape, tile);
  } else {
    prepare_as<spec::Fp16>(job, head, shape, tile);
  }
}

}  // namespace flashd::golden
