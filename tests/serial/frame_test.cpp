// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_test_macros.hpp>

#include "firmware/frame.h"
#include "host/jobs/rng.hpp"
#include "host/serial/frame.hpp"

using namespace flashd;
using namespace flashd::serial;

namespace {

/// Bytes with few, many or no zeros.
Bytes drawn_bytes(jobs::Rng& rng, std::size_t count) {
  const double zeros = rng.pick({0.0, 0.004, 0.5, 1.0});
  Bytes bytes(count);
  for (auto& byte : bytes)
    byte = rng.chance(zeros) ? 0 : static_cast<std::uint8_t>(rng.between(1, 255));
  return bytes;
}

/// Good frames that a receiver finds in bytes of the line; the last one goes to `frame`.
int count_good(const Bytes& line, Frame* frame, int* spoilt) {
  Receiver receiver;
  int good = 0;
  for (const std::uint8_t byte : line) {
    const Receiver::Event event = receiver.take(byte);
    good += event == Receiver::Event::good;
    *spoilt += event == Receiver::Event::spoilt;
    if (event == Receiver::Event::good) *frame = receiver.frame();
  }
  return good;
}

}  // namespace

TEST_CASE("known codes of COBS") {
  // Of the paper's table and of the rule for 254 bytes.
  CHECK(stuff(Bytes{}) == Bytes{1});
  CHECK(stuff(Bytes{0}) == Bytes{1, 1});
  CHECK(stuff(Bytes{0, 0}) == Bytes{1, 1, 1});
  CHECK(stuff(Bytes{0x11, 0x22, 0, 0x33}) == Bytes{3, 0x11, 0x22, 2, 0x33});
  Bytes run(254, 7);
  Bytes code = run;
  code.insert(code.begin(), 0xFF);
  CHECK(stuff(run) == code);
  run.push_back(8);
  code.insert(code.end(), {2, 8});
  CHECK(stuff(run) == code);
  CHECK(!unstuff(Bytes{0}));
  CHECK(!unstuff(Bytes{3, 1}));
  CHECK(!unstuff(Bytes{3, 1, 0}));
}

TEST_CASE("every length survives COBS, without a zero on the line") {
  jobs::Rng rng(11);
  for (std::size_t count = 0; count <= FLASHD_SERIAL_FRAME_MAX; ++count) {
    const Bytes plain = drawn_bytes(rng, count);
    const Bytes code = stuff(plain);
    REQUIRE(std::find(code.begin(), code.end(), 0) == code.end());
    REQUIRE(code.size() <= count + count / 254 + 1);
    REQUIRE(unstuff(code) == plain);
  }
}

TEST_CASE("host and firmware read each other's frames") {
  jobs::Rng rng(12);
  int compared = 0;
  flashd_frame_parser_t parser{};
  for (std::size_t count = 0; count <= FLASHD_SERIAL_BODY_MAX; ++count) {
    const Frame frame{static_cast<std::uint8_t>(rng.next()), static_cast<std::uint8_t>(rng.next()),
                      drawn_bytes(rng, count)};
    flashd_frame_event_t event = FLASHD_FRAME_NONE;
    const Bytes line = encode(frame);
    REQUIRE(line.size() <= line_bytes(count));
    for (const std::uint8_t byte : line) event = flashd_frame_push(&parser, byte);
    REQUIRE(event == FLASHD_FRAME_GOOD);
    REQUIRE(parser.bytes[0] == frame.kind);
    REQUIRE(parser.bytes[1] == frame.sequence);
    REQUIRE(flashd_frame_body_bytes(&parser) == count);
    REQUIRE(std::equal(frame.body.begin(), frame.body.end(), flashd_frame_body(&parser)));

    Bytes answer(FLASHD_FRAME_LINE_MAX);
    answer.resize(flashd_frame_encode(frame.kind, frame.sequence, frame.body.data(),
                                      static_cast<std::uint32_t>(count), answer.data()));
    Frame got;
    int spoilt = 0;
    REQUIRE(count_good(answer, &got, &spoilt) == 1);
    REQUIRE(spoilt == 0);
    REQUIRE(got.kind == frame.kind);
    REQUIRE(got.sequence == frame.sequence);
    REQUIRE(got.body == frame.body);
    ++compared;
  }
  CHECK(compared == FLASHD_SERIAL_BODY_MAX + 1);
}

TEST_CASE("a spoilt frame is told, and the next one is found") {
  jobs::Rng rng(13);
  const Frame next{5, 6, {7, 0, 9}};
  const Bytes good = encode(next);
  int spoilt = 0;
  for (int i = 0; i < 5000; ++i) {
    Bytes line = encode({static_cast<std::uint8_t>(rng.next()), 1,
                         drawn_bytes(rng, static_cast<std::size_t>(rng.below(300)))});
    const auto at =
        static_cast<std::ptrdiff_t>(rng.below(static_cast<std::int64_t>(line.size() - 1)));
    if (rng.chance(0.5))
      line.erase(line.begin() + at);
    else
      line[static_cast<std::size_t>(at)] ^= static_cast<std::uint8_t>(1 << rng.below(8));
    line.insert(line.end(), good.begin(), good.end());
    Frame got;
    const int before = spoilt;
    // Only the second is good, unless a byte became the zero between the two.
    REQUIRE(count_good(line, &got, &spoilt) == 1);
    REQUIRE(spoilt > before);
    REQUIRE(got.kind == next.kind);
    REQUIRE(got.body == next.body);
  }
}

TEST_CASE("bytes without end are dropped") {
  Bytes line(100000, 3);
  line.push_back(0);
  const Bytes good = encode({1, 2, {3}});
  line.insert(line.end(), good.begin(), good.end());
  Frame got;
  int spoilt = 0;
  CHECK(count_good(line, &got, &spoilt) == 1);
  CHECK(spoilt == 1);
  CHECK(got.body == Bytes{3});
}
