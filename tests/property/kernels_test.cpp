// SPDX-License-Identifier: Apache-2.0
// run() uses vector kernels on floats, run_scalar() one operation of model/arith at a time: the
// bits must be the same for every job.
#include <rapidcheck.h>

#include "tests/property/jobs.hpp"
#include "tests/unit/tally.hpp"

namespace flashd::property {
namespace {

void agree(Profile profile, InputFormat format) {
  std::uint64_t outputs = 0;
  std::uint64_t saturations = 0;
  REQUIRE(holds("run equals run_scalar", [&] {
    const OwnedJob job = draw_job(format, draw_elements(), Limits{});
    const golden::Settings settings{profile, *rc::gen::inRange(1, 65)};
    const Result fast = golden::run(job.view(), settings);
    const Result slow = golden::run_scalar(job.view(), settings);
    RC_ASSERT(difference(fast, slow) == "");
    outputs += fast.o.size();
    saturations += fast.counts.saturations;
  }));
  REQUIRE(outputs >= 20000);
  REQUIRE(saturations >= 1000);
}

TEST_CASE("vector kernels, fine BF16") { agree(Profile::fine, InputFormat::bf16); }
TEST_CASE("vector kernels, fine FP16") { agree(Profile::fine, InputFormat::fp16); }
TEST_CASE("vector kernels, lean BF16") { agree(Profile::lean, InputFormat::bf16); }
TEST_CASE("vector kernels, lean FP16") { agree(Profile::lean, InputFormat::fp16); }

TEST_CASE("vector kernels, every head dimension from 1 to 256, Q/K and V differing") {
  testing::Tally tally;
  for (int d = 1; d <= 256; ++d) {
    OwnedJob job;
    job.shape.d = d;
    job.shape.dv = 257 - d;
    job.shape.queries = 2;
    job.shape.keys = 35;
    job.shape.scale = 1.0 / std::sqrt(d);
    job.shape.input = d % 2 ? InputFormat::bf16 : InputFormat::fp16;
    for (const Elements elements : {Elements::normal, Elements::loud, Elements::subnormal}) {
      fill(&job, elements, testing::seed() + static_cast<std::uint64_t>(d));
      for (const Profile profile : {Profile::fine, Profile::lean}) {
        const golden::Settings settings{profile, 16};
        const std::string text =
            difference(golden::run(job.view(), settings), golden::run_scalar(job.view(), settings));
        tally.check(text.empty(), [&](auto& o) { o << "d " << d << ": " << text; });
      }
    }
  }
  FLASHD_REQUIRE_TALLY(tally, 256 * 6);
}

TEST_CASE("one row of every format, tile and profile equals the row of the whole job") {
  std::uint64_t rows = 0;
  REQUIRE(holds("a query alone", [&] {
    const InputFormat format = *rc::gen::element(InputFormat::bf16, InputFormat::fp16);
    Limits limits;
    limits.queries = 6;
    limits.dim = 64;
    const OwnedJob job = draw_job(format, draw_elements(), limits);
    const golden::Settings settings{*rc::gen::element(Profile::fine, Profile::lean),
                                    *rc::gen::inRange(1, 65)};
    const Result whole = golden::run(job.view(), settings);
    const Job all = job.view();
    const std::int64_t group = all.heads_q / all.heads_kv;
    for (std::int64_t h = 0; h < all.heads_q; ++h) {
      for (std::int64_t i = 0; i < all.queries; ++i) {
        const std::int64_t row = h * all.queries + i;
        Job one = all;
        one.heads_q = 1;
        one.heads_kv = 1;
        one.queries = 1;
        one.q = all.q.subspan(row * all.d, all.d);
        one.k = all.k.subspan((h / group) * all.keys * all.d, all.keys * all.d);
        one.v = all.v.subspan((h / group) * all.keys * all.dv, all.keys * all.dv);
        one.visibility.diagonal = i + job.diagonal();
        one.v_exponent = whole.state.v_exponent;
        if (all.bias) one.bias->advance(h * all.bias->head + i * all.bias->query);
        if (!all.alibi.empty()) one.alibi = all.alibi.subspan(h, 1);
        RC_ASSERT(row_difference(golden::run(one, settings), 0, whole, row, all.dv) == "");
        ++rows;
      }
    }
  }));
  REQUIRE(rows >= 300);
}

}  // namespace
}  // namespace flashd::property
