// SPDX-License-Identifier: Apache-2.0
// Mutated .npy files and cases through the reader and the loader: every one is read or refused with
// a sentence; nothing else may be thrown, nothing may crash, and what is read must be consistent
// with its own shape. Deterministic: mutation i is a function of i. Meant for the sanitize preset,
// where a read beyond a buffer is an error; in other builds it still finds wrong exceptions.
#include <catch2/catch_test_macros.hpp>

#include "host/io/case.hpp"
#include "host/io/error.hpp"
#include "host/io/npy.hpp"
#include "host/io/row_state.hpp"
#include "host/jobs/rng.hpp"
#include "model/golden/golden.hpp"
#include "tests/host/fixture.hpp"

namespace {

using namespace flashd;
using namespace flashd::testing;
using jobs::Rng;

/// Files that the mutations start from: versions, orders, types and ranks.
std::vector<std::string> seeds() {
  std::vector<std::string> out{float_npy({2, 3, 8}), float_npy({1, 2, 3, 8}), float_npy({0, 4}),
                               float_npy({})};
  const std::string data(96, '\x41');
  for (const int version : {1, 2, 3})
    for (const char* descr : {"<f2", "<f4", "<f8", "<i4", "<i8", "|u1"}) {
      const std::int64_t size = descr[2] - '0';
      out.push_back(npy_bytes(npy_header(descr, {96 / size}), data, version));
      out.push_back(npy_bytes(npy_header(descr, {2, 48 / size}, true), data, version));
    }
  return out;
}

/// Pieces that a parser of headers may trip over.
std::string token(Rng& rng) {
  constexpr const char* kTokens[] = {"'descr'",
                                     "'shape'",
                                     "'fortran_order'",
                                     "True",
                                     "False",
                                     "(",
                                     ")",
                                     "{",
                                     "}",
                                     ",",
                                     ":",
                                     "'",
                                     "\"",
                                     "-1",
                                     "0",
                                     "18446744073709551616",
                                     "9223372036854775807",
                                     "4294967296",
                                     "'<f4'",
                                     "'<f2'",
                                     "'>f8'",
                                     "'|O'",
                                     "\n",
                                     "\\",
                                     "(1,)",
                                     "()",
                                     "1,1,1,1,1,1,1,1,1",
                                     "\x93NUMPY",
                                     " "};
  return rng.pick(kTokens);
}

std::string mutate(std::string text, Rng& rng) {
  const std::int64_t edits = rng.chance(0.6) ? 1 : rng.between(2, 4);
  for (std::int64_t i = 0; i < edits; ++i) {
    const auto size = static_cast<std::int64_t>(text.size());
    // Half of the edits in the first 128 bytes, where the header is.
    const auto at = static_cast<std::size_t>(
        rng.below(rng.chance(0.5) ? std::min<std::int64_t>(size, 128) + 1 : size + 1));
    const std::size_t length = static_cast<std::size_t>(rng.between(1, 12));
    switch (rng.below(7)) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(rng.next());
        break;
      case 1:
        if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << rng.below(8)));
        break;
      case 2:
        text.insert(at, token(rng));
        break;
      case 3:
        text.erase(at, length);
        break;
      case 4:
        text.replace(at, std::min(length, text.size() - at), token(rng));
        break;
      case 5:
        text.resize(static_cast<std::size_t>(rng.below(size + 1)));
        break;
      case 6:
        text.append(length, static_cast<char>(rng.next()));
        break;
    }
  }
  return text;
}

bool is_sentence(const std::string& text) {
  return !text.empty() && text.find('\n') == std::string::npos && text.size() < 600;
}

/// True if it was read. A wrong exception leaves the test as a failure.
template <typename Read>
bool survives(Read&& read) {
  try {
    read();
    return true;
  } catch (const host::Error& error) {
    INFO(error.what());
    CHECK(error.exit() == host::Exit::usage);
    CHECK(is_sentence(error.what()));
    return false;
  }
}

}  // namespace

TEST_CASE("mutated .npy files are read or refused with a sentence") {
  const std::vector<std::string> corpus = seeds();
  int read = 0;
  constexpr int kMutations = 20000;
  for (int i = 0; i < kMutations; ++i) {
    Rng rng(static_cast<std::uint64_t>(i) * 7919 + 1);
    const std::string text = mutate(corpus[static_cast<std::size_t>(i) % corpus.size()], rng);
    INFO("mutation " << i);
    const auto* data = reinterpret_cast<const std::byte*>(text.data());
    read += survives([&] {
      const host::NpyArray array =
          host::parse_npy(std::vector<std::byte>(data, data + text.size()), "x.npy");
      std::size_t elements = 1;
      for (const std::int64_t extent : array.shape) {
        REQUIRE(extent >= 0);
        elements *= static_cast<std::size_t>(extent);
      }
      REQUIRE(array.elements() == elements);
      REQUIRE(array.data.size() <= text.size());
      double sum = 0;
      for (std::size_t e = 0; e < elements; ++e)
        sum += is_float(array.dtype) ? array.real(e) : static_cast<double>(array.integer(e));
      volatile double sink = sum;
      static_cast<void>(sink);
    });
  }
  // Neither all nor none: the mutations must reach past the first check, and must break files.
  CHECK(read > kMutations / 50);
  CHECK(read < kMutations / 2);
}

TEST_CASE("cases with one mutated file are loaded and run or refused") {
  const TemporaryFolder folder;
  const std::string meta = R"({"scale": 0.25, "causal": true, "window": [3, 1], "softcap": 0})";
  const std::vector<std::pair<std::string, std::string>> files{
      {"q.npy", float_npy({2, 3, 8})},
      {"k.npy", float_npy({1, 5, 8})},
      {"v.npy", float_npy({1, 5, 8})},
      {"bias.npy", float_npy({3, 5})},
      {"kv_len.npy", npy_bytes(npy_header("<i4", {1}), payload<int>({4}))},
      {"meta.json", meta}};
  for (const auto& [name, text] : files) write_text(folder / name, text);
  int loaded = 0;
  constexpr int kMutations = 4000;
  for (int i = 0; i < kMutations; ++i) {
    Rng rng(static_cast<std::uint64_t>(i) * 104729 + 5);
    const auto& [name, text] = files[static_cast<std::size_t>(i) % files.size()];
    INFO("mutation " << i << " of " << name);
    write_text(folder / name, mutate(text, rng));
    loaded += survives([&] {
      const host::Case c =
          host::load_case(folder.path(), InputFormat::bf16, {}, host::find_config("tiny"));
      const Job job = c.job(0);
      REQUIRE(std::string(check(job, 64)).empty());
      REQUIRE(golden::run(job, {Profile::fine, 16}).o.size() ==
              static_cast<std::size_t>(c.heads_q * c.queries * c.dv));
    });
    write_text(folder / name, text);
  }
  CHECK(loaded > kMutations / 50);
  CHECK(loaded < kMutations * 3 / 4);
}

TEST_CASE("mutated row states are continued or refused") {
  RowStates states;
  states.v_exponent = 1;
  states.head = {{3, 0x80000001u, kRowHasKeys}, {0, 0, 0}};
  states.o.assign(2 * 8, 12345);
  const host::StateShape shape{1, 1, 2, 8, 16, Profile::fine};
  std::vector<std::byte> records(2 * host::row_state_bytes(8));
  host::store_rows(states, 8, records);
  const auto file = host::encode_states(shape, records);
  const std::string good(reinterpret_cast<const char*>(file.data()), file.size());
  const TemporaryFolder folder;
  int read = 0;
  for (int i = 0; i < 2000; ++i) {
    Rng rng(static_cast<std::uint64_t>(i) * 15485863 + 3);
    INFO("mutation " << i);
    write_text(folder / "state.bin", mutate(good, rng));
    read += survives([&] { host::read_states(folder / "state.bin", shape); });
  }
  CHECK(read < 1000);
  CHECK(survives([&] {
    write_text(folder / "state.bin", good);
    host::read_states(folder / "state.bin", shape);
  }));
}
