// SPDX-License-Identifier: Apache-2.0
#include "host/accuracy/cases.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
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

/// Case folders under `folder`, or the folder itself if it is one, in the order of their names.
std::vector<fs::path> trace_folders(const fs::path& folder) {
  if (fs::exists(folder / "q.npy")) return {folder};
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (fs::exists(entry.path() / "q.npy")) found.push_back(entry.path());
  }
  if (found.empty()) {
    throw host::bad_input(folder.string(),
                          "expected a folder of traces, each with q.npy, but found none");
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// Measures the datapaths that take the job's format. Throws host::Error if an exact output is not
/// finite: no error can be told of it.
void measure_job(const Job& job, const std::vector<std::array<int, 2>>& outliers, Record record,
                 int tile, std::vector<Record>& records) {
  const reference::Output exact = reference::attention(job);
  if (!std::all_of(exact.o.begin(), exact.o.end(), [](double o) { return std::isfinite(o); })) {
    throw host::bad_input(record.source,
                          std::string("an exact output is not finite, as a row sees NaN or Inf "
                                      "once inputs are in ") +
                              host::to_text(job.input) + ", so no error can be told");
  }
  for (const Datapath datapath : kDatapaths) {
    const bool ours = datapath == Datapath::fine || datapath == Datapath::lean;
    if (!ours && job.input != InputFormat::bf16) continue;
    record.format = job.input;
    record.datapath = datapath;
    record.figures = measure(job, compute(job, datapath, tile), exact, datapath, outliers);
    records.push_back(record);
  }
}

std::vector<Record> run_trace(const InputCase& input, const Options& options) {
  std::vector<Record> records;
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
      measure_job(job, {}, record, options.tile, records);
    }
  }
  return records;
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
      const bool known = std::any_of(cases.begin(), cases.end(), [&](const InputCase& other) {
        return other.source == trace.filename().string();
      });
      if (!known) cases.push_back({trace.filename().string(), trace, Distribution::n01, {}, 0});
    }
  }
  std::stable_sort(cases.begin(), cases.end(),
                   [](const InputCase& a, const InputCase& b) { return a.macs() > b.macs(); });
  return cases;
}

std::vector<Record> run_case(const InputCase& input, const Options& options) {
  if (!input.trace.empty()) return run_trace(input, options);
  std::vector<Record> records;
  const distributions::Draw draw = distributions::draw(input.distribution, input.shape, input.seed);
  Record record;
  record.source = input.source;
  record.queries = input.shape.queries;
  record.keys = input.shape.keys;
  record.d = input.shape.d;
  record.seed = input.seed;
  for (const InputFormat format : options.formats) {
    const distributions::Inputs inputs = distributions::round_to(draw, format);
    measure_job(inputs.job(), draw.v_channels, record, options.tile, records);
  }
  return records;
}

std::vector<Record> run_cases(const Options& options, std::ostream* progress) {
  const std::vector<InputCase> cases = list_cases(options);
  std::vector<std::vector<Record>> parts(cases.size());
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
  std::vector<Record> records;
  for (const auto& part : parts) records.insert(records.end(), part.begin(), part.end());
  // Reports go by source and size, not by the order of work.
  std::stable_sort(records.begin(), records.end(), [](const Record& a, const Record& b) {
    return std::tie(a.trace, a.source, a.keys, a.d, a.seed) <
           std::tie(b.trace, b.source, b.keys, b.d, b.seed);
  });
  return records;
}

}  // namespace flashd::accuracy
