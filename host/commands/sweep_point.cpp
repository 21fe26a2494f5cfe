// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include <nlohmann/json.hpp>

#include "host/commands/context.hpp"
#include "host/commands/report_json.hpp"
#include "host/sweep/point.hpp"

namespace flashd::host {
namespace {

using nlohmann::ordered_json;

struct SweepArguments {
  std::vector<std::string> configs, workloads, memories;
  std::string numerics = "fine";
  std::optional<std::string> energy;
  bool plan = false;
};

ordered_json describe(const EngineConfig& config) {
  return {{"multipliers", report::multipliers(config)},
          {"on_chip_bits", report::on_chip(config).total()},
          {"axi_bytes", config.axi_bits / 8}};
}

double peak(const std::string& memory) {
  try {
    return report::memory_peak(memory);
  } catch (const std::invalid_argument& error) {
    throw Error(Exit::usage, error.what());
  }
}

energy::Table energy_table(const SweepArguments& a) {
  return a.energy ? energy::load_table(*a.energy) : energy::built_in_table();
}

/// What a sweep over the lists would run, every name checked.
ordered_json plan(const SweepArguments& a) {
  const energy::Table table = energy_table(a);
  ordered_json out{
      {"spec_hash", hash_text(spec::kHash)},
      {"energy_table", table.id},
      {"energy_sentence", energy::sentence(table, a.numerics, energy::keys_of(table, false))},
      {"configs", ordered_json::object()},
      {"memories", ordered_json::object()},
      {"points", ordered_json::array()},
      {"left_out", ordered_json::array()}};
  for (const std::string& memory : a.memories) {
    const double bytes = peak(memory);
    out["memories"][memory] = std::isfinite(bytes) ? ordered_json(bytes) : ordered_json(nullptr);
  }
  for (const std::string& name : a.configs) {
    const EngineConfig& config = find_config(name);
    out["configs"][name] = describe(config);
    for (const std::string& text : a.workloads) {
      const std::string reason = sweep::misfit(config, sweep::parse_workload(text));
      if (!reason.empty()) {
        out["left_out"].push_back(text + ": " + reason);
        continue;
      }
      for (const std::string& memory : a.memories)
        out["points"].push_back({{"config", name}, {"workload", text}, {"memory", memory}});
    }
  }
  return out;
}

ordered_json run_one(const SweepArguments& a) {
  if (a.configs.size() != 1 || a.workloads.size() != 1 || a.memories.size() != 1)
    throw bad_input("sweep-point", "takes one configuration, workload and memory without --plan");
  const EngineConfig& config = find_config(a.configs[0]);
  const sweep::Workload workload = sweep::parse_workload(a.workloads[0]);
  peak(a.memories[0]);
  const energy::Table table = energy_table(a);
  const sweep::Point point =
      sweep::run_point(config, parse_profile(a.numerics), workload, a.memories[0]);
  ordered_json out{{"config", config.name},
                   {"numerics", a.numerics},
                   {"workload", workload.name},
                   {"memory", a.memories[0]},
                   {"spec_hash", hash_text(spec::kHash)},
                   {"energy_table", table.id}};
  out.update(describe(config));
  out["report"] = to_json(point.report);
  const energy::Work work{point.counters, workload.d, workload.dv, std::nullopt};
  out["energy"] = to_json(table, energy::estimate(table, work, config), a.numerics);
  for (std::size_t i = 0; i < point.counters.size(); ++i)
    out["device"][device::kCounterNames[i]] = point.counters[i];
  return out;
}

}  // namespace

void add_sweep_point(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<SweepArguments>();
  CLI::App* command =
      app.add_subcommand("sweep-point", "One point of ./flashd sweep on the twin, as JSON");
  command->add_option("--config", arguments->configs, "Engine configuration")->required();
  command->add_option("--workload", arguments->workloads, "Such as prefill:512,d=64,causal")
      ->required();
  command->add_option("--memory", arguments->memories, "Memory model")->required();
  command->add_option("--numerics", arguments->numerics, "Numerics profile: fine or lean");
  command->add_option("--energy", arguments->energy,
                      "Table of energies per action (YAML), default Nangate45");
  command->add_flag("--plan", arguments->plan, "Check the names and list the points of a sweep");
  command->callback([arguments, &context] {
    context.action = [arguments] {
      const SweepArguments& a = *arguments;
      parse_profile(a.numerics);
      std::cout << (a.plan ? plan(a) : run_one(a)).dump(a.plan ? -1 : 2) << "\n";
      return Exit::good;
    };
  });
}

}  // namespace flashd::host
