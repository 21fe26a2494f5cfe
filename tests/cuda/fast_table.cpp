// SPDX-License-Identifier: Apache-2.0
#include "tests/cuda/fast_table.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "host/api/config.hpp"
#include "host/io/case.hpp"
#include "model/distributions/distributions.hpp"

namespace flashd::cuda {

namespace {

namespace fs = std::filesystem;
using distributions::Distribution;

constexpr InputFormat kFormats[] = {InputFormat::bf16, InputFormat::fp16};
constexpr std::int64_t kHeads = 2, kQueries = 32, kKeys = 512, kManyKeys = 4096;
constexpr std::uint64_t kSeed = 7;

void measure(const std::string& input, const Job& job, const FastTable& table) {
  FastArrays arrays(job, OutputFormat::fp32);
  const auto rows = sample_rows(arrays.job, std::numeric_limits<std::int64_t>::max());
  FastLine line{input, job.input, {}};
  for (const FastKernel kernel : table.kernels) {
    arrays.clear_results();
    if (const Status s = table.run(&arrays, kernel); !s.good())
      throw std::runtime_error(s.sentence);
    line.errors.push_back(measure_rows(arrays.job, rows));
  }
  table.take(line);
}

/// Whether the job has no option that the fast kernels refuse.
bool is_plain(const Job& job) {
  const Visibility& v = job.visibility;
  return !job.bias && !job.soft_cap && job.alibi.empty() && !job.paging && !v.diagonal &&
         !v.window_left && !v.key_length;
}

void measure_trace(const fs::path& folder, const FastTable& table) {
  // Any configuration that has the head dimension: it only bounds what a case may be.
  const auto config = std::max_element(
      std::begin(spec::kConfigs), std::end(spec::kConfigs),
      [](const auto& a, const auto& b) { return a.max_head_dim < b.max_head_dim; });
  for (const InputFormat format : kFormats) {
    const host::Case inputs = host::load_case(folder, format, {}, *config);
    const Job job = inputs.job(0);
    if (is_plain(job) && inputs.batch == 1) measure(folder.filename().string(), job, table);
  }
}

void measure_drawn(Distribution distribution, std::int64_t keys, int d, const FastTable& table) {
  const distributions::Draw draw =
      distributions::draw(distribution, {kHeads, kHeads, kQueries, keys, d}, kSeed);
  const std::string input = distributions::name(distribution) + " d " + std::to_string(d) + ", " +
                            std::to_string(keys) + " keys";
  for (const InputFormat format : kFormats)
    measure(input, distributions::round_to(draw, format).job(), table);
}

}  // namespace

void measure_table(const std::vector<fs::path>& folders, const FastTable& table) {
  for (const fs::path& folder : folders) {
    std::vector<fs::path> traces;
    for (const auto& entry : fs::directory_iterator(folder))
      if (fs::exists(entry.path() / "q.npy")) traces.push_back(entry.path());
    std::sort(traces.begin(), traces.end());
    for (const fs::path& trace : traces) measure_trace(trace, table);
  }
  for (const Distribution distribution :
       {Distribution::n01, Distribution::fa3, Distribution::peaky, Distribution::decay,
        Distribution::vchan, Distribution::uniform, Distribution::sink, Distribution::flat_long})
    for (const int d : {64, 128, 256}) measure_drawn(distribution, kKeys, d, table);
  for (const Distribution distribution : {Distribution::n01, Distribution::vchan})
    for (const int d : {64, 128}) measure_drawn(distribution, kManyKeys, d, table);
}

const char* name(InputFormat format) { return format == InputFormat::bf16 ? "bf16" : "fp16"; }

}  // namespace flashd::cuda
