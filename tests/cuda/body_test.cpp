// SPDX-License-Identifier: Apache-2.0
// The kernel's body on the CPU: two block sizes, threads in both orders, against golden.
#include <cstdio>
#include <filesystem>

#include <catch2/catch_test_macros.hpp>

#include "tests/cuda/cases.hpp"
#include "tests/support/skip.hpp"

namespace {

using namespace flashd::cuda;

std::vector<Way> two_ways() { return {{on_cpu(false), {256, 8}}, {on_cpu(true), {37, 3}}}; }

void tell(const Compared& c) {
  std::printf("%llu jobs: %llu outputs, %llu values of row states, %llu counts equal golden's\n",
              static_cast<unsigned long long>(c.jobs), static_cast<unsigned long long>(c.outputs),
              static_cast<unsigned long long>(c.states), static_cast<unsigned long long>(c.counts));
}

TEST_CASE("200 random jobs of every option") {
  Compared compared;
  const std::string found = random_jobs(200, 1500000, two_ways(), &compared);
  INFO(found);
  CHECK(found.empty());
  tell(compared);
  CHECK(compared.jobs == 200);
  CHECK(compared.outputs > 1000000);
  CHECK(compared.states > 1000000);
  CHECK(compared.counts == 2 * 7 * 200);
}

TEST_CASE("one thread, one row, and as many threads as a block may have") {
  Compared compared;
  const std::vector<Way> ways{{on_cpu(false), {1, 1}}, {on_cpu(true), {kMaxThreads, kMaxRows}}};
  const std::string found = random_jobs(40, 60000, ways, &compared);
  INFO(found);
  CHECK(found.empty());
  CHECK(compared.jobs == 40);
}

TEST_CASE("the traces of the checkout") {
  Compared compared;
  int cases = 0;
  const std::string found =
      traces(FLASHD_SOURCE_DIR "/tests/data/traces", two_ways(), &cases, &compared);
  INFO(found);
  CHECK(found.empty());
  tell(compared);
  CHECK(cases >= 3);
  CHECK(compared.outputs > 150000);
}

TEST_CASE("the traces beside the checkout") {
  const std::string folder = FLASHD_SOURCE_DIR "/../shared/traces";
  if (!std::filesystem::is_directory(folder)) FLASHD_SKIP("no folder ../shared/traces");
  Compared compared;
  int cases = 0;
  const std::string found = traces(folder, {{on_cpu(false), {64, 8}}}, &cases, &compared);
  INFO(found);
  CHECK(found.empty());
  tell(compared);
  CHECK(cases > 0);
  CHECK(compared.outputs > 0);
}

TEST_CASE("long rows, whole and in two parts") {
  Compared compared;
  const std::string found = long_jobs(two_ways(), &compared);
  INFO(found);
  CHECK(found.empty());
  CHECK(compared.jobs == 2);
  CHECK(compared.outputs == 4 * 12 * 41);
}

TEST_CASE("keys whose offsets need more than 32 bits") {
  Compared compared;
  bool ran = false;
  const std::string found = far_job(two_ways(), &compared, &ran);
  if (!ran) FLASHD_SKIP("the system gives no 34 GB of address space");
  INFO(found);
  CHECK(found.empty());
  CHECK(compared.jobs == 1);
  CHECK(compared.outputs == 2 * 6 * 3);
}

}  // namespace
