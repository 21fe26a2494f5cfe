// SPDX-License-Identifier: Apache-2.0
#include <zlib.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "host/jobs/rng.hpp"
#include "tests/firmware/fake_soc.hpp"

namespace {

using namespace flashd;
using namespace flashd::testing;
using Bytes = std::vector<std::uint8_t>;

std::uint32_t zlib_crc(const Bytes& bytes) {
  return static_cast<std::uint32_t>(
      crc32(crc32(0, nullptr, 0), bytes.data(), static_cast<uInt>(bytes.size())));
}

Bytes with_crc(const Bytes& plain) { return plain + little(zlib_crc(plain), 4); }

/// Events other than none that the bytes raise.
std::vector<flashd_frame_event_t> events(flashd_frame_parser_t& parser, const Bytes& bytes) {
  std::vector<flashd_frame_event_t> out;
  for (const std::uint8_t byte : bytes)
    if (const auto event = flashd_frame_push(&parser, byte); event != FLASHD_FRAME_NONE)
      out.push_back(event);
  return out;
}

Bytes random_bytes(jobs::Rng& rng, std::size_t count, double zeros) {
  Bytes out(count);
  for (auto& byte : out)
    byte = rng.chance(zeros) ? 0 : static_cast<std::uint8_t>(rng.between(1, 255));
  return out;
}

/// What a parser takes out of a coded frame, CRC and all.
Bytes parsed(const Bytes& coded, flashd_frame_event_t expected = FLASHD_FRAME_GOOD) {
  flashd_frame_parser_t parser{};
  const auto seen = events(parser, coded);
  REQUIRE(seen == std::vector<flashd_frame_event_t>{expected});
  return {parser.bytes, parser.bytes + parser.count};
}

}  // namespace

TEST_CASE("CRC-32 is zlib's") {
  const Bytes check{'1', '2', '3', '4', '5', '6', '7', '8', '9'};
  CHECK(flashd_crc32(0, check.data(), 9) == 0xCBF43926u);  // the check value of every catalogue
  CHECK(flashd_crc32(0, nullptr, 0) == 0);
  jobs::Rng rng(1);
  for (int i = 0; i < 500; ++i) {
    const Bytes bytes = random_bytes(rng, static_cast<std::size_t>(rng.below(1100)), 0.1);
    REQUIRE(flashd_crc32(0, bytes.data(), static_cast<std::uint32_t>(bytes.size())) ==
            zlib_crc(bytes));
    const auto cut =
        static_cast<std::uint32_t>(rng.below(static_cast<std::int64_t>(bytes.size()) + 1));
    REQUIRE(flashd_crc32(flashd_crc32(0, bytes.data(), cut), bytes.data() + cut,
                         static_cast<std::uint32_t>(bytes.size()) - cut) == zlib_crc(bytes));
  }
}

TEST_CASE("COBS: the example of the paper") {
  // Cheshire and Baker 1999: the start of an IP header.
  const Bytes plain{0x45, 0x00, 0x00, 0x2C, 0x4C, 0x79, 0x00, 0x00, 0x40, 0x06, 0x4F, 0x37};
  const Bytes coded{0x02, 0x45, 0x01, 0x04, 0x2C, 0x4C, 0x79,
                    0x01, 0x05, 0x40, 0x06, 0x4F, 0x37, 0};
  CHECK(stuffed(plain) == coded);
  // Its last four bytes are no CRC of the others: the frame is seen whole, and dropped.
  CHECK(parsed(coded, FLASHD_FRAME_BAD_CRC) == plain);
}

TEST_CASE("COBS: blocks of 254 bytes, with and without what may stand behind the last one") {
  for (const std::size_t body : {247u, 248u, 249u, 502u, 503u, 1032u}) {
    for (const std::uint8_t fill : {0x11, 0x00}) {
      // A sequence number is searched for which no byte of head and CRC is zero.
      for (int sequence = 1; sequence < 256; ++sequence) {
        Bytes plain =
            with_crc(Bytes{0x42, static_cast<std::uint8_t>(sequence)} + Bytes(body, fill));
        if (fill != 0 && std::count(plain.begin(), plain.end(), 0) != 0) continue;
        const Bytes coded = stuffed(plain);
        CHECK(coded.size() <= FLASHD_FRAME_LINE_MAX);
        CHECK(parsed(coded) == plain);
        CHECK(frame(0x42, static_cast<std::uint8_t>(sequence), Bytes(body, fill)) == coded);
        if (fill != 0 && plain.size() % 254 == 0) {
          // Other encoders leave out an empty last block.
          Bytes shorter = coded;
          REQUIRE(shorter[shorter.size() - 2] == 1);
          shorter.erase(shorter.end() - 2);
          CHECK(parsed(shorter) == plain);
        }
        break;
      }
    }
  }
}

TEST_CASE("what is encoded is parsed, at every size of a body") {
  jobs::Rng rng(2);
  flashd_frame_parser_t parser{};
  for (std::uint32_t size = 0; size <= FLASHD_SERIAL_BODY_MAX; ++size) {
    const Bytes body = random_bytes(rng, size, size % 3 == 0 ? 0.5 : size % 3 == 1 ? 0.01 : 0);
    const auto kind = static_cast<std::uint8_t>(rng.below(256));
    const auto sequence = static_cast<std::uint8_t>(rng.below(256));
    const Bytes plain = with_crc(Bytes{kind, sequence} + body);
    const Bytes coded = frame(kind, sequence, body);
    REQUIRE(coded == stuffed(plain));
    REQUIRE(coded.size() <= FLASHD_FRAME_LINE_MAX);
    REQUIRE(std::find(coded.begin(), coded.end(), 0) == coded.end() - 1);
    REQUIRE(events(parser, coded) == std::vector<flashd_frame_event_t>{FLASHD_FRAME_GOOD});
    REQUIRE(flashd_frame_body_bytes(&parser) == size);
    REQUIRE(Bytes(flashd_frame_body(&parser), flashd_frame_body(&parser) + size) == body);
    REQUIRE(flashd_frame_crc(&parser) == zlib_crc(Bytes{kind, sequence} + body));
  }
}

TEST_CASE("every flipped bit of a frame is noticed") {
  const Bytes coded = frame(3, 7, Bytes{0, 1, 2, 0x80, 0, 0, 5, 6, 7, 8, 9});
  int good = 0;
  for (std::size_t bit = 0; bit < 8 * (coded.size() - 1); ++bit) {
    Bytes bad = coded;
    bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ 1u << bit % 8);
    flashd_frame_parser_t parser{};
    for (const auto event : events(parser, bad)) good += event == FLASHD_FRAME_GOOD;
    // And the next frame is taken, whatever stands before it.
    const auto next = events(parser, coded);
    REQUIRE(next.back() == FLASHD_FRAME_GOOD);
  }
  CHECK(good == 0);
}

TEST_CASE("frames too short, too long or not COBS are bad form") {
  const auto form = std::vector<flashd_frame_event_t>{FLASHD_FRAME_BAD_FORM};
  flashd_frame_parser_t parser{};
  CHECK(events(parser, {0, 0, 0}).empty());
  CHECK(events(parser, {1, 0}) == form);
  CHECK(events(parser, stuffed(little(zlib_crc({}), 4))) == form);  // no head
  CHECK(events(parser, stuffed(with_crc({0x42}))) == form);         // half a head
  CHECK(events(parser, {9, 1, 2, 3, 4, 5, 6, 7, 0}) == form);       // the block is cut short
  // A whole block of 254 bytes is a frame, though not one of a good CRC.
  CHECK(events(parser, Bytes(255, 0xFF) + Bytes{0}) ==
        std::vector<flashd_frame_event_t>{FLASHD_FRAME_BAD_CRC});
  Bytes longest = with_crc(Bytes{1, 2} + Bytes(FLASHD_SERIAL_BODY_MAX, 0x33));
  CHECK(events(parser, stuffed(longest)) == std::vector<flashd_frame_event_t>{FLASHD_FRAME_GOOD});
  const Bytes longer = with_crc(Bytes{1, 2} + Bytes(FLASHD_SERIAL_BODY_MAX + 1, 0x33));
  CHECK(events(parser, stuffed(longer)) == form);
  CHECK(events(parser, Bytes(100000, 0x77) + Bytes{0}) == form);
  CHECK(events(parser, stuffed(longest)) == std::vector<flashd_frame_event_t>{FLASHD_FRAME_GOOD});
}

TEST_CASE("a receiver that starts anywhere finds the next frame") {
  jobs::Rng rng(3);
  for (int i = 0; i < 300; ++i) {
    const Bytes first = frame(2, 1, random_bytes(rng, 40, 0.2));
    const Bytes second = frame(2, 2, random_bytes(rng, 40, 0.2));
    const auto start =
        static_cast<std::ptrdiff_t>(rng.below(static_cast<std::int64_t>(first.size())));
    flashd_frame_parser_t parser{};
    const auto seen = events(parser, Bytes(first.begin() + start, first.end()) + second);
    REQUIRE(!seen.empty());
    REQUIRE(seen.back() == FLASHD_FRAME_GOOD);
    REQUIRE(parser.bytes[1] == 2);
    REQUIRE(seen.size() <= 2);
    if (start != 0 && seen.size() == 2) REQUIRE(seen.front() != FLASHD_FRAME_GOOD);
  }
}
