// SPDX-License-Identifier: Apache-2.0
#include <iomanip>
#include <iostream>
#include <memory>

#include <nlohmann/json.hpp>

#include "host/api/backend.hpp"
#include "host/commands/context.hpp"

namespace flashd::host {
namespace {

using nlohmann::ordered_json;

/// "yes", or the sentence that says why a back end cannot be used.
std::string state(const std::string& backend, const EngineConfig& config, Profile profile) {
  try {
    open_backend(backend, config, profile);
    return "yes";
  } catch (const Error& error) {
    return error.what();
  }
}

ordered_json collect() {
  ordered_json out;
  out["version"] = FLASHD_VERSION;
  out["spec_hash"] = hash_text(spec::kHash);
  out["backends"] = {"golden", "engine", "model", "rtl", "uart:DEVICE[@BAUD]", "cuda"};
  for (const char* kernel : {"exact", "exact-cpu", "fast", "fast-cpu", "division"})
    out["cuda"][kernel] = state(std::string("cuda:") + kernel, spec::kConfigs[0], Profile::fine);
  out["numerics"] = {"fine", "lean"};
  for (const EngineConfig& config : spec::kConfigs) {
    ordered_json entry{{"name", config.name},           {"width", config.width},
                       {"lanes", config.lanes},         {"contexts", config.contexts},
                       {"tile", config.tile},           {"max_head_dim", config.max_head_dim},
                       {"significand_bits", config.sig}};
    for (const char* backend : {"engine", "rtl"})
      for (const Profile profile : {Profile::fine, Profile::lean})
        entry[backend][to_text(profile)] = state(backend, config, profile);
    out["configs"].push_back(entry);
  }
  return out;
}

void print(const ordered_json& info) {
  std::cout
      << "flashd " << info["version"].get<std::string>() << ", spec "
      << info["spec_hash"].get<std::string>()
      << "; back ends golden, engine, model, rtl, uart:DEVICE[@BAUD] and cuda\n\n"
      << "config      width lanes contexts tile max-head-dim formats     built: engine / rtl\n";
  for (const auto& c : info["configs"]) {
    const auto built = [&](const char* backend) {
      std::string names;
      for (const auto& [profile, state] : c[backend].items())
        if (state == "yes") names += (names.empty() ? "" : ", ") + profile;
      return names.empty() ? std::string("-") : names;
    };
    std::cout << std::left << std::setw(12) << c["name"].get<std::string>() << std::right
              << std::setw(5) << c["width"].get<int>() << std::setw(6) << c["lanes"].get<int>()
              << std::setw(9) << c["contexts"].get<int>() << std::setw(5) << c["tile"].get<int>()
              << std::setw(13) << c["max_head_dim"].get<int>()
              << (c["significand_bits"] == 8 ? " bf16       " : " bf16, fp16 ") << " "
              << built("engine") << " / " << built("rtl") << "\n";
  }
  std::cout << "\nBuild them with: cmake --build --preset release --target "
               "flashd_rtl_<config>_<numerics> (engine), flashd_top_<config>_<numerics> (rtl)\n";
  const std::string cuda = info["cuda"]["exact"].get<std::string>();
  std::cout << (cuda == "yes"
                    ? "back end cuda: there is a GPU for the kernels exact, fast and division"
                    : cuda)
            << "\n";
}

}  // namespace

void add_info(CLI::App& app, Context& context) {
  auto json = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("info", "Configurations, formats and what is built");
  command->add_flag("--json", *json, "Machine-readable");
  command->callback([json, &context] {
    context.action = [json] {
      const ordered_json info = collect();
      if (*json)
        std::cout << info.dump(2) << "\n";
      else
        print(info);
      return Exit::good;
    };
  });
}

}  // namespace flashd::host
