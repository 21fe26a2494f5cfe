// SPDX-License-Identifier: Apache-2.0
#include "tests/cuda/cases.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <filesystem>

#include "host/io/case.hpp"
#include "host/io/convert.hpp"
#include "host/jobs/random_job.hpp"
#include "host/jobs/rng.hpp"

namespace flashd::cuda {

namespace {

namespace fs = std::filesystem;

const spec::Config& config_of(const std::string& name) {
  const auto found = std::find_if(std::begin(spec::kConfigs), std::end(spec::kConfigs),
                                  [&](const spec::Config& c) { return c.name == name; });
  return *found;
}

std::vector<std::uint16_t> normal(jobs::Rng& rng, std::int64_t size, InputFormat format) {
  std::vector<std::uint16_t> out;
  for (std::int64_t i = 0; i < size; ++i) out.push_back(host::encode(rng.normal(), format));
  return out;
}

/// Anonymous zeros that take memory only where they are touched.
class Zeros {
 public:
  explicit Zeros(std::size_t bytes) : bytes_(bytes) {
    void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at != MAP_FAILED) data_ = static_cast<std::uint16_t*>(at);
  }
  ~Zeros() {
    if (data_) munmap(data_, bytes_);
  }
  Zeros(const Zeros&) = delete;
  Zeros& operator=(const Zeros&) = delete;
  std::uint16_t* data() const { return data_; }

 private:
  std::uint16_t* data_ = nullptr;
  std::size_t bytes_;
};

}  // namespace

std::string random_jobs(int count, std::int64_t max_macs, const std::vector<Way>& ways,
                        Compared* compared) {
  for (int seed = 1; seed <= count; ++seed) {
    const spec::Config& config = config_of(seed % 2 == 0 ? "tiny" : "base");
    const InputFormat input = seed / 2 % 2 == 0 ? InputFormat::bf16 : InputFormat::fp16;
    const Profile profile = seed / 4 % 2 == 0 ? Profile::fine : Profile::lean;
    const jobs::OwnedJob job =
        jobs::random_job(static_cast<std::uint64_t>(seed), config, input, max_macs);
    const std::string found = compare(job.view(), {profile, config.tile}, ways, compared);
    if (!found.empty())
      return "seed " + std::to_string(seed) + ", " + job.description + ": " + found;
  }
  return {};
}

std::string traces(const std::string& folder, const std::vector<Way>& ways, int* cases,
                   Compared* compared) {
  const spec::Config& config = config_of("base");
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (!fs::exists(entry.path() / "q.npy")) continue;
    for (const InputFormat input : {InputFormat::bf16, InputFormat::fp16}) {
      const host::Case c = host::load_case(entry.path(), input, {}, config);
      const Profile profile = input == InputFormat::bf16 ? Profile::fine : Profile::lean;
      for (std::int64_t b = 0; b < c.batch; ++b) {
        const std::string found = compare(c.job(b), {profile, config.tile}, ways, compared);
        if (!found.empty()) return entry.path().filename().string() + ": " + found;
      }
    }
    ++*cases;
  }
  return {};
}

std::string long_jobs(const std::vector<Way>& ways, Compared* compared) {
  jobs::Rng rng(7);
  jobs::OwnedJob job;
  job.heads_q = 6;
  job.heads_kv = 2;
  job.queries = 2;
  job.keys = 5000;
  job.d = 24;
  job.dv = 40;
  job.scale = 0.5;
  job.visibility.causal = true;
  job.q = normal(rng, job.heads_q * job.queries * job.d, job.input);
  job.k = normal(rng, job.heads_kv * job.keys * job.d, job.input);
  job.v = normal(rng, job.heads_kv * job.keys * job.dv, job.input);
  const golden::Settings settings{Profile::fine, 64};
  std::string found = compare(job.view(), settings, ways, compared);
  if (!found.empty()) return "5,000 keys: " + found;

  // The first 1,984 keys, then the rest from the row state, against golden's unsplit row.
  constexpr std::int64_t kCut = 31 * 64;
  const Result whole = golden::run(job.view(), settings);
  const auto part = [&](std::int64_t begin, std::int64_t end, const std::vector<std::uint16_t>& all,
                        int dim) {
    std::vector<std::uint16_t> out;
    for (std::int64_t head = 0; head < job.heads_kv; ++head) {
      const auto row = all.begin() + head * job.keys * dim;
      out.insert(out.end(), row + begin * dim, row + end * dim);
    }
    return out;
  };
  for (const Way& way : ways) {
    RowStates state;
    Result result;
    Counts sum;
    for (const auto& [begin, end] : {std::pair{std::int64_t{0}, kCut}, {kCut, job.keys}}) {
      const std::vector<std::uint16_t> k = part(begin, end, job.k, job.d);
      const std::vector<std::uint16_t> v = part(begin, end, job.v, job.dv);
      Job some = job.view();
      some.k = k;
      some.v = v;
      some.keys = end - begin;
      some.visibility.diagonal = job.keys - job.queries - begin;
      some.v_exponent = whole.state.v_exponent;
      if (begin != 0) some.state_in = &state;
      const Status status = way.executor(some, settings, way.shape, &result);
      if (!status.good()) return status.sentence;
      state = result.state;
      sum.scores += result.counts.scores;
      sum.keys_skipped += result.counts.keys_skipped;
      sum.tiles += result.counts.tiles;
      sum.tiles_skipped += result.counts.tiles_skipped;
      sum.saturations += result.counts.saturations;
    }
    result.counts = sum;
    found = difference(result, whole, compared);
    if (!found.empty()) return "5,000 keys in two parts: " + found;
  }
  ++compared->jobs;
  return {};
}

std::string million_keys(const std::vector<Way>& ways, Compared* compared) {
  jobs::Rng rng(5);
  Job job;
  job.queries = 64;
  job.keys = std::int64_t{1} << 20;
  job.d = job.dv = 64;
  job.scale = 0.125;
  job.visibility.causal = true;
  const std::vector<std::uint16_t> q = normal(rng, job.queries * job.d, job.input);
  // A sequence of a prime length over and over: drawing all numbers would take longer than the job.
  const std::vector<std::uint16_t> some = normal(rng, 100003, job.input);
  std::vector<std::uint16_t> k(static_cast<std::size_t>(job.keys * job.d)), v(k.size());
  for (std::size_t i = 0; i < k.size(); ++i) {
    k[i] = some[i % some.size()];
    v[i] = some[(i + 50000) % some.size()];
  }
  job.q = q;
  job.k = k;
  job.v = v;
  const std::string found = compare(job, {Profile::fine, 64}, ways, compared);
  return found.empty() ? found : "1,048,576 keys: " + found;
}

std::string far_job(const std::vector<Way>& ways, Compared* compared, bool* ran) {
  constexpr std::int64_t kKeys = (std::int64_t{1} << 31) - 1;
  constexpr int kDim = 2;
  constexpr std::int64_t kSeen = 150;
  const std::size_t elements = static_cast<std::size_t>(2 * kKeys * kDim);
  const Zeros k(2 * elements), v(2 * elements);
  *ran = k.data() && v.data();
  if (!*ran) return {};
  jobs::Rng rng(11);
  for (const Zeros* array : {&k, &v}) {
    for (const std::int64_t head : {1, 2}) {
      std::uint16_t* end = array->data() + head * kKeys * kDim;
      std::generate(end - kSeen * kDim, end,
                    [&] { return host::encode(rng.normal(), InputFormat::bf16); });
    }
  }
  const std::vector<std::uint16_t> q = normal(rng, 2 * 3 * kDim, InputFormat::bf16);
  Job job;
  job.heads_q = job.heads_kv = 2;
  job.queries = 3;
  job.keys = kKeys;
  job.d = job.dv = kDim;
  job.q = q;
  job.k = {k.data(), elements};
  job.v = {v.data(), elements};
  job.visibility.causal = true;
  job.visibility.window_left = kSeen - 10;
  job.visibility.window_right = 0;
  job.v_exponent = 3;
  const std::string found = compare(job, {Profile::fine, 64}, ways, compared);
  return found.empty() ? found : "the last keys of 2^31 - 1: " + found;
}

}  // namespace flashd::cuda
