// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include <catch2/catch_test_macros.hpp>

#include "host/io/error.hpp"
#include "host/io/row_state.hpp"
#include "tests/host/fixture.hpp"

namespace {

using namespace flashd;
using namespace flashd::testing;

RowStates example(int rows, int dv) {
  RowStates states;
  states.v_exponent = -2;
  for (int row = 0; row < rows; ++row) {
    const bool empty = row == 1;
    states.head.push_back({empty ? 0 : 5 - row, empty ? 0 : 0x80000000u + row,
                           empty ? 0u : std::uint32_t{kRowHasKeys | kRowSatProduct}});
    for (int i = 0; i < dv; ++i) states.o.push_back(1000 * row - i);
  }
  return states;
}

std::string refusal(const std::vector<std::byte>& records, int rows, int dv) {
  try {
    host::load_rows(records, rows, dv, "s");
    return "";
  } catch (const host::Error& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("row records are documented bytes and read back") {
  CHECK(host::row_state_bytes(1) == 64);
  CHECK(host::row_state_bytes(12) == 64);
  CHECK(host::row_state_bytes(13) == 128);
  CHECK(host::row_state_bytes(256) == 1088);
  const RowStates states = example(3, 13);
  std::vector<std::byte> records(3 * 128, std::byte{0xff});
  host::store_rows(states, 13, records);
  const auto word = [&](std::size_t at) {
    std::int32_t value = 0;
    std::memcpy(&value, &records[at], sizeof value);
    return value;
  };
  // docs/row-state.md: exponent, mantissa, flags, VE, o, zeros; 128 bytes per row.
  CHECK(word(0) == 5);
  CHECK(static_cast<std::uint32_t>(word(4)) == 0x80000000u);
  CHECK(word(8) == 9);
  CHECK(word(12) == -2);
  CHECK(word(16 + 4 * 12) == -12);
  CHECK(word(16 + 4 * 13) == 0);
  CHECK(word(2 * 128 + 16) == 2000);
  CHECK(word(2 * 128 + 124) == 0);
  const RowStates back = host::load_rows(records, 3, 13, "s");
  CHECK(back.v_exponent == -2);
  CHECK(back.o == states.o);
  for (std::size_t row = 0; row < 3; ++row) {
    CHECK(back.head[row].exponent == states.head[row].exponent);
    CHECK(back.head[row].mantissa == states.head[row].mantissa);
    CHECK(back.head[row].flags == states.head[row].flags);
  }
}

TEST_CASE("row records that no job can have made are refused") {
  std::vector<std::byte> good(3 * 64);
  host::store_rows(example(3, 4), 4, good);
  REQUIRE(refusal(good, 3, 4).empty());
  const auto with = [&](std::size_t at, std::uint32_t value) {
    std::vector<std::byte> bad = good;
    std::memcpy(&bad[at], &value, sizeof value);
    return refusal(bad, 3, 4);
  };
  CHECK(with(128, 1u << 18).find("row 2") != std::string::npos);
  CHECK(with(4, 0x7fffffffu).find("mantissa") != std::string::npos);
  CHECK(with(64 + 4, 1).find("mantissa") != std::string::npos);
  CHECK(with(8, 1u << 6).find("flags") != std::string::npos);
  CHECK(with(8, 0).find("mantissa") != std::string::npos);
  CHECK(with(128 + 12, 3).find("value exponent") != std::string::npos);
}

TEST_CASE("state files of other jobs, programs or broken ones are refused") {
  const TemporaryFolder folder;
  host::StateShape shape{1, 3, 1, 4, 64, Profile::fine};
  std::vector<std::byte> records(3 * 64);
  host::store_rows(example(3, 4), 4, records);
  const auto file = host::encode_states(shape, records);
  REQUIRE(file.size() == 64 + 3 * 64);
  const std::string good(reinterpret_cast<const char*>(file.data()), file.size());
  const auto refusal_of = [&](const std::string& text, const host::StateShape& expected) {
    write_text(folder / "state.bin", text);
    try {
      const bool same = host::read_states(folder / "state.bin", expected) == records;
      return std::string(same ? "" : "the records changed on the way");
    } catch (const host::Error& error) {
      return std::string(error.what());
    }
  };
  REQUIRE(refusal_of(good, shape).empty());
  const auto changed = [&](std::size_t at) {
    std::string text = good;
    text[at] = static_cast<char>(text[at] ^ 1);
    return refusal_of(text, shape);
  };
  CHECK(changed(0).find("no row state file") != std::string::npos);
  CHECK(changed(8).find("no row state file") != std::string::npos);
  CHECK(changed(12).find("spec") != std::string::npos);
  CHECK(changed(16).find("profile") != std::string::npos);
  CHECK(changed(20).find("dimension") != std::string::npos);
  CHECK(changed(24).find("batch") != std::string::npos);
  CHECK(changed(32).find("heads") != std::string::npos);
  CHECK(changed(40).find("queries") != std::string::npos);
  CHECK(changed(48).find("TILE") != std::string::npos);
  CHECK(refusal_of(good.substr(0, 63), shape).find("64-byte header") != std::string::npos);
  CHECK(refusal_of(good.substr(0, good.size() - 1), shape).find("needs") != std::string::npos);
  CHECK(refusal_of(good + "x", shape).find("needs") != std::string::npos);
}
