// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <stdexcept>

#include <catch2/catch_test_macros.hpp>

#include "host/api/config.hpp"
#include "host/io/error.hpp"
#include "host/report/report.hpp"
#include "host/sweep/point.hpp"
#include "model/systemc/twin_simulator.hpp"

using namespace flashd;
using device::Counter;

namespace {

bool close(double a, double b) { return std::fabs(a - b) <= 1e-12 * std::fabs(b); }

Job two_heads() {
  Job job;
  job.heads_q = 4;
  job.heads_kv = 2;
  job.queries = 10;
  job.keys = 30;
  job.d = 32;
  job.dv = 64;
  return job;
}

}  // namespace

TEST_CASE("report: shape counts what some query sees") {
  report::Shape shape;
  Job job = two_heads();
  report::add(shape, job);
  CHECK(shape.rows == 20);
  CHECK(shape.queries == 40);
  CHECK(shape.keys == 60);
  CHECK(shape.output_bytes == 4);
  job.visibility.key_length = 12;
  job.visibility.causal = true;
  job.visibility.diagonal = -3;  // queries 0 to 9 see keys up to -3 to 6
  job.output = OutputFormat::fp16;
  report::add(shape, job);
  CHECK(shape.queries == 80);
  CHECK(shape.keys == 60 + 2 * 7);
  CHECK(shape.output_bytes == 2);
  job.visibility.diagonal = 2;
  job.visibility.window_left = 1;  // query 0 sees 1 to 2, query 9 sees 10 to 11
  job.visibility.window_right = 0;
  report::add(shape, job);
  CHECK(shape.keys == 60 + 2 * 7 + 2 * 11);
}

TEST_CASE("report: utilisation, traffic and bounds of a run") {
  const spec::Config& tiny = host::find_config("tiny");
  device::Counters counters{};
  const auto set = [&](Counter c, std::uint64_t n) { counters[static_cast<std::size_t>(c)] = n; };
  set(Counter::busy, 1000);
  set(Counter::keys_scored, 100);
  set(Counter::bytes_read, 3000);
  set(Counter::bytes_written, 1800);
  set(Counter::score_busy, 400);
  set(Counter::score_wait_key, 550);
  set(Counter::score_idle, 50);
  set(Counter::output_busy, 400);
  set(Counter::output_idle, 600);
  report::Shape shape;
  shape.rows = shape.queries = 5;
  shape.keys = 20;
  shape.d = 32;
  shape.dv = 64;
  const report::Report r = report::make_report(counters, tiny, shape, 8);
  CHECK(r.macs == 9600);
  CHECK(close(r.utilisation, 9600.0 / (2 * 16 * 1000)));
  CHECK(close(r.bytes_per_cycle, 4.8));
  CHECK(close(r.bytes_per_flop, 4800.0 / 19200));
  // Q, O in FP32 and LSE of 5 rows, K and V of 20 keys.
  CHECK(close(r.compulsory, (5 * (64 + 256 + 4) + 20 * (64 + 128)) / 19200.0));
  // Theta(N^2 d^2 / M): with d = dv it is d / M.
  CHECK(close(report::io_bound(64, 64, 64000), 0.001));
  CHECK(close(r.io_bound, 96 / (2.0 * static_cast<double>(report::on_chip(tiny).total() / 8))));

  const std::string text = report::to_text(r, counters);
  INFO(text);
  CHECK(text.find("score array: busy 40.0 %, key 55.0 %, idle 5.0 %\n") != std::string::npos);
  CHECK(text.find("output array: busy 40.0 %, idle 60.0 %\n") != std::string::npos);
  CHECK(text.find("3000 bytes read, 1800 written, 4.80 per cycle of at most 8.00 each way") !=
        std::string::npos);
  CHECK(text.find("bytes per FLOP: 0.25; every array once: 0.284,") != std::string::npos);
  CHECK(text.find(r.sentence + "\n") != std::string::npos);
}

TEST_CASE("report: bits of the memories of the RTL") {
  // Width times depth of every flashd_ram of flashd_top as Verilator elaborates it.
  CHECK(report::on_chip(host::find_config("tiny")).total() == 116008);
  CHECK(report::on_chip(host::find_config("wide")).total() == 2712192);
  CHECK(report::on_chip(host::find_config("paper64x8")).total() == 385936);
}

TEST_CASE("report: peak of a memory model") {
  CHECK(std::isinf(report::memory_peak("ideal")));
  CHECK(std::isinf(report::memory_peak("fixed:10")));
  CHECK(report::memory_peak("bandwidth:60,12.5") == 12.5);
  // 64 bytes in 4 clocks of 833 ps; half as fast a device sees twice as many per cycle.
  CHECK(close(report::memory_peak("dram:ddr4-2400"), 64 / (4 * 0.833)));
  CHECK(close(report::memory_peak("dram:ddr4-2400,500"), 64 / (2 * 0.833)));
  CHECK_THROWS_AS(report::memory_peak("sram"), std::invalid_argument);
  CHECK(report::port_peak(host::find_config("tiny"), "ideal") == 8);
  CHECK(report::port_peak(host::find_config("base"), "bandwidth:1,12") == 12);
}

TEST_CASE("sweep: workloads by name") {
  const sweep::Workload prefill = sweep::parse_workload("prefill:512");
  CHECK((prefill.queries == 512 && prefill.keys == 512 && prefill.heads_q == 1));
  CHECK((prefill.d == 64 && prefill.dv == 64 && !prefill.causal));
  const sweep::Workload wide = sweep::parse_workload("prefill:64x1000,dv=16,d=128,causal");
  CHECK((wide.queries == 64 && wide.keys == 1000 && wide.d == 128 && wide.dv == 16));
  CHECK(wide.causal);
  const sweep::Workload decode = sweep::parse_workload("decode:8x16384,d=96");
  CHECK((decode.queries == 1 && decode.heads_q == 8 && decode.keys == 16384 && decode.dv == 96));
  for (const char* bad :
       {"", "prefill", "prefill:", "prefill:0", "prefill:1x", "prefill:1,", "prefill:-1",
        "prefill:1,d=0", "prefill:1,d=257", "prefill:1,x", "decode:8", "decode:8x1,causal",
        "decode:5000x1", "other:1", "prefill:1048577"}) {
    INFO(bad);
    CHECK_THROWS_AS(sweep::parse_workload(bad), host::Error);
  }
}

TEST_CASE("sweep: a point takes the time of a run with data") {
  const spec::Config& tiny = host::find_config("tiny");
  const std::string memory = "dram:ddr4-2400,300";
  int compared = 0;
  for (const char* name : {"prefill:37x90,d=48,dv=20,causal", "decode:6x200,d=33"}) {
    const sweep::Workload w = sweep::parse_workload(name);
    const sweep::Point point = sweep::run_point(tiny, Profile::fine, w, memory);
    Job job;
    job.heads_q = w.heads_q;
    job.queries = w.queries;
    job.keys = w.keys;
    job.d = w.d;
    job.dv = w.dv;
    std::vector<std::uint16_t> q(static_cast<std::size_t>(w.heads_q * w.queries * w.d));
    std::vector<std::uint16_t> k(static_cast<std::size_t>(w.keys * w.d));
    std::vector<std::uint16_t> v(static_cast<std::size_t>(w.keys * w.dv));
    std::uint32_t state = 1;
    for (auto* array : {&q, &k, &v})
      for (std::uint16_t& bits : *array)  // BF16 of magnitude 0.5 to 2
        bits = static_cast<std::uint16_t>(0x3F00 | ((state = state * 1664525 + 1013904223) >> 24));
    job.q = q;
    job.k = k;
    job.v = v;
    job.visibility.causal = w.causal;
    system::Options options;
    options.memory = memory;
    twin::TwinSimulator simulator(twin::parameters_of(tiny, Profile::fine), options, {});
    device::Driver driver(simulator);
    const device::Finished finished = driver.run({&job, 1}, {});
    for (std::size_t i = 0; i < finished.counters.size(); ++i) {
      const auto counter = static_cast<Counter>(i);
      // Counters of data, which a point does not have.
      if (counter >= Counter::keys_skipped && counter <= Counter::rows_empty) continue;
      INFO(name << ": " << device::kCounterNames[i]);
      CHECK(point.counters[i] == finished.counters[i]);
      ++compared;
    }
    CHECK(device::value(point.counters, Counter::busy) > 1000);
  }
  CHECK(compared == 2 * 22);
}

TEST_CASE("sweep: a workload that does not fit") {
  const sweep::Workload w = sweep::parse_workload("prefill:8,d=128");
  CHECK(sweep::misfit(host::find_config("base"), w).empty());
  CHECK(sweep::misfit(host::find_config("tiny"), w) ==
        "tiny takes head dimensions up to 64, not 128");
  CHECK_THROWS_AS(sweep::run_point(host::find_config("tiny"), Profile::fine, w, "ideal"),
                  host::Error);
}
