// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_test_macros.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "host/io/error.hpp"
#include "host/jobs/random_job.hpp"
#include "host/serial/board.hpp"
#include "tests/serial/board.hpp"
#include "tests/serial/compare.hpp"

using namespace flashd;
using namespace flashd::testing;

namespace {

/// Time-outs for what does not answer.
serial::Patience impatient() {
  serial::Patience patience;
  patience.tries = 4;
  patience.margin = serial::Seconds(0.25);
  patience.hello = serial::Seconds(0.05);
  patience.longest = serial::Seconds(0.5);
  patience.standstill = serial::Seconds(1.5);
  return patience;
}

/// What opening the line fails with.
host::Error refusal(const std::string& name) {
  try {
    serial::Board board(serial::parse_port(name), impatient());
  } catch (const host::Error& error) {
    return error;
  }
  return host::Error(host::Exit::good, "");
}

bool has(const host::Error& error, const std::string& text) {
  INFO(error.what());
  const std::string sentence = error.what();
  CHECK(sentence.find('\n') == std::string::npos);
  CHECK(sentence.find(text) != std::string::npos);
  return sentence.find(text) != std::string::npos;
}

jobs::OwnedJob small_job() {
  return jobs::random_job(7, host::find_config("tiny"), InputFormat::bf16, 5000);
}

}  // namespace

TEST_CASE("a port's name is a device and a rate") {
  CHECK(serial::parse_port("/dev/ttyUSB0").device == "/dev/ttyUSB0");
  CHECK(serial::parse_port("/dev/ttyUSB0").baud == 1000000);
  CHECK(serial::parse_port("/dev/ttyUSB0@115200").device == "/dev/ttyUSB0");
  CHECK(serial::parse_port("/dev/ttyUSB0@115200").baud == 115200);
  for (const char* name : {"", "@115200", "/dev/ttyUSB0@", "/dev/ttyUSB0@0", "/dev/ttyUSB0@fast",
                           "/dev/ttyUSB0@-1", "/dev/ttyUSB0@999999999"}) {
    INFO(name);
    try {
      serial::parse_port(name);
      FAIL("taken");
    } catch (const host::Error& error) {
      CHECK(error.exit() == host::Exit::usage);
    }
  }
}

TEST_CASE("what is no serial line is refused") {
  CHECK(refusal("/dev/null").exit() == host::Exit::unavailable);
  CHECK(has(refusal("/dev/null"), "is no serial line"));
  CHECK(refusal("/dev/not-there").exit() == host::Exit::unavailable);
  CHECK(has(refusal("/dev/not-there"), "cannot be opened"));
  const FakeBoard far;
  CHECK(has(refusal(far.name() + "@123456"), "123456 baud"));
  const int fd = open(far.name().c_str(), O_RDWR | O_NOCTTY);
  REQUIRE(flock(fd, LOCK_EX | LOCK_NB) == 0);
  CHECK(has(refusal(far.name()), "is in use"));
  close(fd);
  CHECK(refusal(far.name()).exit() == host::Exit::good);
}

TEST_CASE("what is no firmware of ours is refused") {
  const Babbler silent(""), babbling("login: \n"), zeros(std::string(3, '\0')),
      echo(std::string("\x03\x81\x01\x00", 4));
  CHECK(refusal(silent.name()).exit() == host::Exit::unavailable);
  CHECK(has(refusal(silent.name()), "no answer to 'hello' after 4 tries; nothing was received"));
  CHECK(refusal(babbling.name()).exit() == host::Exit::unavailable);
  CHECK(has(refusal(babbling.name()), "no answer to 'hello'"));
  CHECK(has(refusal(zeros.name()), "no answer to 'hello'"));
  CHECK(has(refusal(echo.name()), "spoilt frame"));
}

TEST_CASE("a board of another spec or without a good self-test is refused") {
  const std::string ours = host::hash_text(spec::kHash), other = host::hash_text(spec::kHash ^ 1u);
  Misbehaviour firmware, device, failed, never;
  firmware.firmware_hash_change = 1;
  device.device_hash_change = 1;
  failed.self_test_passed = false;
  never.self_test_passed = never.self_test_ran = false;
  for (const auto& [misbehaviour, what] :
       {std::pair(firmware, "firmware"), std::pair(device, "bitstream")}) {
    const FakeBoard far(misbehaviour);
    const host::Error error = refusal(far.name());
    CHECK(error.exit() == host::Exit::unavailable);
    CHECK(has(error, ours));
    CHECK(has(error, other));
    CHECK(has(error, what));
  }
  const FakeBoard far(failed), other_far(never);
  CHECK(refusal(far.name()).exit() == host::Exit::unavailable);
  CHECK(has(refusal(far.name()), "self-test failed"));
  CHECK(has(refusal(other_far.name()), "no self-test"));
}

TEST_CASE("commands do what the page says") {
  const FakeBoard far;
  serial::Client client(serial::parse_port(far.name()), impatient());
  const auto status = [](const auto& command) {
    try {
      command();
    } catch (const serial::Refused& refused) {
      return static_cast<int>(refused.status());
    }
    return 0;
  };
  std::vector<std::byte> bytes(3000), back(3000);
  const std::uint64_t base = SocModel::kMemoryBase;
  // Nothing before hello.
  CHECK(status([&] { client.read(base, back); }) == FLASHD_SERIAL_STATUS_REFUSED);
  const serial::Hello hello = client.hello();
  CHECK(hello.memory.base == base);
  CHECK(hello.memory.bytes == SocModel::kMemoryBytes - FLASHD_SERIAL_RING_AREA_BYTES);
  CHECK(hello.clock_hz == SocModel::kClockHz);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * i >> 3);
  client.write(base + 61, bytes);
  client.read(base + 61, back);
  CHECK(bytes == back);
  const std::uint64_t end = base + hello.memory.bytes;
  CHECK(status([&] { client.write(end - 1, gsl::span<const std::byte>(bytes).first(1)); }) == 0);
  CHECK(status([&] { client.write(end - 1, gsl::span<const std::byte>(bytes).first(2)); }) ==
        FLASHD_SERIAL_STATUS_ADDRESS);
  CHECK(status([&] { client.read(base - 1, back); }) == FLASHD_SERIAL_STATUS_ADDRESS);
  CHECK(status([&] { client.submit(base + 32); }) == FLASHD_SERIAL_STATUS_ADDRESS);
  CHECK(status([&] { client.wait(1, 0); }) == FLASHD_SERIAL_STATUS_TICKET);
  CHECK(client.read_register(0x008) == spec::kHash);
  CHECK(status([&] { client.write_register(0x020, 1); }) == FLASHD_SERIAL_STATUS_REFUSED);
  CHECK(client.statistics().frames > 10);
  client.reset(serial::ResetKind::firmware);
  CHECK(status([&] { client.statistics(); }) == FLASHD_SERIAL_STATUS_REFUSED);
  CHECK(client.hello().clock_hz == SocModel::kClockHz);
}

TEST_CASE("a job that does not fit the job memory is refused with both sizes") {
  const FakeBoard far;
  serial::Board board(serial::parse_port(far.name()), impatient());
  jobs::OwnedJob owned;
  owned.queries = 1;
  owned.keys = 2000;
  owned.d = owned.dv = 64;
  owned.q.resize(64);
  owned.k.resize(2000 * 64);
  owned.v.resize(2000 * 64);
  const Job job = owned.view();
  try {
    board.run({&job, 1}, {});
    FAIL("taken");
  } catch (const host::Error& error) {
    CHECK(error.exit() == host::Exit::usage);
    CHECK(has(error, "258048"));
    CHECK(has(error, "needs 512"));
  }
}

TEST_CASE("a board that restarts in the middle of a job does it once more") {
  const jobs::OwnedJob owned = small_job();
  const Job job = owned.view();
  const device::RunOptions options;
  std::uint64_t compared = 0, repeated = 0;
  // In front of every command of a job: hello, reset, writes, counters, submit, wait, ...
  for (std::uint64_t command = 1; command <= 14; ++command) {
    Misbehaviour misbehaviour;
    misbehaviour.restart_before = command;
    const FakeBoard far(misbehaviour);
    INFO("restart before command " << command);
    serial::Board board(serial::parse_port(far.name()), impatient());
    const device::Finished finished = board.run({&job, 1}, options);
    REQUIRE(against_golden(job, finished, options, &compared).empty());
    repeated += board.restarts();
    if (command <= 7) CHECK(far.starts() == 2);
  }
  CHECK(compared > 0);
  CHECK(repeated >= 4);
}

TEST_CASE("a device that stands still is given up, and the next job is told so too") {
  Misbehaviour misbehaviour;
  misbehaviour.stands_still = true;
  const FakeBoard far(misbehaviour);
  serial::Board board(serial::parse_port(far.name()), impatient());
  const jobs::OwnedJob owned = small_job();
  const Job job = owned.view();
  for (int i = 0; i < 2; ++i) {
    try {
      board.run({&job, 1}, {});
      FAIL("no end");
    } catch (const host::Error& error) {
      CHECK(error.exit() == host::Exit::fault);
      CHECK(has(error, "stand still"));
    }
  }
}

TEST_CASE("a fault of the device is told with its name, and the next job is exact") {
  const FakeBoard far;
  serial::Board board(serial::parse_port(far.name()), impatient());
  serial::Client& client = board.client();
  const std::uint64_t base = board.hello().memory.base;
  const std::vector<std::byte> nothing(device::kDescriptorBytes);
  client.write(base, nothing);
  serial::Waited waited;
  const std::uint32_t ticket = client.submit(base);
  while (waited.state == serial::WaitState::running) waited = client.wait(ticket, 1);
  CHECK(waited.state == serial::WaitState::fault);
  INFO(device::to_text(waited.fault));
  CHECK(waited.fault.code == device::Fault::descriptor_version);
  const jobs::OwnedJob owned = small_job();
  const Job job = owned.view();
  std::uint64_t compared = 0;
  const device::Finished finished = board.run({&job, 1}, {});
  CHECK(against_golden(job, finished, {}, &compared).empty());
  CHECK(compared > 0);
}

TEST_CASE("a board that answers anything ends a job with a sentence") {
  const jobs::OwnedJob owned = small_job();
  const Job job = owned.view();
  serial::Patience patience = impatient();
  patience.margin = serial::Seconds(0.02);
  patience.longest = serial::Seconds(0.02);
  device::RunOptions options;
  options.state_out = true;
  int told = 0, ended = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Misbehaviour misbehaviour;
    misbehaviour.lies = seed % 2 == 0 ? 0.5 : 0.1;
    misbehaviour.seed = seed;
    const FakeBoard far(misbehaviour);
    try {
      serial::Board board(serial::parse_port(far.name()), patience);
      board.run({&job, 1}, options);
      ++ended;
    } catch (const host::Error& error) {
      INFO("seed " << seed << ": " << error.what());
      REQUIRE(std::string(error.what()).find('\n') == std::string::npos);
      REQUIRE(error.exit() != host::Exit::good);
      REQUIRE(error.exit() != host::Exit::internal);
      ++told;
    }
  }
  CHECK(told + ended == 100);
  CHECK(told >= 50);
}

TEST_CASE("a line that goes away is told") {
  auto far = std::make_unique<FakeBoard>();
  serial::Board board(serial::parse_port(far->name()), impatient());
  far.reset();
  const jobs::OwnedJob owned = small_job();
  const Job job = owned.view();
  try {
    board.run({&job, 1}, {});
    FAIL("no end");
  } catch (const host::Error& error) {
    CHECK(error.exit() == host::Exit::fault);
    CHECK(has(error, "was lost"));
  }
}
