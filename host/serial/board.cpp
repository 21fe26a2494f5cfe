// SPDX-License-Identifier: Apache-2.0
#include "host/serial/board.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "host/device/arrays.hpp"

namespace flashd::serial {

namespace {

using device::Counter;
using host::Error;
using host::Exit;

constexpr std::uint16_t kLongestWait = 200;  // milliseconds
constexpr Seconds kLongWait{0.25};
/// Progress is looked at so often.
constexpr Seconds kLook{1.0};

/// Job memory as the host will have it: written here first, then sent in few frames.
class StagedMemory final : public device::Memory {
 public:
  StagedMemory(Client& client, const device::MemoryRange& range)
      : client_(client), range_(range), bytes_(range.bytes), touched_(range.bytes / kLine + 1) {}

  device::MemoryRange memory() const override { return range_; }
  void write_memory(std::uint64_t address, gsl::span<const std::byte> from) override {
    if (from.empty()) return;
    const std::size_t at = address - range_.base;
    std::copy(from.begin(), from.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(at));
    for (std::size_t line = at / kLine; line <= (at + from.size() - 1) / kLine; ++line)
      touched_[line] = true;
  }
  void read_memory(std::uint64_t address, gsl::span<std::byte> to) override {
    client_.read(address, to);
  }

  /// Sends every line that was written.
  void send() {
    for (std::size_t line = 0; line < touched_.size();) {
      const std::size_t begin = line;
      while (line < touched_.size() && touched_[line]) touched_[line++] = false;
      const std::size_t end = std::min<std::size_t>(line * kLine, bytes_.size());
      if (begin * kLine < end)
        client_.write(range_.base + begin * kLine, gsl::span<const std::byte>(bytes_).subspan(
                                                       begin * kLine, end - begin * kLine));
      if (line == begin) ++line;
    }
  }

 private:
  static constexpr std::size_t kLine = device::kStrideUnit;

  Client& client_;
  device::MemoryRange range_;
  std::vector<std::byte> bytes_;
  std::vector<bool> touched_;
};

/// Memory without end or contents: shows how much a job needs.
class EndlessMemory final : public device::Memory {
 public:
  device::MemoryRange memory() const override { return {0, std::uint64_t{1} << 47}; }
  void write_memory(std::uint64_t, gsl::span<const std::byte>) override {}
  void read_memory(std::uint64_t, gsl::span<std::byte>) override {}
};

/// Bytes of job memory that a job needs. Throws Error(usage) naming both sizes if it does not fit.
std::uint64_t check_fit(gsl::span<const Job> jobs, const device::RunOptions& options,
                        const device::Capabilities& capabilities,
                        const device::MemoryRange& range) {
  EndlessMemory endless;
  device::Arena arena(endless.memory());
  arena.take(device::kDescriptorBytes);
  device::place(endless, arena, jobs, options, capabilities);
  if (arena.mark() > range.bytes)
    throw host::bad_input("job", "needs " + std::to_string(arena.mark()) +
                                     " bytes of job memory, the board has " +
                                     std::to_string(range.bytes) +
                                     "; make it smaller or split it with --keys-per-job");
  return arena.mark();
}

std::uint64_t work(const device::Counters& counters) {
  std::uint64_t sum = 0;
  for (const Counter c : {Counter::jobs, Counter::faults, Counter::score_busy, Counter::output_busy,
                          Counter::bytes_read, Counter::bytes_written})
    sum += device::value(counters, c);
  return sum;
}

[[noreturn]] void fail(const std::string& sentence) {
  throw Error(Exit::fault, "device: " + sentence);
}

/// Whether a refusal can mean that the board has restarted: it knows no ticket, or no session.
bool restarted(const Refused& refused) {
  return refused.status() == FLASHD_SERIAL_STATUS_TICKET ||
         refused.status() == FLASHD_SERIAL_STATUS_REFUSED;
}

}  // namespace

Board::Board(const PortName& name, const Patience& patience)
    : Board(open_port(name), name.baud, patience) {}

Board::Board(std::unique_ptr<Port> port, unsigned baud, const Patience& patience)
    : client_(std::move(port), baud, patience), standstill_(patience.standstill) {
  connect();
}

void Board::connect() {
  for (int tries = 0;; ++tries) {
    hello_ = client_.hello();
    capabilities_ = device::to_capabilities(hello_.device);
    try {
      // Whoever spoke before may have left a job or a fault behind.
      client_.reset(ResetKind::device);
      broken_ = false;
      return;
    } catch (const Refused& refused) {
      if (tries != 0 || !restarted(refused)) throw;
    }
  }
}

Waited Board::wait(std::uint32_t ticket) {
  std::uint16_t milliseconds = 0;
  Clock::time_point looked = client_.now();
  std::optional<device::Counters> before;
  std::uint64_t idle = 0;  // cycles
  Seconds still{0};
  while (true) {
    const Clock::time_point start = client_.now();
    const Waited waited = client_.wait(ticket, milliseconds);
    if (waited.state != WaitState::running) return waited;
    const Clock::time_point now = client_.now();
    // A simulated board's milliseconds are long.
    if (now - start > kLongWait)
      milliseconds /= 2;
    else
      milliseconds =
          std::min<std::uint16_t>(static_cast<std::uint16_t>(2 * milliseconds + 1), kLongestWait);
    if (now - looked < kLook) continue;
    const device::Counters counters = client_.counters(false);
    if (before && work(counters) == work(*before)) {
      idle += device::value(counters, Counter::cycles) - device::value(*before, Counter::cycles);
      still += now - looked;
    } else {
      idle = 0;
      still = Seconds{0};
    }
    before = counters;
    looked = now;
    if (idle > patience_)
      fail("nothing moved for " + std::to_string(idle) + " cycles though a job is in progress");
    if (still > standstill_ && idle == 0)
      fail("its counters stand still though a job is in progress");
  }
}

device::Finished Board::run_once(gsl::span<const Job> jobs, const device::RunOptions& options,
                                 std::uint64_t bytes) {
  StagedMemory memory(client_, {hello_.memory.base, bytes});
  device::Arena arena(memory.memory());
  const std::uint64_t descriptor = arena.take(device::kDescriptorBytes);
  const device::Image image = device::place(memory, arena, jobs, options, capabilities_);
  device::write_words(memory, descriptor, image.descriptor.pack());
  if (broken_) client_.reset(ResetKind::device);
  broken_ = true;
  memory.send();
  client_.counters(true);
  const Waited waited = wait(client_.submit(descriptor));
  switch (waited.state) {
    case WaitState::done:
      break;
    case WaitState::hung:
      fail("the bus hung: the job memory did not answer");
    case WaitState::stopped:
      fail("the ring stopped: " + device::to_text(waited.fault));
    case WaitState::fault:
      fail(device::to_text(waited.fault));
    default:
      fail("the firmware tells of the unknown state " +
           std::to_string(static_cast<int>(waited.state)));
  }
  if (waited.fault.tag != options.tag)
    fail("the job that ended has tag " + std::to_string(waited.fault.tag) + "; expected " +
         std::to_string(options.tag));
  device::Finished finished;
  finished.counters = client_.counters(false);
  // The record may say done though its write was answered with an error.
  if (device::value(finished.counters, Counter::faults) != 0) fail("it counts a fault of this job");
  finished.results = device::collect(memory, image);
  broken_ = false;
  return finished;
}

device::Finished Board::run(gsl::span<const Job> jobs, const device::RunOptions& options) {
  const std::uint64_t bytes = check_fit(jobs, options, capabilities_, hello_.memory);
  try {
    return run_once(jobs, options, bytes);
  } catch (const Refused& refused) {
    if (!restarted(refused)) throw;
  }
  ++restarts_;
  connect();
  return run_once(jobs, options, bytes);
}

}  // namespace flashd::serial
