// SPDX-License-Identifier: Apache-2.0
// flashd_gpu_bench: times, errors and energy of one attention call on the first GPU.
#include <cuda_runtime.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "kernels/exact/gpu_memory.cuh"
#include "kernels/fast/bench_options.hpp"
#include "kernels/fast/nvml.hpp"
#include "kernels/fast/reference.hpp"
#include "model/reference/decode.hpp"

namespace {

using namespace flashd;
using namespace flashd::cuda;
using Json = nlohmann::json;

constexpr int kFailed = 1, kUsage = 2, kNoGpu = 3, kFault = 4;

/// Ends the program with a status and one sentence.
struct Stop : std::runtime_error {
  Stop(int code, const std::string& sentence) : std::runtime_error(sentence), status(code) {}
  int status;
};

void need(const Status& status) {
  if (status.good()) return;
  const int code = status.outcome == Outcome::refused       ? kUsage
                   : status.outcome == Outcome::unavailable ? kNoGpu
                                                            : kFault;
  throw Stop(code, status.sentence);
}

void need(cudaError_t error, const char* what) { need(status_of(error, what)); }

std::vector<std::uint16_t> draw(std::int64_t count, std::uint64_t seed, InputFormat format) {
  // A table of normal values: fast enough for gigabytes, the same on every machine.
  std::mt19937_64 random(seed);
  std::vector<std::uint16_t> table(65536);
  for (std::uint16_t& x : table) {
    const double u = (static_cast<double>(random() >> 11) + 0.5) * 0x1p-53;
    const double angle = static_cast<double>(random() >> 11) * 0x1p-53 * 6.283185307179586;
    x = reference::element_bits(static_cast<float>(std::sqrt(-2.0 * std::log(u)) * std::cos(angle)),
                                format);
  }
  std::vector<std::uint16_t> values(static_cast<std::size_t>(count));
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i % 4 == 0) bits = random();
    values[i] = table[(bits >> (16 * (i % 4))) & 0xFFFF];
  }
  return values;
}

/// Inputs of the options and their call, on the host and on the GPU.
struct Bench {
  Bench(const BenchOptions& o, const Gpu& gpu) : options(o) {
    FastJob& job = host;
    job.input = o.format == "bf16" ? InputFormat::bf16 : InputFormat::fp16;
    job.output = o.format == "bf16" ? OutputFormat::bf16 : OutputFormat::fp16;
    job.d = o.d;
    job.batch = o.batch;
    job.heads_q = o.heads;
    job.heads_kv = o.kv_heads;
    job.queries = o.queries;
    job.keys = o.keys;
    job.causal = o.causal;
    job.scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(o.d)));
    // Rows before heads, as frameworks hold them.
    job.q_strides = job.o_strides = dense_strides(o.heads, o.queries, o.d, true);
    job.k_strides = job.v_strides = dense_strides(o.kv_heads, o.keys, o.d, true);
    if (o.kernel == "exact") {
      job.q_strides = dense_strides(o.heads, o.queries, o.d);
      job.k_strides = job.v_strides = dense_strides(o.kv_heads, o.keys, o.d);
    }
    kernel = o.kernel == "fast"       ? FastKernel::fast
             : o.kernel == "portable" ? FastKernel::portable
             : o.kernel == "division" ? FastKernel::division
                                      : FastKernel::choose;
    // Shapes are checked before memory is asked for; 16 stands for arrays that come later.
    job.q = job.k = job.v = reinterpret_cast<const std::uint16_t*>(16);
    job.o = reinterpret_cast<void*>(16);
    if (o.kernel != "exact") need(check_fast(job, kernel));
    const std::int64_t rows = o.batch * o.heads * o.queries;
    const std::int64_t key_rows = o.batch * o.kv_heads * o.keys;
    q = draw(rows * o.d, 1, job.input);
    k = draw(key_rows * o.d, 2, job.input);
    v = draw(key_rows * o.d, 3, job.input);
    job.q = q.data();
    job.k = k.data();
    job.v = v.data();
    if (o.kernel == "exact") return;
    device = job;
    device.q = memory.put(q.data(), rows * o.d, "q");
    device.k = memory.put(k.data(), key_rows * o.d, "k");
    device.v = memory.put(v.data(), key_rows * o.d, "v");
    device.o = memory.room<std::uint16_t>(rows * o.d, "o");
    device.lse = memory.room<float>(rows, "lse");
    device.parts = o.parts > 0 ? o.parts : fitting_parts(job, kernel, gpu);
    device.workspace = memory.room<float>(workspace_elements(device), "workspace");
    need(memory.status());
  }

  void launch() {
    if (options.kernel != "exact") return need(launch_fast(device, kernel, nullptr));
    Job job;
    job.heads_q = options.heads;
    job.heads_kv = options.kv_heads;
    job.queries = options.queries;
    job.keys = options.keys;
    job.d = job.dv = options.d;
    job.q = q;
    job.k = k;
    job.v = v;
    job.input = host.input;
    job.scale = static_cast<double>(host.scale);
    job.visibility.causal = options.causal;
    Result result;
    const golden::Settings settings{Profile::fine, 64};
    need(run_exact(job, settings, fitting_shape(job), &result));
  }

  FastErrors check() {
    std::vector<std::uint16_t> o(q.size());
    std::vector<float> lse(q.size() / static_cast<std::size_t>(options.d));
    need(cudaMemcpy(o.data(), device.o, o.size() * 2, cudaMemcpyDeviceToHost), "copying o");
    need(cudaMemcpy(lse.data(), device.lse, lse.size() * 4, cudaMemcpyDeviceToHost), "copying lse");
    FastJob job = host;
    job.o = o.data();
    job.lse = lse.data();
    return measure_rows(job, sample_rows(job, options.check));
  }

  BenchOptions options;
  FastKernel kernel = FastKernel::choose;
  FastJob host, device;
  std::vector<std::uint16_t> q, k, v;
  GpuMemory memory;
};

double percentile(std::vector<double> times, double part) {
  std::sort(times.begin(), times.end());
  return times[static_cast<std::size_t>(part * static_cast<double>(times.size() - 1) + 0.5)];
}

/// Keeps the GPU busy for so many of its clocks.
__global__ void hold_kernel(long long clocks) {
  const long long begin = clock64();
  while (clock64() - begin < clocks) {
  }
}

constexpr long long kHold = 300000;   // a launch: 0.15 ms at 2 GHz, longer than queueing takes
constexpr std::size_t kQueued = 128;  // launches behind a hold; the driver's queue is not endless

struct Destroy {
  void operator()(cudaEvent_t event) const { static_cast<void>(cudaEventDestroy(event)); }
};
using Event = std::unique_ptr<CUevent_st, Destroy>;

Event make_event() {
  cudaEvent_t event = nullptr;
  need(cudaEventCreate(&event), "making an event");
  return Event(event);
}

/// Milliseconds of each launch, by events of the GPU, which is held until kQueued are queued, so
/// that it does not wait for the host; of the whole call for the exact kernel, whose copies are
/// part of it.
std::vector<double> time_launches(Bench* bench) {
  for (int i = 0; i < bench->options.warmup; ++i) bench->launch();
  need(cudaDeviceSynchronize(), "warming up");
  std::vector<Event> marks;
  for (int i = 0; i < 2 * bench->options.repeat; ++i) marks.push_back(make_event());
  const bool held = bench->options.kernel != "exact";
  for (std::size_t i = 0; i < marks.size(); i += 2) {
    if (held && i % (2 * kQueued) == 0) {
      const std::size_t launches = std::min(kQueued, (marks.size() - i) / 2);
      need(cudaDeviceSynchronize(), "running the kernel");
      need(start("starting", &hold_kernel, 1, 1, 0, nullptr,
                 kHold * static_cast<long long>(launches)));
    }
    need(cudaEventRecord(marks[i].get()), "recording an event");
    bench->launch();
    need(cudaEventRecord(marks[i + 1].get()), "recording an event");
  }
  need(cudaDeviceSynchronize(), "running the kernel");
  std::vector<double> times;
  for (std::size_t i = 0; i < marks.size(); i += 2) {
    float ms = 0.0f;
    need(cudaEventElapsedTime(&ms, marks[i].get(), marks[i + 1].get()), "reading the time");
    times.push_back(static_cast<double>(ms));
  }
  return times;
}

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Calls `work` until the energy counter steps, which it does every few tens of milliseconds, at
/// most for 0.3 s. Returns the calls.
template <class Work>
std::int64_t until_step(const Nvml& nvml, const Work& work) {
  const auto first = nvml.energy();
  const double start = now();
  std::int64_t calls = 0;
  while (now() - start < 0.3 && nvml.energy() == first) {
    work();
    ++calls;
  }
  return calls;
}

/// Joules and seconds while `work` is called until `seconds` are over, from a step of the counter
/// to another.
template <class Work>
Json measure_energy(const Nvml& nvml, double seconds, const Work& work) {
  until_step(nvml, work);
  const auto before = nvml.energy();
  const double start = now();
  std::int64_t calls = 0;
  while (now() - start < seconds) {
    work();
    ++calls;
  }
  calls += until_step(nvml, work);
  const double took = now() - start;
  const auto after = nvml.energy();
  if (!before || !after) return nullptr;
  return {{"seconds", took}, {"joules", *after - *before}, {"calls", calls}};
}

/// Idle first: clocks and temperature fall back within a second.
Json energy_of(Bench* bench, const Nvml& nvml, double ms) {
  const double seconds = bench->options.seconds;
  std::this_thread::sleep_for(std::chrono::seconds(1));
  const Json idle = measure_energy(nvml, std::min(seconds, 5.0), [] {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  });
  const int batch = std::max(1, static_cast<int>(20.0 / std::max(ms, 1e-3)));
  Json clocks;
  const Json busy = measure_energy(nvml, seconds, [&] {
    for (int i = 0; i < batch; ++i) bench->launch();
    if (const auto mhz = nvml.clock(1)) clocks.push_back(*mhz);
    need(cudaDeviceSynchronize(), "running the kernel");
  });
  if (idle.is_null() || busy.is_null())
    return {{"unavailable", "NVML gives no energy of this GPU"}};
  const double idle_watts = idle["joules"].get<double>() / idle["seconds"].get<double>();
  const double launches = busy["calls"].get<double>() * batch;
  const double flops = launches * fast_flops(bench->host);
  const double joules = busy["joules"], took = busy["seconds"];
  const double above = joules - idle_watts * took;
  Json result = {{"idle_watts", idle_watts},
                 {"watts", joules / took},
                 {"joules", joules},
                 {"seconds", took},
                 {"launches", launches},
                 {"pj_per_flop", 1e12 * joules / flops},
                 {"pj_per_flop_idle_subtracted", 1e12 * above / flops},
                 {"joules_per_launch", joules / launches},
                 {"joules_per_launch_idle_subtracted", above / launches}};
  if (!clocks.is_null()) {
    std::vector<double> mhz = clocks.get<std::vector<double>>();
    result["sm_mhz"] = {{"median", percentile(mhz, 0.5)},
                        {"lowest", percentile(mhz, 0.0)},
                        {"highest", percentile(mhz, 1.0)}};
  }
  return result;
}

Json number(const std::optional<unsigned>& x) { return x ? Json(*x) : Json(nullptr); }

int run(const BenchOptions& options) {
  Gpu gpu;
  need(find_gpu(&gpu));
  char bus[32] = {};
  need(cudaDeviceGetPCIBusId(bus, sizeof bus, 0), "telling its address");
  const Nvml nvml(bus);
  Bench bench(options, gpu);
  FastKernel resolved = bench.kernel;
  if (options.kernel != "exact") need(resolve_fast(bench.kernel, gpu.major, gpu.minor, &resolved));
  const std::vector<double> times = time_launches(&bench);
  const double median = percentile(times, 0.5);
  const double flops = fast_flops(bench.host);
  const auto limit = nvml.power_limit();
  const auto driver = nvml.driver();
  Json json = {{"program", "flashd_gpu_bench"},
               {"device", gpu.name},
               {"compute_capability", std::to_string(gpu.major) + "." + std::to_string(gpu.minor)},
               {"driver", driver ? Json(*driver) : Json(nullptr)},
               {"driver_cuda", gpu.driver},
               {"runtime_cuda", gpu.runtime},
               {"sm_mhz_after", number(nvml.clock(1))},
               {"sm_mhz_most", number(nvml.most_clock(1))},
               {"memory_mhz", number(nvml.clock(2))},
               {"power_limit_watts", limit ? Json(*limit) : Json(nullptr)},
               {"kernel", options.kernel == "exact" ? "exact" : name(resolved)},
               {"shape",
                {{"batch", options.batch},
                 {"heads", options.heads},
                 {"kv_heads", options.kv_heads},
                 {"queries", options.queries},
                 {"keys", options.keys},
                 {"d", options.d},
                 {"causal", options.causal},
                 {"format", options.format}}},
               {"parts", bench.device.parts},
               {"warmup", options.warmup},
               {"times_include_copies", options.kernel == "exact"},
               {"ms",
                {{"median", median},
                 {"p10", percentile(times, 0.1)},
                 {"p90", percentile(times, 0.9)},
                 {"all", times}}},
               {"flop", flops},
               {"tflops", flops / median * 1e-9}};
  bool good = true;
  if (options.check > 0) {
    const FastErrors e = bench.check();
    good = within_rule(e);
    json["errors"] = {{"rows", e.rows},
                      {"values", e.values},
                      {"largest", e.largest},
                      {"rms", e.rms},
                      {"relative", e.relative},
                      {"framework_largest", e.framework_largest},
                      {"framework_rms", e.framework_rms},
                      {"lse", e.lse},
                      {"within_rule", good}};
  }
  if (options.seconds > 0.0) json["energy"] = energy_of(&bench, nvml, median);
  if (options.json) {
    std::printf("%s\n", json.dump().c_str());
  } else {
    std::printf("%s on %s: median %.4f ms, %.1f TFLOP/s\n%s\n", options.kernel.c_str(),
                gpu.name.c_str(), median, flops / median * 1e-9, json.dump(1).c_str());
  }
  if (!good) throw Stop(kFailed, "the error is beyond twice a framework's");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    BenchOptions options;
    if (const Status status = parse_bench(argc, argv, &options); !status.good())
      throw Stop(kUsage, status.sentence);
    if (options.help) {
      std::fputs(kBenchUsage, stdout);
      return 0;
    }
    return run(options);
  } catch (const Stop& stop) {
    std::fprintf(stderr, "flashd_gpu_bench: %s\n", stop.what());
    return stop.status;
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "flashd_gpu_bench: no memory is left\n");
    return kUsage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "flashd_gpu_bench: %s\n", error.what());
    return kFault;
  }
}
