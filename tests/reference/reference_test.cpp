// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include <boost/multiprecision/mpfr.hpp>

#include "model/reference/reference.hpp"
#include "tests/reference/job_maker.hpp"

using namespace flashd;
using namespace flashd::testing;
using Real = boost::multiprecision::number<boost::multiprecision::mpfr_float_backend<40>>;

namespace {

/// Attention of one row in 40 decimal digits.
struct ExactRow {
  std::vector<Real> o;
  Real lse;
  bool empty = true;
};

ExactRow exact_row(const Job& job, std::int64_t h, std::int64_t i) {
  ExactRow row;
  row.o.assign(job.dv, Real(0));
  const std::int64_t length = job.visibility.key_length.value_or(job.keys);
  const std::int64_t diagonal = job.visibility.diagonal.value_or(length - job.queries);
  Real sum = 0;
  for (std::int64_t j = 0; j < job.keys; ++j) {
    if (!sees(job, h, i, j)) continue;
    row.empty = false;
    Real s = 0;
    for (int c = 0; c < job.d; ++c) s += Real(q_of(job, h, i, c)) * Real(k_of(job, h, j, c));
    s *= Real(job.scale);
    if (job.soft_cap) s = Real(*job.soft_cap) * tanh(s / Real(*job.soft_cap));
    s += Real(bias_of(job, h, i, j));
    if (!job.alibi.empty()) s -= Real(job.alibi[h]) * Real(std::abs(i + diagonal - j));
    const Real p = exp(s);
    sum += p;
    for (int c = 0; c < job.dv; ++c) row.o[c] += p * Real(v_of(job, h, j, c));
  }
  if (row.empty) return row;
  for (Real& o : row.o) o /= sum;
  row.lse = log(sum);
  return row;
}

}  // namespace

namespace {

/// What a comparison of the reference with 40-digit rows found.
struct Found {
  int rows = 0;
  int empty_rows = 0;
  double worst = 0.0;
};

void compare(const Job& job, Found* found) {
  const reference::Output out = reference::attention(job);
  REQUIRE(out.o.size() == static_cast<std::size_t>(job.heads_q * job.queries * job.dv));
  REQUIRE(out.lse.size() == static_cast<std::size_t>(job.heads_q * job.queries));
  for (std::int64_t row = 0; row < job.heads_q * job.queries; ++row) {
    const ExactRow exact = exact_row(job, row / job.queries, row % job.queries);
    ++found->rows;
    if (exact.empty) {
      ++found->empty_rows;
      REQUIRE(out.lse[row] == -std::numeric_limits<double>::infinity());
      for (int c = 0; c < job.dv; ++c) REQUIRE(out.o[row * job.dv + c] == 0.0);
      continue;
    }
    const auto error = [&](double got, const Real& wanted) {
      found->worst = std::max(found->worst, std::fabs(got - static_cast<double>(wanted)));
    };
    error(out.lse[row], exact.lse);
    for (int c = 0; c < job.dv; ++c) error(out.o[row * job.dv + c], exact.o[c]);
  }
}

}  // namespace

TEST_CASE("The reference agrees with 40-digit attention on random jobs") {
  Found found;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const MadeJob made = make_job(seed, seed % 2 == 0 ? InputFormat::bf16 : InputFormat::fp16);
    compare(made.job, &found);
  }
  INFO("rows " << found.rows << ", without a key " << found.empty_rows << ", worst error "
               << found.worst);
  CHECK(found.worst < 1e-13);
  CHECK(found.rows > 1000);
  CHECK(found.empty_rows > 100);
}

TEST_CASE("So it does with soft-cap, ALiBi, pages and biases of 16 bits") {
  Found found;
  int capped = 0, sloped = 0, paged = 0, narrow = 0;
  for (std::uint64_t seed = 201; seed <= 280; ++seed) {
    MadeJob made = make_job(seed, seed % 2 == 0 ? InputFormat::bf16 : InputFormat::fp16);
    add_options(&made, seed);
    capped += made.job.soft_cap.has_value();
    sloped += !made.job.alibi.empty();
    paged += made.job.paging.has_value();
    narrow += !made.bias16.empty();
    compare(made.job, &found);
  }
  INFO("rows " << found.rows << ", worst error " << found.worst);
  CHECK(found.worst < 1e-12);
  CHECK(found.rows > 1500);
  for (const int jobs : {capped, sloped, paged, narrow}) CHECK(jobs >= 10);
}

TEST_CASE("Pools and tables that do not fit are refused by the reference too") {
  MadeJob made = make_job(8);
  made.job.keys = 20;
  made.job.visibility = {};
  made.job.bias.reset();
  std::vector<std::int32_t> table{1, 0};
  const std::int64_t rows = 2 * made.job.heads_kv * 16;
  made.k.assign(rows * made.job.d, 0);
  made.v.assign(rows * made.job.dv, 0);
  made.job.k = made.k;
  made.job.v = made.v;
  made.job.paging = Paging{16, table};
  CHECK_NOTHROW(reference::attention(made.job));
  table[1] = 2;
  CHECK_THROWS_AS(reference::attention(made.job), std::invalid_argument);
  table[1] = 0;
  made.job.keys = 33;
  CHECK_THROWS_AS(reference::attention(made.job), std::invalid_argument);
  made.job.keys = 20;
  made.job.alibi = gsl::span<const float>();
  made.job.soft_cap = -1.0;
  CHECK_THROWS_AS(reference::attention(made.job), std::invalid_argument);
}

TEST_CASE("Threads do not change a bit of the reference") {
  const MadeJob made = make_job(5);
  const reference::Output one = reference::attention(made.job, 1);
  const reference::Output three = reference::attention(made.job, 3);
  CHECK(one.o == three.o);
  CHECK(one.lse == three.lse);
}

TEST_CASE("A row of a million keys keeps its digits") {
  constexpr std::int64_t kKeys = 1 << 20;
  std::vector<std::uint16_t> q(1, reference::bf16_bits(1.0f));
  std::vector<std::uint16_t> k(kKeys, reference::bf16_bits(0.0f));
  std::vector<std::uint16_t> v(kKeys);
  k[0] =
      reference::bf16_bits(1.0f);  // so that every other weight is 1/e, which no sum holds exactly
  double sum = 0.0;                // exact: multiples of 2^-8 below 2^21
  for (std::int64_t j = 0; j < kKeys; ++j) {
    v[j] = reference::bf16_bits(1.0f + static_cast<float>(j % 97) / 128.0f);
    if (j > 0) sum += reference::bf16_value(v[j]);
  }
  Job job;
  job.queries = 1;
  job.keys = kKeys;
  job.d = 1;
  job.dv = 1;
  job.q = q;
  job.k = k;
  job.v = v;
  const reference::Output out = reference::attention(job);
  const Real l = 1 + exp(Real(-1)) * (kKeys - 1);
  const Real o = (reference::bf16_value(v[0]) + exp(Real(-1)) * Real(sum)) / l;
  INFO("errors " << Real(out.o[0]) - o << " and " << Real(out.lse[0]) - 1 - log(l));
  CHECK(std::fabs(static_cast<double>(Real(out.o[0]) - o)) < 1e-14);
  CHECK(std::fabs(static_cast<double>(Real(out.lse[0]) - 1 - log(l))) < 1e-14);
}

TEST_CASE("NaN and Inf poison what they touch and nothing else") {
  MadeJob made;
  Job& job = made.job;
  job.queries = 3;
  job.keys = 5;
  job.d = 4;
  job.dv = 2;
  job.visibility.causal = true;  // query 0 sees keys 0..2, query 1 0..3, query 2 0..4
  made.q.assign(12, reference::bf16_bits(0.5f));
  made.k.assign(20, reference::bf16_bits(0.25f));
  made.v.assign(10, reference::bf16_bits(2.0f));
  job.q = made.q;
  job.k = made.k;
  job.v = made.v;
  for (const float poison : {std::nanf(""), INFINITY, -INFINITY}) {
    const std::uint16_t bits = reference::bf16_bits(poison);
    SECTION("K of a key that only the last query sees, " + std::to_string(poison)) {
      made.k[4 * 4] = bits;
      const reference::Output out = reference::attention(job);
      CHECK(out.o[0] == 2.0);
      CHECK(out.o[3] == 2.0);
      CHECK(std::isnan(out.o[4]));
      CHECK(std::isnan(out.lse[2]));
      CHECK(std::isfinite(out.lse[1]));
    }
    SECTION("V of that key: one channel of one row, " + std::to_string(poison)) {
      made.v[4 * 2 + 1] = bits;
      const reference::Output out = reference::attention(job);
      CHECK(out.o[3] == 2.0);
      CHECK(out.o[4] == 2.0);
      CHECK(std::isnan(out.o[5]));
      CHECK(std::isfinite(out.lse[2]));
    }
    SECTION("Q of one query, " + std::to_string(poison)) {
      made.q[4] = bits;
      const reference::Output out = reference::attention(job);
      CHECK(out.o[0] == 2.0);
      CHECK(std::isnan(out.o[2]));
      CHECK(out.o[4] == 2.0);
    }
  }
}

TEST_CASE("Shapes that do not fit are refused with a sentence") {
  MadeJob made = make_job(3);
  made.job.q = made.job.q.subspan(0, made.job.q.size() - 1);
  CHECK_THROWS_AS(reference::attention(made.job), std::invalid_argument);
}
