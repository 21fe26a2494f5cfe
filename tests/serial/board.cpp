// SPDX-License-Identifier: Apache-2.0
#include "tests/serial/board.hpp"

#include <array>

#include <poll.h>
#include <unistd.h>

namespace flashd::testing {

namespace {

constexpr int kLookMs = 20;

/// Bytes that came, or 0 after a while without any.
std::size_t receive(int from, std::array<std::uint8_t, 512>& to) {
  pollfd wait{from, POLLIN, 0};
  if (poll(&wait, 1, kLookMs) != 1 || (wait.revents & POLLIN) == 0) return 0;
  const auto count = read(from, to.data(), to.size());
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

/// Gives up on a host that takes nothing: it must not stop the end of the test.
void transmit(int to, const std::uint8_t* bytes, std::size_t count,
              const std::atomic<bool>& closing) {
  while (count > 0 && !closing) {
    pollfd wait{to, POLLOUT, 0};
    if (poll(&wait, 1, kLookMs) != 1 || (wait.revents & POLLOUT) == 0) continue;
    const auto written = write(to, bytes, count);
    if (written <= 0) return;
    bytes += written;
    count -= static_cast<std::size_t>(written);
  }
}

}  // namespace

FakeBoard::FakeBoard(const Misbehaviour& misbehaviour, const WireFaults& faults, std::uint64_t seed)
    : to_board_(faults, 2 * seed),
      to_host_(faults, 2 * seed + 1),
      soc_([this](const std::uint8_t* bytes, std::uint32_t count) { send(bytes, count); },
           misbehaviour),
      thread_([this] { serve(); }) {}

FakeBoard::~FakeBoard() {
  closing_ = true;
  thread_.join();
}

Wire::Counts FakeBoard::counts() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return counts_;
}

void FakeBoard::send(const std::uint8_t* bytes, std::size_t count) {
  const auto arriving = to_host_.carry(bytes, count);
  transmit(terminal_.far(), arriving.data(), arriving.size(), closing_);
}

void FakeBoard::serve() {
  std::array<std::uint8_t, 512> bytes{};
  while (!closing_) {
    const std::size_t count = receive(terminal_.far(), bytes);
    for (const std::uint8_t byte : to_board_.carry(bytes.data(), count)) soc_.take(byte);
    starts_ = soc_.starts();
    const Wire::Counts &a = to_board_.counts(), &b = to_host_.counts();
    const std::lock_guard<std::mutex> lock(mutex_);
    counts_ = {a.bytes + b.bytes, a.dropped + b.dropped, a.flipped + b.flipped,
               a.delayed + b.delayed};
  }
}

Babbler::Babbler(std::string text) : text_(std::move(text)), thread_([this] { serve(); }) {}

Babbler::~Babbler() {
  closing_ = true;
  thread_.join();
}

void Babbler::serve() {
  std::array<std::uint8_t, 512> bytes{};
  const auto* text = reinterpret_cast<const std::uint8_t*>(text_.data());
  while (!closing_) {
    const std::size_t count = receive(terminal_.far(), bytes);
    if (!text_.empty())
      for (std::size_t i = 0; i < count; ++i)
        transmit(terminal_.far(), text, text_.size(), closing_);
  }
}

}  // namespace flashd::testing
