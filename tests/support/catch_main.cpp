// SPDX-License-Identifier: Apache-2.0
// main() of the Catch2 tests: as Catch2's own, with exit status 77 for a run that only skipped.
#if __has_include(<catch2/catch_session.hpp>) && !defined(FLASHD_CATCH2_V2)
#include <catch2/catch_session.hpp>
#include <catch2/catch_test_case_info.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

#include <atomic>
#include <cstdio>

#include "tests/support/skip.hpp"

namespace {

constexpr int kExitSkipped = 77;

std::atomic<bool> case_skipped{false};
std::atomic<int> cases_run{0};
std::atomic<int> cases_skipped{0};

#if defined(FLASHD_CATCH2_V2)
using ListenerBase = Catch::TestEventListenerBase;
#else
using ListenerBase = Catch::EventListenerBase;
#endif

class SkipCounter : public ListenerBase {
 public:
  using ListenerBase::ListenerBase;

  void testCaseStarting(const Catch::TestCaseInfo& info) override {
    ListenerBase::testCaseStarting(info);
    case_skipped = false;
    ++cases_run;
  }

  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    if (case_skipped) ++cases_skipped;
    ListenerBase::testCaseEnded(stats);
  }
};

CATCH_REGISTER_LISTENER(SkipCounter)

}  // namespace

namespace flashd::testing {

void skip(const std::string& reason) {
  case_skipped = true;
  std::printf("SKIP: %s\n", reason.c_str());
  std::fflush(stdout);
}

}  // namespace flashd::testing

int main(int argc, char** argv) {
  const int result = Catch::Session().run(argc, argv);
  if (result != 0) return result;
  return cases_run > 0 && cases_skipped == cases_run ? kExitSkipped : 0;
}
