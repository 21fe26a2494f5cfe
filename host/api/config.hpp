// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "model/arith/spec.hpp"
#include "model/golden/job.hpp"

namespace flashd::host {

using EngineConfig = spec::Config;

/// Each throws Error(usage) with a sentence that lists what can be chosen.
const EngineConfig& find_config(const std::string& name);
Profile parse_profile(const std::string& name);
InputFormat parse_input_format(const std::string& name);
OutputFormat parse_output_format(const std::string& name);

const char* to_text(Profile profile);
const char* to_text(InputFormat format);
const char* to_text(OutputFormat format);

/// The spec hash as it is printed everywhere, such as "0x4cf106fa".
std::string hash_text(std::uint32_t hash);

}  // namespace flashd::host
