// SPDX-License-Identifier: Apache-2.0
#include "host/onnx/cases.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "host/io/error.hpp"
#include "host/io/npy.hpp"

namespace flashd::host::onnx {
namespace {

using nlohmann::json;

constexpr std::uintmax_t kMaxListBytes = 1u << 24;

CaseEntry parse_entry(const json& item, const std::filesystem::path& folder) {
  CaseEntry entry;
  entry.name = item.at("name").get<std::string>();
  const auto letter = item.at("class").get<std::string>();
  const auto known = std::find_if(kClasses.begin(), kClasses.end(), [&](const ClassTitle& c) {
    return letter == std::string(1, c.letter);
  });
  // A name is joined to a path: it may not lead out of the folder.
  if (known == kClasses.end() || entry.name.empty() ||
      entry.name.find_first_of("/.") != std::string::npos)
    throw json::other_error::create(501, "unknown class or name", nullptr);
  entry.letter = known->letter;
  entry.opset = item.at("opset").get<int>();
  entry.type = item.at("type").get<std::string>();
  entry.soft_cap = item.at("attributes").value("softcap", 0.0) != 0;
  entry.type_error = item.at("type_error").get<double>();
  entry.outputs = item.at("outputs").get<std::vector<std::string>>();
  entry.folder = folder / entry.name;
  return entry;
}

}  // namespace

CaseList read_cases(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "cases.json";
  if (!std::filesystem::exists(path))
    throw Error(Exit::unavailable, path.string() + ": was not found; ./flashd onnx makes it, or: " +
                                       "python/onnx_cases.py --out " + folder.string());
  const auto bytes = read_file(path, kMaxListBytes);
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  CaseList list;
  try {
    const json parsed = json::parse(text, text + bytes.size());
    list.version = parsed.at("onnx").get<std::string>();
    for (const json& item : parsed.at("cases")) list.cases.push_back(parse_entry(item, folder));
  } catch (const json::exception&) {
    throw bad_input(path.string(), "is not a list of cases as python/onnx_cases.py writes it");
  }
  if (list.cases.empty()) throw bad_input(path.string(), "lists no case; expected at least one");
  return list;
}

std::string refusal(const CaseEntry& entry, const EngineConfig& config) {
  const auto& outputs = entry.outputs;
  if (std::find(outputs.begin(), outputs.end(), "qk_matmul_output") != outputs.end())
    return "wants qk_matmul_output, the matrix of scores or weights, which flashd never forms";
  if (entry.soft_cap && config.soft_cap == 0)
    return std::string("wants a soft-cap, which configuration ") + config.name +
           " is built without";
  return "";
}

}  // namespace flashd::host::onnx
