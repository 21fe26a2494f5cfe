// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <gsl/span>

#include "model/golden/job.hpp"

namespace flashd::host {

/// Bytes of one row's record, a multiple of 64 (docs/row-state.md).
std::size_t row_state_bytes(int dv);

/// Writes one record per row; `out` holds rows * row_state_bytes(dv) bytes.
void store_rows(const RowStates& states, int dv, gsl::span<std::byte> out);

/// Reads records back and checks every field that has an invariant.
/// Throws Error(usage) naming `where`, the row and the expectation.
RowStates load_rows(gsl::span<const std::byte> records, std::int64_t rows, int dv,
                    const std::string& where);

/// What a state file says about the job that made it.
struct StateShape {
  std::int64_t batch = 1;
  std::int64_t heads = 1;
  std::int64_t queries = 0;
  int dv = 0;
  int tile = 0;
  Profile profile = Profile::fine;
};

/// Bytes of a state file: a 64-byte header, then the records of [batch, heads, queries].
std::vector<std::byte> encode_states(const StateShape& shape, gsl::span<const std::byte> records);

/// Records of a state file; throws Error(usage) if it is damaged, was made from another spec, or
/// differs in batch, heads, queries, dv, TILE or profile from `expected`.
std::vector<std::byte> read_states(const std::filesystem::path& path, const StateShape& expected);

}  // namespace flashd::host
