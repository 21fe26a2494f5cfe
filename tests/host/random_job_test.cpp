// SPDX-License-Identifier: Apache-2.0
#include "host/jobs/random_job.hpp"

#include <algorithm>
#include <set>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "host/api/config.hpp"

using namespace flashd;

TEST_CASE("random jobs fit their configuration and are functions of the seed") {
  for (const spec::Config& config : spec::kConfigs) {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
      const InputFormat format =
          config.sig == 11 && seed % 2 ? InputFormat::fp16 : InputFormat::bf16;
      const jobs::OwnedJob job = jobs::random_job(seed, config, format, 300000);
      INFO(config.name << " " << seed << ": " << job.description);
      CHECK(std::string(check(job.view(), config.max_head_dim)).empty());
      CHECK(job.heads_q * job.queries * job.keys * (job.d + job.dv) <= 300000);
      const jobs::OwnedJob again = jobs::random_job(seed, config, format, 300000);
      CHECK(again.description == job.description);
      CHECK((again.q == job.q && again.k == job.k && again.v == job.v && again.bias == job.bias));
    }
  }
}

TEST_CASE("random jobs reach every awkward length and every option") {
  const spec::Config& config = host::find_config("base");
  std::set<std::int64_t> keys, queries;
  int capped = 0, sloped = 0, paged = 0, narrow = 0;
  int causal = 0, diagonal = 0, window = 0, length = 0, bias = 0, continued = 0, grouped = 0;
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    const jobs::OwnedJob job = jobs::random_job(seed, config, InputFormat::bf16);
    keys.insert(job.keys);
    queries.insert(job.queries);
    causal += job.visibility.causal;
    diagonal += job.visibility.diagonal.has_value();
    window += job.visibility.window_left.has_value();
    length += job.visibility.key_length.has_value();
    bias += !job.bias.empty();
    continued += job.continues;
    capped += job.soft_cap.has_value();
    sloped += !job.alibi.empty();
    paged += job.page_size != 0;
    narrow += !job.bias16.empty();
    grouped += job.heads_q > job.heads_kv;
  }
  for (const std::int64_t wanted : {0, 1, 17, 31, 33, 63, 64, 65, 129}) {
    INFO(wanted);
    CHECK(keys.count(wanted) == 1);
    CHECK(queries.count(wanted) == 1);
  }
  for (const int count :
       {causal, diagonal, window, length, bias, continued, grouped, capped, sloped, paged, narrow})
    CHECK(count > 40);
}

TEST_CASE("a choice that is off leaves the rest of the job as it is") {
  const spec::Config& config = host::find_config("tiny");
  int different = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const jobs::OwnedJob all = jobs::random_job(seed, config, InputFormat::bf16, 100000);
    const jobs::OwnedJob some =
        jobs::random_job(seed, config, InputFormat::bf16, 100000, {false, true, true, false});
    CHECK(!some.soft_cap);
    CHECK(some.bias16.empty());
    CHECK((some.q == all.q && some.k == all.k && some.v == all.v));
    CHECK((some.alibi == all.alibi && some.page_table == all.page_table));
    CHECK(some.bias.size() == std::max(all.bias.size(), all.bias16.size()));
    different += all.soft_cap || !all.bias16.empty();
  }
  CHECK(different > 40);
}
