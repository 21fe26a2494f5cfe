// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdio>
#include <cstring>

#include "host/report/report.hpp"

namespace flashd::report {

namespace {

using device::Counter;

/// "score array: 97.1 % busy, 1.2 % query, ..." from the counters of one array.
std::string stalls(const char* array, const char* prefix, const device::Counters& counters,
                   std::uint64_t busy) {
  std::string line = std::string(array) + ":";
  const char* separator = " ";
  for (std::size_t i = 0; i < counters.size(); ++i) {
    const char* name = device::kCounterNames[i];
    if (std::strncmp(name, prefix, std::strlen(prefix)) != 0) continue;
    name += std::strlen(prefix);
    const bool wait = std::strncmp(name, "wait_", 5) == 0;
    if (wait && counters[i] == 0) continue;
    char text[64];
    std::snprintf(text, sizeof text, "%s%s %.1f %%", separator, wait ? name + 5 : name,
                  100 * static_cast<double>(counters[i]) / static_cast<double>(busy));
    line += text;
    separator = ", ";
  }
  return line + "\n";
}

}  // namespace

std::string to_text(const Report& r, const device::Counters& counters) {
  if (r.busy == 0) return r.sentence + "\n";
  char text[512];
  std::string out;
  out += stalls("score array", "score_", counters, r.busy);
  out += stalls("output array", "output_", counters, r.busy);
  std::snprintf(text, sizeof text, "memory: %llu bytes read, %llu written, %.2f per cycle",
                static_cast<unsigned long long>(r.bytes_read),
                static_cast<unsigned long long>(r.bytes_written), r.bytes_per_cycle);
  out += text;
  if (std::isfinite(r.port_bytes)) {
    std::snprintf(text, sizeof text, " of at most %.2f each way", r.port_bytes);
    out += text;
  }
  out += "\n";
  if (r.macs > 0) {
    std::snprintf(text, sizeof text,
                  "bytes per FLOP: %.3g; every array once: %.3g, FlashAttention's IO bound with "
                  "this much on-chip memory: %.3g\n",
                  r.bytes_per_flop, r.compulsory, r.io_bound);
    out += text;
  }
  return out + r.sentence + "\n";
}

}  // namespace flashd::report
