// SPDX-License-Identifier: Apache-2.0
#include "tests/firmware/fake_soc.hpp"

#include <algorithm>

namespace flashd::testing {

std::uint8_t* FakeSoc::range(void* context, std::uint32_t address, std::uint32_t count) {
  const std::uint64_t end = std::uint64_t{address} + count;
  if (address < kBase || end > std::uint64_t{kBase} + kBytes || count == 0)
    throw std::logic_error("an address outside the job memory reached the hardware");
  return self(context).at(address);
}

FakeSoc::FakeSoc(bool greeted) : memory_(kBytes + 2 * kGuardBytes, kGuard) {
  std::memset(at(kBase), 0, kBytes);
  identity.flags =
      FLASHD_SERIAL_HELLO_FLAGS_SELF_TEST_PASSED | FLASHD_SERIAL_HELLO_FLAGS_SELF_TEST_RAN;
  identity.firmware_hash = 0x01020304;
  identity.device_hash = 0x05060708;
  identity.firmware_version = 0x000102;
  identity.memory_base = kBase;
  identity.memory_bytes = kBytes;
  identity.clock_hz = 50000000;
  for (std::uint32_t i = 0; i < 4; ++i) identity.cap[i] = 0xCA900000 + i;
  identity.device_version = 0x00010001;

  flashd_hardware_t h{};
  h.context = this;
  h.identify = [](void* c, flashd_identity_t* out) { *out = self(c).identity; };
  h.read_memory = [](void* c, std::uint32_t address, std::uint8_t* to, std::uint32_t count) {
    ++self(c).reads;
    std::memcpy(to, range(c, address, count), count);
  };
  h.write_memory = [](void* c, std::uint32_t address, const std::uint8_t* from,
                      std::uint32_t count) {
    ++self(c).writes;
    std::memcpy(range(c, address, count), from, count);
  };
  h.submit = [](void* c, std::uint32_t descriptor, std::uint32_t* ticket) {
    range(c, descriptor, 4 * FLASHD_DESCRIPTOR_WORDS);
    FakeSoc& soc = self(c);
    if (soc.submit_status == FLASHD_SERIAL_STATUS_GOOD) {
      soc.submitted.push_back(descriptor);
      *ticket = static_cast<std::uint32_t>(soc.submitted.size());
    }
    return soc.submit_status;
  };
  h.wait = [](void* c, std::uint32_t ticket, std::uint32_t ms, flashd_job_state_t* state) {
    FakeSoc& soc = self(c);
    soc.waited.push_back(ms);
    if (ticket == 0 || ticket > soc.submitted.size())
      return static_cast<std::uint8_t>(FLASHD_SERIAL_STATUS_TICKET);
    *state = soc.job;
    return soc.wait_status;
  };
  h.counters = [](void* c, bool clear, std::uint64_t* values) {
    FakeSoc& soc = self(c);
    soc.clears += clear;
    for (std::uint64_t i = 0; i < FLASHD_COUNTERS; ++i) values[i] = i << 40 | (100 + i);
    return soc.counters_status;
  };
  h.reset = [](void* c, std::uint8_t kind) {
    self(c).resets.push_back(kind);
    return self(c).reset_status;
  };
  h.restart = [](void* c) { ++self(c).restarts; };
  h.health = [](void* c, flashd_health_t* out) { *out = self(c).health; };
  h.access = [](void* c, std::uint32_t address, bool write, std::uint32_t* value) {
    FakeSoc& soc = self(c);
    if (write) soc.registers[address] = *value;
    *value = soc.registers[address];
    return soc.access_status;
  };
  h.send = [](void* c, const std::uint8_t* bytes, std::uint32_t count) {
    self(c).line_.insert(self(c).line_.end(), bytes, bytes + count);
  };
  h.frame_error = [](void* c) { ++self(c).frame_errors; };
  flashd_commands_start(&commands_, &h);
  commands_.greeted = greeted;
}

bool FakeSoc::guards_whole() const {
  const auto whole = [&](std::size_t from) {
    return std::all_of(memory_.begin() + static_cast<std::ptrdiff_t>(from),
                       memory_.begin() + static_cast<std::ptrdiff_t>(from + kGuardBytes),
                       [](std::uint8_t byte) { return byte == kGuard; });
  };
  return whole(0) && whole(kGuardBytes + kBytes);
}

std::vector<std::uint8_t> frame(std::uint8_t kind, std::uint8_t sequence,
                                const std::vector<std::uint8_t>& body) {
  std::vector<std::uint8_t> out(FLASHD_FRAME_LINE_MAX);
  out.resize(flashd_frame_encode(kind, sequence, body.data(),
                                 static_cast<std::uint32_t>(body.size()), out.data()));
  return out;
}

std::vector<std::uint8_t> stuffed(const std::vector<std::uint8_t>& plain) {
  // Straight from the text of the paper, another way than frame.c's: one block at a time.
  std::vector<std::uint8_t> out;
  std::size_t at = 0;
  while (true) {
    std::size_t run = 0;
    while (at + run < plain.size() && plain[at + run] != 0 && run < 254) ++run;
    out.push_back(static_cast<std::uint8_t>(run + 1));
    out.insert(out.end(), plain.begin() + static_cast<std::ptrdiff_t>(at),
               plain.begin() + static_cast<std::ptrdiff_t>(at + run));
    at += run;
    if (run == 254) continue;
    if (at == plain.size()) break;
    ++at;
  }
  out.push_back(0);
  return out;
}

std::vector<std::uint8_t> little(std::uint64_t value, int bytes) {
  std::vector<std::uint8_t> out;
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  return out;
}

std::vector<std::uint8_t> operator+(std::vector<std::uint8_t> a,
                                    const std::vector<std::uint8_t>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::vector<Answer> answers(const std::vector<std::uint8_t>& line) {
  std::vector<Answer> out;
  flashd_frame_parser_t parser{};
  flashd_frame_event_t last = FLASHD_FRAME_GOOD;
  for (const std::uint8_t byte : line) {
    last = flashd_frame_push(&parser, byte);
    if (last == FLASHD_FRAME_NONE) continue;
    if (last != FLASHD_FRAME_GOOD) throw std::runtime_error("a broken frame was sent");
    const std::uint8_t* body = flashd_frame_body(&parser);
    const std::uint32_t count = flashd_frame_body_bytes(&parser);
    if (count == 0) throw std::runtime_error("an answer without a status was sent");
    out.push_back({parser.bytes[0], parser.bytes[1], body[0], {body + 1, body + count}});
  }
  if (last != FLASHD_FRAME_GOOD) throw std::runtime_error("bytes behind the last frame were sent");
  return out;
}

}  // namespace flashd::testing
