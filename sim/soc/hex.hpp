// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace flashd::soc {

/// Words of a file in the form of $readmemh, each at its place, 0 where the file has none; at most
/// `words`. Throws host::Error.
std::vector<std::uint32_t> read_hex(const std::string& path, std::size_t words);

}  // namespace flashd::soc
