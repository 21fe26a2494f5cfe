// SPDX-License-Identifier: Apache-2.0
#include "model/distributions/distributions.hpp"

#include <cmath>
#include <stdexcept>

#include "model/distributions/normal.hpp"
#include "model/reference/decode.hpp"

namespace flashd::distributions {
namespace {

enum Tensor : std::uint64_t { kQ, kK, kV, kOutlierSize = 10, kOutlierWhere = 20, kChannels = 30 };

std::vector<float> normals(std::uint64_t seed, Distribution distribution, Tensor tensor,
                           std::int64_t count, double factor) {
  const auto id = static_cast<std::uint64_t>(distribution);
  const Stream stream(seed, id, tensor);
  const Stream size(seed, id, kOutlierSize + tensor);
  const Stream where(seed, id, kOutlierWhere + tensor);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    double x = stream.normal(i) * factor;
    if (distribution == Distribution::fa3 && where.uniform(i) < 1e-3) x += size.normal(i) * 10.0;
    values[i] = static_cast<float>(x);
  }
  return values;
}

/// Two different channels, chosen uniformly.
std::array<int, 2> two_channels(const Stream& stream, std::uint64_t index, int d) {
  const auto first = static_cast<int>(stream.bits(2 * index) % static_cast<std::uint64_t>(d));
  if (d == 1) return {0, 0};
  auto second = static_cast<int>(stream.bits(2 * index + 1) % static_cast<std::uint64_t>(d - 1));
  if (second >= first) ++second;
  return {first, second};
}

void multiply_channels(std::vector<float>& values, std::int64_t head, std::int64_t rows, int d,
                       const std::array<int, 2>& channels, float factor) {
  for (std::int64_t row = 0; row < rows; ++row) {
    float* element = &values[(head * rows + row) * d];
    element[channels[0]] *= factor;
    if (channels[1] != channels[0]) element[channels[1]] *= factor;
  }
}

void make_sink(Draw& out) {
  const Shape& s = out.shape;
  for (std::int64_t row = 0; row < s.heads_q * s.queries; ++row) {
    out.q[row * s.d] = static_cast<float>(std::sqrt(static_cast<double>(s.d)));
  }
  for (std::int64_t head = 0; head < s.heads_kv; ++head) {
    for (std::int64_t key = 0; key < s.keys; ++key) {
      float* k = &out.k[(head * s.keys + key) * s.d];
      k[0] = 0.0f;
      for (int c = 0; key == 0 && c < s.d; ++c) k[c] = c == 0 ? 20.0f : 0.0f;
    }
  }
}

/// slope * key split into a high and a low channel, so that BF16 keeps both parts exactly.
void make_decay(Draw& out) {
  const Shape& s = out.shape;
  const auto root = static_cast<float>(std::sqrt(static_cast<double>(s.d)));
  for (std::int64_t row = 0; row < s.heads_q * s.queries; ++row) {
    for (int c = 0; c < std::min(2, s.d); ++c) out.q[row * s.d + c] = root;
  }
  for (std::int64_t head = 0; head < s.heads_kv; ++head) {
    const double slope = std::ldexp(1.0, -static_cast<int>(head % 8 + 1));
    for (std::int64_t key = 0; key < s.keys; ++key) {
      float* k = &out.k[(head * s.keys + key) * s.d];
      k[0] = static_cast<float>(slope * static_cast<double>(key / 128 * 128));
      if (s.d > 1) k[1] = static_cast<float>(slope * static_cast<double>(key % 128));
    }
  }
}

}  // namespace

std::string name(Distribution distribution) {
  constexpr const char* kNames[] = {"n01",     "fa3",  "peaky", "vchan",
                                    "uniform", "sink", "decay", "flat_long"};
  return kNames[static_cast<int>(distribution)];
}

Distribution by_name(const std::string& wanted) {
  std::string known;
  for (const Distribution distribution : kAll) {
    if (name(distribution) == wanted) return distribution;
    known += (known.empty() ? "" : ", ") + name(distribution);
  }
  throw std::invalid_argument("unknown distribution '" + wanted + "'; known are " + known);
}

Draw draw(Distribution distribution, const Shape& shape, std::uint64_t seed) {
  Draw out;
  out.shape = shape;
  const double q_factor = distribution == Distribution::peaky       ? 6.0
                          : distribution == Distribution::flat_long ? 0.01
                                                                    : 1.0;
  out.q = normals(seed, distribution, kQ, shape.heads_q * shape.queries * shape.d, q_factor);
  out.k = normals(seed, distribution, kK, shape.heads_kv * shape.keys * shape.d, 1.0);
  out.v = normals(seed, distribution, kV, shape.heads_kv * shape.keys * shape.d, 1.0);
  if (distribution == Distribution::sink) make_sink(out);
  if (distribution == Distribution::decay) make_decay(out);
  if (distribution == Distribution::uniform) {
    for (std::int64_t head = 0; head < shape.heads_kv; ++head) {
      const auto first = out.k.begin() + head * shape.keys * shape.d;
      for (std::int64_t key = 1; key < shape.keys; ++key) {
        std::copy(first, first + shape.d, first + key * shape.d);
      }
    }
  }
  if (distribution == Distribution::vchan) {
    const Stream stream(seed, static_cast<std::uint64_t>(distribution), kChannels);
    for (std::int64_t head = 0; head < shape.heads_kv; ++head) {
      out.v_channels.push_back(two_channels(stream, 2 * head, shape.d));
      out.k_channels.push_back(two_channels(stream, 2 * head + 1, shape.d));
      multiply_channels(out.v, head, shape.keys, shape.d, out.v_channels.back(), 100.0f);
      multiply_channels(out.k, head, shape.keys, shape.d, out.k_channels.back(), 20.0f);
    }
  }
  return out;
}

Inputs round_to(const Draw& draw, InputFormat format) {
  const auto round = [format](const std::vector<float>& values) {
    std::vector<std::uint16_t> bits(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      bits[i] = reference::element_bits(values[i], format);
    }
    return bits;
  };
  return {draw.shape, format, round(draw.q), round(draw.k), round(draw.v)};
}

Job Inputs::job() const {
  Job job;
  job.heads_q = shape.heads_q;
  job.heads_kv = shape.heads_kv;
  job.queries = shape.queries;
  job.keys = shape.keys;
  job.d = shape.d;
  job.dv = shape.d;
  job.q = q;
  job.k = k;
  job.v = v;
  job.input = format;
  job.scale = 1.0 / std::sqrt(static_cast<double>(shape.d));
  return job;
}

}  // namespace flashd::distributions
