// SPDX-License-Identifier: Apache-2.0
#include "host/api/device.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <stdexcept>

#include "host/api/counters.hpp"
#include "host/io/error.hpp"
#include "host/io/parse.hpp"
#include "host/io/row_state.hpp"
#include "model/golden/golden.hpp"
#include "sim/memory/memory.hpp"

namespace flashd::host {
namespace {

flashd_counters to_counters(const Counts& counts, const sim::Report& report) {
  flashd_counters c{};
  c.jobs = 1;
  c.cycles = report.cycles;
  c.total_cycles = report.total_cycles;
  c.macs = report.macs;
  c.scores = counts.scores;
  c.keys_skipped = counts.keys_skipped;
  c.tiles = counts.tiles;
  c.tiles_skipped = counts.tiles_skipped;
  c.saturations = counts.saturations;
  c.rows_nan = counts.rows_nan;
  c.rows_empty = counts.rows_empty;
  c.compared_scores = report.compared.scores;
  c.compared_weights = report.compared.weights;
  c.compared_tile_sums = report.compared.tile_sums;
  c.compared_row_states = report.compared.row_states;
  c.compared_outputs = report.compared.outputs;
  c.mismatches = report.mismatches;
  return c;
}

template <std::size_t Size>
void copy_text(char (&to)[Size], const char* from) {
  std::memset(to, 0, Size);
  std::strncpy(to, from, Size - 1);
}

}  // namespace

Device::Device(std::unique_ptr<Backend> backend, const EngineConfig& config, Profile profile)
    : config_(config), profile_(profile), backend_(std::move(backend)) {
  // A signal is the main thread's: one that waits there while files are written must not be taken
  // by the worker instead. A new thread inherits the mask.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  worker_ = std::thread([this] { work(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Device::~Device() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    closing_ = true;
  }
  queued_.notify_all();
  worker_.join();
}

void Device::set(const std::string& option, const std::string& value) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (option == "stall") {
    const double stall = parse_real(value, option);
    if (!(stall >= 0 && stall < 1))
      throw bad_input(option, "is " + value + "; expected a probability of at least 0 and below 1");
    options_.stall = stall;
  } else if (option == "seed") {
    options_.seed = parse_count(value, option);
  } else if (option == "wave") {
    options_.wave = value;
  } else if (option == "trace") {
    options_.trace = value;
  } else if (option == "failure_wave") {
    options_.failure_wave = value;
  } else if (option == "memory") {
    try {
      memory::make(value);
    } catch (const std::invalid_argument& error) {
      throw Error(Exit::usage, error.what());
    }
    options_.memory = value;
  } else if (option == "skip_v") {
    options_.skip_v = parse_count(value, option) != 0;
  } else if (option == "watchdog") {
    options_.watchdog = parse_count(value, option);
  } else if (option == "lockstep") {
    options_.lockstep = parse_count(value, option) != 0;
  } else if (option == "repeat") {
    options_.repeat = value;
  } else {
    throw bad_input("option '" + option + "'",
                    "is unknown; expected memory, stall, seed, skip_v, wave, trace, "
                    "failure_wave, watchdog, lockstep or repeat");
  }
}

flashd_capabilities Device::capabilities() const {
  flashd_capabilities c{};
  copy_text(c.backend, backend_->name());
  copy_text(c.config, config_.name);
  copy_text(c.numerics, to_text(profile_));
  c.spec_hash = spec::kHash;
  c.width = static_cast<std::uint32_t>(config_.width);
  c.lanes = static_cast<std::uint32_t>(config_.lanes);
  c.contexts = static_cast<std::uint32_t>(config_.contexts);
  c.tile = static_cast<std::uint32_t>(config_.tile);
  c.max_head_dim = static_cast<std::uint32_t>(config_.max_head_dim);
  c.significand_bits = static_cast<std::uint32_t>(config_.sig);
  c.counts_cycles = backend_->counts_cycles() ? 1 : 0;
  return c;
}

std::uint64_t Device::allocate(std::size_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return memory_.allocate(bytes);
}

void Device::release(std::uint64_t address) {
  const std::lock_guard<std::mutex> lock(mutex_);
  memory_.release(address);
}

void Device::copy_to(std::uint64_t to, gsl::span<const std::byte> from) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const MemoryView view = memory_.view(to, from.size(), "copy");
  if (!from.empty()) std::memcpy(view.bytes.data(), from.data(), from.size());
}

void Device::copy_from(gsl::span<std::byte> to, std::uint64_t from) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const MemoryView view = memory_.view(from, to.size(), "copy");
  if (!to.empty()) std::memcpy(to.data(), view.bytes.data(), to.size());
}

void Device::merge_states(std::uint64_t a, std::uint64_t b, std::uint64_t rows, std::uint32_t dv,
                          std::uint64_t out) {
  if (dv < 1 || dv > static_cast<std::uint32_t>(config_.max_head_dim))
    throw bad_input("dv", "is " + std::to_string(dv) + "; configuration " + config_.name +
                              " takes 1 to " + std::to_string(config_.max_head_dim));
  constexpr std::uint64_t kMaxRows = std::uint64_t{1} << 40;
  if (rows > kMaxRows) throw bad_input("rows", "is above 2^40");
  const int width = static_cast<int>(dv);
  const std::size_t bytes = rows * row_state_bytes(width);
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto load = [&](std::uint64_t address, const char* name) {
    return load_rows(memory_.view(address, bytes, name).bytes, static_cast<std::int64_t>(rows),
                     width, name);
  };
  const RowStates first = load(a, "state_a");
  const RowStates second = load(b, "state_b");
  const MemoryView target = memory_.view(out, bytes, "state_out");
  if (rows == 0) return;
  if (first.v_exponent != second.v_exponent)
    throw bad_input("state_b", "has value exponent " + std::to_string(second.v_exponent) +
                                   ", state_a has " + std::to_string(first.v_exponent) +
                                   "; expected the same");
  store_rows(golden::merge(first, second, width, profile_), width, target.bytes);
}

std::uint64_t Device::submit(const flashd_job& job) {
  const std::lock_guard<std::mutex> lock(mutex_);
  DeviceJob work = resolve_job(job, memory_, config_);
  work.options = options_;
  work.options.lse = job.lse != 0;
  work.options.state_out = job.state_out != 0;
  const std::uint64_t ticket = next_ticket_++;
  tickets_.emplace(ticket, std::nullopt);
  queue_.emplace_back(ticket, std::move(work));
  queued_.notify_one();
  return ticket;
}

bool Device::wait(std::uint64_t ticket, std::int64_t timeout_ms, flashd_counters* counters) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (tickets_.find(ticket) == tickets_.end())
    throw bad_input("ticket " + std::to_string(ticket), "is not that of a job to wait for");
  // Looked up again each time: another thread may take the report and the ticket with it.
  const auto done = [&] {
    const auto entry = tickets_.find(ticket);
    return entry == tickets_.end() || entry->second.has_value();
  };
  constexpr std::int64_t kLongest = std::int64_t{1000} * 3600 * 24 * 365;
  if (timeout_ms < 0)
    finished_.wait(lock, done);
  else if (!finished_.wait_for(lock, std::chrono::milliseconds(std::min(timeout_ms, kLongest)),
                               done))
    return false;
  const auto entry = tickets_.find(ticket);
  if (entry == tickets_.end())
    throw bad_input("ticket " + std::to_string(ticket), "was reported to another thread");
  const Outcome outcome = std::move(*entry->second);
  tickets_.erase(entry);
  if (counters) *counters = outcome.counters;
  if (outcome.failure) std::rethrow_exception(outcome.failure);
  return true;
}

flashd_counters Device::counters() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return totals_;
}

std::uint64_t Device::device_counter(std::uint32_t index) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return index < device_totals_.size() ? device_totals_[index] : 0;
}

std::vector<LineCounter> Device::line() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return line_;
}

Device::Outcome Device::execute(DeviceJob& work) {
  Outcome outcome;
  sim::Report report;
  Counts counts;
  try {
    if (work.continues) work.job.state_in = &work.state;
    const Result result = backend_->run(work.job, work.options, report);
    counts = result.counts;
    store_result(result, work);
  } catch (...) {
    outcome.failure = std::current_exception();
  }
  outcome.counters = to_counters(counts, report);
  outcome.device = std::move(report.device);
  outcome.line = backend_->line();
  return outcome;
}

void Device::work() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    queued_.wait(lock, [this] { return closing_ || !queue_.empty(); });
    if (queue_.empty()) return;
    auto [ticket, job] = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    Outcome outcome = execute(job);
    lock.lock();
    add(totals_, outcome.counters);
    if (device_totals_.size() < outcome.device.size()) device_totals_.resize(outcome.device.size());
    for (std::size_t i = 0; i < outcome.device.size(); ++i) device_totals_[i] += outcome.device[i];
    line_ = outcome.line;
    tickets_[ticket] = std::move(outcome);
    finished_.notify_all();
  }
}

}  // namespace flashd::host
