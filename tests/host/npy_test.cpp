// SPDX-License-Identifier: Apache-2.0
#include "host/io/npy.hpp"

#include <cstring>

#include <catch2/catch_test_macros.hpp>

#include "host/io/error.hpp"
#include "tests/host/fixture.hpp"

namespace {

using namespace flashd;
using namespace flashd::testing;

std::vector<std::byte> to_bytes(const std::string& text) {
  const auto* data = reinterpret_cast<const std::byte*>(text.data());
  return {data, data + text.size()};
}

host::NpyArray parse(const std::string& text) { return host::parse_npy(to_bytes(text), "x.npy"); }

/// The sentence a file is refused with; empty if it was read.
std::string refusal(const std::string& text) {
  try {
    parse(text);
    return "";
  } catch (const host::Error& error) {
    REQUIRE(error.exit() == host::Exit::usage);
    return error.what();
  }
}

bool refused(const std::string& text, const std::string& reason) {
  const std::string sentence = refusal(text);
  INFO(sentence);
  CHECK(sentence.rfind("x.npy: ", 0) == 0);
  return sentence.find(reason) != std::string::npos;
}

}  // namespace

TEST_CASE("npy versions 1 to 3 are read") {
  const std::vector<float> values{1.5f, -2, 3, 4, 5, 6};
  for (const int version : {1, 2, 3}) {
    const auto array = parse(npy_bytes(npy_header("<f4", {2, 3}), payload(values), version));
    CHECK(array.shape == std::vector<std::int64_t>{2, 3});
    REQUIRE(array.elements() == 6);
    for (std::size_t i = 0; i < 6; ++i) CHECK(array.real(i) == values[i]);
  }
}

TEST_CASE("npy element types are read exactly") {
  CHECK(parse(npy_bytes(npy_header("<f8", {1}), payload<double>({0.1}))).real(0) == 0.1);
  CHECK(
      parse(npy_bytes(npy_header("<f2", {2}), payload<std::uint16_t>({0x3c00, 0x8001}))).real(0) ==
      1.0);
  CHECK(
      parse(npy_bytes(npy_header("<f2", {2}), payload<std::uint16_t>({0x3c00, 0x8001}))).real(1) ==
      -0x1p-24);
  CHECK(parse(npy_bytes(npy_header("|i1", {1}), payload<std::int8_t>({-7}))).integer(0) == -7);
  CHECK(parse(npy_bytes(npy_header("<i2", {1}), payload<std::int16_t>({-700}))).integer(0) == -700);
  CHECK(parse(npy_bytes(npy_header("<i4", {1}), payload<std::int32_t>({-70000}))).integer(0) ==
        -70000);
  CHECK(parse(npy_bytes(npy_header("<i8", {1}), payload<std::int64_t>({INT64_MIN}))).integer(0) ==
        INT64_MIN);
  CHECK(parse(npy_bytes(npy_header("|u1", {1}), payload<std::uint8_t>({200}))).integer(0) == 200);
  CHECK(parse(npy_bytes(npy_header("<u2", {1}), payload<std::uint16_t>({60000}))).integer(0) ==
        60000);
  CHECK(
      parse(npy_bytes(npy_header("<u4", {1}), payload<std::uint32_t>({4000000000u}))).integer(0) ==
      4000000000);
  CHECK(parse(npy_bytes(npy_header("<u8", {1}), payload<std::uint64_t>({UINT64_MAX}))).integer(0) ==
        INT64_MAX);
}

TEST_CASE("npy Fortran order is turned into C order") {
  // Column-major [[1, 2, 3], [4, 5, 6]].
  const std::vector<float> columns{1, 4, 2, 5, 3, 6};
  const auto array = parse(npy_bytes(npy_header("<f4", {2, 3}, true), payload(columns)));
  for (std::size_t i = 0; i < 6; ++i) CHECK(array.real(i) == static_cast<double>(i + 1));
  // [2, 2, 3] with element (a, b, c) = 100 a + 10 b + c, first index fastest in the file.
  std::vector<float> cube;
  for (int c = 0; c < 3; ++c)
    for (int b = 0; b < 2; ++b)
      for (int a = 0; a < 2; ++a) cube.push_back(static_cast<float>(100 * a + 10 * b + c));
  const auto three = parse(npy_bytes(npy_header("<f4", {2, 2, 3}, true), payload(cube)));
  for (int i = 0; i < 12; ++i)
    CHECK(three.real(static_cast<std::size_t>(i)) == 100 * (i / 6) + 10 * (i / 3 % 2) + i % 3);
}

TEST_CASE("npy scalars and empty arrays are read") {
  CHECK(parse(npy_bytes(npy_header("<f4", {}), payload<float>({2}))).rank() == 0);
  CHECK(parse(npy_bytes(npy_header("<f4", {0, 1000000000000, 4000000000000}), "")).elements() == 0);
}

TEST_CASE("npy files that lie or break off are refused with a sentence") {
  const std::string data = payload<float>({1, 2, 3, 4, 5, 6});
  const std::string good = npy_bytes(npy_header("<f4", {2, 3}), data);
  REQUIRE(refusal(good).empty());

  CHECK(refused("", "signature"));
  CHECK(refused("\x93NUMPX" + good.substr(6), "signature"));
  std::string version = good;
  version[6] = 4;
  CHECK(refused(version, "version 4.0"));
  CHECK(refused(good.substr(0, 9), "signature"));
  CHECK(refused(npy_bytes(npy_header("<f4", {2, 3}), data, 2).substr(0, 11), "header"));
  CHECK(refused(good.substr(0, 60), "header has 118 bytes"));
  CHECK(refused(good.substr(0, good.size() - 1), "holds 23 bytes"));
  CHECK(refused(good + "x", "holds 25 bytes"));
  CHECK(refused(npy_bytes(npy_header("<f4", {2, 4}), data), "needs 32"));
  CHECK(refused(npy_bytes(npy_header("<f4", {1 << 30, 1 << 30, 1 << 30}), data), "more elements"));
  CHECK(refused(npy_bytes(npy_header("<f8", {1 << 30, INT64_MAX}), data), "more elements"));
  CHECK(refused(npy_bytes("{'descr': '<f4', 'fortran_order': False, "
                          "'shape': (99999999999999999999,), }",
                          data),
                "2^63"));
  CHECK(refused(npy_bytes(npy_header("<f4", {-2, 3}), data), "negative"));
}

TEST_CASE("npy headers that are no dictionary of three keys are refused") {
  const auto header = [](const std::string& text) { return npy_bytes(text, "abcd"); };
  for (const char* text :
       {"",
        "{",
        "{}",
        "[]",
        "{'descr': '<f4'}",
        "{'descr': '<f4', 'fortran_order': False}",
        "{'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4', 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 1}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1, ,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (x,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
        "{'descr': '<f4, 'fortran_order': False, 'shape': (1,)}",
        "{'descr: <f4",
        "{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1)}"}) {
    INFO(text);
    CHECK(refused(header(text), "header"));
  }
  for (const char* descr :
       {">f4", "<f16", "<c8", "|b1", "|O", "<U4", "|V2", "f4", "", "<", "<f4 "}) {
    INFO(descr);
    CHECK(refused(npy_bytes(npy_header(descr, {1}), "abcd"), "expected"));
  }
}

TEST_CASE("written npy files are NumPy's and read back") {
  const std::vector<float> values{1, -0.0f, 3.25f, 4, 5, 6};
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{6}, std::vector<std::int64_t>{2, 3},
        std::vector<std::int64_t>{1, 2, 1, 3}}) {
    const auto bytes = host::encode_npy(shape, values);
    CHECK(bytes.size() % 64 == values.size() * 4 % 64);
    const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    CHECK(text == npy_bytes(npy_header("<f4", shape), payload(values)));
    CHECK(parse(text).shape == shape);
  }
}

TEST_CASE("reading a file names it") {
  const TemporaryFolder folder;
  const auto sentence = [](const std::filesystem::path& path) -> std::string {
    try {
      host::read_npy(path);
      return "";
    } catch (const host::Error& error) {
      return error.what();
    }
  };
  CHECK(sentence(folder / "none.npy") == (folder / "none.npy").string() + ": no such file");
  CHECK(sentence(folder.path()) == folder.path().string() + ": is not a regular file");
}
