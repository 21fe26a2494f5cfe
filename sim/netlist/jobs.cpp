// SPDX-License-Identifier: Apache-2.0
#include "sim/netlist/jobs.hpp"

#include <cmath>

#include "host/api/config.hpp"
#include "host/io/case.hpp"
#include "host/io/convert.hpp"
#include "host/jobs/rng.hpp"

namespace flashd::netlist {

namespace {

constexpr std::int64_t kMostMacs = 20000;

std::vector<std::uint16_t> normal(jobs::Rng& rng, std::int64_t count, double size) {
  std::vector<std::uint16_t> values;
  for (std::int64_t i = 0; i < count; ++i)
    values.push_back(host::encode(size * rng.normal(), InputFormat::bf16));
  return values;
}

jobs::OwnedJob drawn(jobs::Rng& rng, std::int64_t group, std::int64_t queries, std::int64_t keys,
                     int d, double size) {
  jobs::OwnedJob job;
  job.heads_q = group;
  job.queries = queries;
  job.keys = keys;
  job.d = job.dv = d;
  job.scale = 1 / std::sqrt(static_cast<double>(d));
  job.q = normal(rng, group * queries * d, size);
  job.k = normal(rng, keys * d, size);
  job.v = normal(rng, keys * d, 1);
  return job;
}

std::vector<std::uint16_t> first(const std::vector<std::uint16_t>& from, std::int64_t count) {
  return {from.begin(), from.begin() + count};
}

/// One head, two queries, all keys.
jobs::OwnedJob cut(const std::string& folder) {
  const host::Case given =
      host::load_case(folder, InputFormat::bf16, {}, host::find_config("tiny"));
  jobs::OwnedJob job;
  job.queries = std::min<std::int64_t>(2, given.queries);
  job.keys = given.keys;
  job.d = given.d;
  job.dv = given.dv;
  job.scale = given.scale;
  job.q = first(given.q, job.queries * job.d);
  job.k = first(given.k, job.keys * job.d);
  job.v = first(given.v, job.keys * job.dv);
  return job;
}

jobs::OwnedJob small(std::uint64_t* seed, std::int64_t bytes) {
  while (true) {
    jobs::OwnedJob job =
        jobs::random_job((*seed)++, host::find_config("tiny"), InputFormat::bf16, kMostMacs);
    const std::size_t elements =
        job.q.size() + job.k.size() + job.v.size() + 2 * (job.bias.size() + job.bias16.size());
    const std::int64_t outputs = job.heads_q * job.queries * job.dv;
    if (job.queries != 0 && job.keys != 0 &&
        static_cast<std::int64_t>(2 * elements) + 4 * outputs <= bytes)
      return job;
  }
}

}  // namespace

std::vector<NamedJob> small_jobs(const std::string& trace, int random, std::int64_t bytes,
                                 std::uint64_t seed) {
  std::vector<NamedJob> jobs;
  jobs::Rng rng(seed);
  if (!trace.empty()) jobs.push_back({"two queries of a trace", cut(trace), {}});
  NamedJob causal{"causal, grouped heads, states", drawn(rng, 2, 2, 5, 8, 1), {}};
  causal.job.visibility.causal = true;
  causal.options.state_out = true;
  jobs.push_back(std::move(causal));
  NamedJob skip{"skipped keys and tiles", drawn(rng, 1, 1, 18, 8, 8), {}};
  skip.options.skip_v = true;
  jobs.push_back(std::move(skip));
  std::uint64_t next = 1000 * seed;
  for (int i = 0; i < random; ++i) {
    jobs::OwnedJob job = small(&next, bytes);
    std::string name = "drawn: " + job.description;
    jobs.push_back({std::move(name), std::move(job), {}});
  }
  for (std::size_t i = 0; i < jobs.size(); ++i)
    jobs[i].options.tag = static_cast<std::uint32_t>(100 + i);
  return jobs;
}

}  // namespace flashd::netlist
