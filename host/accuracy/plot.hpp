// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace flashd::accuracy {

/// Draws accuracy.png from accuracy.csv in `out` with host/accuracy/plot.py of the checkout, by the
/// Python of its .venv or else python3. Returns one sentence: what was drawn, or why nothing was.
std::string plot(const std::filesystem::path& out, const std::filesystem::path& checkout);

}  // namespace flashd::accuracy
