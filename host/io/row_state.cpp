// SPDX-License-Identifier: Apache-2.0
#include "host/io/row_state.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "host/api/config.hpp"
#include "host/io/error.hpp"
#include "host/io/npy.hpp"
#include "model/arith/spec.hpp"

namespace flashd::host {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kRowHeader = 16;
constexpr std::uint32_t kVersion = 1;
constexpr std::array<char, 8> kMagic{'F', 'L', 'A', 'S', 'H', 'D', 'R', 'S'};
constexpr std::uint32_t kKnownFlags =
    kRowHasKeys | kRowNanScore | kRowNanValue | kRowSatProduct | kRowSatScore | kRowSatValue;

/// First 64 bytes of a state file; little-endian, fields as they lie in memory.
struct FileHeader {
  std::array<char, 8> magic = kMagic;
  std::uint32_t version = kVersion;
  std::uint32_t spec_hash = spec::kHash;
  std::uint32_t profile = 0;
  std::uint32_t dv = 0;
  std::uint64_t batch = 0;
  std::uint64_t heads = 0;
  std::uint64_t queries = 0;
  std::uint32_t tile = 0;
  std::uint32_t reserved[3] = {};
};
static_assert(sizeof(FileHeader) == kAlignment);

struct RowHeader {
  std::int32_t exponent;
  std::uint32_t mantissa;
  std::uint32_t flags;
  std::int32_t v_exponent;
};
static_assert(sizeof(RowHeader) == kRowHeader);

void check_row(const RowHeader& row, const std::string& where) {
  constexpr std::int32_t kExponentLimit = 1 << (spec::kSumExponent - 1);
  if (row.flags & ~kKnownFlags) throw bad_input(where, "has unknown flags; expected bits 0 to 5");
  if (row.exponent >= kExponentLimit || row.exponent < -kExponentLimit)
    throw bad_input(where, "has a row sum exponent beyond 19 bits");
  const bool has_keys = (row.flags & kRowHasKeys) != 0;
  if (has_keys != ((row.mantissa >> 31) != 0) || (!has_keys && row.mantissa != 0))
    throw bad_input(where,
                    "has a row sum that does not fit its flags; expected a mantissa in "
                    "[2^31, 2^32), or 0 for a row without keys");
}

}  // namespace

std::size_t row_state_bytes(int dv) {
  const std::size_t used = kRowHeader + sizeof(std::int32_t) * static_cast<std::size_t>(dv);
  return (used + kAlignment - 1) / kAlignment * kAlignment;
}

void store_rows(const RowStates& states, int dv, gsl::span<std::byte> out) {
  const std::size_t stride = row_state_bytes(dv);
  const auto width = static_cast<std::size_t>(dv);
  for (std::size_t row = 0; row < states.head.size(); ++row) {
    const RowHead& head = states.head[row];
    const RowHeader header{head.exponent, head.mantissa, head.flags, states.v_exponent};
    const auto record = out.subspan(row * stride, stride);
    std::fill(record.begin(), record.end(), std::byte{0});
    std::memcpy(record.data(), &header, sizeof header);
    std::memcpy(&record[kRowHeader], &states.o[row * width], width * sizeof(std::int32_t));
  }
}

RowStates load_rows(gsl::span<const std::byte> records, std::int64_t rows, int dv,
                    const std::string& where) {
  const std::size_t stride = row_state_bytes(dv);
  const auto width = static_cast<std::size_t>(dv);
  RowStates states;
  states.head.resize(static_cast<std::size_t>(rows));
  states.o.resize(states.head.size() * width);
  for (std::size_t row = 0; row < states.head.size(); ++row) {
    const auto record = records.subspan(row * stride, stride);
    RowHeader header{};
    std::memcpy(&header, record.data(), sizeof header);
    check_row(header, where + ", row " + std::to_string(row));
    if (row == 0) states.v_exponent = header.v_exponent;
    if (header.v_exponent != states.v_exponent)
      throw bad_input(where + ", row " + std::to_string(row),
                      "has value exponent " + std::to_string(header.v_exponent) +
                          "; expected that of the first row, " + std::to_string(states.v_exponent));
    states.head[row] = {header.exponent, header.mantissa, header.flags};
    std::memcpy(&states.o[row * width], &record[kRowHeader], width * sizeof(std::int32_t));
  }
  return states;
}

std::vector<std::byte> encode_states(const StateShape& shape, gsl::span<const std::byte> records) {
  FileHeader header;
  header.profile = static_cast<std::uint32_t>(shape.profile);
  header.dv = static_cast<std::uint32_t>(shape.dv);
  header.batch = static_cast<std::uint64_t>(shape.batch);
  header.heads = static_cast<std::uint64_t>(shape.heads);
  header.queries = static_cast<std::uint64_t>(shape.queries);
  header.tile = static_cast<std::uint32_t>(shape.tile);
  std::vector<std::byte> out(sizeof header + records.size());
  std::memcpy(out.data(), &header, sizeof header);
  if (!records.empty()) std::memcpy(&out[sizeof header], records.data(), records.size());
  return out;
}

std::vector<std::byte> read_states(const std::filesystem::path& path, const StateShape& expected) {
  std::vector<std::byte> bytes = read_file(path);
  const std::string where = path.string();
  FileHeader header;
  if (bytes.size() < sizeof header)
    throw bad_input(where, "is shorter than the 64-byte header of a row state file");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.magic != kMagic || header.version != kVersion)
    throw bad_input(where, "is no row state file of version 1");
  if (header.spec_hash != spec::kHash)
    throw bad_input(where, "was made from spec " + hash_text(header.spec_hash) +
                               ", this program from spec " + hash_text(spec::kHash));
  const auto same = [&where](std::uint64_t have, std::int64_t want, const char* what) {
    if (have != static_cast<std::uint64_t>(want))
      throw bad_input(where, std::string("has ") + what + " " + std::to_string(have) +
                                 "; the job has " + std::to_string(want));
  };
  same(header.profile, static_cast<std::int64_t>(expected.profile), "numerics profile number");
  same(header.tile, expected.tile, "TILE");
  same(header.batch, expected.batch, "batch");
  same(header.heads, expected.heads, "query heads");
  same(header.queries, expected.queries, "queries");
  same(header.dv, expected.dv, "value head dimension");
  const std::int64_t rows = expected.heads * expected.queries;
  const std::size_t per_entry = static_cast<std::size_t>(rows) * row_state_bytes(expected.dv);
  const std::size_t wanted = sizeof header + static_cast<std::size_t>(expected.batch) * per_entry;
  if (bytes.size() != wanted)
    throw bad_input(where, "has " + std::to_string(bytes.size()) + " bytes; its header needs " +
                               std::to_string(wanted));
  bytes.erase(bytes.begin(), bytes.begin() + sizeof header);
  const gsl::span<const std::byte> records(bytes);
  for (std::int64_t entry = 0; entry < expected.batch; ++entry)
    load_rows(records.subspan(static_cast<std::size_t>(entry) * per_entry, per_entry), rows,
              expected.dv, where + ", batch entry " + std::to_string(entry));
  return bytes;
}

}  // namespace flashd::host
