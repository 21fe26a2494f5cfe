// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace flashd::host {

/// A case and the folder of its results.
struct Drawing {
  std::filesystem::path input;
  std::filesystem::path result;
};

/// Draws attention.png (attention map and row errors) into each result folder by
/// python/plot_demo.py, with the checkout's .venv or the system's Python. Returns an empty string,
/// or one sentence that says why there is no picture.
std::string draw_pictures(const std::vector<Drawing>& drawings);

}  // namespace flashd::host
