// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace flashd::testing {

/// Records that the running test case did not test what it should and why: prints
/// "SKIP: <reason>", which ./flashd test lists. The caller returns from the test case afterwards.
/// The program exits with 77 (ctest: skipped) when every test case that ran called this and none
/// failed; a failure always wins.
void skip(const std::string& reason);

}  // namespace flashd::testing

/// Skips the rest of a TEST_CASE with a reason (a std::string or literal).
#define FLASHD_SKIP(reason)          \
  do {                               \
    ::flashd::testing::skip(reason); \
    return;                          \
  } while (false)
