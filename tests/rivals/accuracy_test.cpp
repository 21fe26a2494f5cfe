// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "host/accuracy/accuracy.hpp"
#include "host/accuracy/cases.hpp"
#include "host/accuracy/extremes.hpp"
#include "host/accuracy/report.hpp"
#include "tests/host/fixture.hpp"

using namespace flashd;
using namespace flashd::accuracy;
using namespace flashd::testing;
namespace fs = std::filesystem;

namespace {

Record record(Datapath datapath, double fp32, double bf16, InputFormat format = InputFormat::bf16) {
  Record r;
  r.source = "n01";
  r.queries = 64;
  r.keys = 512;
  r.d = 64;
  r.seed = 1;
  r.format = format;
  r.datapath = datapath;
  r.figures.rel_fp32 = fp32;
  r.figures.rel_bf16 = bf16;
  r.figures.lse_ratio = 0.5;
  return r;
}

/// Verdict whose statement starts with `start`; fails the test if there is none.
Verdict verdict(const std::vector<Record>& records, const std::string& start) {
  for (const Verdict& v : judge(records)) {
    if (v.bar.rfind(start, 0) == 0) return v;
  }
  FAIL("no verdict on " << start);
  return Verdict("");
}

bool passes(const std::vector<Record>& records, const std::string& start) {
  return verdict(records, start).pass;
}

const char* kFine32 = "fine, FP32 output";
const char* kFine16 = "fine, BF16 output";
const char* kLean16 = "lean, BF16 output";

}  // namespace

TEST_CASE("Bars pass and fail at their edges") {
  const Record gpu = record(Datapath::gpu, 1e-3, 2e-3);
  const Record exact_gpu = record(Datapath::gpu, 0.0, 0.0);
  CHECK(passes({gpu, record(Datapath::fine, 1e-3, 2.04e-3)}, kFine32));
  CHECK_FALSE(passes({gpu, record(Datapath::fine, 1.001e-3, 2e-3)}, kFine32));
  CHECK(passes({exact_gpu, record(Datapath::fine, 2.99e-4, 0.0)}, kFine32));
  CHECK_FALSE(passes({exact_gpu, record(Datapath::fine, 3.01e-4, 0.0)}, kFine32));
  CHECK(passes({gpu, record(Datapath::fine, 0.0, 2.039e-3)}, kFine16));
  CHECK_FALSE(passes({gpu, record(Datapath::fine, 0.0, 2.041e-3)}, kFine16));
  CHECK(passes({exact_gpu, record(Datapath::fine, 0.0, 0.99e-5)}, kFine16));
  CHECK_FALSE(passes({exact_gpu, record(Datapath::fine, 0.0, 1.01e-5)}, kFine16));
  CHECK(passes({gpu, record(Datapath::lean, 1.0, 2.059e-3)}, kLean16));
  CHECK_FALSE(passes({gpu, record(Datapath::lean, 0.0, 2.061e-3)}, kLean16));
  CHECK_FALSE(passes({gpu, record(Datapath::fine, kNone, 0.0)}, kFine32));
  CHECK(passes({record(Datapath::fine, 4.9e-4, 1.0, InputFormat::fp16)}, "fine, FP16"));
  CHECK_FALSE(passes({record(Datapath::fine, 5.1e-4, 0.0, InputFormat::fp16)}, "fine, FP16"));
}

TEST_CASE("A bar names its worst case and compares like with like") {
  Record gpu_other = record(Datapath::gpu, 1.0, 1.0);
  gpu_other.seed = 2;
  Record fine_other = record(Datapath::fine, 1e-4, 1e-4);
  fine_other.seed = 2;
  const std::vector<Record> records = {record(Datapath::gpu, 1e-3, 2e-3), gpu_other, fine_other,
                                       record(Datapath::fine, 1.5e-3, 2e-3)};
  const Verdict v = verdict(records, kFine32);
  CHECK_FALSE(v.pass);
  CHECK(v.cases == 2);
  CHECK(std::fabs(v.worst - 1.5) < 1e-12);
  CHECK(v.where.find("n01, 64 x 512, d 64, seed 1, bf16") == 0);
}

TEST_CASE("The median of the traces is judged, LSE bounds by profile") {
  std::vector<Record> records;
  for (const double ratio : {0.1, 0.36, 0.34, 0.9, 0.2}) {
    for (const Datapath datapath : {Datapath::gpu, Datapath::fine}) {
      Record r = record(datapath, datapath == Datapath::gpu ? 1e-3 : ratio * 1e-3, 0.0);
      r.trace = true;
      r.source = std::to_string(ratio);
      records.push_back(r);
    }
  }
  CHECK(passes(records, "fine, real traces"));
  records[5].figures.rel_fp32 = 0.37e-3;
  CHECK_FALSE(passes(records, "fine, real traces"));
  Record lse = record(Datapath::lean, 0.0, 0.0);
  lse.figures.lse_ratio = 1.01;
  CHECK_FALSE(passes({lse}, "lean, LSE"));
  lse.datapath = Datapath::fine;
  CHECK_FALSE(passes({lse}, "fine, LSE"));
}

TEST_CASE("Figures measure what they say") {
  distributions::Inputs inputs;
  inputs.shape = {1, 1, 1, 1, 4};
  inputs.q = {0, 0, 0, 0};
  inputs.k = inputs.q;
  inputs.v = {0x3f80, 0x4000, 0x4080, 0x3f80};  // 1 2 4 1
  const Job job = inputs.job();
  const reference::Output exact{{1.0, 2.0, 4.0, 2.0}, {1.0}};
  Computed result;
  result.o = {1.0f, 2.0f, 4.5f, 2.0f};
  result.o_bf16 = {1.0f, 3.0f, 4.0f, 2.0f};
  result.lse = {1.0 + 2.4e-3};
  const Figures f = measure(job, result, exact, Datapath::fine, {{0, 2}});
  CHECK(std::fabs(f.rmse - 0.25) < 1e-12);
  CHECK(std::fabs(f.rel_fp32 - 0.1) < 1e-12);
  CHECK(std::fabs(f.rel_bf16 - 0.2) < 1e-12);
  CHECK(std::fabs(f.worst - 0.125) < 1e-12);
  CHECK(f.other_fp32 == 0.0);
  CHECK(std::fabs(f.other_bf16 - 1.0 / std::sqrt(8.0)) < 1e-12);
  CHECK(std::fabs(f.lse_error - 2.4e-3) < 1e-9);
  CHECK(std::fabs(f.lse_ratio - 2.4e-3 / (1.2e-3 + 1.0 / 65536)) < 1e-6);
  result.o[1] = std::nanf("");
  CHECK(std::isnan(measure(job, result, exact, Datapath::fine, {}).worst));
  CHECK(std::isnan(measure(job, result, exact, Datapath::fine, {}).rel_fp32));
}

TEST_CASE("The list of cases follows the sizes and seeds asked for") {
  Options options = full();
  const std::vector<InputCase> cases = list_cases(options);
  // 8 distributions x 4 sizes, 7 x 65,536 keys; 4 head dimensions, 5 seeds.
  CHECK(cases.size() == (8 * 4 + 7) * 4 * 5);
  for (const InputCase& c : cases) CHECK(c.shape.queries == (c.shape.keys > 4096 ? 16 : 64));
  options.traces = {fs::path(FLASHD_SOURCE_DIR) / "tests" / "no such folder"};
  CHECK_THROWS_AS(list_cases(options), host::Error);
}

namespace {

const fs::path kTraces = fs::path(FLASHD_SOURCE_DIR) / "tests" / "data" / "traces";

/// A copy of a trace; `name` may have folders in it.
fs::path add_trace(const TemporaryFolder& folder, const std::string& name) {
  fs::create_directories((folder / name).parent_path());
  fs::copy(kTraces / "minilm_L0_n24", folder / name);
  return folder / name;
}

/// Sets the last element of a float32 array.
void poison(const fs::path& file, std::uint32_t bits) {
  std::fstream array(file, std::ios::in | std::ios::out | std::ios::binary);
  array.seekp(-4, std::ios::end);
  array.write(reinterpret_cast<const char*>(&bits), sizeof(bits));
  REQUIRE(array.good());
}

constexpr std::uint32_t kNan = 0x7fc00000;
constexpr std::uint32_t kBeyondFp16 = 0x49742400;  // 1e6

Options traces_only(const fs::path& folder, std::vector<InputFormat> formats) {
  Options options = brief();
  options.distributions.clear();
  options.traces = {folder};
  options.formats = std::move(formats);
  return options;
}

}  // namespace

TEST_CASE("Inputs of which no error can be told are set apart, by format") {
  for (const char* name : {"q.npy", "k.npy", "v.npy"}) {
    INFO(name);
    const TemporaryFolder copies;
    const fs::path trace = add_trace(copies, "one");
    poison(trace / name, kBeyondFp16);
    const Options options = traces_only(trace, {InputFormat::bf16, InputFormat::fp16});
    const Measured fp16 = run_case(list_cases(options).at(0), options);
    CHECK(fp16.records.size() == kDatapaths.size());
    REQUIRE(fp16.without_error.size() == 1);
    CHECK(fp16.without_error[0].format == InputFormat::fp16);
    poison(trace / name, kNan);
    const Measured both = run_case(list_cases(options).at(0), options);
    CHECK(both.records.empty());
    CHECK(both.without_error.size() == 2);
  }
}

TEST_CASE("A trace without any figure ends in an error, after all others are told") {
  const TemporaryFolder copies;
  // Enough of them for the bar of the median.
  for (const char* name : {"first", "second", "third"}) add_trace(copies, name);
  poison(add_trace(copies, "large") / "v.npy", kBeyondFp16);
  Options options = traces_only(copies.path(), {InputFormat::bf16, InputFormat::fp16});
  options.out = copies / "out";
  std::ostringstream told;
  CHECK(run(options, told, nullptr) == host::Exit::good);
  CHECK(told.str().find("none  no error can be told") != std::string::npos);
  CHECK(told.str().find("large, 24 x 24, d 32, fp16") != std::string::npos);
  CHECK(told.str().find("large, 24 x 24, d 32, bf16\n") == std::string::npos);
  const std::string page = read_text(options.out / "accuracy.md");
  CHECK(page.find("* large, 24 x 24, d 32, fp16\n") != std::string::npos);

  poison(add_trace(copies, "unknown") / "k.npy", kNan);
  options.json = true;
  std::ostringstream rest;
  std::string sentence;
  try {
    run(options, rest, nullptr);
  } catch (const host::Error& error) {
    sentence = error.what();
    CHECK(error.exit() == host::Exit::usage);
  }
  CHECK(sentence.find("unknown") != std::string::npos);
  CHECK(sentence.find("NaN or Inf once inputs are in bf16") != std::string::npos);
  const auto json = nlohmann::json::parse(rest.str());
  CHECK(json["without_error"].size() == 3);
  CHECK(json["verdicts"].size() > 3);

  const Run command = run_flashd({"accuracy", "--dist", "n01", "--sizes", "1", "--dims", "16",
                                  "--short", "--traces", copies.path(), "--out", copies / "out"});
  CHECK(command.exit == 2);
  CHECK(is_one_sentence(command.err));
  const bool plotted = command.out.find("accuracy.png.") != std::string::npos;
  CHECK((plotted || command.out.find("No picture: ") != std::string::npos));
}

TEST_CASE("Traces count once if their files are equal, by their own names if not") {
  const TemporaryFolder copies;
  add_trace(copies, "a/same");
  add_trace(copies, "b/same");
  poison(add_trace(copies, "c/same") / "v.npy", 0x3f800000);
  Options options = traces_only(copies / "a", {InputFormat::bf16});
  options.traces.push_back(copies / "b" / "");
  options.traces.push_back(copies / "c" / "same" / "");
  const std::vector<InputCase> cases = list_cases(options);
  REQUIRE(cases.size() == 2);
  CHECK(cases[0].source == "same");
  CHECK(cases[1].source == (copies / "c" / "same").string());
}

TEST_CASE("A small run writes its reports, and threads change nothing") {
  Options options = brief();
  options.distributions = {distributions::Distribution::vchan, distributions::Distribution::decay};
  options.sizes = {1, 40};
  options.dims = {16};
  options.traces = {fs::path(FLASHD_SOURCE_DIR) / "tests" / "data" / "traces"};
  options.out = fs::path(FLASHD_BINARY_DIR) / "accuracy_test";
  std::string first;
  for (const int jobs : {1, 3}) {
    options.jobs = jobs;
    std::ostringstream out;
    CHECK(run(options, out, nullptr) == host::Exit::good);
    std::ifstream file(options.out / "accuracy.csv");
    std::stringstream csv;
    csv << file.rdbuf();
    if (jobs == 1) first = csv.str();
    CHECK(csv.str() == first);
    CHECK(out.str().find("pass  fine, real traces") != std::string::npos);
    CHECK(out.str().find("FAIL") == std::string::npos);
  }
  CHECK(first.find("vchan,0,1,64,40,16,1,bf16,gpu,") != std::string::npos);
  CHECK(fs::file_size(options.out / "accuracy.md") > 1000);
  options.json = true;
  std::ostringstream json;
  run(options, json, nullptr);
  CHECK(json.str().find("\"pass\": true") != std::string::npos);
}

TEST_CASE("Extreme inputs keep the contract") {
  for (const int tile : {16, 64}) {
    for (const Verdict& v : judge_extremes(tile)) {
      INFO(v.bar << ": " << v.where);
      CHECK(v.pass);
    }
  }
}

TEST_CASE("A million keys of equal score stay within 2^-12 of max|V|") {
  const std::vector<LongRow> rows = long_rows();
  REQUIRE(rows.size() == 4);
  const Verdict v = judge_long_rows(rows);
  INFO(v.where);
  CHECK(v.pass);
  CHECK(v.cases == 8);
  std::vector<LongRow> bad = rows;
  bad[2].fine16 = 2.5e-4;
  CHECK_FALSE(judge_long_rows(bad).pass);
}
