// SPDX-License-Identifier: Apache-2.0
// K and V in pages: the bits of the dense job, whatever the table looks like and whatever lies in
// keys that it does not reach.
#include <algorithm>
#include <random>

#include <rapidcheck.h>

#include "model/golden/paging.hpp"
#include "model/reference/reference.hpp"
#include "tests/property/jobs.hpp"
#include "tests/unit/formats.hpp"
#include "tests/unit/tally.hpp"

namespace flashd::property {
namespace {

InputFormat any_format() { return *rc::gen::element(InputFormat::bf16, InputFormat::fp16); }

/// A dense job spread over the pages of a pool that holds more than it needs, all of it garbage.
class PagedJob {
 public:
  PagedJob(const OwnedJob& dense, int page_size, std::uint64_t seed) : size_(page_size) {
    const Job& s = dense.shape;
    std::mt19937_64 engine(seed);
    const std::int64_t used = (s.keys + size_ - 1) / size_;
    pages_ = used + static_cast<std::int64_t>(engine() % 4);
    std::vector<std::int32_t> order(static_cast<std::size_t>(pages_));
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int32_t>(i);
    std::shuffle(order.begin(), order.end(), engine);
    table.assign(order.begin(), order.begin() + used);
    k = spread(engine, dense, dense.k, s.d);
    v = spread(engine, dense, dense.v, s.dv);
    // Beyond the key length a table may say anything.
    const std::int64_t length = dense.key_length();
    for (std::int64_t i = (length + size_ - 1) / size_; i < used; ++i)
      table[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(engine());
    if (engine() % 2) table.push_back(-5);
    job = dense.view();
    job.k = k;
    job.v = v;
    job.paging = Paging{size_, table};
  }
  PagedJob(const PagedJob&) = delete;
  PagedJob& operator=(const PagedJob&) = delete;

  Job job;
  std::vector<std::uint16_t> k, v;
  std::vector<std::int32_t> table;

 private:
  std::vector<std::uint16_t> spread(std::mt19937_64& engine, const OwnedJob& dense,
                                    const std::vector<std::uint16_t>& from, int dim) const {
    const Job& s = dense.shape;
    std::vector<std::uint16_t> pool(static_cast<std::size_t>(pages_ * s.heads_kv * size_ * dim));
    for (std::uint16_t& x : pool) x = static_cast<std::uint16_t>(engine());
    for (std::int64_t h = 0; h < s.heads_kv; ++h) {
      for (std::int64_t j = 0; j < dense.key_length(); ++j) {
        const std::int64_t page = table[static_cast<std::size_t>(j / size_)];
        const std::int64_t row = (page * s.heads_kv + h) * size_ + j % size_;
        std::copy_n(from.begin() + (h * s.keys + j) * dim, dim, pool.begin() + row * dim);
      }
    }
    return pool;
  }

  int size_;
  std::int64_t pages_ = 0;
};

Limits small() {
  Limits limits;
  limits.dim = 40;
  limits.keys = 200;
  return limits;
}

bool same(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!(a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i])))) return false;
  }
  return true;
}

TEST_CASE("a job in pages has the bits of the dense job") {
  std::uint64_t outputs = 0;
  std::uint64_t pages = 0;
  REQUIRE(holds("pages", [&] {
    const OwnedJob dense = draw_job(any_format(), draw_elements(), small());
    const PagedJob paged(dense, *rc::gen::element(16, 32, 64, 128, 1024),
                         *rc::gen::arbitrary<std::uint64_t>());
    const golden::Settings settings{*rc::gen::element(Profile::fine, Profile::lean),
                                    *rc::gen::inRange(1, 65)};
    RC_ASSERT(golden::value_exponent(paged.job) == golden::value_exponent(dense.view()));
    const Result a = golden::run(dense.view(), settings);
    RC_ASSERT(difference(golden::run(paged.job, settings), a) == "");
    RC_ASSERT(difference(golden::run_scalar(paged.job, settings), a) == "");
    const GatheredJob gathered(paged.job);
    RC_ASSERT(!gathered.job.paging);
    RC_ASSERT(difference(golden::run(gathered.job, settings), a) == "");
    outputs += 3 * a.o.size();
    pages += paged.table.size();
  }));
  REQUIRE(outputs >= 30000);
  REQUIRE(pages >= 1000);
}

TEST_CASE("the float64 reference reads pages as it reads dense arrays") {
  std::uint64_t outputs = 0;
  REQUIRE(holds("pages of the reference", [&] {
    const OwnedJob dense = draw_job(any_format(), Elements::normal, small());
    const PagedJob paged(dense, *rc::gen::element(16, 32, 64, 128, 256, 1024),
                         *rc::gen::arbitrary<std::uint64_t>());
    const reference::Output a = reference::attention(dense.view());
    const reference::Output b = reference::attention(paged.job);
    RC_ASSERT(same(a.o, b.o));
    RC_ASSERT(same(a.lse, b.lse));
    outputs += a.o.size();
  }));
  REQUIRE(outputs >= 10000);
}

TEST_CASE("pages that a table names twice are read twice") {
  std::uint64_t outputs = 0;
  REQUIRE(holds("shared pages", [&] {
    const OwnedJob dense = draw_job(any_format(), draw_elements(), small());
    PagedJob paged(dense, 16, *rc::gen::arbitrary<std::uint64_t>());
    RC_PRE(dense.key_length() > 16);
    paged.table[1] = paged.table[0];
    OwnedJob repeated = dense;
    const Job& s = dense.shape;
    for (std::int64_t h = 0; h < s.heads_kv; ++h) {
      for (std::int64_t j = 16; j < std::min<std::int64_t>(32, dense.key_length()); ++j) {
        std::copy_n(repeated.k.begin() + repeated.k_at(h, j - 16), s.d,
                    repeated.k.begin() + repeated.k_at(h, j));
        std::copy_n(repeated.v.begin() + repeated.v_at(h, j - 16), s.dv,
                    repeated.v.begin() + repeated.v_at(h, j));
      }
    }
    const golden::Settings settings{Profile::fine, *rc::gen::inRange(1, 65)};
    const Result a = golden::run(repeated.view(), settings);
    RC_ASSERT(difference(golden::run(paged.job, settings), a) == "");
    outputs += a.o.size();
  }));
  REQUIRE(outputs >= 10000);
}

TEST_CASE("a paged job split at pages and tiles and continued equals the unsplit one") {
  std::uint64_t splits = 0;
  std::uint64_t sloped = 0;
  REQUIRE(holds("continuation in pages", [&] {
    const OwnedJob dense = draw_job(any_format(), draw_elements(), small());
    const int size = *rc::gen::element(16, 32, 64);
    const PagedJob paged(dense, size, *rc::gen::arbitrary<std::uint64_t>());
    const golden::Settings settings{*rc::gen::element(Profile::fine, Profile::lean),
                                    *rc::gen::element(1, 16, 64)};
    const std::int64_t step = std::max(size, settings.tile);
    const Result whole = golden::run(dense.view(), settings);
    Result last;
    Counts sum;
    std::int64_t begin = 0;
    do {
      const std::int64_t end =
          std::min(dense.shape.keys, begin + step * *rc::gen::inRange<std::int64_t>(1, 4));
      Job part = paged.job;
      part.keys = end - begin;
      part.paging->table = part.paging->table.subspan(static_cast<std::size_t>(begin / size));
      part.v_exponent = whole.state.v_exponent;
      part.visibility.diagonal = dense.diagonal() - begin;
      part.visibility.key_length =
          std::clamp<std::int64_t>(dense.key_length() - begin, 0, end - begin);
      if (part.bias) part.bias->advance(begin);
      const RowStates state = last.state;
      if (begin > 0) part.state_in = &state;
      last = golden::run(part, settings);
      sum.scores += last.counts.scores;
      if (begin > 0) ++splits;
      if (begin > 0 && !dense.alibi.empty()) ++sloped;
      begin = end;
    } while (begin < dense.shape.keys);
    RC_ASSERT(difference(last, whole, false) == "");
    RC_ASSERT(sum.scores == whole.counts.scores);
  }));
  INFO("splits " << splits << ", with ALiBi " << sloped);
  REQUIRE(splits >= 300);
  REQUIRE(sloped >= 50);
}

TEST_CASE("pools and tables that do not fit are refused with a sentence") {
  OwnedJob dense;
  dense.shape.d = 4;
  dense.shape.dv = 2;
  dense.shape.queries = 2;
  dense.shape.keys = 40;
  dense.shape.heads_q = 2;
  fill(&dense, Elements::normal, 1);
  PagedJob good(dense, 16, 2);
  good.table = {2, 0, 1};
  REQUIRE(std::string(check(good.job, 256)).empty());
  testing::Tally tally;
  const auto refuse = [&](const char* what, const char* word, auto&& change) {
    Job job = good.job;
    change(job);
    const std::string sentence = check(job, 256);
    tally.check(sentence.find(word) != std::string::npos,
                [&](auto& o) { o << what << ": " << sentence; });
    bool thrown = false;
    try {
      golden::run(job, {});
    } catch (const std::invalid_argument&) {
      thrown = true;
    }
    tally.check(thrown, [&](auto& o) { o << what << " did not throw"; });
  };
  const std::vector<std::int32_t> negative{0, -1, 1}, beyond{0, 1, 99}, two{0, 1};
  for (const int size : {0, -16, 8, 24, 2048})
    refuse("page size", "power of two", [&](Job& j) { j.paging->page_size = size; });
  refuse("table too short", "reach", [&](Job& j) { j.paging->table = two; });
  refuse("negative page", "outside the pool", [&](Job& j) { j.paging->table = negative; });
  refuse("page beyond", "outside the pool", [&](Job& j) { j.paging->table = beyond; });
  refuse("half a page of k", "whole pages", [](Job& j) { j.k = j.k.first(j.k.size() - 4); });
  refuse("a page less of v", "pages of k", [](Job& j) { j.v = j.v.first(j.v.size() - 16 * 2); });
  FLASHD_REQUIRE_TALLY(tally, 20);
  Job job = good.job;
  job.paging->table = beyond;
  job.visibility.key_length = 32;
  REQUIRE(std::string(check(job, 256)).empty());
}

}  // namespace
}  // namespace flashd::property
