// SPDX-License-Identifier: Apache-2.0
#include "sim/system/axi_memory.hpp"

#include <algorithm>
#include <cstring>

#include "host/io/error.hpp"

namespace flashd::system {

namespace {

constexpr std::uint32_t kOkay = 0, kSlverr = 2, kDecerr = 3;
constexpr std::uint32_t kIncr = 1;
constexpr std::size_t kOutstanding = 16;
constexpr std::uint64_t kPage = 4096;

std::uint32_t log2_of(std::uint32_t n) {
  std::uint32_t bits = 0;
  while (1u << bits < n) ++bits;
  return bits;
}

}  // namespace

AxiMemory::AxiMemory(const Options& options, int axi_bits)
    : options_(options),
      range_{options.memory_base, options.memory_bytes},
      beat_bytes_(static_cast<std::uint32_t>(axi_bits / 8)),
      model_(memory::make(options.memory, options.pauses)) {}

void AxiMemory::broken(const std::string& sentence) {
  throw host::Error(host::Exit::internal, "the device broke the AXI4 protocol: " + sentence);
}

bool AxiMemory::inside(std::uint64_t address, std::uint64_t bytes) const {
  return address >= range_.base && address - range_.base <= range_.bytes &&
         bytes <= range_.bytes - (address - range_.base);
}

void AxiMemory::write(std::uint64_t address, gsl::span<const std::byte> from) {
  if (!inside(address, from.size())) throw host::bad_input("memory", "written outside its range");
  bytes_.write(address, from);
}

void AxiMemory::read(std::uint64_t address, gsl::span<std::byte> to) const {
  if (!inside(address, to.size())) throw host::bad_input("memory", "read outside its range");
  bytes_.read(address, to);
}

void AxiMemory::schedule(Address* channel, bool write, std::uint64_t cycle) {
  Waiting& wait = write ? write_wait_ : read_wait_;
  const char* name = write ? "write" : "read";
  channel->ready = false;
  if (!channel->valid) {
    if (wait.scheduled) broken(std::string("a ") + name + " address was withdrawn");
    return;
  }
  if (wait.scheduled) {
    if (wait.address != channel->address || wait.length != channel->length)
      broken(std::string("a ") + name + " address changed before it was taken");
    channel->ready = cycle >= wait.accept;
    return;
  }
  const std::uint32_t beats = channel->length + 1;
  const std::uint64_t bytes = std::uint64_t{beats} * beat_bytes_;
  if (channel->burst != kIncr || channel->size != log2_of(beat_bytes_) || beats > 256)
    broken(std::string("a ") + name + " burst is not INCR of whole beats, at most 256");
  if (channel->address % beat_bytes_ != 0)
    broken(std::string("a ") + name + " address is not aligned to a beat");
  if (channel->address / kPage != (channel->address + bytes - 1) / kPage)
    broken(std::string("a ") + name + " burst crosses a 4 KB boundary");
  if (restart_ && reads_.empty() && writes_.empty() && responses_.empty()) {
    model_ = memory::make(options_.memory, options_.pauses);
    origin_ = cycle;
    next_response_ = 0;
    restart_ = false;
  }
  Flight flight;
  flight.timing = model_->schedule({cycle - origin_, channel->address, beats, beat_bytes_, write});
  flight.timing.accept += origin_;
  flight.timing.beats.first += origin_;
  for (std::uint64_t& beat : flight.timing.beats.listed) beat += origin_;
  flight.address = channel->address;
  flight.beats = beats;
  flight.inside = inside(channel->address, bytes);
  wait = {true, channel->address, channel->length, flight.timing.accept};
  channel->ready = cycle >= wait.accept;
  std::deque<Flight>& flights = write ? writes_ : reads_;
  flights.push_back(std::move(flight));
  const std::size_t outstanding = flights.size() + (write ? responses_.size() : 0);
  if (outstanding > kOutstanding + 1)
    broken(std::string("more than 16 ") + name + " bursts are outstanding");
}

bool AxiMemory::strikes(bool write, std::uint64_t address) {
  if (!fault_ || fault_->kind == FaultKind::silence) return false;
  const bool kind_write =
      fault_->kind == FaultKind::write_slverr || fault_->kind == FaultKind::write_decerr;
  if (kind_write != write || fault_->left-- != 0) return false;
  injected_ = address;
  return true;
}

void AxiMemory::count(std::uint64_t address) {
  ++handshakes_;
  if (!fault_ || fault_->kind != FaultKind::silence || fault_->left-- != 0) return;
  silent_ = true;
  injected_ = address;
  fault_.reset();
}

void AxiMemory::drive(Pins* pins, std::uint64_t cycle) {
  if (silent_) {
    pins->ar.ready = pins->aw.ready = pins->wready = pins->rvalid = pins->bvalid = false;
    return;
  }
  schedule(&pins->ar, false, cycle);
  schedule(&pins->aw, true, cycle);

  pins->rvalid = false;
  if (!reads_.empty()) {
    const Flight& head = reads_.front();
    if (cycle > head.timing.accept && cycle >= head.timing.beats.at(head.done)) {
      const std::uint64_t address = head.address + std::uint64_t{head.done} * beat_bytes_;
      if (!read_shown_) {
        read_resp_ = head.inside ? kOkay : kDecerr;
        if (strikes(false, address)) {
          read_resp_ = fault_->kind == FaultKind::read_slverr ? kSlverr : kDecerr;
          fault_.reset();
        }
        read_shown_ = true;
      }
      pins->rvalid = true;
      pins->rresp = read_resp_;
      pins->rlast = head.done + 1 == head.beats;
      const std::byte* from = head.inside ? bytes_.find(address) : nullptr;
      if (from)
        std::memcpy(pins->rdata.data(), from, beat_bytes_);
      else
        pins->rdata.clear();
    }
  }

  pins->wready = false;
  if (pins->wvalid && !writes_.empty()) {
    const Flight& head = writes_.front();
    pins->wready = cycle >= head.timing.accept && cycle >= head.timing.beats.at(head.done);
  }

  pins->bvalid = false;
  if (!responses_.empty()) {
    const Response& head = responses_.front();
    if (cycle >= std::max(head.earliest, next_response_)) {
      if (!write_shown_) {
        write_resp_ = head.inside ? kOkay : kDecerr;
        if (strikes(true, head.address)) {
          write_resp_ = fault_->kind == FaultKind::write_slverr ? kSlverr : kDecerr;
          fault_.reset();
        }
        write_shown_ = true;
      }
      pins->bvalid = true;
      pins->bresp = write_resp_;
    }
  }
}

void AxiMemory::finish(const Pins& pins, std::uint64_t cycle) {
  if (silent_) return;
  if (pins.rvalid && pins.rready) {
    Flight& head = reads_.front();
    count(head.address + std::uint64_t{head.done} * beat_bytes_);
    read_shown_ = false;
    if (++head.done == head.beats) reads_.pop_front();
  }
  if (pins.wvalid && pins.wready) {
    Flight& head = writes_.front();
    const std::uint64_t address = head.address + std::uint64_t{head.done} * beat_bytes_;
    if (head.inside) {
      std::byte* to = bytes_.at(address);
      const auto* from = reinterpret_cast<const std::byte*>(pins.wdata.data());
      for (std::uint32_t i = 0; i < beat_bytes_; ++i)
        if (pins.wstrb >> i & 1u) to[i] = from[i];
    }
    const bool last = ++head.done == head.beats;
    if (last != pins.wlast) broken("WLAST is not on the last beat of a burst");
    count(address);
    if (last) {
      responses_.push_back({cycle + head.timing.response, head.address, head.inside});
      writes_.pop_front();
    }
  }
  if (pins.bvalid && pins.bready) {
    count(responses_.front().address);
    responses_.pop_front();
    next_response_ = cycle + 1;
    write_shown_ = false;
  }
  if (pins.ar.fires()) {
    read_wait_.scheduled = false;
    count(pins.ar.address);
  }
  if (pins.aw.fires()) {
    write_wait_.scheduled = false;
    count(pins.aw.address);
  }
}

void AxiMemory::reset() {
  reads_.clear();
  writes_.clear();
  responses_.clear();
  read_wait_ = write_wait_ = {};
  read_shown_ = write_shown_ = false;
  silent_ = false;
  fault_.reset();
}

void AxiMemory::inject(FaultKind kind, std::uint64_t after) {
  fault_ = Fault{kind, after};
  injected_.reset();
}

}  // namespace flashd::system
