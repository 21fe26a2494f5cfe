// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <memory>

#include <unistd.h>

#include "host/api/backend.hpp"
#include "host/commands/case_options.hpp"
#include "host/commands/context.hpp"
#include "host/commands/lockstep.hpp"
#include "host/io/case.hpp"
#include "host/io/parse.hpp"
#include "host/jobs/random_job.hpp"

namespace flashd::host {
namespace {

using nlohmann::ordered_json;

struct VerifyArguments {
  std::string input;
  std::string backend = "engine";
  std::optional<std::string> random;
  bool json = false;
  EngineOptions engine;
  CaseArguments options;
};

std::string engine_text(const VerifyArguments& a, std::uint64_t seed) {
  const EngineOptions& e = a.engine;
  return (a.backend == "engine" ? "" : " --backend " + a.backend) + " --config " + e.config +
         " --numerics " + e.numerics + " --input-format " + e.input_format + " --stall " + e.stall +
         " --seed " + std::to_string(seed);
}

sim::Options make_options(const EngineOptions& engine, std::uint64_t seed) {
  sim::Options options;
  options.stall = engine.stall_probability();
  options.seed = seed;
  options.wave = engine.wave;
  options.failure_wave = kFailureWave;
  return options;
}

/// Adds what was running to a failure; a sentence that says it already is left as it is.
template <typename Body>
void with_context(const std::string& context, Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    throw Error(error.exit(), std::string(error.what()) + "\n  job: " + context);
  }
}

void verify_case(const VerifyArguments& a, Lockstep& lockstep) {
  const Case c = load_case(a.input, a.engine.input(), a.options.parse(), a.engine.engine());
  sim::Options options = make_options(a.engine, a.engine.seed_value());
  options.repeat = "./flashd verify --input " + shell_word(a.input) + engine_text(a, options.seed) +
                   a.options.text();
  for (std::int64_t entry = 0; entry < c.batch; ++entry)
    with_context(a.input + ", batch entry " + std::to_string(entry),
                 [&] { lockstep.run(c.job(entry), options); });
}

void verify_random(const VerifyArguments& a, std::uint64_t count, Lockstep& lockstep) {
  const EngineConfig& config = a.engine.engine();
  const InputFormat input = a.engine.input();
  if (input == InputFormat::fp16 && config.sig < 11)
    throw bad_input("input format", std::string("fp16 does not fit configuration ") + config.name +
                                        " of 8 significand bits; expected bf16");
  check_wave(a.engine, a.backend == "engine", count);
  const bool terminal = isatty(STDERR_FILENO) != 0;
  const std::uint64_t first = a.engine.seed_value();
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t seed = first + i;
    const jobs::OwnedJob job = jobs::random_job(seed, config, input);
    sim::Options options = make_options(a.engine, seed);
    options.repeat = "./flashd verify --random 1" + engine_text(a, seed) +
                     (a.options.kernel ? " --kernel " + *a.options.kernel : "");
    if (terminal) std::cerr << "\r\033[Kjob " << i + 1 << "/" << count << ": " << job.description;
    with_context("seed " + std::to_string(seed) + ", " + job.description,
                 [&] { lockstep.run(job.view(), options); });
  }
  if (terminal) std::cerr << "\r\033[K";
}

void print(const VerifyArguments& a, const LockstepTotals& t) {
  const std::string head =
      "golden and " +
      (a.backend == "engine" ? "rtl in lockstep" : a.options.with_kernel(a.backend)) + ": ";
  const std::string body =
      " " + a.engine.numerics + " " + a.engine.input_format + ", spec " + hash_text(spec::kHash);
  if (a.backend != "engine") {
    std::cout << head << a.engine.config << body << "\n"
              << "  jobs        " << t.jobs << "\n"
              << "  results     " << t.results << "\n"
              << "  mismatches  " << t.mismatches << "\n";
    return;
  }
  std::cout << head << a.engine.config << body << ", stall " << a.engine.stall << "\n"
            << "  jobs        " << t.jobs << "\n"
            << "  scores      " << t.compared.scores << "\n"
            << "  weights p   " << t.compared.weights << "\n"
            << "  tile sums   " << t.compared.tile_sums << "\n"
            << "  row states  " << t.compared.row_states << "\n"
            << "  outputs     " << t.compared.outputs << "\n"
            << "  results     " << t.results << "\n"
            << "  cycles      " << t.cycles << "\n"
            << "  mismatches  " << t.mismatches << "\n";
}

Exit verify(const VerifyArguments& a) {
  if (a.input.empty() == !a.random)
    throw bad_input("verify", "expected either --input DIR or --random N");
  if (a.backend != "engine" && a.backend != "cuda")
    throw bad_input("--backend", "'" + a.backend + "' is not for verify; expected engine or cuda");
  if (const std::string name = a.options.with_kernel(a.backend); in_floating_point(name))
    throw bad_input("--kernel", *a.options.kernel +
                                    " is not for verify: it computes in floating point, not "
                                    "golden's bits; expected exact or exact-cpu, or run --check "
                                    "for its error against float64");
  if (a.backend != "engine") check_wave(a.engine, false, 1);
  if (a.options.memory || a.options.skip_v_fetch)
    throw bad_input(a.options.memory ? "--memory" : "--skip-v-fetch",
                    "needs the whole device, which verify does not run; see flashd run");
  if (const std::string option = a.options.first_of_job(); a.random && !option.empty())
    throw bad_input(option, "cannot be used with --random, whose jobs draw it");
  a.engine.stall_probability();
  const std::uint64_t count = a.random ? parse_count(*a.random, "--random") : 0;
  if (a.random && count == 0) throw bad_input("--random", "is 0; expected at least one job");
  a.engine.input();
  Lockstep lockstep(a.engine.engine(), a.engine.profile(), a.options.with_kernel(a.backend));
  if (a.random)
    verify_random(a, count, lockstep);
  else
    verify_case(a, lockstep);
  if (a.json) {
    ordered_json out{{"backend", a.options.with_kernel(a.backend)},
                     {"config", a.engine.config},
                     {"numerics", a.engine.numerics},
                     {"input_format", a.engine.input_format},
                     {"spec_hash", hash_text(spec::kHash)},
                     {"stall", a.engine.stall_probability()},
                     {"seed", a.engine.seed_value()}};
    out.update(to_json(lockstep.totals()));
    std::cout << out.dump(2) << "\n";
  } else {
    print(a, lockstep.totals());
  }
  return Exit::good;
}

}  // namespace

void add_verify(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<VerifyArguments>();
  CLI::App* command = app.add_subcommand(
      "verify", "Compare the RTL, probe by probe, or the CUDA kernel with golden");
  command->add_option("--backend", arguments->backend, "engine (default) or cuda");
  command->add_option("--input", arguments->input, "Case directory");
  command->add_option("--random", arguments->random, "Number of random jobs, seeds S, S+1, ...");
  command->add_flag("--json", arguments->json, "Machine-readable");
  add_engine_options(*command, arguments->engine);
  add_wave_option(*command, arguments->engine);
  add_case_options(*command, arguments->options);
  command->callback(
      [arguments, &context] { context.action = [arguments] { return verify(*arguments); }; });
}

}  // namespace flashd::host
