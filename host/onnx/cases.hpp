// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "host/api/config.hpp"

namespace flashd::host::onnx {

/// Classes of docs/onnx.md, by letter.
struct ClassTitle {
  char letter;
  const char* title;
};
constexpr std::array<ClassTitle, 8> kClasses{{{'A', "plain Q, K, V"},
                                              {'B', "causal"},
                                              {'C', "mask or bias"},
                                              {'D', "soft-cap"},
                                              {'E', "past keys and values"},
                                              {'F', "lengths per batch entry"},
                                              {'G', "score matrix wanted"},
                                              {'H', "sliding window"}}};

/// One case of the ONNX Attention operator as python/onnx_cases.py lists it.
struct CaseEntry {
  std::string name;
  char letter = 'A';  ///< of kClasses
  int opset = 0;
  std::string type;  ///< of Q in ONNX: float32, float16 or bfloat16
  bool soft_cap = false;
  double type_error = 0;             ///< how far the expected Y may be from float64
  std::vector<std::string> outputs;  ///< names of the operator's outputs that the case checks
  std::filesystem::path folder;      ///< case directory; absent for a refused case
};

struct CaseList {
  std::string version;  ///< of the package onnx
  std::vector<CaseEntry> cases;
};

/// Reads cases.json of a folder that python/onnx_cases.py made. Throws Error(unavailable) if there
/// is none, Error(usage) if it holds something else.
CaseList read_cases(const std::filesystem::path& folder);

/// One sentence why flashd does not run a case on a configuration; empty if it does.
std::string refusal(const CaseEntry& entry, const EngineConfig& config);

}  // namespace flashd::host::onnx
