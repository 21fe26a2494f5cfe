// SPDX-License-Identifier: Apache-2.0
// Traces of random descriptors: the file of the twin and the file of the verilated device, event by
// event, and both against the device's counters.
#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "host/device/driver.hpp"
#include "model/systemc/twin_simulator.hpp"
#include "sim/trace/sink.hpp"
#include "tests/system/draw.hpp"
#include "tests/system/plugin.hpp"

namespace {

using namespace flashd;
using nlohmann::json;

[[noreturn]] void wrong(const std::string& sentence) { throw std::runtime_error(sentence); }

/// A trace file: names of the tracks, events by track and time.
struct Trace {
  std::map<int, std::string> tracks;
  std::vector<json> events;
};

/// Reads a file and checks its form: all fields there, every event on a named track, slices of a
/// track apart or one inside another.
Trace read(const std::string& file) {
  std::ifstream in(file);
  const json root = json::parse(in);
  Trace trace;
  for (const json& e : root.at("traceEvents")) {
    for (const char* field : {"ph", "name", "ts", "dur", "pid", "tid", "args"})
      if (!e.contains(field)) wrong("an event has no " + std::string(field) + ": " + e.dump());
    if (e.at("ph") == "M" && e.at("name") == "thread_name")
      trace.tracks[e.at("tid")] = e.at("args").at("name");
    if (e.at("ph") == "X") trace.events.push_back(e);
  }
  std::sort(trace.events.begin(), trace.events.end(), [](const json& a, const json& b) {
    const auto key = [](const json& e) {
      return std::make_tuple(e.at("tid").get<int>(), e.at("ts").get<std::uint64_t>(),
                             -e.at("dur").get<std::int64_t>(), e.dump());
    };
    return key(a) < key(b);
  });
  std::vector<std::uint64_t> open;  // ends of the slices around
  int track = 0;
  for (const json& e : trace.events) {
    const int tid = e.at("tid");
    if (trace.tracks.count(tid) == 0) wrong("an event on a track without a name: " + e.dump());
    if (tid != track) open.clear();
    track = tid;
    const std::uint64_t begin = e.at("ts");
    const std::uint64_t end = begin + e.at("dur").get<std::uint64_t>();
    if (begin == end) wrong("an event takes no time: " + e.dump());
    while (!open.empty() && open.back() <= begin) open.pop_back();
    if (!open.empty() && open.back() < end) wrong("two slices of a track cross: " + e.dump());
    open.push_back(end);
  }
  return trace;
}

struct Arguments {
  std::string plugin, folder = ".";
  std::uint64_t seed = 1;
  int count = 40;
  int jobs = 3;  ///< per file
  std::int64_t macs = 60000;
};

/// One simulator per file.
class Runner {
 public:
  explicit Runner(const Arguments& args) : args_(args), plugin_(args.plugin) {
    p_ = twin::parameters_of(plugin_.config(), plugin_.info().profile);
    p_.axi_bits = plugin_.axi_bits();
  }

  void run(std::uint64_t seed) {
    const std::string rtl_file = args_.folder + "/rtl.json";
    const std::string model_file = args_.folder + "/model.json";
    Sums rtl_sums, model_sums;
    {
      system::Options options;
      options.memory = system::drawn_memory(seed);
      options.pauses = {system::drawn_pauses(seed), seed};
      options.seed = seed;
      options.trace = rtl_file;
      const std::unique_ptr<system::Simulator> rtl = plugin_.open(options);
      options.trace = model_file;
      twin::TwinSimulator model(p_, options, {});
      rtl_sums = jobs(*rtl, seed);
      model_sums = jobs(model, seed);
    }
    const Trace rtl = read(rtl_file);
    const Trace model = read(model_file);
    if (rtl.tracks != model.tracks) wrong("the tracks differ");
    for (std::size_t i = 0; i < std::min(rtl.events.size(), model.events.size()); ++i) {
      if (rtl.events[i] != model.events[i])
        wrong("seed " + std::to_string(seed) + ", event " + std::to_string(i) + " of " +
              rtl.tracks.at(rtl.events[i].at("tid")) + ": rtl " + rtl.events[i].dump() +
              ", model " + model.events[i].dump());
    }
    if (rtl.events.size() != model.events.size())
      wrong("seed " + std::to_string(seed) + ": rtl has " + std::to_string(rtl.events.size()) +
            " events, the model " + std::to_string(model.events.size()));
    check(rtl, rtl_sums);
    check(model, model_sums);
    events_ += rtl.events.size();
    for (const json& e : rtl.events) ++by_track_[rtl.tracks.at(e.at("tid"))];
  }

  bool report() const {
    std::printf("%llu jobs on each, %llu events equal\n",
                static_cast<unsigned long long>(jobs_ / 2),
                static_cast<unsigned long long>(events_));
    for (const auto& [track, count] : by_track_)
      std::printf("  %-12s %llu\n", track.c_str(), static_cast<unsigned long long>(count));
    if (by_track_.size() == trace::kTracks) return true;
    std::printf("silence: a track without a slice\n");
    return false;
  }

 private:
  /// What the device counted.
  struct Sums {
    std::uint64_t jobs = 0, busy = 0, read_bursts = 0, write_bursts = 0, bytes_read = 0;
  };

  Sums jobs(system::Simulator& simulator, std::uint64_t seed) {
    Sums sums;
    device::Driver driver(simulator);
    for (int i = 0; i < args_.jobs; ++i, ++jobs_) {
      const system::Draw draw(seed * 1000 + static_cast<std::uint64_t>(i), plugin_.config(),
                              args_.macs);
      const device::Finished f = driver.run(draw.drawn().jobs, draw.drawn().options);
      ++sums.jobs;
      sums.busy += device::value(f.counters, device::Counter::busy);
      sums.read_bursts += device::value(f.counters, device::Counter::read_bursts);
      sums.write_bursts += device::value(f.counters, device::Counter::write_bursts);
      sums.bytes_read += device::value(f.counters, device::Counter::bytes_read);
    }
    return sums;
  }

  void check(const Trace& trace, const Sums& sums) const {
    Sums seen;
    for (const json& e : trace.events) {
      switch (static_cast<trace::Track>(e.at("tid").get<int>() - 1)) {
        case trace::Track::job:
          ++seen.jobs;
          seen.busy += e.at("dur").get<std::uint64_t>();
          break;
        case trace::Track::read_bus:
          ++seen.read_bursts;
          seen.bytes_read += e.at("args").at("beats").get<std::uint64_t>() * p_.axi_bytes();
          break;
        case trace::Track::write_bus:
          ++seen.write_bursts;
          break;
        default:
          break;
      }
    }
    const auto same = [](const char* what, std::uint64_t a, std::uint64_t b) {
      if (a != b)
        wrong(std::string(what) + ": " + std::to_string(a) + " in the trace, the device counted " +
              std::to_string(b));
    };
    same("jobs", seen.jobs, sums.jobs);
    same("busy cycles", seen.busy, sums.busy);
    same("read bursts", seen.read_bursts, sums.read_bursts);
    same("write bursts", seen.write_bursts, sums.write_bursts);
    same("bytes read", seen.bytes_read, sums.bytes_read);
  }

  const Arguments& args_;
  system::Plugin plugin_;
  twin::Parameters p_;
  std::uint64_t jobs_ = 0;
  std::uint64_t events_ = 0;
  std::map<std::string, std::uint64_t> by_track_;
};

}  // namespace

int main(int argc, char** argv) {
  Arguments args;
  CLI::App app{"Compares the traces of the twin and the verilated device."};
  app.add_option("--plugin", args.plugin, "shared library of the verilated device")->required();
  app.add_option("--folder", args.folder, "where the files go");
  app.add_option("--seed", args.seed, "of the first file; counts up");
  app.add_option("--count", args.count, "pairs of files");
  app.add_option("--jobs", args.jobs, "per file");
  app.add_option("--max-macs", args.macs, "bound on a job's size");
  CLI11_PARSE(app, argc, argv);
  try {
    Runner runner(args);
    for (int i = 0; i < args.count; ++i) runner.run(args.seed + static_cast<std::uint64_t>(i));
    return runner.report() ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "trace_jobs: %s\n", error.what());
    return 1;
  }
}
