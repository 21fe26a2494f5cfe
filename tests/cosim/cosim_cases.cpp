// SPDX-License-Identifier: Apache-2.0
// Runs cases on one verilated engine in lockstep with golden; prints what was compared.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

#include <CLI/CLI.hpp>

#include "model/golden/golden.hpp"
#include "tests/cosim/case.hpp"
#include "tests/cosim/plugin.hpp"

namespace {

using flashd::sim::Comparisons;

struct Arguments {
  std::string plugin;
  std::vector<std::string> cases;
  std::vector<std::string> lists;
  std::vector<double> stalls{0.0};
  std::uint64_t seed = 1;
  std::uint64_t watchdog = 20000;
  int random = 0;
  std::string also;
  double utilisation = 0.0;
  std::uint64_t unread = 0;
  std::string totals;
  std::string wave;
  std::string failure_wave;
  bool quiet = false;
};

std::uint64_t sum(const Comparisons& c) {
  return c.scores + c.weights + c.tile_sums + c.row_states + c.outputs;
}

void add(const Comparisons& from, Comparisons* to) {
  to->scores += from.scores;
  to->weights += from.weights;
  to->tile_sums += from.tile_sums;
  to->row_states += from.row_states;
  to->outputs += from.outputs;
}

/// Lines "case [; stall ...]"; # starts a comment.
std::vector<std::pair<std::string, std::vector<double>>> read_list(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error(path + ": cannot be read");
  std::vector<std::pair<std::string, std::vector<double>>> out;
  for (std::string line; std::getline(in, line);) {
    line = line.substr(0, line.find('#'));
    const std::size_t cut = line.find(';');
    std::string words = line.substr(0, cut);
    words.erase(words.find_last_not_of(" \t") + 1);
    if (words.empty()) continue;
    std::vector<double> stalls;
    if (cut != std::string::npos) {
      std::stringstream rest(line.substr(cut + 1));
      for (double stall = 0; rest >> stall;) stalls.push_back(stall);
    }
    if (stalls.empty()) stalls.push_back(0.0);
    out.emplace_back(words, stalls);
  }
  return out;
}

bool same(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

class Runner {
 public:
  Runner(const Arguments& arguments, std::string program)
      : args_(arguments), program_(std::move(program)), plugin_(arguments.plugin) {}

  const flashd::sim::BuildInfo& info() const { return plugin_.info(); }

  /// False when the engine and golden differ.
  bool run(const std::string& words_of_case, double stall, std::uint64_t seed) {
    const std::string text = words_of_case + (args_.also.empty() ? "" : "," + args_.also);
    const flashd::cosim::Case words = flashd::cosim::parse_case(text, info());
    if (words.input == flashd::InputFormat::fp16 && info().sig < 11) return true;
    if (words.soft_cap != 0.0 && !info().soft_cap) return true;
    const flashd::cosim::CaseJob made(words, info(), seed);
    flashd::sim::Options options;
    options.stall = stall;
    options.seed = seed;
    options.watchdog = args_.watchdog;
    options.state_out = words.state_out;
    options.skip_v = words.skip_v;
    options.warm = seed % 3 == 2;
    options.wave = args_.wave;
    options.failure_wave = args_.failure_wave;
    char number[32];
    std::snprintf(number, sizeof number, "%g", stall);
    options.repeat = program_ + " --plugin " + args_.plugin + " --case '" + text + "' --stall " +
                     number + " --seed " + std::to_string(seed);
    flashd::Result result;
    flashd::sim::Report report;
    const auto start = std::chrono::steady_clock::now();
    const int status = plugin_.run(made.job, options, &result, &report);
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const bool busy = report.utilisation >= args_.utilisation;
    const bool good = status == 0 && busy && agrees(made.job, words, result);
    if (status == 0 && !busy) std::printf("the arrays are busy for too few cycles\n");
    if (status != 0) std::printf("%s", report.failure.c_str());
    ++runs_;
    cycles_ += report.total_cycles;
    unread_ += report.tiles_unread;
    seconds_ += seconds;
    const char* format = words.input == flashd::InputFormat::bf16 ? "bf16" : "fp16";
    add(report.compared, &totals_[format]);
    if (!args_.quiet || !good) {
      std::printf(
          "%s %s, stall %g, seed %llu: %llu cycles, %.1f %%, compared %llu (%llu scores, "
          "%llu p, %llu tile sums, %llu row states, %llu outputs), %.2f s\n",
          good ? "ok  " : "FAIL", text.c_str(), stall, static_cast<unsigned long long>(seed),
          static_cast<unsigned long long>(report.total_cycles), 100 * report.utilisation,
          static_cast<unsigned long long>(sum(report.compared)),
          static_cast<unsigned long long>(report.compared.scores),
          static_cast<unsigned long long>(report.compared.weights),
          static_cast<unsigned long long>(report.compared.tile_sums),
          static_cast<unsigned long long>(report.compared.row_states),
          static_cast<unsigned long long>(report.compared.outputs), seconds);
    }
    return good;
  }

  /// Tiles whose values were not fed, of all runs.
  std::uint64_t unread() const { return unread_; }

  void print_totals() const {
    for (const auto& [format, c] : totals_) {
      std::printf(
          "total %s %s %s: compared %llu: scores %llu, p %llu, tile sums %llu, row states "
          "%llu, outputs %llu\n",
          info().config, profile(), format.c_str(), static_cast<unsigned long long>(sum(c)),
          static_cast<unsigned long long>(c.scores), static_cast<unsigned long long>(c.weights),
          static_cast<unsigned long long>(c.tile_sums),
          static_cast<unsigned long long>(c.row_states),
          static_cast<unsigned long long>(c.outputs));
    }
    std::printf("%d runs, %llu cycles, %llu tiles unread, %.0f cycles per second\n", runs_,
                static_cast<unsigned long long>(cycles_), static_cast<unsigned long long>(unread_),
                seconds_ > 0 ? static_cast<double>(cycles_) / seconds_ : 0.0);
    if (args_.totals.empty()) return;
    std::ofstream out(args_.totals);
    for (const auto& [format, c] : totals_) {
      out << info().config << ' ' << profile() << ' ' << format << ' ' << c.scores << ' '
          << c.weights << ' ' << c.tile_sums << ' ' << c.row_states << ' ' << c.outputs << '\n';
    }
  }

 private:
  const char* profile() const { return info().profile == flashd::Profile::fine ? "fine" : "lean"; }

  /// What the plug-in returned against golden once more, here, outside the plug-in.
  bool agrees(const flashd::Job& job, const flashd::cosim::Case& words,
              const flashd::Result& result) const {
    const flashd::Result golden = flashd::golden::run(job, {info().profile, info().tile});
    const char* what = !same(result.o, golden.o)                             ? "o"
                       : !same(result.lse, golden.lse)                       ? "lse"
                       : words.state_out && result.state.o != golden.state.o ? "raw o"
                                                                             : nullptr;
    if (what) std::printf("the result's %s differs from golden's though no probe did\n", what);
    return !what;
  }

  const Arguments& args_;
  std::string program_;
  flashd::cosim::Plugin plugin_;
  std::map<std::string, Comparisons> totals_;
  int runs_ = 0;
  std::uint64_t unread_ = 0;
  std::uint64_t cycles_ = 0;
  double seconds_ = 0;
};

bool run_all(const Arguments& args, Runner* runner) {
  std::uint64_t seed = args.seed;
  for (const std::string& list : args.lists) {
    for (const auto& [text, stalls] : read_list(list)) {
      for (const double stall : stalls) {
        if (!runner->run(text, stall, seed++)) return false;
      }
    }
  }
  for (const std::string& text : args.cases) {
    for (const double stall : args.stalls) {
      if (!runner->run(text, stall, args.seed)) return false;
    }
  }
  constexpr double kStalls[] = {0.0, 0.1, 0.5, 0.9};
  for (int i = 0; i < args.random; ++i) {
    const std::uint64_t s = args.seed + static_cast<std::uint64_t>(i);
    if (!runner->run(flashd::cosim::random_case(s, runner->info()), kStalls[i % 4], s))
      return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments args;
  CLI::App app{"Runs cases on a verilated engine in lockstep with the golden model."};
  app.add_option("--plugin", args.plugin, "shared library of the engine")->required();
  app.add_option("--case", args.cases, "a case, such as q=17,k=T+1,d=16,causal");
  app.add_option("--list", args.lists, "file with a case per line, and its stalls after ;");
  app.add_option("--stall", args.stalls, "probability that a stream pauses, for --case");
  app.add_option("--seed", args.seed, "of data and pauses; counts up from case to case");
  app.add_option("--random", args.random, "number of random cases");
  app.add_option("--also", args.also, "words added to every case, such as fp16");
  app.add_option("--utilisation", args.utilisation, "least share of busy cycles, 0..1");
  app.add_option("--unread", args.unread, "least number of tiles whose values are not fed");
  app.add_option("--watchdog", args.watchdog, "cycles without a beat that count as a hang");
  app.add_option("--totals", args.totals, "file for the numbers of comparisons");
  app.add_option("--wave", args.wave, "FST file of the whole run");
  app.add_option("--failure-wave", args.failure_wave, "FST file of the cycles around a failure");
  app.add_flag("--quiet", args.quiet, "only failures and totals");
  CLI11_PARSE(app, argc, argv);
  try {
    Runner runner(args, argv[0]);
    std::printf("%s, seed %llu\n", args.plugin.c_str(), static_cast<unsigned long long>(args.seed));
    const bool good = run_all(args, &runner);
    runner.print_totals();
    const bool enough = runner.unread() >= args.unread;
    if (!enough)
      std::printf("fewer than %llu tiles unread\n", static_cast<unsigned long long>(args.unread));
    return good && enough ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
