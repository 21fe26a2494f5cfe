// SPDX-License-Identifier: Apache-2.0
// Errors against float64 of the value-level models that the lanes of docs/lane.md are held to bit
// for bit, as CSV: what `flashd synth --report` sets beside the areas.
#include <cmath>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "host/accuracy/measure.hpp"
#include "model/distributions/distributions.hpp"
#include "model/golden/golden.hpp"
#include "model/reference/decode.hpp"
#include "model/rivals/flash2_rows.hpp"
#include "model/rivals/rivals.hpp"

namespace {

using namespace flashd;

constexpr std::int64_t kQueries = 64;

/// A lane's design and profile, with the outputs of its model before and after rounding to BF16.
struct Model {
  const char* design;
  const char* profile;
  accuracy::Computed (*run)(const Job& job);
};

accuracy::Computed rounded(const rivals::Output& raw) {
  accuracy::Computed result;
  result.o.assign(raw.o.begin(), raw.o.end());
  result.o_bf16 = result.o;
  for (float& x : result.o_bf16) x = reference::bf16_value(reference::bf16_bits(x));
  result.lse = raw.lse;
  return result;
}

/// The lane's tile: 16 keys at d 16, else 64.
int tile(const Job& job) { return job.d == 16 ? 16 : 64; }

const Model kModels[] = {
    {"ours", "fine",
     [](const Job& job) { return accuracy::compute(job, accuracy::Datapath::fine, tile(job)); }},
    {"ours", "lean",
     [](const Job& job) { return accuracy::compute(job, accuracy::Datapath::lean, tile(job)); }},
    {"a", "fine", [](const Job& job) { return rounded(rivals::flash2_bf16_rows(job).output); }},
    {"p", "fine", [](const Job& job) { return rounded(rivals::flash2_bf16_rows(job).output); }},
    {"b", "fine", [](const Job& job) { return rounded(rivals::flash2_fp32(job)); }},
    {"c", "fine",
     [](const Job& job) { return rounded(rivals::running_sum_rows(job, Profile::fine).output); }},
    {"c", "lean",
     [](const Job& job) { return rounded(rivals::running_sum_rows(job, Profile::lean).output); }},
    {"d", "fine",
     [](const Job& job) {
       return rounded(rivals::flashd_published(job, rivals::FlashdFunctions::piecewise_linear));
     }},
};

int usage() {
  std::cerr << "usage: flashd_lane_accuracy KEYS SEEDS D...   (1 to 65536, 1 to 99, 16 to 256)\n";
  return 2;
}

/// A whole number from 1 to `most`, else 0.
long number(const std::string& text, long most) {
  if (text.empty() || text.size() > 6 || text.find_first_not_of("0123456789") != std::string::npos)
    return 0;
  const long value = std::stol(text);
  return value <= most ? value : 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() < 3) return usage();
  const long keys = number(arguments[0], 65536), seeds = number(arguments[1], 99);
  if (keys == 0 || seeds == 0) return usage();
  for (std::size_t i = 2; i < arguments.size(); ++i)
    if (number(arguments[i], 256) == 0) return usage();
  std::cout << "design,profile,d,keys,queries,inputs,seed,rel_l2,rel_l2_bf16\n";
  for (std::size_t i = 2; i < arguments.size(); ++i) {
    const int d = static_cast<int>(number(arguments[i], 256));
    for (const auto distribution : distributions::kAll) {
      for (long seed = 1; seed <= seeds; ++seed) {
        const auto draw = distributions::draw(distribution, {1, 1, kQueries, keys, d},
                                              static_cast<std::uint64_t>(seed));
        const auto inputs = distributions::round_to(draw, InputFormat::bf16);
        const Job job = inputs.job();
        const reference::Output exact = reference::attention(job);
        for (const Model& model : kModels) {
          const auto datapath = std::string(model.profile) == "lean" ? accuracy::Datapath::lean
                                                                     : accuracy::Datapath::fine;
          const accuracy::Figures f =
              accuracy::measure(job, model.run(job), exact, datapath, draw.v_channels);
          std::printf("%s,%s,%d,%ld,%ld,%s,%ld,%.4e,%.4e\n", model.design, model.profile, d, keys,
                      static_cast<long>(kQueries), distributions::name(distribution).c_str(), seed,
                      f.rel_fp32, f.rel_bf16);
          std::fflush(stdout);
        }
      }
    }
  }
  return 0;
}
