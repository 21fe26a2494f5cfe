// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "model/golden/job.hpp"

/// Synthetic attention inputs with named distributions; same definitions as the yardstick's NumPy
/// generator, with a generator of its own that gives the same bits on every platform.
namespace flashd::distributions {

enum class Distribution {
  n01,        ///< Q, K, V ~ N(0, 1)
  fa3,        ///< + N(0, variance 100) with probability 0.001 (FlashAttention-3's outlier test)
  peaky,      ///< Q times 6: scaled scores of standard deviation 6 (nats)
  vchan,      ///< 2 channels of V times 100, 2 channels of K times 20
  uniform,    ///< all keys of a head equal, so o is the mean of V
  sink,       ///< the score of key 0 is 20 nats above the mean of the others
  decay,      ///< like ALiBi: + slope (j - i) nats, slope 2^-(head mod 8 + 1); the newest key wins
  flat_long,  ///< Q times 0.01: scores of standard deviation 0.01 nats
};

constexpr std::array<Distribution, 8> kAll = {
    Distribution::n01,     Distribution::fa3,  Distribution::peaky, Distribution::vchan,
    Distribution::uniform, Distribution::sink, Distribution::decay, Distribution::flat_long};

/// "n01", "fa3", ...
std::string name(Distribution distribution);
/// Inverse of name(); throws std::invalid_argument naming the known ones.
Distribution by_name(const std::string& name);

struct Shape {
  std::int64_t heads_q = 1;
  std::int64_t heads_kv = 1;
  std::int64_t queries = 1;
  std::int64_t keys = 1;
  int d = 64;  ///< of Q, K and V
};

/// Values before rounding to an input format: q [heads_q, queries, d], k and v [heads_kv, keys, d].
struct Draw {
  Shape shape;
  std::vector<float> q;
  std::vector<float> k;
  std::vector<float> v;
  std::vector<std::array<int, 2>> v_channels;  ///< vchan: per KV head, channels of V times 100
  std::vector<std::array<int, 2>> k_channels;  ///< vchan: per KV head, channels of K times 20
};

/// Draws the inputs. Numbers are standard normal quantiles (AS 241) of a counter-based SplitMix64,
/// keyed by seed, distribution and tensor, and rounded to FP32.
Draw draw(Distribution distribution, const Shape& shape, std::uint64_t seed);

/// Rounded inputs that own what a Job points to.
struct Inputs {
  Shape shape;
  InputFormat format = InputFormat::bf16;
  std::vector<std::uint16_t> q;
  std::vector<std::uint16_t> k;
  std::vector<std::uint16_t> v;
  /// Job over these inputs, scale 1/sqrt(d), no mask. Valid while the inputs live.
  Job job() const;
};

/// Rounds to nearest even.
Inputs round_to(const Draw& draw, InputFormat format);

}  // namespace flashd::distributions
