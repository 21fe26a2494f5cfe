// SPDX-License-Identifier: Apache-2.0
// cosim_invariance PLUGIN...: engines of one TILE and profile must give the same bits for the same
// job, whatever their lanes, contexts and width, however their streams pause, and when the job is
// cut at a multiple of TILE and continued from its row states. Golden has no part in it.
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <vector>

#include "model/golden/golden.hpp"
#include "tests/cosim/case.hpp"
#include "tests/cosim/plugin.hpp"

namespace {

using flashd::Job;
using flashd::Result;
using flashd::cosim::CaseJob;
using flashd::cosim::Plugin;

constexpr const char* kCases[] = {
    "q=19,k=3T+5,d=16,dv=13,state=out",
    "hq=2,hkv=1,q=21,k=3T+5,d=9,dv=16,causal,bias=masks",
    "q=33,k=2T+9,d=16,data=any",
    "q=23,k=4T,d=16,left=T,right=3,data=growing",
};
constexpr double kStalls[] = {0.0, 0.1, 0.9};

Result run(const Plugin& plugin, const Job& job, double stall, std::uint64_t seed) {
  flashd::sim::Options options;
  options.lockstep = false;
  options.stall = stall;
  options.seed = seed;
  Result result;
  flashd::sim::Report report;
  if (plugin.run(job, options, &result, &report) != 0) throw std::runtime_error(report.failure);
  return result;
}

template <class T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

const char* difference(const Result& a, const Result& b) {
  if (!same(a.o, b.o)) return "o";
  if (!same(a.lse, b.lse)) return "lse";
  if (!same(a.state.o, b.state.o)) return "raw o";
  if (!same(a.state.head, b.state.head)) return "row heads";
  return nullptr;
}

/// The first `keys` keys of a job, or the rest of them continued from `states`.
struct Part {
  Part(const Job& whole, std::int64_t keys, const flashd::RowStates* states) : job(whole) {
    const std::int64_t cut = keys;
    const std::int64_t first = states ? cut : 0;
    job.keys = states ? whole.keys - cut : cut;
    k.assign(whole.k.begin() + first * whole.d, whole.k.begin() + (first + job.keys) * whole.d);
    v.assign(whole.v.begin() + first * whole.dv, whole.v.begin() + (first + job.keys) * whole.dv);
    job.k = k;
    job.v = v;
    job.v_exponent = flashd::golden::value_exponent(whole);
    job.state_in = states;
  }
  std::vector<std::uint16_t> k, v;
  Job job;
};

}  // namespace

int main(int argc, char** argv) {
  try {
    std::vector<std::unique_ptr<Plugin>> plugins;
    for (int i = 1; i < argc; ++i) plugins.push_back(std::make_unique<Plugin>(argv[i]));
    int runs = 0, faults = 0;
    std::uint64_t seed = 1;
    const auto check = [&](const Result& want, const Result& got, const char* text,
                           const Plugin& plugin, const char* how) {
      ++runs;
      const char* what = difference(want, got);
      if (!what) return;
      ++faults;
      std::printf("FAIL %s, %s on %s: %s differs from %s\n", text, how, plugin.info().config, what,
                  plugins.front()->info().config);
    };
    for (const char* text : kCases) {
      const CaseJob made(flashd::cosim::parse_case(text, plugins.front()->info()),
                         plugins.front()->info(), ++seed);
      const Result want = run(*plugins.front(), made.job, 0.0, seed);
      for (const auto& plugin : plugins) {
        if (plugin->info().tile != plugins.front()->info().tile)
          throw std::runtime_error("the engines differ in TILE");
        for (const double stall : kStalls)
          check(want, run(*plugin, made.job, stall, seed + 10), text, *plugin, "whole");
        if (made.job.heads_kv != 1 || made.job.bias || made.job.visibility.window_left) continue;
        const Part head(made.job, 2 * plugin->info().tile, nullptr);
        const Result first = run(*plugin, head.job, 0.1, seed);
        const Part rest(made.job, 2 * plugin->info().tile, &first.state);
        check(want, run(*plugin, rest.job, 0.1, seed), text, *plugin, "cut in two");
      }
    }
    std::printf("%d runs, %d differ\n", runs, faults);
    return faults == 0 && runs > 0 ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
