// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace flashd::host {

/// Draws attention.png (attention map and row errors) into `result` by python/plot_demo.py, with
/// the checkout's .venv or the system's Python. Returns an empty string, or one sentence that says
/// why there is no picture.
std::string draw_picture(const std::filesystem::path& input, const std::filesystem::path& result);

}  // namespace flashd::host
