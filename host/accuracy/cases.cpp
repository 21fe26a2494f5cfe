// SPDX-License-Identifier: Apache-2.0
#include "host/accuracy/cases.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <fstream>
#include <iterator>
#include <limits>
#include <mutex>
#include <thread>
#include <tuple>

#include "host/api/config.hpp"
#include "host/io/case.hpp"
#include "model/rivals/rivals.hpp"

namespace flashd::accuracy {
namespace {

namespace fs = std::filesystem;
using distributions::Distribution;

constexpr std::int64_t kDecayLimit = 4096;
constexpr std::int64_t kManyKeys = 4096;

/// Case folders under the folder given, or that folder if it is one, in the order of their names.
std::vector<fs::path> trace_folders(const fs::path& given) {
  // A case takes its name from its folder's: "." and a slash at the end leave none.
  fs::path folder = fs::absolute(given).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  if (fs::exists(folder / "q.npy")) return {folder};
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (fs::exists(entry.path() / "q.npy")) found.push_back(entry.path());
  }
  if (found.empty()) {
    throw host::bad_input(given.string(),
                          "expected a folder of traces, each with q.npy, but found none");
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Two case folders hold the same inputs.
bool same_files(const fs::path& a, const fs::path& b) {
  for (const char* name : {"q.npy", "k.npy", "v.npy", "meta.json"}) {
    if (bytes_of(a / name) != bytes_of(b / name)) return false;
  }
  return true;
}

/// Measures the datapaths that take the job's format, unless an exact output is not finite.
void measure_job(const Job& job, const std::vector<std::array<int, 2>>& outliers, Record record,
                 int tile, Measured& measured) {
  record.format = job.input;
  const reference::Output exact = reference::attention(job);
  if (!std::all_of(exact.o.begin(), exact.o.end(), [](double o) { return std::isfinite(o); })) {
    measured.without_error.push_back(record);
    return;
  }
  for (const Datapath datapath : kDatapaths) {
    const bool ours = datapath == Datapath::fine || datapath == Datapath::lean;
    if (!ours && job.input != InputFormat::bf16) continue;
    record.datapath = datapath;
    record.figures = measure(job, compute(job, datapath, tile), exact, datapath, outliers);
    measured.records.push_back(record);
  }
}

Measured run_trace(const InputCase& input, const Options& options) {
  Measured measured;
  for (const InputFormat format : options.formats) {
    const host::Case data = host::load_case(input.trace, format, {}, host::find_config("base"));
    for (std::int64_t entry = 0; entry < data.batch; ++entry) {
      const Job job = data.job(entry);
      Record record;
      record.source = input.source;
      record.trace = true;
      record.heads = job.heads_q;
      record.queries = job.queries;
      record.keys = job.keys;
      record.d = job.d;
      measure_job(job, {}, record, options.tile, measured);
    }
  }
  return measured;
}

}  // namespace

double InputCase::macs() const {
  if (!trace.empty()) return std::numeric_limits<double>::infinity();
  return 2.0 * static_cast<double>(shape.heads_q * shape.queries * shape.keys) * shape.d;
}

std::vector<InputCase> list_cases(const Options& options) {
  std::vector<InputCase> cases;
  for (const Distribution distribution : options.distributions) {
    for (const std::int64_t keys : options.sizes) {
      if (distribution == Distribution::decay && keys > kDecayLimit) continue;
      for (const int d : options.dims) {
        for (const std::uint64_t seed : options.seeds) {
          const std::int64_t queries = keys > kManyKeys ? 16 : 64;
          cases.push_back({distributions::name(distribution),
                           {},
                           distribution,
                           {1, 1, queries, keys, d},
                           seed});
        }
      }
    }
  }
  for (const fs::path& folder : options.traces) {
    for (const fs::path& trace : trace_folders(folder)) {
      const auto same_name = [&](const InputCase& other) {
        return other.trace.filename() == trace.filename();
      };
      const auto twin = std::find_if(cases.begin(), cases.end(), same_name);
      if (twin != cases.end() && same_files(twin->trace, trace)) continue;
      const std::string source =
          twin == cases.end() ? trace.filename().string() : trace.string();
      cases.push_back({source, trace, Distribution::n01, {}, 0});
    }
  }
  std::stable_sort(cases.begin(), cases.end(),
                   [](const InputCase& a, const InputCase& b) { return a.macs() > b.macs(); });
  return cases;
}

Measured run_case(const InputCase& input, const Options& options) {
  if (!input.trace.empty()) return run_trace(input, options);
  Measured measured;
  const distributions::Draw draw = distributions::draw(input.distribution, input.shape, input.seed);
  Record record;
  record.source = input.source;
  record.queries = input.shape.queries;
  record.keys = input.shape.keys;
  record.d = input.shape.d;
  record.seed = input.seed;
  for (const InputFormat format : options.formats) {
    const distributions::Inputs inputs = distributions::round_to(draw, format);
    measure_job(inputs.job(), draw.v_channels, record, options.tile, measured);
  }
  return measured;
}

Measured run_cases(const Options& options, std::ostream* progress) {
  const std::vector<InputCase> cases = list_cases(options);
  std::vector<Measured> parts(cases.size());
  std::atomic<std::size_t> next{0};
  std::size_t done = 0;
  std::exception_ptr failure;
  std::mutex lock;
  const auto work = [&] {
    for (std::size_t i = next++; i < cases.size(); i = next++) {
      try {
        parts[i] = run_case(cases[i], options);
      } catch (...) {
        const std::lock_guard<std::mutex> guard(lock);
        if (!failure) failure = std::current_exception();
        next = cases.size();
        return;
      }
      const std::lock_guard<std::mutex> guard(lock);
      ++done;
      if (progress) *progress << "\rcase " << done << " of " << cases.size() << "   " << std::flush;
    }
  };
  std::vector<std::thread> helpers;
  for (int i = 1; i < options.jobs; ++i) helpers.emplace_back(work);
  work();
  for (std::thread& helper : helpers) helper.join();
  if (progress) *progress << "\r\033[K" << std::flush;
  if (failure) std::rethrow_exception(failure);
  Measured all;
  const auto append = [](std::vector<Record>& to, const std::vector<Record>& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  for (const Measured& part : parts) {
    append(all.records, part.records);
    append(all.without_error, part.without_error);
  }
  // Reports go by source and size, not by the order of work.
  for (std::vector<Record>* records : {&all.records, &all.without_error}) {
    std::stable_sort(records->begin(), records->end(), [](const Record& a, const Record& b) {
      return std::tie(a.trace, a.source, a.keys, a.d, a.seed) <
             std::tie(b.trace, b.source, b.keys, b.d, b.seed);
    });
  }
  return all;
}

}  // namespace flashd::accuracy
