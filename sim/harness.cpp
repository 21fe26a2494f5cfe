// SPDX-License-Identifier: Apache-2.0
#include "sim/harness.hpp"

#include <algorithm>

namespace flashd::sim {

namespace {

constexpr int kResetCycles = 4;
/// After the last beat the engine has this long to become idle, and must stay silent.
constexpr std::uint64_t kDrainCycles = 64;
/// A context's outputs may take this long to be written.
constexpr std::uint64_t kWriteCycles = 200;
constexpr std::size_t kKeyStream = 2;
constexpr std::size_t kOutputStream = 0;

std::uint64_t stream_seed(std::uint64_t seed, int stream) {
  return seed * 0x9E3779B97F4A7C15u + static_cast<std::uint64_t>(stream) * 0xD1B54A32D192ED03u;
}

std::string line_of(const StreamStatus& s) {
  std::string text = "    " + s.name + (s.input ? "  in: " : " out: ") + std::to_string(s.beats) +
                     " of " + std::to_string(s.total) + " beats, last in cycle " +
                     std::to_string(s.last) + ", valid " + std::to_string(s.levels.valid) +
                     " ready " + std::to_string(s.levels.ready);
  if (s.beats == s.total) {
    text += "; complete";
  } else if (s.input && s.levels.valid && !s.levels.ready) {
    text += "; STUCK: the engine does not take the next beat";
  } else if (!s.input && !s.levels.valid) {
    text += "; OWED: the engine does not offer the next beat";
  }
  return text + "\n";
}

}  // namespace

Harness::Harness(const Job& job, const Options& options, const BuildInfo& build, const Plan& plan,
                 Engine* engine)
    : options_(options),
      build_(build),
      plan_(plan),
      engine_(engine),
      ports_(build),
      probes_(build),
      checker_(job, plan, build, options),
      queries_(job, plan, stream_seed(options.seed, 20)),
      verdicts_(options.skip_v),
      tiles_(plan),
      value_tiles_(plan, verdicts_),
      keys_(job, plan, KeySource::Kind::keys, verdicts_),
      values_(job, plan, KeySource::Kind::values, verdicts_),
      bias_(job, plan, build.profile, stream_seed(options.seed, 21)),
      states_(job, plan),
      heads_(job, plan),
      room_(stream_seed(options.seed, 22)) {
  drive_constants(job, build, options, &ports_);
  int index = 0;
  const auto in = [&](const char* name, Source* source, Handshake Ports::*pins) {
    inputs_.emplace_back(name, source, pins, options.stall, stream_seed(options.seed, index++));
  };
  in("q", &queries_, &Ports::q);
  in("tile", &tiles_, &Ports::tile);
  in("k", &keys_, &Ports::k);
  in("v", &values_, &Ports::v);
  in("b", &bias_, &Ports::b);
  in("si", &states_, &Ports::si);
  in("ri", &heads_, &Ports::ri);
  in("vt", &value_tiles_, &Ports::vt);
  const auto out = [&](const char* name, std::uint64_t total, Handshake Ports::*pins) {
    outputs_.emplace_back(name, total, pins, options.stall, stream_seed(options.seed, index++));
  };
  out("o", checker_.expected_o_beats(), &Ports::o);
  out("so", options.state_out ? checker_.expected_o_beats() : 0, &Ports::so);
  out("ro", checker_.expected_contexts(), &Ports::ro);
}

std::uint64_t Harness::busy_cycles() const {
  return last_output_ >= first_key_ && last_output_ != 0 ? last_output_ - first_key_ + 1 : 0;
}

void Harness::reset() {
  engine_->reset(true);
  for (int i = 0; i < kResetCycles; ++i) {
    engine_->settle(&ports_, &probes_);
    engine_->edge();
  }
  engine_->reset(false);
}

bool Harness::step() {
  for (InputStream& s : inputs_) s.prepare(&ports_);
  for (OutputStream& s : outputs_) s.prepare(&ports_);
  ports_.out_room = no_room_ == 0;
  engine_->settle(&ports_, &probes_);
  if (ports_.out_take) {
    // The bank before is written for as long as it takes.
    no_room_ = room_.happens(options_.stall) ? 1 + room_.next() % kWriteCycles : 0;
  } else if (no_room_ != 0) {
    --no_room_;
  }
  if (ports_.skip_valid) verdicts_.add(ports_.skip);
  if (checking_) checking_ = checker_.cycle(ports_, probes_);
  bool beat = false;
  const bool first_key = inputs_[kKeyStream].status().beats == 0;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (!inputs_[i].finish(&ports_, cycle_)) continue;
    beat = true;
    if (i == kKeyStream && first_key) first_key_ = cycle_;
  }
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    if (!outputs_[i].finish(ports_, cycle_)) continue;
    beat = true;
    if (i == kOutputStream) last_output_ = cycle_;
  }
  engine_->edge();
  ++cycle_;
  return beat;
}

bool Harness::done() const {
  const auto complete = [](const auto& s) { return s.done(); };
  return std::all_of(inputs_.begin(), inputs_.end(), complete) &&
         std::all_of(outputs_.begin(), outputs_.end(), complete);
}

Outcome Harness::run(const WaveWindow& window, bool with_reset) {
  if (with_reset) reset();
  std::uint64_t quiet = 0;
  bool waves = false;
  try {
    while (cycle_ <= window.last) {
      if (!window.file.empty() && !waves && cycle_ >= window.first) {
        engine_->start_wave(window.file);
        waves = true;
      }
      quiet = step() ? 0 : quiet + 1;
      if (!checking_ && failure_cycle_ == 0) {
        failure_cycle_ = cycle_ - 1;
        if (!waves || window.last == ~std::uint64_t{0}) break;
      }
      if (done() && ports_.idle && quiet > kDrainCycles) break;
      if (quiet > options_.watchdog && checking_) {
        failure_cycle_ = cycle_ - quiet;
        failure_ = hang();
        if (waves) engine_->stop_wave();
        return Outcome::hang;
      }
    }
  } catch (const RtlStop& stop) {
    failure_cycle_ = cycle_;
    failure_ = "assertion of the RTL failed in cycle " + std::to_string(cycle_) + "\n  where    " +
               stop.what() + "\n";
  }
  if (waves) engine_->stop_wave();
  return failure_.empty() ? judge() : Outcome::mismatch;
}

Outcome Harness::judge() {
  if (checking_) {
    const std::string owed = checker_.leftovers();
    if (!owed.empty()) {
      failure_cycle_ = cycle_;
      failure_ = "the engine is idle in cycle " + std::to_string(cycle_) +
                 " but these probes never came:\n" + owed;
      return Outcome::mismatch;
    }
    return Outcome::good;
  }
  const Mismatch& m = *checker_.mismatch();
  failure_ = "mismatch in cycle " + std::to_string(failure_cycle_) + "\n  module   " + m.module +
             "\n  probe    " + m.probe + "\n  where    " + m.where + "\n  expected " + m.expected +
             "\n  got      " + m.got + "\n";
  return Outcome::mismatch;
}

std::string Harness::hang() const {
  std::string text = "watchdog: no beat passed on any stream for " +
                     std::to_string(options_.watchdog) + " cycles, until cycle " +
                     std::to_string(cycle_) + (ports_.idle ? "; the engine says idle\n" : "\n");
  const std::string owed = checker_.leftovers();
  if (!owed.empty()) text += "  still to come:\n" + owed;
  return text;
}

std::string Harness::streams() const {
  std::string text;
  for (const InputStream& s : inputs_) text += line_of(s.status());
  for (const OutputStream& s : outputs_) text += line_of(s.status());
  return text;
}

}  // namespace flashd::sim
