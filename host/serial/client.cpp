// SPDX-License-Identifier: Apache-2.0
#include "host/serial/client.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <random>

#include "host/api/config.hpp"
#include "model/arith/spec.hpp"
#include "model/device/registers.hpp"

namespace flashd::serial {

namespace {

using host::Error;
using host::Exit;

constexpr std::size_t kShortestChunk = 32;
/// So many chunks without a second try let the next ones be longer.
constexpr int kCleanChunks = 8;

constexpr std::array<const char*, 8> kStatus{"good",
                                             "unknown command",
                                             "body of a wrong size",
                                             "address outside the job memory or not aligned",
                                             "ring full",
                                             "no such ticket",
                                             "the device does not answer",
                                             "refused"};

[[noreturn]] void unavailable(const std::string& device, const std::string& sentence) {
  throw Error(Exit::unavailable, "serial line " + device + ": " + sentence);
}

void require_hash(const std::string& device, const char* what, std::uint32_t hash) {
  if (hash != spec::kHash)
    unavailable(device, std::string("its ") + what + " was built from spec " +
                            host::hash_text(hash) + ", this program from spec " +
                            host::hash_text(spec::kHash) + "; build both from one source");
}

std::uint32_t word(ByteSpan from, std::size_t at) {
  return static_cast<std::uint32_t>(get(from, at, 4));
}

}  // namespace

Client::Client(const PortName& name, const Patience& patience)
    : Client(open_port(name), name.baud, patience) {}

Client::Client(std::unique_ptr<Port> port, unsigned baud, const Patience& patience)
    : port_(std::move(port)), link_(*port_, baud, patience) {}

Bytes Client::command(std::uint8_t kind, const Bytes& body, std::size_t answer, Seconds extra) {
  Bytes got = link_.exchange(kind, body, answer, extra);
  const std::uint8_t status = got[0];
  if (status != FLASHD_SERIAL_STATUS_GOOD)
    throw Refused("serial line " + device() + ": the board answers '" + command_name(kind) +
                      "' with status " + std::to_string(status) +
                      (status < kStatus.size() ? std::string(" (") + kStatus[status] + ")" : ""),
                  status);
  got.erase(got.begin());
  if (got.size() != answer)
    throw Error(Exit::fault, "serial line " + device() + ": the answer to '" + command_name(kind) +
                                 "' has " + std::to_string(got.size()) + " bytes; expected " +
                                 std::to_string(answer));
  return got;
}

Hello Client::hello() {
  std::random_device random;
  const auto session = static_cast<std::uint32_t>(random());
  Bytes body;
  put(body, session, 4);
  Bytes a;
  try {
    a = link_.exchange(FLASHD_SERIAL_HELLO, body, FLASHD_SERIAL_HELLO_ANSWER_BYTES);
  } catch (const Error& error) {
    throw Error(Exit::unavailable, error.what());
  }
  // Another protocol may have another answer: only its beginning is looked at first.
  constexpr std::size_t kStable = FLASHD_SERIAL_HELLO_ANSWER_PROTOCOL + 2;
  const std::uint8_t status = a[0];
  a.erase(a.begin());
  if (a.size() < kStable || word(a, FLASHD_SERIAL_HELLO_ANSWER_SESSION) != session)
    unavailable(device(), "what answers is no flashd firmware (status " + std::to_string(status) +
                              ", " + std::to_string(a.size()) + " bytes)");
  const std::uint64_t protocol = get(a, FLASHD_SERIAL_HELLO_ANSWER_PROTOCOL, 2);
  if (protocol != FLASHD_SERIAL_PROTOCOL || a.size() != FLASHD_SERIAL_HELLO_ANSWER_BYTES)
    unavailable(device(), "its firmware speaks protocol " + std::to_string(protocol) + " (" +
                              std::to_string(a.size()) + " bytes), this program protocol " +
                              std::to_string(FLASHD_SERIAL_PROTOCOL));
  const std::uint64_t flags = get(a, FLASHD_SERIAL_HELLO_ANSWER_FLAGS, 2);
  Hello hello;
  hello.self_test_ran = (flags & FLASHD_SERIAL_HELLO_FLAGS_SELF_TEST_RAN) != 0;
  hello.self_test_passed = (flags & FLASHD_SERIAL_HELLO_FLAGS_SELF_TEST_PASSED) != 0;
  hello.firmware_hash = word(a, FLASHD_SERIAL_HELLO_ANSWER_FIRMWARE_HASH);
  hello.firmware_version = word(a, FLASHD_SERIAL_HELLO_ANSWER_FIRMWARE_VERSION);
  hello.clock_hz = word(a, FLASHD_SERIAL_HELLO_ANSWER_CLOCK_HZ);
  hello.memory = {word(a, FLASHD_SERIAL_HELLO_ANSWER_MEMORY_BASE),
                  word(a, FLASHD_SERIAL_HELLO_ANSWER_MEMORY_BYTES)};
  hello.device.id = device::reg::kIdValueValue;  // the firmware tells no ID: it speaks for it
  hello.device.spec_hash = word(a, FLASHD_SERIAL_HELLO_ANSWER_DEVICE_HASH);
  hello.device.version = word(a, FLASHD_SERIAL_HELLO_ANSWER_DEVICE_VERSION);
  for (std::size_t i = 0; i < hello.device.cap.size(); ++i)
    hello.device.cap[i] = word(a, FLASHD_SERIAL_HELLO_ANSWER_CAP0 + 4 * i);
  require_hash(device(), "firmware", hello.firmware_hash);
  require_hash(device(), "bitstream", hello.device.spec_hash);
  if (!hello.self_test_passed)
    unavailable(device(),
                hello.self_test_ran
                    ? "the board's self-test failed: its engine gives other bits than golden"
                    : "the board has run no self-test; restart it");
  return hello;
}

std::size_t Client::next_chunk(std::size_t left) const { return std::min(left, chunk_); }

void Client::resize_chunk() {
  if (!link_.clean()) {
    chunk_ = std::max(chunk_ / 2, kShortestChunk);
    clean_chunks_ = 0;
  } else if (++clean_chunks_ == kCleanChunks) {
    chunk_ = std::min<std::size_t>(2 * chunk_, FLASHD_SERIAL_DATA_MAX);
    clean_chunks_ = 0;
  }
}

void Client::read(std::uint64_t address, gsl::span<std::byte> to) {
  for (std::size_t done = 0; done < to.size();) {
    const std::size_t count = next_chunk(to.size() - done);
    Bytes body;
    put(body, address + done, 4);
    put(body, count, 2);
    const Bytes data = command(FLASHD_SERIAL_READ, body, count);
    std::memcpy(to.data() + done, data.data(), count);
    done += count;
    resize_chunk();
  }
}

void Client::write(std::uint64_t address, gsl::span<const std::byte> from) {
  for (std::size_t done = 0; done < from.size();) {
    const std::size_t count = next_chunk(from.size() - done);
    Bytes body;
    put(body, address + done, 4);
    const std::size_t head = body.size();
    body.resize(head + count);
    std::memcpy(body.data() + head, from.data() + done, count);
    command(FLASHD_SERIAL_WRITE, body, FLASHD_SERIAL_WRITE_ANSWER_BYTES);
    done += count;
    resize_chunk();
  }
}

std::uint32_t Client::submit(std::uint64_t descriptor) {
  Bytes body;
  put(body, descriptor, 4);
  const Bytes a = command(FLASHD_SERIAL_SUBMIT, body, FLASHD_SERIAL_SUBMIT_ANSWER_BYTES);
  return word(a, FLASHD_SERIAL_SUBMIT_ANSWER_TICKET);
}

Waited Client::wait(std::uint32_t ticket, std::uint16_t milliseconds) {
  Bytes body;
  put(body, ticket, 4);
  put(body, milliseconds, 2);
  const Seconds nominal(1e-3 * milliseconds);
  const Clock::time_point start = port_->now();
  const Bytes a = command(FLASHD_SERIAL_WAIT, body, FLASHD_SERIAL_WAIT_ANSWER_BYTES,
                          nominal + Seconds(2 * wait_seconds_ * milliseconds));
  const Seconds over = port_->now() - start - nominal;
  if (milliseconds != 0) wait_seconds_ = std::max(0.0, over.count() / milliseconds);
  Waited waited;
  waited.state = static_cast<WaitState>(a[FLASHD_SERIAL_WAIT_ANSWER_STATE]);
  waited.fault.code = static_cast<device::Fault>(a[FLASHD_SERIAL_WAIT_ANSWER_CODE]);
  waited.fault.tag = word(a, FLASHD_SERIAL_WAIT_ANSWER_TAG);
  waited.fault.address = get(a, FLASHD_SERIAL_WAIT_ANSWER_ADDRESS, 8);
  return waited;
}

device::Counters Client::counters(bool clear) {
  static_assert(FLASHD_SERIAL_COUNTERS_ANSWER_BYTES == 8 * device::kCounters);
  const Bytes body{static_cast<std::uint8_t>(clear ? FLASHD_SERIAL_COUNTERS_FLAGS_CLEAR : 0)};
  const Bytes a = command(FLASHD_SERIAL_COUNTERS, body, FLASHD_SERIAL_COUNTERS_ANSWER_BYTES);
  device::Counters counters{};
  for (std::size_t i = 0; i < counters.size(); ++i) counters[i] = get(a, 8 * i, 8);
  return counters;
}

void Client::reset(ResetKind kind) {
  command(FLASHD_SERIAL_RESET, {static_cast<std::uint8_t>(kind)}, FLASHD_SERIAL_RESET_ANSWER_BYTES);
}

BoardStatistics Client::statistics() {
  const Bytes a = command(FLASHD_SERIAL_STATISTICS, {}, FLASHD_SERIAL_STATISTICS_ANSWER_BYTES);
  BoardStatistics s;
  s.frames = word(a, FLASHD_SERIAL_STATISTICS_ANSWER_FRAMES);
  s.bad_crc = word(a, FLASHD_SERIAL_STATISTICS_ANSWER_BAD_CRC);
  s.bad_form = word(a, FLASHD_SERIAL_STATISTICS_ANSWER_BAD_FORM);
  s.resent = word(a, FLASHD_SERIAL_STATISTICS_ANSWER_RESENT);
  s.overruns = word(a, FLASHD_SERIAL_STATISTICS_ANSWER_OVERRUNS);
  s.framing = word(a, FLASHD_SERIAL_STATISTICS_ANSWER_FRAMING);
  s.bus_errors = word(a, FLASHD_SERIAL_STATISTICS_ANSWER_BUS_ERRORS);
  s.jobs = word(a, FLASHD_SERIAL_STATISTICS_ANSWER_JOBS);
  s.stack_free = word(a, FLASHD_SERIAL_STATISTICS_ANSWER_STACK_FREE);
  return s;
}

std::uint32_t Client::read_register(std::uint16_t address) {
  Bytes body;
  put(body, address, 2);
  put(body, 0, 5);
  return word(command(FLASHD_SERIAL_REGISTER, body, FLASHD_SERIAL_REGISTER_ANSWER_BYTES),
              FLASHD_SERIAL_REGISTER_ANSWER_VALUE);
}

std::uint32_t Client::write_register(std::uint16_t address, std::uint32_t value) {
  Bytes body;
  put(body, address, 2);
  put(body, 1, 1);
  put(body, value, 4);
  return word(command(FLASHD_SERIAL_REGISTER, body, FLASHD_SERIAL_REGISTER_ANSWER_BYTES),
              FLASHD_SERIAL_REGISTER_ANSWER_VALUE);
}

}  // namespace flashd::serial
