// SPDX-License-Identifier: Apache-2.0
#include "host/sweep/workload.hpp"

#include <algorithm>

#include "host/io/error.hpp"

namespace flashd::sweep {

namespace {

/// An array of the largest workload has 256 MB; a sweep runs several at once.
constexpr std::int64_t kMaxRows = std::int64_t{1} << 20;
constexpr std::int64_t kMaxHeads = 4096;
constexpr std::int64_t kMaxDim = 256;

[[noreturn]] void refuse(const std::string& name) {
  throw host::bad_input("workload",
                        "'" + name +
                            "' is none; expected prefill:QUERIES[xKEYS][,d=D][,dv=DV][,causal] or "
                            "decode:ROWSxKEYS[,d=D][,dv=DV] with up to 1048576 queries and keys, "
                            "4096 rows of decode, D and DV up to 256");
}

std::int64_t number(const std::string& name, const std::string& text, std::int64_t most) {
  if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != std::string::npos)
    refuse(name);
  const std::int64_t n = std::stoll(text);
  if (n < 1 || n > most) refuse(name);
  return n;
}

/// Takes the part up to the separator off the front.
std::string take(std::string& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string part = text.substr(0, at);
  text = at == std::string::npos ? "" : text.substr(at + 1);
  return part;
}

}  // namespace

Workload parse_workload(const std::string& name) {
  Workload w;
  w.name = name;
  std::string rest = name;
  const std::string kind = take(rest, ':');
  std::string size = take(rest, ',');
  const bool decode = kind == "decode";
  if (!decode && kind != "prefill") refuse(name);
  if (size.empty() || size.back() == 'x' || name.back() == ',') refuse(name);
  const std::string rows = take(size, 'x');
  if (decode) {
    w.heads_q = number(name, rows, kMaxHeads);
    w.queries = 1;
    w.keys = number(name, size, kMaxRows);
  } else {
    w.queries = number(name, rows, kMaxRows);
    w.keys = size.empty() ? w.queries : number(name, size, kMaxRows);
  }
  bool dv = false;
  while (!rest.empty()) {
    const std::string option = take(rest, ',');
    if (option.rfind("d=", 0) == 0) {
      w.d = static_cast<int>(number(name, option.substr(2), kMaxDim));
      if (!dv) w.dv = w.d;
    } else if (option.rfind("dv=", 0) == 0) {
      w.dv = static_cast<int>(number(name, option.substr(3), kMaxDim));
      dv = true;
    } else if (option == "causal" && !decode) {
      w.causal = true;
    } else {
      refuse(name);
    }
  }
  return w;
}

}  // namespace flashd::sweep
