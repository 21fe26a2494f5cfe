// SPDX-License-Identifier: Apache-2.0
#include "host/api/device_backend.hpp"
#include "host/io/error.hpp"
#include "host/serial/board.hpp"

namespace flashd::host {
namespace {

using serial::Board;
using serial::BoardStatistics;
using serial::LinkStatistics;

/// The board of a back end, which may outlive it.
class SharedBoard final : public device::Executor {
 public:
  explicit SharedBoard(std::shared_ptr<Board> board) : board_(std::move(board)) {}
  const device::Capabilities& capabilities() const override { return board_->capabilities(); }
  device::Finished run(gsl::span<const Job> jobs, const device::RunOptions& options) override {
    return board_->run(jobs, options);
  }

 private:
  std::shared_ptr<Board> board_;
};

void refuse(bool given, const char* option, const char* reason) {
  if (given) throw bad_input(option, std::string("is not for the back end uart: ") + reason);
}

class UartBackend final : public Backend {
 public:
  UartBackend(const std::string& port, const EngineConfig& config, Profile profile)
      : port_(serial::parse_port(port)),
        device_("uart", config, profile,
                [this](const sim::Options& options) { return connect(options); }) {
    device_.open({});
  }

  const char* name() const override { return device_.name(); }
  bool counts_cycles() const override { return true; }

  Result run(const Job& job, const sim::Options& options, sim::Report& report) override {
    Result result = device_.run(job, options, report);
    try {
      firmware_ = board_->client().statistics();
    } catch (const Error&) {
      // The job is done: what the firmware counted so far is not worth its result.
    }
    return result;
  }

  std::vector<LineCounter> line() const override {
    LinkStatistics sum = past_;
    if (board_) add(sum, board_->client().link());
    return {{"bytes_sent", sum.bytes_sent},
            {"bytes_received", sum.bytes_received},
            {"commands", sum.commands},
            {"resends", sum.resends},
            {"time_outs", sum.time_outs},
            {"spoilt_answers", sum.spoilt},
            {"stale_answers", sum.stale},
            {"job_restarts", restarts_ + (board_ ? board_->restarts() : 0)},
            {"firmware_frames", firmware_.frames},
            {"firmware_bad_crc", firmware_.bad_crc},
            {"firmware_bad_form", firmware_.bad_form},
            {"firmware_resent", firmware_.resent},
            {"firmware_overruns", firmware_.overruns},
            {"firmware_framing_errors", firmware_.framing},
            {"firmware_bus_errors", firmware_.bus_errors},
            {"firmware_jobs", firmware_.jobs},
            {"firmware_stack_free", firmware_.stack_free}};
  }

 private:
  static void add(LinkStatistics& sum, const LinkStatistics& part) {
    sum.bytes_sent += part.bytes_sent;
    sum.bytes_received += part.bytes_received;
    sum.commands += part.commands;
    sum.resends += part.resends;
    sum.time_outs += part.time_outs;
    sum.spoilt += part.spoilt;
    sum.stale += part.stale;
  }

  std::unique_ptr<device::Executor> connect(const sim::Options& options) {
    refuse(options.memory != "ideal", "memory", "a board has the memory that it has");
    refuse(options.stall != 0, "stall", "a board's streams do not pause at will");
    refuse(!options.wave.empty(), "wave", "a board shows no signals; use rtl or engine");
    refuse(!options.trace.empty(), "trace", "a board writes no trace; use model or rtl");
    if (board_) {
      add(past_, board_->client().link());
      restarts_ += board_->restarts();
      board_.reset();  // the line is one program's alone
    }
    board_ = std::make_shared<Board>(port_, serial::Patience{});
    board_->set_patience(2 * options.watchdog);
    return std::make_unique<SharedBoard>(board_);
  }

  serial::PortName port_;
  std::shared_ptr<Board> board_;
  LinkStatistics past_;
  std::uint64_t restarts_ = 0;
  BoardStatistics firmware_;
  DeviceBackend device_;
};

}  // namespace

std::unique_ptr<Backend> open_uart(const std::string& port, const EngineConfig& config,
                                   Profile profile) {
  return std::make_unique<UartBackend>(port, config, profile);
}

}  // namespace flashd::host
