// SPDX-License-Identifier: Apache-2.0
// Every class of bad input, through the executable: exit status, one sentence on stderr that names
// the file, and no output file or folder left behind.
#include <cmath>
#include <functional>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "tests/host/fixture.hpp"
#include "tests/support/skip.hpp"

namespace {

using namespace flashd::testing;
namespace fs = std::filesystem;

struct Bad {
  std::string what;
  std::function<void(const fs::path&)> spoil;
  std::vector<std::string> arguments;
  std::vector<std::string> words;  ///< all must stand in the sentence
};

std::function<void(const fs::path&)> put(const std::string& name, const std::string& bytes) {
  return [=](const fs::path& folder) { write_text(folder / name, bytes); };
}

std::function<void(const fs::path&)> drop(const std::string& name) {
  return [=](const fs::path& folder) { fs::remove(folder / name); };
}

const auto kNothing = [](const fs::path&) {};

/// A case that runs is spoilt in one way; it must fail as said and leave the folder as it was.
void expect_refused(const Bad& bad) {
  INFO(bad.what);
  const TemporaryFolder folder;
  const fs::path input = folder / "in";
  write_case(input);
  bad.spoil(input);
  std::vector<std::string> arguments{"run", "--input", input.string(), "--output",
                                     (folder / "out").string()};
  arguments.insert(arguments.end(), bad.arguments.begin(), bad.arguments.end());
  const Run run = run_flashd(arguments);
  INFO(run.err);
  CHECK(run.exit == 2);
  CHECK(is_one_sentence(run.err));
  CHECK(run.out.empty());
  for (const std::string& word : bad.words) {
    INFO(word);
    CHECK(run.err.find(word) != std::string::npos);
  }
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}

std::string ints(const std::vector<int>& values) {
  return npy_bytes(npy_header("<i4", {static_cast<std::int64_t>(values.size())}), payload(values));
}

}  // namespace

TEST_CASE("the case that the others spoil runs") {
  const TemporaryFolder folder;
  write_case(folder / "in");
  const Run run =
      run_flashd({"run", "--input", folder / "in", "--output", folder / "deep" / "out", "--check"});
  INFO(run.err);
  CHECK(run.exit == 0);
  CHECK(run.err.empty());
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder / "deep" / "out"))
    names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  CHECK(names == std::vector<std::string>{"lse.npy", "o.npy", "stats.json"});
}

TEST_CASE("files that are missing or no arrays") {
  for (const char* name : {"q.npy", "k.npy", "v.npy"})
    expect_refused({"missing", drop(name), {}, {name, "no such file"}});
  expect_refused({"no .npy", put("q.npy", "PK\x03\x04"), {}, {"q.npy", "signature"}});
  expect_refused({"empty", put("k.npy", ""), {}, {"k.npy", "signature"}});
  expect_refused({"folder in place of a file",
                  [](const fs::path& f) {
                    fs::remove(f / "v.npy");
                    fs::create_directory(f / "v.npy");
                  },
                  {},
                  {"v.npy", "not a regular file"}});
  const std::string good = float_npy({2, 3, 8});
  expect_refused({"truncated",
                  put("q.npy", good.substr(0, good.size() - 5)),
                  {},
                  {"q.npy", "holds 187 bytes", "needs 192"}});
  expect_refused({"too long", put("q.npy", good + "x"), {}, {"q.npy", "needs 192"}});
  expect_refused({"lying header",
                  put("q.npy", npy_bytes(npy_header("<f4", {2, 3, 800}), std::string(192, 'a'))),
                  {},
                  {"q.npy", "(2, 3, 800)"}});
  expect_refused({"impossible shape",
                  put("q.npy", npy_bytes(npy_header("<f4", {1 << 30, 1 << 30, 1 << 30}), "abcd")),
                  {},
                  {"q.npy", "more elements"}});
}

TEST_CASE("element types that are not taken") {
  expect_refused({"int q",
                  put("q.npy", npy_bytes(npy_header("<i4", {2, 3, 8}), std::string(192, '\0'))),
                  {},
                  {"q.npy", "int32", "expected float16, float32 or float64"}});
  expect_refused({"complex",
                  put("v.npy", npy_bytes(npy_header("<c8", {1, 5, 8}), std::string(320, '\0'))),
                  {},
                  {"v.npy", "<c8"}});
  expect_refused({"big-endian",
                  put("k.npy", npy_bytes(npy_header(">f4", {1, 5, 8}), std::string(160, '\0'))),
                  {},
                  {"k.npy", "big-endian"}});
}

TEST_CASE("shapes that do not fit name both arrays") {
  expect_refused({"rank 2", put("q.npy", float_npy({3, 8})), {}, {"q.npy", "2 dimensions"}});
  expect_refused({"rank 5", put("q.npy", float_npy({1, 1, 2, 3, 8})), {}, {"q.npy", "5 dim"}});
  expect_refused({"4-D with 3-D",
                  put("q.npy", float_npy({1, 2, 3, 8})),
                  {},
                  {"q.npy", "k.npy", "rank and batch"}});
  expect_refused({"d",
                  put("k.npy", float_npy({1, 5, 16})),
                  {},
                  {"q.npy", "k.npy", "(1, 5, 16)", "(2, 3, 8)", "head dimension"}});
  expect_refused({"keys", put("v.npy", float_npy({1, 6, 8})), {}, {"k.npy", "v.npy", "keys"}});
  expect_refused({"KV heads", put("v.npy", float_npy({2, 5, 8})), {}, {"k.npy", "v.npy", "heads"}});
  expect_refused({"heads",
                  [](const fs::path& f) { write_case(f, 3, 2); },
                  {},
                  {"q.npy", "k.npy", "3 heads", "multiple"}});
  expect_refused({"no heads", [](const fs::path& f) { write_case(f, 0, 1); }, {}, {"q.npy"}});
  expect_refused({"no KV heads", [](const fs::path& f) { write_case(f, 2, 0); }, {}, {"k.npy"}});
  expect_refused({"d 0",
                  [](const fs::path& f) { write_case(f, 2, 1, 3, 5, 0, 8); },
                  {},
                  {"q.npy", "head dimension 0"}});
  expect_refused({"endless heads",
                  [](const fs::path& f) { write_case(f, 1000000000000, 1, 0, 5, 8, 8); },
                  {},
                  {"q.npy", "at most"}});
}

TEST_CASE("a head dimension or format that the configuration does not take") {
  expect_refused({"257",
                  [](const fs::path& f) { write_case(f, 2, 1, 3, 5, 257, 8); },
                  {},
                  {"q.npy", "257", "base", "1 to 256"}});
  expect_refused({"dv 65 on tiny",
                  [](const fs::path& f) { write_case(f, 2, 1, 3, 5, 8, 65); },
                  {"--config", "tiny"},
                  {"v.npy", "65", "tiny"}});
  expect_refused({"fp16 on paper16",
                  kNothing,
                  {"--config", "paper16", "--input-format", "fp16"},
                  {"fp16", "paper16", "bf16"}});
}

TEST_CASE("a soft-cap on a configuration without the unit") {
  expect_refused({"softcap on paper16",
                  kNothing,
                  {"--config", "paper16", "--softcap", "30"},
                  {"softcap", "paper16"}});
}

TEST_CASE("bias and key lengths that do not fit") {
  expect_refused({"bias shape",
                  put("bias.npy", float_npy({2, 5})),
                  {},
                  {"bias.npy", "(2, 5)", "(1, 2, 3, 5)"}});
  expect_refused({"bias rank", put("bias.npy", float_npy({1, 1, 1, 1, 5})), {}, {"bias.npy"}});
  expect_refused({"bias type", put("bias.npy", ints({1, 2, 3, 4, 5})), {}, {"bias.npy", "int32"}});
  expect_refused({"length type", put("kv_len.npy", float_npy({1})), {}, {"kv_len.npy", "float32"}});
  expect_refused({"length shape", put("kv_len.npy", ints({1, 2})), {}, {"kv_len.npy", "(2,)"}});
  expect_refused(
      {"length too large", put("kv_len.npy", ints({6})), {}, {"kv_len.npy", "6", "k.npy"}});
  expect_refused({"length negative", put("kv_len.npy", ints({-1})), {}, {"kv_len.npy", "-1"}});
}

TEST_CASE("meta.json that is broken or says what cannot be") {
  const auto meta = [](const std::string& text, std::vector<std::string> words) {
    words.push_back("meta.json");
    expect_refused({text, put("meta.json", text), {}, words});
  };
  meta("{\"scale\": 1", {"not valid JSON"});
  meta("", {"not valid JSON"});
  meta("[1, 2]", {"object"});
  meta("{\"scale\": NaN}", {"JSON"});
  meta("{\"scale\": 1e999}", {"JSON"});
  meta("{\"scale\": \"1\"}", {"'scale'", "number"});
  meta("{\"scale\": true}", {"'scale'", "number"});
  meta("{\"causal\": 1}", {"'causal'"});
  meta("{\"diagonal\": 1.5}", {"'diagonal'", "integer"});
  meta("{\"diagonal\": 18446744073709551615}", {"'diagonal'", "integer"});
  meta("{\"window\": -1}", {"window is -1, -1"});
  meta("{\"window\": [3, -2]}", {"window is 3, -2"});
  meta("{\"window\": [1, 2, 3]}", {"'window'", "3 entries"});
  meta("{\"window\": \"4\"}", {"'window'"});
  meta("{\"softcap\": -30.0}", {"softcap is -30", "256 nats"});
  meta("{\"softcap\": 257}", {"softcap is 257", "256 nats"});
  meta("{\"softcap\": \"30\"}", {"'softcap'", "number"});
  meta("{\"page_size\": 24}", {"page size is 24", "power of two"});
  meta("{\"page_size\": 1.5}", {"'page_size'", "integer"});
  meta(std::string(200000, '['), {"not valid JSON"});
}

TEST_CASE("options that the back end does not take") {
  expect_refused({"kernel", kNothing, {"--kernel", "fast"}, {"--kernel", "back end cuda"}});
  expect_refused({"memory",
                  kNothing,
                  {"--backend", "model", "--memory", "fast"},
                  {"memory 'fast'", "expected ideal"}});
  for (const std::string backend : {"golden", "engine", "cuda"}) {
    expect_refused(
        {backend, kNothing, {"--backend", backend, "--memory", "fixed:3"}, {"--memory", "model"}});
    expect_refused(
        {backend, kNothing, {"--backend", backend, "--skip-v-fetch"}, {"--skip-v-fetch", "model"}});
  }
  expect_refused({"stall", kNothing, {"--stall", "0.3"}, {"--stall", "engine"}});
  expect_refused({"trace", kNothing, {"--trace", "t.json"}, {"--trace", "--backend model or rtl"}});
}

TEST_CASE("ALiBi slopes that do not fit") {
  expect_refused({"count", put("alibi.npy", float_npy({3})), {}, {"alibi.npy", "(3,)", "(2,)"}});
  expect_refused({"rank", put("alibi.npy", float_npy({2, 1})), {}, {"alibi.npy", "(2, 1)"}});
  expect_refused({"type", put("alibi.npy", ints({1, 2})), {}, {"alibi.npy", "int32"}});
  for (const double slope : {1e300, std::nan(""), -HUGE_VAL})
    expect_refused({"no number",
                    put("alibi.npy", npy_bytes(npy_header("<f8", {2}),
                                               payload(std::vector<double>{0.5, slope}))),
                    {},
                    {"alibi.npy", "index 1", "finite"}});
}

namespace {

/// Pools of 3 pages of 16 keys instead of k.npy and v.npy, and a table of two pages.
void make_paged(const fs::path& folder, const std::vector<int>& table = {2, 0}) {
  write_text(folder / "k.npy", float_npy({3, 1, 16, 8}));
  write_text(folder / "v.npy", float_npy({3, 1, 16, 8}));
  write_text(
      folder / "page_table.npy",
      npy_bytes(npy_header("<i4", {1, static_cast<std::int64_t>(table.size())}), payload(table)));
}

}  // namespace

TEST_CASE("page tables and pools that do not fit") {
  const auto paged = [](const std::string& what, std::function<void(const fs::path&)> spoil,
                        std::vector<std::string> words,
                        const std::vector<std::string>& arguments = {}) {
    expect_refused({what,
                    [spoil](const fs::path& folder) {
                      make_paged(folder);
                      spoil(folder);
                    },
                    arguments, words});
  };
  expect_refused({"dense k beside a table",
                  put("page_table.npy", npy_bytes(npy_header("<i4", {1, 1}), payload<int>({0}))),
                  {},
                  {"k.npy", "(1, 5, 8)", "[pages, heads, page size"}});
  paged("table type", put("page_table.npy", float_npy({1, 2})), {"page_table.npy", "float32"});
  paged("table rank", put("page_table.npy", ints({2, 0})),
        {"page_table.npy", "(2,)", "(1, pages)"});
  paged("table batch",
        put("page_table.npy", npy_bytes(npy_header("<i4", {2, 1}), payload<int>({2, 0}))),
        {"page_table.npy", "(2, 1)", "(1, pages)"});
  paged("page size 24",
        [](const fs::path& f) {
          write_text(f / "k.npy", float_npy({3, 1, 24, 8}));
          write_text(f / "v.npy", float_npy({3, 1, 24, 8}));
        },
        {"k.npy", "24", "power of two"});
  paged("page size 8",
        [](const fs::path& f) {
          write_text(f / "k.npy", float_npy({3, 1, 8, 8}));
          write_text(f / "v.npy", float_npy({3, 1, 8, 8}));
        },
        {"k.npy", "8", "power of two"});
  paged("pages of v", put("v.npy", float_npy({2, 1, 16, 8})), {"k.npy", "v.npy", "pages"});
  paged("heads of v", put("v.npy", float_npy({3, 2, 16, 8})), {"k.npy", "v.npy", "heads"});
  paged("page size of v", put("v.npy", float_npy({3, 1, 32, 8})), {"k.npy", "v.npy", "page size"});
  paged("d", put("k.npy", float_npy({3, 1, 16, 9})), {"q.npy", "k.npy", "head dimension"});
  paged("another page size", kNothing, {"k.npy", "16", "32"}, {"--page-size", "32"});
  paged("length beyond the table", put("kv_len.npy", ints({33})),
        {"kv_len.npy", "33", "page table"});
  for (const int page : {3, -1, 2147483647})
    expect_refused({"page " + std::to_string(page),
                    [page](const fs::path& f) {
                      make_paged(f, {0, page});
                    },
                    {},
                    {"page_table.npy", std::to_string(page), "(0, 1)", "0 to 2"}});
}

TEST_CASE("options that cannot be") {
  const auto option = [](std::vector<std::string> arguments, std::vector<std::string> words) {
    expect_refused({arguments.front(), kNothing, arguments, words});
  };
  option({"--scale", "nan"}, {"scale", "finite"});
  option({"--scale", "inf"}, {"scale", "finite"});
  option({"--scale", "1x"}, {"--scale", "1x"});
  option({"--softcap", "-1"}, {"softcap", "-1", "256 nats"});
  option({"--softcap", "nan"}, {"softcap", "256 nats"});
  option({"--softcap", "inf"}, {"softcap", "256 nats"});
  option({"--softcap", "0.0001"}, {"softcap", "2^-10"});
  option({"--softcap", "x"}, {"--softcap"});
  option({"--page-size", "24"}, {"page size", "24", "power of two"});
  option({"--page-size", "2048"}, {"page size", "2048"});
  option({"--page-size", "-16"}, {"page size", "-16"});
  option({"--page-size", "x"}, {"--page-size"});
  option({"--window", "-1"}, {"window", "-1"});
  option({"--window", "3,-1"}, {"window", "-1"});
  option({"--window", "3,"}, {"--window"});
  option({"--diagonal", "1.5"}, {"--diagonal", "1.5"});
  option({"--diagonal", "99999999999"}, {"diagonal"});
  option({"--config", "huge"}, {"huge", "base"});
  option({"--numerics", "exact"}, {"exact", "fine, lean"});
  option({"--input-format", "fp8"}, {"fp8", "bf16, fp16"});
  option({"--output-format", "fp64"}, {"fp64", "fp32"});
  option({"--stall", "1"}, {"--stall", "below 1"});
  option({"--stall", "-0.1"}, {"--stall"});
  option({"--stall", "nan"}, {"--stall"});
  option({"--seed", "-1"}, {"--seed"});
  option({"--backend", "fpga"}, {"fpga", "golden, engine, model, rtl, uart:DEVICE or cuda"});
  option({"--v-exponent", "200"}, {"value exponent"});
  option({"--v-exponent", "4294967296"}, {"--v-exponent"});
  option({"--keys-per-job", "-1"}, {"--keys-per-job"});
  option({"--wave", "w.fst"}, {"--wave", "--backend rtl"});
  option({"--no-such-option"}, {"--no-such-option"});
  option({"--causal", "--no-causal"}, {"--causal", "--no-causal"});
  option({"--causal=false"}, {"causal"});
  option({"--backend", "model", "--trace", "/proc/t.json"}, {"--trace", "cannot be written"});
  option({"--scale"}, {"--scale"});
  option({"--state-in", "nowhere"}, {"nowhere", "no such file"});
}

TEST_CASE("usage errors end with 2") {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{},
                                                    {"frobnicate"},
                                                    {"run"},
                                                    {"run", "--input", "x"},
                                                    {"verify"},
                                                    {"verify", "--random", "0"},
                                                    {"verify", "--random", "x"},
                                                    {"verify", "--random", "1", "--input", "x"}}) {
    const Run run = run_flashd(arguments);
    INFO(run.err);
    CHECK(run.exit == 2);
    CHECK(is_one_sentence(run.err));
  }
}

TEST_CASE("an input or output folder that is none") {
  const TemporaryFolder folder;
  write_case(folder / "in");
  write_text(folder / "file", "x");
  for (const auto& [input, output] : {std::pair<std::string, std::string>{"none", "out"},
                                      {"file", "out"},
                                      {"in", "file"},
                                      {"in", "file/below"},
                                      {"in", "out/" + std::string(300, 'a')}}) {
    const Run run = run_flashd({"run", "--input", folder / input, "--output", folder / output});
    INFO(run.err);
    CHECK(run.exit == 2);
    CHECK(is_one_sentence(run.err));
    CHECK(read_text(folder / "file") == "x");
    CHECK(!fs::exists(folder / "out"));
  }
}

TEST_CASE("an output without a name") {
  const TemporaryFolder folder;
  write_case(folder / "in");
  const Run run = run_flashd({"run", "--input", folder / "in", "--output", ""});
  CHECK(run.exit == 2);
  CHECK(run.err == "flashd: output folder: has no name\n");
}

TEST_CASE("a standard output that takes nothing") {
  if (!fs::is_character_file("/dev/full")) FLASHD_SKIP("/dev/full is no device here");
  const Run run = run_flashd({"info", "--json"}, {}, "/dev/full");
  CHECK(run.exit == 2);
  CHECK(run.err == "flashd: standard output cannot be written\n");
}

TEST_CASE("o_ref.npy of another shape is refused when it is asked for") {
  expect_refused(
      {"o_ref", put("o_ref.npy", float_npy({3, 2, 8})), {"--check"}, {"o_ref.npy", "(3, 2, 8)"}});
  expect_refused(
      {"o_ref", put("o_ref.npy", float_npy({2, 3, 7})), {"--check"}, {"o_ref.npy", "(2, 3, 7)"}});
}
