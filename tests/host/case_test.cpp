// SPDX-License-Identifier: Apache-2.0
#include "host/io/case.hpp"

#include <cmath>

#include <catch2/catch_test_macros.hpp>

#include "host/io/convert.hpp"
#include "host/io/error.hpp"
#include "host/io/parse.hpp"
#include "tests/host/fixture.hpp"

namespace {

using namespace flashd;
using namespace flashd::testing;

host::Case load(const TemporaryFolder& folder, const host::CaseOptions& options = {}) {
  return host::load_case(folder.path(), InputFormat::bf16, options, host::find_config("base"));
}

}  // namespace

TEST_CASE("a case without a batch") {
  const TemporaryFolder folder;
  write_case(folder.path(), 6, 2, 3, 5, 8, 4);
  const host::Case c = load(folder);
  CHECK(!c.batched);
  CHECK(c.row_shape() == std::vector<std::int64_t>{6, 3});
  CHECK((c.batch == 1 && c.heads_q == 6 && c.heads_kv == 2 && c.queries == 3 && c.keys == 5));
  CHECK((c.d == 8 && c.dv == 4));
  CHECK(c.scale == 1 / std::sqrt(8.0));
  CHECK(!c.visibility.causal);
  const Job job = c.job(0);
  CHECK(job.q.size() == 6 * 3 * 8);
  CHECK(job.v.size() == 2 * 5 * 4);
  CHECK(!job.bias);
  CHECK(!job.visibility.key_length);
}

TEST_CASE("a batch in front gives one job per entry") {
  const TemporaryFolder folder;
  write_text(folder / "q.npy", float_npy({2, 2, 3, 8}));
  write_text(folder / "k.npy", float_npy({2, 1, 5, 8}));
  write_text(folder / "v.npy", float_npy({2, 1, 5, 8}));
  write_text(folder / "kv_len.npy", npy_bytes(npy_header("<i4", {2}), payload<int>({5, 0})));
  const host::Case c = load(folder);
  CHECK(c.row_shape() == std::vector<std::int64_t>{2, 2, 3});
  CHECK(c.job(0).visibility.key_length == 5);
  CHECK(c.job(1).visibility.key_length == 0);
  CHECK(c.job(1).q.data() == c.q.data() + 2 * 3 * 8);
  CHECK(c.job(1).k.data() == c.k.data() + 5 * 8);
}

TEST_CASE("elements are rounded to the format that was asked for") {
  const TemporaryFolder folder;
  const std::vector<double> values{1.0 + 0x1p-8 + 0x1p-30, 65520.0, 1e-9, -3.0};
  for (const char* name : {"q.npy", "k.npy", "v.npy"})
    write_text(folder / name, npy_bytes(npy_header("<f8", {1, 1, 4}), payload(values)));
  for (const InputFormat format : {InputFormat::bf16, InputFormat::fp16}) {
    const host::Case c = host::load_case(folder.path(), format, {}, host::find_config("tiny"));
    for (std::size_t i = 0; i < 4; ++i) CHECK(c.q[i] == host::encode(values[i], format));
  }
}

TEST_CASE("a bias broadcasts as in NumPy") {
  const TemporaryFolder folder;
  write_text(folder / "q.npy", float_npy({2, 3, 4, 8}));
  write_text(folder / "k.npy", float_npy({2, 3, 5, 8}));
  write_text(folder / "v.npy", float_npy({2, 3, 5, 8}));
  struct {
    std::vector<std::int64_t> shape;
    std::array<std::int64_t, 4> stride;
  } const rows[] = {{{5}, {0, 0, 0, 1}},
                    {{4, 5}, {0, 0, 5, 1}},
                    {{3, 1, 5}, {0, 5, 0, 1}},
                    {{2, 3, 4, 5}, {60, 20, 5, 1}},
                    {{2, 1, 4, 1}, {4, 0, 1, 0}},
                    {{1}, {0, 0, 0, 0}},
                    {{}, {0, 0, 0, 0}}};
  for (const auto& row : rows) {
    write_text(folder / "bias.npy", float_npy(row.shape));
    const host::Case c = load(folder);
    CHECK(c.bias_stride == row.stride);
    const Job job = c.job(1);
    CHECK(job.bias->data == c.bias.data() + row.stride[0]);
    CHECK(job.bias->head == row.stride[1]);
    CHECK(job.bias->query == row.stride[2]);
    CHECK(job.bias->key == row.stride[3]);
  }
}

TEST_CASE("meta.json sets options, the command line wins, other keys are ignored") {
  const TemporaryFolder folder;
  write_case(folder.path());
  write_text(folder / "meta.json",
             R"({"scale": 0.5, "causal": true, "diagonal": -1, "window": [2, 0], "softcap": 0,
                 "model": {"any": ["thing", null]}, "tokens": 128})");
  const host::Case c = load(folder);
  CHECK(c.scale == 0.5);
  CHECK(c.visibility.causal);
  CHECK(c.visibility.diagonal == -1);
  CHECK(c.visibility.window_left == 2);
  CHECK(c.visibility.window_right == 0);

  host::CaseOptions line;
  line.scale = 2.0;
  line.causal = false;
  line.diagonal = 3;
  line.window = {{4, 5}};
  const host::Case d = load(folder, line);
  CHECK(d.scale == 2.0);
  CHECK(!d.visibility.causal);
  CHECK(d.visibility.diagonal == 3);
  CHECK(d.visibility.window_left == 4);
  CHECK(d.visibility.window_right == 5);

  write_text(folder / "meta.json", R"({"scale": null, "causal": null, "window": 3})");
  const host::Case e = load(folder);
  CHECK(e.scale == 1 / std::sqrt(8.0));
  CHECK(e.visibility.window_left == 3);
  CHECK(e.visibility.window_right == 3);
}

TEST_CASE("soft-cap, ALiBi and pages reach the job") {
  const TemporaryFolder folder;
  write_text(folder / "q.npy", float_npy({2, 4, 3, 8}));
  write_text(folder / "k.npy", float_npy({5, 2, 16, 8}));
  write_text(folder / "v.npy", float_npy({5, 2, 16, 4}));
  write_text(folder / "page_table.npy",
             npy_bytes(npy_header("<i8", {2, 2}), payload<std::int64_t>({4, 0, 1, -7000000000})));
  write_text(folder / "kv_len.npy", npy_bytes(npy_header("<i4", {2}), payload<int>({32, 16})));
  write_text(folder / "alibi.npy", float_npy({4}));
  write_text(folder / "meta.json", R"({"softcap": 30.5})");
  const host::Case c = load(folder);
  CHECK((c.batch == 2 && c.heads_kv == 2 && c.keys == 32 && c.page_size == 16));
  CHECK((c.d == 8 && c.dv == 4));
  const Job job = c.job(1);
  CHECK(job.soft_cap == 30.5);
  CHECK(job.alibi.size() == 4);
  CHECK(job.k.size() == 5 * 2 * 16 * 8);
  CHECK(job.paging->page_size == 16);
  CHECK(job.paging->table[0] == 1);
  CHECK(job.visibility.key_length == 16);
  host::CaseOptions off;
  off.softcap = 0;
  CHECK(!load(folder, off).soft_cap);
}

TEST_CASE("no queries and no keys are cases") {
  const TemporaryFolder folder;
  write_case(folder.path(), 2, 1, 0, 5);
  CHECK(load(folder).job(0).queries == 0);
  write_case(folder.path(), 2, 1, 3, 0);
  CHECK(load(folder).job(0).keys == 0);
}

TEST_CASE("a word of a shell command is quoted when it has to be") {
  CHECK(host::shell_word("out/a-b_1.npy") == "out/a-b_1.npy");
  CHECK(host::shell_word("") == "''");
  CHECK(host::shell_word("my case") == "'my case'");
  CHECK(host::shell_word("it's") == "'it'\\''s'");
}
