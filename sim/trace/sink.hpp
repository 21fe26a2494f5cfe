// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>

namespace flashd::trace {

/// Rows of the picture, from top to bottom.
enum class Track {
  job,
  query_load,
  key_load,
  value_load,
  score,
  output,
  merge,
  output_write,
  read_bus,
  write_bus,
};
constexpr int kTracks = 10;

/// Name of a track, as it stands in the file.
const char* name(Track track);

struct Argument {
  const char* name;
  std::uint64_t value;
};

/// Something that one unit did from cycle `begin` until before cycle `end`. Slices of one track
/// do not overlap, except that one may lie inside another.
struct Slice {
  Track track;
  const char* name;
  std::uint64_t begin;
  std::uint64_t end;
  std::initializer_list<Argument> arguments;
};

/// Takes slices, in any order.
class TraceSink {
 public:
  virtual ~TraceSink() = default;
  virtual void slice(const Slice& slice) = 0;
};

}  // namespace flashd::trace
