// SPDX-License-Identifier: Apache-2.0
#include "host/commands/case_options.hpp"

#include "host/io/parse.hpp"

namespace flashd::host {

void add_case_options(CLI::App& command, CaseArguments& arguments) {
  command.add_option("--scale", arguments.scale, "Score scale, default 1/sqrt(d)");
  CLI::Option* causal = command.add_flag_callback(
      "--causal", [&arguments] { arguments.causal = true; },
      "Query i sees keys up to i + diagonal");
  CLI::Option* every = command.add_flag_callback(
      "--no-causal", [&arguments] { arguments.causal = false; }, "Every query sees every key");
  causal->excludes(every);
  for (CLI::Option* option : {causal, every}) option->disable_flag_override();
  command.add_option("--diagonal", arguments.diagonal,
                     "Diagonal K, default key length - queries; 0 is top-left");
  command.add_option("--window", arguments.window,
                     "L[,R]: keys from i + K - L to i + K + R; R defaults to L");
  command.add_option("--softcap", arguments.softcap,
                     "X: scores become X tanh(score / X), in nats; 0 is off");
  command.add_option("--page-size", arguments.page_size,
                     "Keys of a page: lays K and V out in pages; changes no bit; 0 is off");
  command.add_option(
      "--kernel", arguments.kernel,
      "cuda: exact (default) or exact-cpu, golden's bits; fast, division or fast-cpu, "
      "floating point");
  command.add_option("--memory", arguments.memory,
                     "rtl, model: ideal, fixed:LATENCY, bandwidth:LATENCY,BYTES, dram:SET[,MHZ] or "
                     "jitter:LATENCY,SEED");
  command.add_flag(
      "--skip-v-fetch", arguments.skip_v_fetch,
      "rtl, model; decode: fetch no values of tiles that change nothing; changes no bit");
}

CaseOptions CaseArguments::parse() const {
  CaseOptions options;
  if (scale) options.scale = parse_real(*scale, "--scale");
  if (diagonal) options.diagonal = parse_integer(*diagonal, "--diagonal");
  if (window) options.window = parse_window(*window, "--window");
  if (softcap) options.softcap = parse_real(*softcap, "--softcap");
  if (page_size) options.page_size = parse_integer(*page_size, "--page-size");
  options.causal = causal;
  check_options(options, "command line");
  return options;
}

std::string CaseArguments::with_kernel(const std::string& backend) const {
  if (!kernel) return backend;
  if (backend != "cuda")
    throw bad_input("--kernel", "is for the back end cuda, not " + backend +
                                    "; add --backend cuda or leave the option away");
  return backend + ":" + *kernel;
}

std::string CaseArguments::first_of_job() const {
  const std::pair<bool, const char*> given[] = {
      {scale.has_value(), "--scale"},        {causal == true, "--causal"},
      {causal == false, "--no-causal"},      {diagonal.has_value(), "--diagonal"},
      {window.has_value(), "--window"},      {softcap.has_value(), "--softcap"},
      {page_size.has_value(), "--page-size"}};
  for (const auto& [is_given, name] : given)
    if (is_given) return name;
  return {};
}

std::string CaseArguments::text() const {
  std::string out;
  const auto add = [&out](const char* name, const std::optional<std::string>& value) {
    if (value) out += std::string(" ") + name + " " + *value;
  };
  add("--scale", scale);
  add("--diagonal", diagonal);
  add("--window", window);
  add("--softcap", softcap);
  add("--page-size", page_size);
  add("--kernel", kernel);
  add("--memory", memory);
  if (skip_v_fetch) out += " --skip-v-fetch";
  if (causal) out += *causal ? " --causal" : " --no-causal";
  return out;
}

}  // namespace flashd::host
