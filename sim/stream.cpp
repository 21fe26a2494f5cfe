// SPDX-License-Identifier: Apache-2.0
#include "sim/stream.hpp"

#include <utility>

namespace flashd::sim {

InputStream::InputStream(std::string name, Source* source, Handshake Ports::*pins, double stall,
                         std::uint64_t seed)
    : source_(source), all_(source->total()), pins_(pins), stall_(stall), random_(seed) {
  status_.name = std::move(name);
  status_.total = all_;
}

void InputStream::prepare(Ports* ports) {
  Handshake& pins = ports->*pins_;
  const bool known = pins.valid || done() || source_->ready();
  status_.total = all_ - source_->dropped();
  if (pins.valid || done() || random_.happens(stall_) || !known) return;
  source_->drive(ports);
  pins.valid = true;
}

bool InputStream::finish(Ports* ports, std::uint64_t cycle) {
  Handshake& pins = ports->*pins_;
  status_.levels = pins;
  if (!pins.fires()) return false;
  source_->advance();
  pins.valid = false;
  ++status_.beats;
  status_.last = cycle;
  return true;
}

OutputStream::OutputStream(std::string name, std::uint64_t total, Handshake Ports::*pins,
                           double stall, std::uint64_t seed)
    : pins_(pins), stall_(stall), random_(seed) {
  status_.name = std::move(name);
  status_.input = false;
  status_.total = total;
}

void OutputStream::prepare(Ports* ports) { (ports->*pins_).ready = !random_.happens(stall_); }

bool OutputStream::finish(const Ports& ports, std::uint64_t cycle) {
  status_.levels = ports.*pins_;
  if (!status_.levels.fires()) return false;
  ++status_.beats;
  status_.last = cycle;
  return true;
}

}  // namespace flashd::sim
