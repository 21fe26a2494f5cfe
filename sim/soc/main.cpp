// SPDX-License-Identifier: Apache-2.0
// flashd_soc_sim: see options.cpp.
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/io/error.hpp"
#include "sim/soc/hex.hpp"
#include "sim/soc/log.hpp"
#include "sim/soc/options.hpp"
#include "sim/soc/soc.hpp"
#include "sim/soc/terminal.hpp"
#include "sim/soc/wire.hpp"

namespace {

using namespace flashd::soc;
using Clock = std::chrono::steady_clock;
using flashd::host::Exit;

constexpr int kCyclesPerLook = 1024;  // at the terminal: 13 bytes at full speed
constexpr std::size_t kWaiting = 64;  // bytes taken ahead of the wire
constexpr int kLooksPerLook = 64;     // at the clock and the parent

std::atomic<bool> stopped{false};  // set by the signal handler

void on_signal(int) { stopped = true; }

/// SIGTERM and SIGINT end the program; what writes to a reader that is gone is told so.
void install_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

/// Bytes between the terminal and the wire.
void look(Terminal* terminal, Wire* wire) {
  std::uint8_t bytes[kWaiting];
  std::size_t count = 0;
  while (count < kWaiting && wire->get(&bytes[count])) ++count;
  if (count > 0) terminal->write(bytes, count);
  if (wire->waiting() >= kWaiting) return;
  count = terminal->read(bytes, kWaiting - wire->waiting());
  for (std::size_t i = 0; i < count; ++i) wire->put(bytes[i]);
}

/// Writes down when the LEDs change.
class LedLog {
 public:
  explicit LedLog(const std::string& name) : file_(std::fopen(name.c_str(), "w")) {
    if (file_ == nullptr) throw flashd::host::bad_input(name, "cannot be written");
  }
  ~LedLog() { std::fclose(file_); }
  LedLog(const LedLog&) = delete;
  LedLog& operator=(const LedLog&) = delete;

  void look(std::uint64_t cycle, int leds) {
    if (leds == shown_) return;
    shown_ = leds;
    std::fprintf(file_, "%" PRIu64 " %02x\n", cycle, static_cast<unsigned>(leds));
    std::fflush(file_);
  }

 private:
  std::FILE* file_;
  int shown_ = -1;
};

void report(const Wire& wire, double seconds) {
  const WireCounts& c = wire.counts();
  std::fprintf(stderr,
               "%" PRIu64 " cycles in %.1f s: %.0f per second; bytes to the SoC %" PRIu64
               ", from it %" PRIu64 "; dropped %" PRIu64 ", flipped %" PRIu64 ", delayed %" PRIu64
               ", without a stop bit %" PRIu64 "\n",
               wire.cycle(), seconds, seconds > 0 ? double(wire.cycle()) / seconds : 0.0, c.to_soc,
               c.from_soc, c.dropped, c.flipped, c.delayed, c.framing);
}

int run(const Options& options) {
  const std::vector<std::uint32_t> firmware = read_hex(options.firmware, kFirmwareWords);
  std::optional<TransactionLog> log;
  if (!options.log.empty()) log.emplace(options.log);
  std::optional<LedLog> leds;
  if (!options.leds.empty()) leds.emplace(options.leds);
  const pid_t parent = ::getppid();
  Terminal terminal(options.link);
  Wire wire(options.faults);
  Soc soc(firmware, log ? &*log : nullptr);
  std::printf("%s\n", terminal.name().c_str());
  std::fflush(stdout);
  const Clock::time_point start = Clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  while (!stopped && ::getppid() == parent &&
         (options.max_seconds == 0 || seconds() < options.max_seconds)) {
    for (int i = 0; i < kLooksPerLook && !stopped; ++i) {
      soc.run(&wire, kCyclesPerLook);
      look(&terminal, &wire);
      if (leds) leds->look(wire.cycle(), soc.leds());
    }
  }
  report(wire, seconds());
  return static_cast<int>(Exit::good);
}

}  // namespace

int main(int argc, char** argv) {
  install_signals();
  try {
    int exit_code = 0;
    const std::optional<Options> options = parse(argc, argv, &exit_code);
    return options ? run(*options) : exit_code;
  } catch (const flashd::host::Error& error) {
    std::fprintf(stderr, "flashd_soc_sim: %s\n", error.what());
    return static_cast<int>(error.exit());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "flashd_soc_sim: %s\n", error.what());
    return static_cast<int>(Exit::internal);
  }
}
