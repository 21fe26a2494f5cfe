// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "host/api/flashd.hpp"
#include "host/commands/case_options.hpp"

/// What flashd run looks at besides the attention itself.
namespace flashd::host {

/// A board on a serial line.
bool is_board(const std::string& backend);

/// A whole device, with its counters.
bool has_device(const std::string& backend);

/// Throws Error(usage) for an option of a whole device, or of streams, that the back end has not.
void check_device_options(const std::string& backend, const EngineOptions& engine,
                          const CaseArguments& options);

/// Values of V that the value exponent of the states or of --v-exponent does not hold: they are
/// clamped below 2^(VE+1) (docs/contract.md). 0 if the exponent is that of V.
std::uint64_t clamped_values(const Case& inputs, const AttentionCall& call);

/// Throws Error(usage) if a file that a run wrote is empty or does not end with `end`: a disk that
/// was full. No name, or what is no regular file, is not looked at.
void expect_whole(const std::filesystem::path& file, const std::string& end, const char* option);

}  // namespace flashd::host
