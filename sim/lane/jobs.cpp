// SPDX-License-Identifier: Apache-2.0
#include "sim/lane/jobs.hpp"

#include <cmath>
#include <filesystem>
#include <stdexcept>

#include "host/io/case.hpp"
#include "model/distributions/distributions.hpp"
#include "sim/random.hpp"

namespace flashd::lane {

namespace {

using distributions::Distribution;

/// Multiplies elements by 2^0..2^top, or 2^0..2^-down, exponents kept within the format.
void spread(std::vector<std::uint16_t>* elements, int top, int down, sim::Random* random) {
  for (std::uint16_t& x : *elements) {
    const int field = (x >> 7) & 0xFF;
    if (field == 0) continue;
    const auto range = static_cast<std::uint64_t>(top + down + 1);
    const int moved = field - down + static_cast<int>(random->next() % range);
    const int kept = moved < 1 ? 1 : moved > 254 ? 254 : moved;
    x = static_cast<std::uint16_t>((x & 0x807F) | (kept << 7));
  }
}

LaneJob drawn(Distribution distribution, std::int64_t keys, std::int64_t queries, int d,
              std::uint64_t seed) {
  distributions::Shape shape;
  shape.queries = queries;
  shape.keys = keys;
  shape.d = d;
  distributions::Inputs inputs =
      distributions::round_to(distributions::draw(distribution, shape, seed), InputFormat::bf16);
  LaneJob job;
  job.q = std::move(inputs.q);
  job.k = std::move(inputs.k);
  job.v = std::move(inputs.v);
  job.scale = 1.0 / std::sqrt(static_cast<double>(d));
  return job;
}

/// Rows [first, first + rows) of a [.., stride] matrix, cut to d channels.
std::vector<std::uint16_t> cut(const std::vector<std::uint16_t>& from, std::int64_t first,
                               std::int64_t rows, int stride, int d) {
  std::vector<std::uint16_t> out;
  out.reserve(static_cast<std::size_t>(rows * d));
  for (std::int64_t row = first; row < first + rows; ++row) {
    const auto at = from.begin() + row * stride;
    out.insert(out.end(), at, at + d);
  }
  return out;
}

LaneJob trace(const std::string& name, std::int64_t keys, std::int64_t queries, int d) {
  if (!std::filesystem::is_directory(name))
    throw std::invalid_argument("unknown job '" + name + "'; expected a folder or one of " +
                                job_names());
  const host::Case c = host::load_case(name, InputFormat::bf16, {}, host::find_config("paper256"));
  if (c.d < d || c.dv < d || c.keys < keys || c.queries < queries)
    throw std::invalid_argument(name + " has d " + std::to_string(c.d) + ", " +
                                std::to_string(c.keys) + " keys and " + std::to_string(c.queries) +
                                " queries: fewer than asked for");
  LaneJob job;
  // A decoding trace has the last query only, others one per key.
  const std::int64_t first = c.queries < c.keys ? c.queries - queries : keys - queries;
  if (first < 0) throw std::invalid_argument("expected at most as many queries as keys");
  job.q = cut(c.q, first, queries, c.d, d);
  job.k = cut(c.k, 0, keys, c.d, d);
  job.v = cut(c.v, 0, keys, c.dv, d);
  job.scale = d == c.d ? c.scale : 1.0 / std::sqrt(static_cast<double>(d));
  job.visibility.causal = c.visibility.causal;
  return job;
}

LaneJob named(const std::string& name, std::int64_t keys, std::int64_t queries, int d,
              std::uint64_t seed) {
  LaneJob job;
  if (name == "equal") return drawn(Distribution::uniform, keys, queries, d, seed);
  for (const Distribution distribution : distributions::kAll) {
    if (distributions::name(distribution) == name)
      return drawn(distribution, keys, queries, d, seed);
  }
  if (name == "causal" || name == "window" || name == "masked" || name == "large" ||
      name == "tiny") {
    job = drawn(Distribution::n01, keys, queries, d, seed);
    sim::Random random(seed + 77);
    if (name == "causal") job.visibility.causal = true;
    if (name == "window") {
      job.visibility.window_left = 19;
      job.visibility.window_right = 0;
    }
    if (name == "masked") {
      job.visibility.causal = true;
      job.visibility.diagonal = -1;
      job.visibility.window_left = keys / 2;
      job.visibility.window_right = 0;
    }
    if (name == "large") {
      spread(&job.q, 5, 0, &random);
      spread(&job.k, 5, 0, &random);
      spread(&job.v, 8, 0, &random);
    }
    if (name == "tiny") {
      spread(&job.q, 0, 20, &random);
      spread(&job.k, 2, 20, &random);
      spread(&job.v, 0, 40, &random);
    }
    return job;
  }
  return trace(name, keys, queries, d);
}

}  // namespace

std::string job_names() {
  std::string names;
  for (const Distribution distribution : distributions::kAll)
    names += distributions::name(distribution) + ", ";
  return names + "equal, causal, window, masked, large, tiny";
}

LaneJob make_job(const std::string& name, std::int64_t keys, std::int64_t queries, int d,
                 std::uint64_t seed) {
  if (keys < 1 || queries < 1)
    throw std::invalid_argument("a job needs at least one key and one query");
  LaneJob job = named(name, keys, queries, d, seed);
  job.name = name;
  job.keys = keys;
  job.queries = queries;
  job.d = d;
  return job;
}

Job LaneJob::job() const {
  Job out;
  out.queries = queries;
  out.keys = keys;
  out.d = d;
  out.dv = d;
  out.q = q;
  out.k = k;
  out.v = v;
  out.input = InputFormat::bf16;
  out.output = OutputFormat::bf16;
  out.scale = scale;
  out.visibility = visibility;
  return out;
}

}  // namespace flashd::lane
