// SPDX-License-Identifier: Apache-2.0
// Attention of random data on the golden back end, compared with float64.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <random>
#include <vector>

#include <flashd/flashd.hpp>

namespace {

/// Normal values that BF16 holds exactly, with their bits.
struct Tensor {
  std::vector<std::uint16_t> bits;
  std::vector<double> values;
};

Tensor random_tensor(std::int64_t elements, std::mt19937& source) {
  std::normal_distribution<float> normal;
  Tensor tensor;
  for (std::int64_t i = 0; i < elements; ++i) {
    const float value = normal(source);
    std::uint32_t word = 0;
    std::memcpy(&word, &value, sizeof word);
    word &= 0xffff0000u;  // BF16 is the upper half of a float
    float cut = 0;
    std::memcpy(&cut, &word, sizeof cut);
    tensor.bits.push_back(static_cast<std::uint16_t>(word >> 16));
    tensor.values.push_back(cut);
  }
  return tensor;
}

/// softmax(scale q k^T) v of causal heads, [heads, n, d] each.
std::vector<double> float64_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                                      std::int64_t heads, std::int64_t n, std::int64_t d,
                                      double scale) {
  std::vector<double> o(q.values.size(), 0.0);
  for (std::int64_t row = 0; row < heads * n; ++row) {
    const std::int64_t head = row / n;
    double sum = 0;
    for (std::int64_t j = 0; j <= row % n; ++j) {
      const std::int64_t key = head * n + j;
      double score = 0;
      for (std::int64_t x = 0; x < d; ++x) score += q.values[row * d + x] * k.values[key * d + x];
      const double weight = std::exp(scale * score);
      sum += weight;
      for (std::int64_t x = 0; x < d; ++x) o[row * d + x] += weight * v.values[key * d + x];
    }
    for (std::int64_t x = 0; x < d; ++x) o[row * d + x] /= sum;
  }
  return o;
}

int run() {
  constexpr std::int64_t kHeads = 2, kTokens = 200, kDim = 64;
  std::mt19937 source(1);
  const Tensor q = random_tensor(kHeads * kTokens * kDim, source);
  const Tensor k = random_tensor(kHeads * kTokens * kDim, source);
  const Tensor v = random_tensor(kHeads * kTokens * kDim, source);

  flashd::Accelerator device("golden", "base", "fine");
  flashd::AttentionCall call;
  call.shape = {1, kHeads, kHeads, kTokens, kTokens, kDim, kDim};
  call.q = q.bits;
  call.k = k.bits;
  call.v = v.bits;
  call.scale = 1 / std::sqrt(static_cast<double>(kDim));
  call.visibility.causal = true;
  const flashd::AttentionResult result = flashd::attention(device, call);

  const auto want = float64_attention(q, k, v, kHeads, kTokens, kDim, call.scale);
  double error = 0, size = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    error += (result.o[i] - want[i]) * (result.o[i] - want[i]);
    size += want[i] * want[i];
  }
  const double relative = std::sqrt(error / size);
  std::printf("%llu scores, relative L2 error against float64: %.2e\n",
              static_cast<unsigned long long>(result.counters.scores), relative);
  return relative < 3e-4 ? 0 : 1;
}

}  // namespace

int main() {
  try {
    return run();
  } catch (const flashd::DeviceError& error) {
    std::fprintf(stderr, "attention: %s\n", error.what());
    return error.status();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "attention: %s\n", error.what());
    return 5;
  }
}
