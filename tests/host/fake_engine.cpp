// SPDX-License-Identifier: Apache-2.0
// A plug-in that answers with the golden model, for tests of the host side alone:
// FLASHD_TEST_ENGINE makes it differ, hang, refuse or keep silent. It is never installed.
#include <cstdlib>
#include <string>

#include "model/arith/spec.hpp"
#include "model/golden/golden.hpp"
#include "sim/plugin.hpp"

namespace {

using namespace flashd;

const spec::Config& config() {
  for (const spec::Config& entry : spec::kConfigs)
    if (std::string(entry.name) == TEST_CONFIG) return entry;
  std::abort();
}

}  // namespace

extern "C" void flashd_rtl_info(sim::BuildInfo* info) {
  const spec::Config& c = config();
  *info = {c.name,         Profile::fine, c.width,
           c.lanes,        c.contexts,    c.tile,
           c.max_head_dim, c.sig,         spec::kHash ^ TEST_HASH_CHANGE};
  info->options_bytes = sizeof(sim::Options);
}

extern "C" int flashd_rtl_run(const Job* job, const sim::Options* options, Result* result,
                              sim::Report* report) {
  const char* setting = std::getenv("FLASHD_TEST_ENGINE");
  const std::string how = setting ? setting : "";
  *result = golden::run(*job, {Profile::fine, config().tile});
  report->cycles = 1000;
  report->total_cycles = 1100;
  report->macs = result->counts.scores * static_cast<std::uint64_t>(job->d + job->dv);
  if (how != "silent")
    report->compared = {result->counts.scores, result->counts.scores, result->counts.tiles,
                        result->counts.tiles, result->o.size() + result->lse.size()};
  if (how == "mismatch") {
    report->mismatches = 1;
    report->failure = "cycle 12: probe score differs\n  repeat with: " + options->repeat;
    return 1;
  }
  if (how == "refuse") {
    report->failure = "the job does not fit this build";
    return 2;
  }
  if (how == "hang") {
    report->failure = "no handshake for 100000 cycles at k_ready";
    return 4;
  }
  if (how == "wrong result" && !result->o.empty()) result->o.back() += 1;
  if (how == "wrong state" && !result->state.head.empty()) result->state.head.back().mantissa ^= 1;
  return 0;
}
