// SPDX-License-Identifier: Apache-2.0
#include "host/api/config.hpp"

#include <array>
#include <cstdio>

#include "host/io/error.hpp"

namespace flashd::host {
namespace {

template <typename Value>
struct Name {
  Value value;
  const char* text;
};

constexpr std::array<Name<Profile>, 2> kProfiles{
    {{Profile::fine, "fine"}, {Profile::lean, "lean"}}};
constexpr std::array<Name<InputFormat>, 2> kInputs{
    {{InputFormat::bf16, "bf16"}, {InputFormat::fp16, "fp16"}}};
constexpr std::array<Name<OutputFormat>, 3> kOutputs{
    {{OutputFormat::fp32, "fp32"}, {OutputFormat::bf16, "bf16"}, {OutputFormat::fp16, "fp16"}}};

template <typename Names>
auto parse(const Names& names, const std::string& text, const char* what) {
  std::string choice;
  for (const auto& name : names) {
    if (text == name.text) return name.value;
    choice += (choice.empty() ? "" : ", ") + std::string(name.text);
  }
  throw bad_input(what, "'" + text + "' is unknown; expected one of " + choice);
}

template <typename Names, typename Value>
const char* find_text(const Names& names, Value value) {
  for (const auto& name : names)
    if (name.value == value) return name.text;
  return "unknown";
}

}  // namespace

const EngineConfig& find_config(const std::string& name) {
  std::string choice;
  for (const EngineConfig& config : spec::kConfigs) {
    if (name == config.name) return config;
    choice += (choice.empty() ? "" : ", ") + std::string(config.name);
  }
  throw bad_input("configuration", "'" + name + "' is unknown; expected one of " + choice);
}

Profile parse_profile(const std::string& name) { return parse(kProfiles, name, "numerics"); }
InputFormat parse_input_format(const std::string& name) {
  return parse(kInputs, name, "input format");
}
OutputFormat parse_output_format(const std::string& name) {
  return parse(kOutputs, name, "output format");
}

const char* to_text(Profile profile) { return find_text(kProfiles, profile); }
const char* to_text(InputFormat format) { return find_text(kInputs, format); }
const char* to_text(OutputFormat format) { return find_text(kOutputs, format); }

std::string hash_text(std::uint32_t hash) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "0x%08x", static_cast<unsigned>(hash));
  return text.data();
}

}  // namespace flashd::host
