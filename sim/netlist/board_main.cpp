// SPDX-License-Identifier: Apache-2.0
// flashd_netlist_board: the netlist of a board as the board: it boots, and the host's own driver
// has jobs done over its serial line, all compared with golden bit by bit.
#include <chrono>
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>

#include "host/device/image.hpp"
#include "host/io/error.hpp"
#include "host/serial/board.hpp"
#include "model/golden/golden.hpp"
#include "sim/netlist/board.hpp"
#include "sim/netlist/jobs.hpp"
#include "tests/serial/compare.hpp"

namespace {

using namespace flashd;
using host::Error;
using host::Exit;

constexpr int kLeastCyclesPerBit = 4;
constexpr unsigned kSelfTestLed = 4;
constexpr unsigned kFaultLed = 2;
/// In simulated time: this line loses nothing, so that what is late does not come.
constexpr serial::Patience kPatience{3, serial::Seconds(0.05), serial::Seconds(0.05),
                                     serial::Seconds(0.2), serial::Seconds(0.2)};

struct Options {
  std::string netlist, trace, log;
  netlist::BoardPins pins{"ftdi_txd_i", "ftdi_rxd_o", "led_o", "button_i", 50000000, 1000000};
  std::uint64_t seed = 1, boot = 8000000, cycles = 40000000;
  int random = 1;
  std::int64_t bytes = 600;
};

class Session {
 public:
  explicit Session(const Options& options)
      : options_(options),
        netlist_(netlist::read_netlist(options.netlist)),
        board_(netlist_, options.pins, options.seed, options.cycles, options.log) {
    std::printf("%s: %zu gates in %d levels, %zu registers, %zu + %zu memories, seed %llu\n",
                netlist_.name.c_str(), netlist_.gates.size(), board_.simulator().levels(),
                netlist_.registers.size(), netlist_.small.size(), netlist_.blocks.size(),
                static_cast<unsigned long long>(options.seed));
  }

  /// Until the LED of the self-test is lit.
  void boot() {
    while (!lit(kSelfTestLed)) {
      if (board_.cycle() == options_.boot)
        throw Error(Exit::mismatch, "the LED of the self-test is dark after " +
                                        std::to_string(board_.cycle()) + " cycles");
      board_.step();
    }
    std::printf("boot: self-test passed at cycle %llu, LEDs %02x\n",
                static_cast<unsigned long long>(board_.cycle()), board_.leds());
    std::fflush(stdout);
    client_ = std::make_unique<serial::Board>(std::make_unique<netlist::BoardPort>(board_),
                                              options_.pins.baud, kPatience);
  }

  void run(const netlist::NamedJob& named) {
    const Job job = named.job.view();
    const std::uint64_t before = compared_;
    const device::Finished finished = client_->run({&job, 1}, named.options);
    const std::string differs = testing::against_golden(job, finished, named.options, &compared_);
    if (!differs.empty()) throw Error(Exit::mismatch, named.name + ": " + differs + " differs");
    skipped_ += device::to_counts(finished.counters).keys_skipped;
    std::printf(
        "job: %llu values are golden's, %llu cycles of the device; %s\n",
        static_cast<unsigned long long>(compared_ - before),
        static_cast<unsigned long long>(device::value(finished.counters, device::Counter::cycles)),
        named.name.c_str());
    std::fflush(stdout);
  }

  /// A descriptor of zeros is refused with its name, and lights its LED.
  void fault() {
    serial::Client& client = client_->client();
    const std::uint64_t base = client_->hello().memory.base;
    const std::vector<std::byte> nothing(device::kDescriptorBytes);
    client.write(base, nothing);
    serial::Waited waited;
    const std::uint32_t ticket = client.submit(base);
    while (waited.state == serial::WaitState::running) waited = client.wait(ticket, 1);
    if (waited.state != serial::WaitState::fault ||
        waited.fault.code != device::Fault::descriptor_version || !lit(kFaultLed))
      throw Error(Exit::mismatch, "a descriptor of zeros: " + device::to_text(waited.fault));
    compared_ += 3;
    std::printf("fault: %s\n", device::to_text(waited.fault).c_str());
    std::fflush(stdout);
  }

  void report(double seconds) {
    const serial::BoardStatistics s = client_->client().statistics();
    const serial::LinkStatistics& line = client_->client().link();
    if (s.overruns + s.framing + s.bus_errors + s.bad_crc + board_.framing() + line.resends != 0)
      throw Error(Exit::mismatch, "the line lost bytes, or a bus error was counted");
    if (skipped_ == 0) throw Error(Exit::mismatch, "no key was skipped");
    std::printf(
        "%llu values compared; %llu commands, %llu + %llu bytes on the line; %llu cycles in "
        "%.1f s, %.0f gates a cycle\n",
        static_cast<unsigned long long>(compared_), static_cast<unsigned long long>(line.commands),
        static_cast<unsigned long long>(line.bytes_sent),
        static_cast<unsigned long long>(line.bytes_received),
        static_cast<unsigned long long>(board_.cycle()), seconds,
        static_cast<double>(board_.simulator().evaluations()) /
            static_cast<double>(board_.cycle()));
  }

 private:
  bool lit(unsigned led) const { return (board_.leds() >> led & 1u) != 0; }

  const Options& options_;
  netlist::Netlist netlist_;
  netlist::Board board_;
  std::unique_ptr<serial::Board> client_;
  std::uint64_t compared_ = 0, skipped_ = 0;
};

void run(const Options& options) {
  if (options.pins.cycles_per_bit() < kLeastCyclesPerBit)
    throw host::bad_input("--baud", "is too fast; expected at least " +
                                        std::to_string(kLeastCyclesPerBit) + " cycles a bit");
  const auto start = std::chrono::steady_clock::now();
  Session session(options);
  const std::vector<netlist::NamedJob> jobs =
      netlist::small_jobs(options.trace, options.random, options.bytes, options.seed);
  session.boot();
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (i == 1) session.fault();
    session.run(jobs[i]);
  }
  session.report(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  CLI::App app{"The netlist of a board as the board", "flashd_netlist_board"};
  app.add_option("netlist", o.netlist, "text of fpga/netlist/lower.py")->required();
  app.add_option("--clock-hz", o.pins.clock_hz, "of core and device")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--baud", o.pins.baud, "of the serial line")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--seed", o.seed, "of jobs and of what starts unknown")->capture_default_str();
  app.add_option("--boot", o.boot, "most cycles until the self-test has passed")
      ->capture_default_str();
  app.add_option("--cycles", o.cycles, "most cycles of all")->capture_default_str();
  app.add_option("--random", o.random, "drawn jobs")->capture_default_str();
  app.add_option("--bytes", o.bytes, "most bytes of a drawn job")->capture_default_str();
  app.add_option("--trace", o.trace, "folder of a trace, of which one head is run");
  app.add_option("--pins", o.log, "file for the pins' changes");
  CLI11_PARSE(app, argc, argv);
  try {
    run(o);
    std::puts("PASS");
    return 0;
  } catch (const Error& error) {
    std::printf("FAILED: %s\n", error.what());
    return static_cast<int>(error.exit());
  } catch (const std::exception& error) {
    std::printf("FAILED: %s\n", error.what());
    return static_cast<int>(Exit::internal);
  }
}
