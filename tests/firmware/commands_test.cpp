// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_test_macros.hpp>

#include "firmware/include/flashd_regs.h"
#include "host/jobs/rng.hpp"
#include "tests/firmware/fake_soc.hpp"

namespace {

using namespace flashd;
using namespace flashd::testing;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint32_t kBase = FakeSoc::kBase;
constexpr std::uint32_t kEnd = FakeSoc::kBase + FakeSoc::kBytes;

/// A host that counts its sequence numbers.
class Line {
 public:
  FakeSoc soc;

  Answer ask(std::uint8_t kind, const Bytes& body) {
    last_ = frame(kind, sequence_, body);
    const Answer answer = again();
    CHECK(answer.kind == (kind | 0x80));
    CHECK(answer.sequence == sequence_);
    ++sequence_;
    return answer;
  }
  /// Sends the last command once more.
  Answer again() {
    soc.take(last_);
    const auto got = answers(soc.sent());
    REQUIRE(got.size() == 1);
    return got[0];
  }
  std::uint8_t status(std::uint8_t kind, const Bytes& body) {
    const Answer answer = ask(kind, body);
    if (answer.status != FLASHD_SERIAL_STATUS_GOOD) CHECK(answer.body.empty());
    return answer.status;
  }

 private:
  Bytes last_;
  std::uint8_t sequence_ = 0;
};

Bytes read_body(std::uint32_t address, std::uint32_t count) {
  return little(address, 4) + little(count, 2);
}
Bytes register_body(std::uint32_t address, bool write, std::uint32_t value) {
  return little(address, 2) + Bytes{write} + little(value, 4);
}

}  // namespace

TEST_CASE("hello tells who is there") {
  Line line;
  const Answer a = line.ask(FLASHD_SERIAL_HELLO, little(0xDEADBEEF, 4));
  CHECK(a.status == FLASHD_SERIAL_STATUS_GOOD);
  REQUIRE(a.body.size() == FLASHD_SERIAL_HELLO_ANSWER_BYTES);
  CHECK(a.u32(FLASHD_SERIAL_HELLO_ANSWER_SESSION) == 0xDEADBEEF);
  CHECK(a.u32(FLASHD_SERIAL_HELLO_ANSWER_PROTOCOL) == (FLASHD_SERIAL_PROTOCOL | 3u << 16));
  CHECK(a.u32(FLASHD_SERIAL_HELLO_ANSWER_FIRMWARE_HASH) == 0x01020304);
  CHECK(a.u32(FLASHD_SERIAL_HELLO_ANSWER_DEVICE_HASH) == 0x05060708);
  CHECK(a.u32(FLASHD_SERIAL_HELLO_ANSWER_FIRMWARE_VERSION) == 0x000102);
  CHECK(a.u32(FLASHD_SERIAL_HELLO_ANSWER_MEMORY_BASE) == kBase);
  CHECK(a.u32(FLASHD_SERIAL_HELLO_ANSWER_MEMORY_BYTES) == FakeSoc::kBytes);
  CHECK(a.u32(FLASHD_SERIAL_HELLO_ANSWER_CLOCK_HZ) == 50000000);
  for (std::uint32_t i = 0; i < 4; ++i)
    CHECK(a.u32(FLASHD_SERIAL_HELLO_ANSWER_CAP0 + 4 * i) == 0xCA900000 + i);
  CHECK(a.u32(FLASHD_SERIAL_HELLO_ANSWER_DEVICE_VERSION) == 0x00010001);
}

TEST_CASE("memory is written and read, its edges included, and nothing beside it") {
  Line line;
  jobs::Rng rng(4);
  for (const std::uint32_t address : {kBase, kBase + 1, kBase + 4093, kEnd - 1024, kEnd - 1}) {
    for (const std::uint32_t count : {1u, 2u, 63u, 1023u, 1024u}) {
      Bytes data(count);
      for (auto& byte : data) byte = static_cast<std::uint8_t>(rng.next());
      const bool inside = std::uint64_t{address} + count <= kEnd;
      const std::uint8_t expected =
          inside ? FLASHD_SERIAL_STATUS_GOOD : FLASHD_SERIAL_STATUS_ADDRESS;
      CHECK(line.status(FLASHD_SERIAL_WRITE, little(address, 4) + data) == expected);
      const Answer back = line.ask(FLASHD_SERIAL_READ, read_body(address, count));
      CHECK(back.status == expected);
      CHECK(back.body == (inside ? data : Bytes{}));
      if (inside) CHECK(std::equal(data.begin(), data.end(), line.soc.at(address)));
    }
  }
  for (const std::uint32_t address : {0u, 0x10000000u, 0x20000000u, kBase - 1, kBase - 4, kEnd,
                                      kEnd + 1, 0xFFFFFFFFu, 0xFFFFFC00u, 0x7FFFFFFFu}) {
    CHECK(line.status(FLASHD_SERIAL_READ, read_body(address, 4)) == FLASHD_SERIAL_STATUS_ADDRESS);
    CHECK(line.status(FLASHD_SERIAL_READ, read_body(address, 1024)) ==
          FLASHD_SERIAL_STATUS_ADDRESS);
    CHECK(line.status(FLASHD_SERIAL_WRITE, little(address, 4) + Bytes(4)) ==
          FLASHD_SERIAL_STATUS_ADDRESS);
  }
  CHECK(line.soc.guards_whole());
}

TEST_CASE("commands that are none, and bodies of a wrong size") {
  Line line;
  for (const std::uint8_t kind : {0, 10, 11, 0x7F})
    CHECK(line.status(kind, {}) == FLASHD_SERIAL_STATUS_UNKNOWN);
  const struct {
    std::uint8_t kind;
    std::size_t bytes;
  } fixed[] = {{FLASHD_SERIAL_HELLO, 4},      {FLASHD_SERIAL_READ, 6},
               {FLASHD_SERIAL_SUBMIT, 4},     {FLASHD_SERIAL_WAIT, 6},
               {FLASHD_SERIAL_COUNTERS, 1},   {FLASHD_SERIAL_RESET, 1},
               {FLASHD_SERIAL_STATISTICS, 0}, {FLASHD_SERIAL_REGISTER, 7}};
  int wrong = 0;
  for (const auto& [kind, bytes] : fixed)
    for (std::size_t size = 0; size <= FLASHD_SERIAL_BODY_MAX; size += size < 12 ? 1 : 51)
      if (size != bytes)
        wrong += line.status(kind, Bytes(size)) == FLASHD_SERIAL_STATUS_SIZE;
      else
        CHECK(line.status(kind, Bytes(size)) != FLASHD_SERIAL_STATUS_UNKNOWN);
  CHECK(wrong == 8 * (12 + 21) - 8);
  CHECK(line.status(FLASHD_SERIAL_WRITE, little(kBase, 4)) == FLASHD_SERIAL_STATUS_SIZE);
  CHECK(line.status(FLASHD_SERIAL_WRITE, little(kBase, 4) + Bytes(1025)) ==
        FLASHD_SERIAL_STATUS_SIZE);
  CHECK(line.status(FLASHD_SERIAL_READ, read_body(kBase, 0)) == FLASHD_SERIAL_STATUS_SIZE);
  CHECK(line.status(FLASHD_SERIAL_READ, read_body(kBase, 1025)) == FLASHD_SERIAL_STATUS_SIZE);
  CHECK(line.status(FLASHD_SERIAL_READ, read_body(kBase, 0xFFFF)) == FLASHD_SERIAL_STATUS_SIZE);
  CHECK(line.soc.writes == 0);
}

TEST_CASE("submit hands over aligned descriptors in the memory, and tells what the ring says") {
  Line line;
  CHECK(line.ask(FLASHD_SERIAL_SUBMIT, little(kBase + 64, 4)).u32(0) == 1);
  CHECK(line.ask(FLASHD_SERIAL_SUBMIT, little(kEnd - 256, 4)).u32(0) == 2);
  for (const std::uint32_t address : {kBase + 1, kBase + 32, kBase + 60, kEnd - 192, kEnd - 64,
                                      kEnd, kBase - 64, 0u, 0xFFFFFFC0u})
    CHECK(line.status(FLASHD_SERIAL_SUBMIT, little(address, 4)) == FLASHD_SERIAL_STATUS_ADDRESS);
  CHECK(line.soc.submitted == std::vector<std::uint32_t>{kBase + 64, kEnd - 256});
  line.soc.submit_status = FLASHD_SERIAL_STATUS_FULL;
  CHECK(line.status(FLASHD_SERIAL_SUBMIT, little(kBase, 4)) == FLASHD_SERIAL_STATUS_FULL);
  line.soc.submit_status = FLASHD_SERIAL_STATUS_HUNG;
  CHECK(line.status(FLASHD_SERIAL_SUBMIT, little(kBase, 4)) == FLASHD_SERIAL_STATUS_HUNG);
  line.soc.submit_status = FLASHD_SERIAL_STATUS_GOOD;
  for (const std::uint16_t flags : {0, 2}) {
    line.soc.identity.flags = flags;
    CHECK(line.status(FLASHD_SERIAL_SUBMIT, little(kBase, 4)) == FLASHD_SERIAL_STATUS_REFUSED);
  }
  CHECK(line.soc.submitted.size() == 2);
}

TEST_CASE("wait tells how a job stands") {
  Line line;
  CHECK(line.status(FLASHD_SERIAL_WAIT, little(1, 4) + little(5, 2)) ==
        FLASHD_SERIAL_STATUS_TICKET);
  line.ask(FLASHD_SERIAL_SUBMIT, little(kBase, 4));
  for (const std::uint8_t state : {0, 1, 2, 3, 4}) {
    line.soc.job = {state, 16, 0x11223344, 0x123456789ABCDEFull};
    const Answer a = line.ask(FLASHD_SERIAL_WAIT, little(1, 4) + little(65535, 2));
    CHECK(a.status == FLASHD_SERIAL_STATUS_GOOD);
    REQUIRE(a.body.size() == FLASHD_SERIAL_WAIT_ANSWER_BYTES);
    CHECK(a.body[FLASHD_SERIAL_WAIT_ANSWER_STATE] == state);
    CHECK(a.body[FLASHD_SERIAL_WAIT_ANSWER_CODE] == 16);
    CHECK(a.u32(FLASHD_SERIAL_WAIT_ANSWER_TAG) == 0x11223344);
    CHECK(a.u32(FLASHD_SERIAL_WAIT_ANSWER_ADDRESS) == 0x89ABCDEF);
    CHECK(a.u32(FLASHD_SERIAL_WAIT_ANSWER_ADDRESS + 4) == 0x1234567);
  }
  CHECK(line.soc.waited == std::vector<std::uint32_t>{5, 65535, 65535, 65535, 65535, 65535});
}

TEST_CASE("counters, all of them, and cleared when asked for") {
  Line line;
  const Answer a = line.ask(FLASHD_SERIAL_COUNTERS, {0});
  CHECK(a.status == FLASHD_SERIAL_STATUS_GOOD);
  REQUIRE(a.body.size() == 8 * FLASHD_COUNTERS);
  for (std::uint32_t i = 0; i < FLASHD_COUNTERS; ++i) {
    CHECK(a.u32(8 * i) == 100 + i);
    CHECK(a.u32(8 * i + 4) == i << 8);
  }
  CHECK(line.soc.clears == 0);
  CHECK(line.status(FLASHD_SERIAL_COUNTERS, {1}) == FLASHD_SERIAL_STATUS_GOOD);
  CHECK(line.soc.clears == 1);
  CHECK(line.status(FLASHD_SERIAL_COUNTERS, {2}) == FLASHD_SERIAL_STATUS_REFUSED);
  CHECK(line.status(FLASHD_SERIAL_COUNTERS, {255}) == FLASHD_SERIAL_STATUS_REFUSED);
  CHECK(line.soc.clears == 1);
  line.soc.counters_status = FLASHD_SERIAL_STATUS_HUNG;
  CHECK(line.status(FLASHD_SERIAL_COUNTERS, {0}) == FLASHD_SERIAL_STATUS_HUNG);
}

TEST_CASE("reset: the device, or the firmware behind its answer") {
  Line line;
  CHECK(line.status(FLASHD_SERIAL_RESET, {0}) == FLASHD_SERIAL_STATUS_GOOD);
  CHECK(line.status(FLASHD_SERIAL_RESET, {1}) == FLASHD_SERIAL_STATUS_GOOD);
  CHECK(line.soc.resets == Bytes{0, 1});
  CHECK(line.soc.restarts == 0);
  CHECK(line.status(FLASHD_SERIAL_RESET, {2}) == FLASHD_SERIAL_STATUS_GOOD);
  CHECK(line.soc.restarts == 1);
  CHECK(line.status(FLASHD_SERIAL_RESET, {3}) == FLASHD_SERIAL_STATUS_REFUSED);
  line.soc.reset_status = FLASHD_SERIAL_STATUS_HUNG;
  CHECK(line.status(FLASHD_SERIAL_RESET, {0}) == FLASHD_SERIAL_STATUS_HUNG);
  CHECK(line.soc.resets == Bytes{0, 1, 0});
  CHECK(line.soc.restarts == 1);
}

TEST_CASE("statistics count what came and what was dropped") {
  Line line;
  line.soc.health = {11, 12, 13, 14, 15};
  line.soc.take({7, 1, 2, 0});               // bad form
  line.soc.take(Bytes(5000, 1) + Bytes{0});  // bad form
  Bytes wrong = frame(FLASHD_SERIAL_STATISTICS, 9, {});
  wrong[2] ^= 1;
  line.soc.take(wrong);                      // bad CRC
  line.soc.take(frame(0x88, 9, Bytes(40)));  // an answer: taken, never answered
  CHECK(line.soc.sent().empty());
  CHECK(line.soc.frame_errors == 3);
  line.ask(FLASHD_SERIAL_HELLO, Bytes(4));
  line.again();
  line.again();
  const Answer a = line.ask(FLASHD_SERIAL_STATISTICS, {});
  REQUIRE(a.body.size() == FLASHD_SERIAL_STATISTICS_ANSWER_BYTES);
  CHECK(a.u32(FLASHD_SERIAL_STATISTICS_ANSWER_FRAMES) == 5);
  CHECK(a.u32(FLASHD_SERIAL_STATISTICS_ANSWER_BAD_CRC) == 1);
  CHECK(a.u32(FLASHD_SERIAL_STATISTICS_ANSWER_BAD_FORM) == 2);
  CHECK(a.u32(FLASHD_SERIAL_STATISTICS_ANSWER_RESENT) == 2);
  CHECK(a.u32(FLASHD_SERIAL_STATISTICS_ANSWER_OVERRUNS) == 11);
  CHECK(a.u32(FLASHD_SERIAL_STATISTICS_ANSWER_FRAMING) == 12);
  CHECK(a.u32(FLASHD_SERIAL_STATISTICS_ANSWER_BUS_ERRORS) == 13);
  CHECK(a.u32(FLASHD_SERIAL_STATISTICS_ANSWER_JOBS) == 14);
  CHECK(a.u32(FLASHD_SERIAL_STATISTICS_ANSWER_STACK_FREE) == 15);
}

TEST_CASE("registers are read, and TIMEOUT alone is written") {
  Line line;
  constexpr std::uint32_t kTimeout = offsetof(flashd_regs_t, TIMEOUT);
  line.soc.registers[0x10] = 0xABCD;
  CHECK(line.ask(FLASHD_SERIAL_REGISTER, register_body(0x10, false, 7)).u32(0) == 0xABCD);
  CHECK(line.ask(FLASHD_SERIAL_REGISTER, register_body(kTimeout, true, 7)).u32(0) == 7);
  CHECK(line.soc.registers[kTimeout] == 7);
  int refused = 0;
  for (std::uint32_t address = 0; address < sizeof(flashd_regs_t); address += 4)
    if (address != kTimeout)
      refused += line.status(FLASHD_SERIAL_REGISTER, register_body(address, true, 1)) ==
                 FLASHD_SERIAL_STATUS_REFUSED;
  CHECK(refused == sizeof(flashd_regs_t) / 4 - 1);
  for (const std::uint32_t address : {1u, 2u, 0x13u, 0x1F0u, 0x1F4u, 0xFFFCu})
    CHECK(line.status(FLASHD_SERIAL_REGISTER, register_body(address, false, 1)) ==
          FLASHD_SERIAL_STATUS_ADDRESS);
  line.soc.access_status = FLASHD_SERIAL_STATUS_ADDRESS;
  CHECK(line.status(FLASHD_SERIAL_REGISTER, register_body(0x0C, false, 1)) ==
        FLASHD_SERIAL_STATUS_ADDRESS);
}

TEST_CASE("a command sent again is not done again") {
  Line line;
  line.ask(FLASHD_SERIAL_HELLO, little(1, 4));
  CHECK(line.ask(FLASHD_SERIAL_SUBMIT, little(kBase, 4)).u32(0) == 1);
  for (int i = 0; i < 5; ++i) CHECK(line.again().u32(0) == 1);
  CHECK(line.soc.submitted.size() == 1);
  // The same command as a new one is.
  CHECK(line.ask(FLASHD_SERIAL_SUBMIT, little(kBase, 4)).u32(0) == 2);
  CHECK(line.soc.submitted.size() == 2);
  // The same sequence number with another body is another command.
  line.soc.take(frame(FLASHD_SERIAL_WRITE, 77, little(kBase, 4) + Bytes{1}));
  line.soc.take(frame(FLASHD_SERIAL_WRITE, 77, little(kBase, 4) + Bytes{2}));
  CHECK(line.soc.writes == 2);
  CHECK(*line.soc.at(kBase) == 2);
  // Refusals are stored, too.
  line.soc.submit_status = FLASHD_SERIAL_STATUS_FULL;
  line.soc.take(frame(FLASHD_SERIAL_SUBMIT, 78, little(kBase, 4)));
  line.soc.submit_status = FLASHD_SERIAL_STATUS_GOOD;
  line.soc.take(frame(FLASHD_SERIAL_SUBMIT, 78, little(kBase, 4)));
  const auto got = answers(line.soc.sent());
  REQUIRE(got.size() == 4);
  CHECK(got[2].status == FLASHD_SERIAL_STATUS_FULL);
  CHECK(got[3].status == FLASHD_SERIAL_STATUS_FULL);
  CHECK(line.soc.submitted.size() == 2);
  // A restart is not done twice by one firmware either.
  line.soc.take(frame(FLASHD_SERIAL_RESET, 79, {2}));
  line.soc.take(frame(FLASHD_SERIAL_RESET, 79, {2}));
  CHECK(line.soc.restarts == 1);
}

TEST_CASE("nothing but hello before the first hello") {
  FakeSoc soc(false);
  std::uint8_t sequence = 0;
  const auto status = [&](std::uint8_t kind, const Bytes& body) {
    soc.take(frame(kind, ++sequence, body));
    return answers(soc.sent()).at(0).status;
  };
  const Bytes write = little(kBase, 4) + Bytes{1};
  CHECK(status(FLASHD_SERIAL_WRITE, write) == FLASHD_SERIAL_STATUS_REFUSED);
  CHECK(status(FLASHD_SERIAL_STATISTICS, {}) == FLASHD_SERIAL_STATUS_REFUSED);
  CHECK(status(FLASHD_SERIAL_HELLO, Bytes(3)) == FLASHD_SERIAL_STATUS_SIZE);
  CHECK(status(FLASHD_SERIAL_WRITE, write) == FLASHD_SERIAL_STATUS_REFUSED);
  CHECK(soc.writes == 0);
  CHECK(status(FLASHD_SERIAL_HELLO, Bytes(4)) == FLASHD_SERIAL_STATUS_GOOD);
  CHECK(status(FLASHD_SERIAL_WRITE, write) == FLASHD_SERIAL_STATUS_GOOD);
  CHECK(soc.writes == 1);
}

TEST_CASE("hello forgets the stored answer") {
  Line line;
  const Bytes write = frame(FLASHD_SERIAL_WRITE, 5, little(kBase, 4) + Bytes{1});
  line.soc.take(write);
  line.soc.take(write);
  CHECK(line.soc.writes == 1);
  line.soc.take(frame(FLASHD_SERIAL_HELLO, 4, little(2, 4)));
  line.soc.take(write);
  CHECK(line.soc.writes == 2);
}
