// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <iostream>
#include <memory>

#include <unistd.h>

#include "host/accuracy/accuracy.hpp"
#include "host/accuracy/plot.hpp"
#include "host/commands/context.hpp"
#include "host/io/parse.hpp"

namespace flashd::host {
namespace {

struct Arguments {
  bool brief = false;
  bool full = false;
  bool million = false;
  bool json = false;
  std::vector<std::string> traces, distributions, sizes, dims, seeds, formats;
  std::string out;
  std::string tile = "64";
  std::string jobs = "2";
};

/// Positive integers of an option given as numbers apart or with commas.
template <typename T>
void parse_counts(const std::vector<std::string>& texts, const char* option, std::uint64_t most,
                  std::vector<T>* values) {
  if (texts.empty()) return;
  values->clear();
  for (const std::string& text : texts) {
    const std::uint64_t value = parse_count(text, option);
    if (value < 1 || value > most)
      throw bad_input(option, "is " + text + "; expected 1 to " + std::to_string(most));
    values->push_back(static_cast<T>(value));
  }
}

accuracy::Options make_options(const Arguments& a) {
  if (a.brief && a.full) throw bad_input("--short", "excludes --full");
  accuracy::Options options = a.brief ? accuracy::brief() : accuracy::full();
  parse_counts(a.sizes, "--sizes", 1u << 20, &options.sizes);
  parse_counts(a.dims, "--dims", 256, &options.dims);
  parse_counts(a.seeds, "--seeds", UINT32_MAX, &options.seeds);
  if (!a.distributions.empty()) options.distributions.clear();
  for (const std::string& text : a.distributions) {
    try {
      options.distributions.push_back(distributions::by_name(text));
    } catch (const std::invalid_argument& error) {
      throw bad_input("--dist", error.what());
    }
  }
  if (!a.formats.empty()) options.formats.clear();
  for (const std::string& text : a.formats) options.formats.push_back(parse_input_format(text));
  std::vector<int> single;
  parse_counts({a.tile}, "--tile", 64, &single);
  options.tile = single.front();
  parse_counts({a.jobs}, "--jobs", 256, &single);
  options.jobs = single.front();
  options.million |= a.million;
  options.json = a.json;
  options.out = a.out;
  const auto checkout = find_checkout();
  if (!checkout.empty()) options.traces.push_back(checkout / "tests" / "data" / "traces");
  for (const std::string& folder : a.traces) options.traces.push_back(folder);
  return options;
}

Exit run_accuracy(const Arguments& a) {
  const accuracy::Options options = make_options(a);
  const bool terminal = isatty(STDERR_FILENO) != 0;
  const auto plot = [&] {
    if (options.out.empty()) return;
    const std::string sentence = accuracy::plot(options.out, find_checkout());
    if (!a.json) std::cout << sentence << "\n";
  };
  try {
    const Exit exit = accuracy::run(options, std::cout, terminal ? &std::cerr : nullptr);
    plot();
    return exit;
  } catch (const accuracy::NoFigure&) {
    plot();
    throw;
  }
}

}  // namespace

void add_accuracy(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "accuracy", "Errors of flashd and its rivals against float64, and the bars they must meet");
  const auto a = std::make_shared<Arguments>();
  command->add_flag("--short", a->brief, "Up to 512 keys, d 16 and 64, one seed: seconds");
  command->add_flag("--full", a->full, "Up to 65,536 keys, d 16 to 256, five seeds (default)");
  command->add_flag("--million", a->million, "Rows of 1,048,576 keys and extreme inputs as well");
  command
      ->add_option("--traces", a->traces, "Folder of traces, beside tests/data/traces; repeatable")
      ->take_all();
  const auto list = [command](const char* name, std::vector<std::string>& values,
                              const char* help) {
    command->add_option(name, values, help)->delimiter(',')->take_all();
  };
  list("--dist", a->distributions,
       "Distributions: n01,fa3,peaky,vchan,uniform,sink,decay,flat_long");
  list("--sizes", a->sizes, "Numbers of keys");
  list("--dims", a->dims, "Head dimensions");
  list("--seeds", a->seeds, "Seeds; the worst is reported");
  list("--input-format", a->formats, "Formats for flashd: bf16,fp16 (both by default)");
  command->add_option("--out", a->out, "Folder for accuracy.csv, accuracy.md and accuracy.png");
  command->add_option("--tile", a->tile, "Keys per tile of flashd");
  command->add_option("--jobs", a->jobs, "Threads");
  command->add_flag("--json", a->json, "Verdicts as JSON");
  command->callback([a, &context] { context.action = [a] { return run_accuracy(*a); }; });
}

}  // namespace flashd::host
