// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <filesystem>
#include <vector>

#include "host/accuracy/measure.hpp"
#include "host/io/case.hpp"
#include "tests/support/skip.hpp"

using namespace flashd;
namespace fs = std::filesystem;

namespace {

/// Printed figures of the yardstick that came with the traces (NumPy): relative L2 of
/// FlashAttention-2 on a GPU with FP32 and BF16 output, and of FlashAttention-2 all in BF16.
struct Printed {
  const char* trace;
  double gpu_fp32;
  double gpu_bf16;
  double all_bf16;
};
constexpr Printed kPrinted[] = {
    {"minilm_L0_n24", 8.88e-04, 1.76e-03, 9.38e-03},
    {"minilm_L0_n128", 6.21e-04, 1.78e-03, 3.35e-02},
    {"minilm_L0_n512", 3.09e-04, 1.70e-03, 1.34e-01},
    {"minilm_L3_n24", 7.71e-04, 1.84e-03, 1.28e-02},
    {"minilm_L3_n128", 6.67e-04, 1.80e-03, 3.11e-02},
    {"minilm_L3_n512", 4.27e-04, 1.70e-03, 8.98e-02},
    {"rxnfp_L5_n105", 1.96e-04, 1.52e-03, 1.27e-02},
    {"smollm2_L4_n512", 4.45e-04, 1.73e-03, 3.98e-02},
    {"smollm2_L14_n128", 8.07e-04, 1.84e-03, 2.99e-02},
    {"smollm2_L14_q1_k512", 3.82e-04, 1.47e-03, 2.28e-02},
};

/// Within half a unit of the third digit printed, and a little for the order of FP32 sums.
void check_printed(double measured, double printed) {
  const double unit = std::pow(10.0, std::floor(std::log10(printed)) - 2.0);
  INFO("measured " << measured << ", printed " << printed);
  CHECK(std::fabs(measured - printed) < 0.7 * unit);
}

/// Checks every trace of the folder; returns how many there were.
int check_folder(const fs::path& folder) {
  int found = 0;
  for (const Printed& line : kPrinted) {
    if (!fs::exists(folder / line.trace)) continue;
    ++found;
    INFO(line.trace);
    const host::Case data =
        host::load_case(folder / line.trace, InputFormat::bf16, {}, host::find_config("base"));
    const Job job = data.job(0);
    const reference::Output exact = reference::attention(job);

    const host::NpyArray o = host::read_npy(folder / line.trace / "o_ref.npy");
    const host::NpyArray lse = host::read_npy(folder / line.trace / "lse_ref.npy");
    REQUIRE(o.elements() == exact.o.size());
    REQUIRE(lse.elements() == exact.lse.size());
    double worst = 0.0;
    for (std::size_t i = 0; i < exact.o.size(); ++i)
      worst = std::max(worst, std::fabs(exact.o[i] - o.real(i)));
    for (std::size_t i = 0; i < exact.lse.size(); ++i)
      worst = std::max(worst, std::fabs(exact.lse[i] - lse.real(i)));
    CHECK(worst < 1e-11);

    using accuracy::Datapath;
    const auto figures = [&](Datapath datapath) {
      return accuracy::measure(job, accuracy::compute(job, datapath, 64), exact, datapath, {});
    };
    check_printed(figures(Datapath::gpu).rel_fp32, line.gpu_fp32);
    check_printed(figures(Datapath::gpu).rel_bf16, line.gpu_bf16);
    check_printed(figures(Datapath::flash2_bf16).rel_fp32, line.all_bf16);
  }
  return found;
}

}  // namespace

TEST_CASE("Reference and rivals reproduce the yardstick on the traces in the repository") {
  CHECK(check_folder(fs::path(FLASHD_SOURCE_DIR) / "tests" / "data" / "traces") >= 2);
}

TEST_CASE("Reference and rivals reproduce the yardstick on all traces") {
  const fs::path folder = fs::path(FLASHD_SOURCE_DIR) / ".." / "shared" / "traces";
  if (!fs::exists(folder)) FLASHD_SKIP("../shared/traces is not there");
  CHECK(check_folder(folder) == 10);
}
