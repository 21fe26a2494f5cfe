// SPDX-License-Identifier: Apache-2.0
#include "host/report/limit.hpp"

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <utility>

namespace flashd::report {

using device::Counter;
using device::value;

namespace {

constexpr std::array<const char*, 13> kNames{
    "nothing",         "score_array",    "output_array",    "padding",    "read_bandwidth",
    "write_bandwidth", "memory_latency", "block_switching", "row_states", "bias",
    "outputs",         "short_rows",     "job_start"};

#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
std::string
form(const char* format, ...) {
  std::array<char, 320> text{};
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text.data(), text.size(), format, arguments);
  va_end(arguments);
  return text.data();
}

struct Cause {
  Counter counter;
  Limit limit;
};

Cause largest(const device::Counters& counters, std::initializer_list<Cause> causes) {
  return *std::max_element(causes.begin(), causes.end(), [&](const Cause& a, const Cause& b) {
    return value(counters, a.counter) < value(counters, b.counter);
  });
}

/// What costs most cycles.
Cause worst_cause(const device::Counters& counters) {
  const Cause score = largest(counters, {{Counter::score_wait_key, Limit::memory_latency},
                                         {Counter::score_wait_query, Limit::block_switching},
                                         {Counter::score_wait_state, Limit::row_states},
                                         {Counter::score_wait_bias, Limit::bias},
                                         {Counter::score_wait_output, Limit::short_rows},
                                         {Counter::score_idle, Limit::job_start}});
  if (score.counter != Counter::score_wait_output) return score;
  return largest(counters, {{Counter::output_wait_value, Limit::memory_latency},
                            {Counter::output_wait_write, Limit::outputs},
                            {Counter::output_wait_merge, Limit::short_rows},
                            {Counter::output_idle, Limit::short_rows}});
}

/// Why an array works on what does not count.
std::string padding(const spec::Config& config, const Shape& shape) {
  const auto fill = [](std::int64_t used, std::int64_t step) {
    return used == 0
               ? 1.0
               : static_cast<double>(used) / static_cast<double>((used + step - 1) / step * step);
  };
  const double dim = std::min(fill(shape.d, config.width), fill(shape.dv, config.width));
  const double rows = fill(shape.rows, config.lanes);
  if (dim < kUsefulWork && dim <= rows)
    return form("head dimensions of %d and %d fill %.0f %% of beats of %d elements", shape.d,
                shape.dv, 100 * dim, config.width);
  if (rows < kUsefulWork)
    return form("%lld rows of a KV head fill %.0f %% of the %d lanes",
                static_cast<long long>(shape.rows), 100 * rows, config.lanes);
  return "many keys of the tiles that are worked on are not visible to the row";
}

std::string sentence(const device::Counters& counters, const spec::Config& config,
                     const Shape& shape, const Report& r, Counter cause) {
  const auto busy = static_cast<double>(std::max<std::uint64_t>(1, r.busy));
  const auto share = [&](Counter c) {
    return 100 * static_cast<double>(value(counters, c)) / busy;
  };
  const double lost = share(cause);
  const double read = static_cast<double>(r.bytes_read) / busy;
  const double written = static_cast<double>(r.bytes_written) / busy;
  switch (r.limit) {
    case Limit::nothing:
      return "Nothing ran.";
    case Limit::score_array:
      return form("The score array limits: it is busy in %.1f %% of the cycles.",
                  share(Counter::score_busy));
    case Limit::output_array:
      return form("The output array limits: it is busy in %.1f %% of the cycles.",
                  share(Counter::output_busy));
    case Limit::padding:
      return form("Padding limits: the arrays are busy in %.1f %% of the cycles, but %s.",
                  std::max(share(Counter::score_busy), share(Counter::output_busy)),
                  padding(config, shape).c_str());
    case Limit::read_bandwidth:
      return form("Memory bandwidth limits: %.2f of at most %.2f bytes per cycle are read.", read,
                  r.port_bytes);
    case Limit::write_bandwidth:
      return form("Memory bandwidth limits: %.2f of at most %.2f bytes per cycle are written.",
                  written, r.port_bytes);
    case Limit::memory_latency:
      return form(
          "Memory latency limits: %s come late in %.1f %% of the cycles, though only %.2f "
          "bytes per cycle are read.",
          cause == Counter::score_wait_key ? "keys" : "values", lost, read);
    case Limit::block_switching:
      return form(
          "Block switching limits: the queries of the next rows come late in %.1f %% of "
          "the cycles.",
          lost);
    case Limit::row_states:
      return form("Row states limit: loading them takes %.1f %% of the cycles.", lost);
    case Limit::bias:
      return form("The bias limits: it comes late in %.1f %% of the cycles.", lost);
    case Limit::outputs:
      return form("Outputs limit: the output buffer is full in %.1f %% of the cycles.", lost);
    case Limit::short_rows:
      return form(
          "Short rows limit: in %.1f %% of the cycles the score array waits for the output "
          "phase, where contexts have fewer keys than a merge takes steps.",
          share(Counter::score_wait_output));
    case Limit::job_start:
      return form(
          "The job is too short: in %.1f %% of the cycles the arrays have no work while it "
          "is fetched and finished.",
          lost);
  }
  return {};
}

}  // namespace

const char* to_text(Limit limit) { return kNames[static_cast<std::size_t>(limit)]; }

void find_limit(const device::Counters& counters, const spec::Config& config, const Shape& shape,
                Report& r) {
  const auto busy = static_cast<double>(r.busy);
  const auto score = static_cast<double>(value(counters, Counter::score_busy));
  const auto output = static_cast<double>(value(counters, Counter::output_busy));
  const double full = std::max(score, output);
  Counter cause = Counter::score_busy;
  if (r.busy == 0) {
    r.limit = Limit::nothing;
  } else if (full >= kFullArray * busy) {
    if (r.utilisation * busy < kUsefulWork * full)
      r.limit = Limit::padding;
    else
      r.limit = score >= output ? Limit::score_array : Limit::output_array;
  } else if (static_cast<double>(r.bytes_read) >= kFullPort * r.port_bytes * busy) {
    r.limit = Limit::read_bandwidth;
  } else if (static_cast<double>(r.bytes_written) >= kFullPort * r.port_bytes * busy) {
    r.limit = Limit::write_bandwidth;
  } else {
    const Cause worst = worst_cause(counters);
    cause = worst.counter;
    r.limit = worst.limit;
  }
  r.sentence = sentence(counters, config, shape, r, cause);
}

}  // namespace flashd::report
