// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <random>

namespace flashd::soc {

/// Clock cycles a bit in simulation; the SoC is built with the same divisor.
constexpr int kCyclesPerBit = 8;

/// Levels of the line, cycle by cycle, for bytes in 8N1: ten bits from a word's right, rest is 1.
class Sender {
 public:
  explicit Sender(int cycles_per_bit = kCyclesPerBit) : cycles_per_bit_(cycles_per_bit) {}

  bool idle() const { return bits_ == 0; }

  /// Starts ten bits: start bit in bit 0, stop bit in bit 9.
  void start(unsigned bits) {
    frame_ = bits;
    bits_ = 10;
    cycles_ = cycles_per_bit_;
  }

  /// The level of one cycle.
  bool step() {
    if (bits_ == 0) return true;
    const bool level = (frame_ & 1u) != 0;
    if (--cycles_ == 0) {
      cycles_ = cycles_per_bit_;
      frame_ >>= 1;
      --bits_;
    }
    return level;
  }

 private:
  int cycles_per_bit_;
  unsigned frame_ = 0;
  int bits_ = 0;
  int cycles_ = 0;
};

/// The other way round; looks at the middle of every bit.
class Receiver {
 public:
  static constexpr int kNone = -1;     ///< no byte ended in this cycle
  static constexpr int kFraming = -2;  ///< one did, without its stop bit

  explicit Receiver(int cycles_per_bit = kCyclesPerBit) : cycles_per_bit_(cycles_per_bit) {}

  /// Takes the level of one cycle; gives the byte that it completes.
  int step(bool level) {
    if (bits_ == 0) {
      if (!level) {
        bits_ = 10;
        wait_ = cycles_per_bit_ / 2;
      }
      return kNone;
    }
    if (--wait_ > 0) return kNone;
    wait_ = cycles_per_bit_;
    frame_ = (frame_ >> 1) | (level ? 0x200u : 0u);
    if (--bits_ == 9 && level) bits_ = 0;  // shorter than half a bit
    if (bits_ > 0 || (frame_ & 1u) != 0) return kNone;
    return (frame_ & 0x200u) != 0 ? static_cast<int>((frame_ >> 1) & 0xffu) : kFraming;
  }

 private:
  int cycles_per_bit_;
  unsigned frame_ = 0;
  int bits_ = 0;
  int wait_ = 0;
};

/// What spoils bytes on the wire, each with its probability per byte and direction.
struct Faults {
  double drop = 0;   ///< the byte is lost
  double flip = 0;   ///< one bit of it is the other (towards the SoC also its start or stop bit)
  double delay = 0;  ///< it comes up to kLongestDelay cycles later, and so do those behind it
  std::uint64_t seed = 1;
};

constexpr std::uint64_t kLongestDelay = 8192;  ///< cycles, about a hundred bytes

/// What went over the wire; both directions, as they left their sender.
struct WireCounts {
  std::uint64_t to_soc = 0;
  std::uint64_t from_soc = 0;
  std::uint64_t dropped = 0;
  std::uint64_t flipped = 0;
  std::uint64_t delayed = 0;
  std::uint64_t framing = 0;  ///< bytes of the SoC without a stop bit
};

/// Both directions between bytes and the SoC's pins, with faults.
class Wire {
 public:
  explicit Wire(const Faults& faults) : faults_(faults), random_(faults.seed) {}

  /// One cycle: the level that the SoC sends, for the level that it receives.
  bool step(bool from_soc) {
    ++cycle_;
    const int byte = receiver_.step(from_soc);
    if (byte != Receiver::kNone) take(byte);
    if (sender_.idle() && !to_soc_.empty()) feed();
    return sender_.step();
  }

  /// Bytes that wait on their way to the SoC.
  std::size_t waiting() const { return to_soc_.size(); }

  void put(std::uint8_t byte) {
    to_soc_.push_back(byte);
    ++counts_.to_soc;
  }

  /// The next byte of the SoC whose time has come.
  bool get(std::uint8_t* byte) {
    if (from_soc_.empty() || from_soc_.front().time > cycle_) return false;
    *byte = from_soc_.front().byte;
    from_soc_.pop_front();
    return true;
  }

  std::uint64_t cycle() const { return cycle_; }
  const WireCounts& counts() const { return counts_; }

 private:
  struct Timed {
    std::uint64_t time;
    std::uint8_t byte;
  };

  bool happens(double probability) {
    return probability > 0 && std::uniform_real_distribution<double>(0, 1)(random_) < probability;
  }
  unsigned below(unsigned end) {
    return std::uniform_int_distribution<unsigned>(0, end - 1)(random_);
  }
  std::uint64_t delay() {
    if (!happens(faults_.delay)) return 0;
    ++counts_.delayed;
    return 1 + below(static_cast<unsigned>(kLongestDelay));
  }

  void feed() {
    if (!asked_) {
      asked_ = true;
      free_at_ = cycle_ + delay();
    }
    if (cycle_ < free_at_) return;
    asked_ = false;
    const std::uint8_t byte = to_soc_.front();
    to_soc_.pop_front();
    if (happens(faults_.drop)) {
      ++counts_.dropped;
      return;
    }
    unsigned bits = 0x200u | (unsigned{byte} << 1);
    if (happens(faults_.flip)) {
      ++counts_.flipped;
      bits ^= 1u << below(10);
    }
    sender_.start(bits);
  }

  void take(int byte) {
    if (byte == Receiver::kFraming) {
      ++counts_.framing;
      return;
    }
    ++counts_.from_soc;
    if (happens(faults_.drop)) {
      ++counts_.dropped;
      return;
    }
    unsigned bits = static_cast<unsigned>(byte);
    if (happens(faults_.flip)) {
      ++counts_.flipped;
      bits ^= 1u << below(8);
    }
    const std::uint64_t last = from_soc_.empty() ? 0 : from_soc_.back().time;
    const std::uint64_t time = cycle_ + delay();
    from_soc_.push_back({time > last ? time : last, static_cast<std::uint8_t>(bits)});
  }

  Faults faults_;
  std::mt19937_64 random_;
  Sender sender_;
  Receiver receiver_;
  std::deque<std::uint8_t> to_soc_;
  std::deque<Timed> from_soc_;
  std::uint64_t cycle_ = 0;
  std::uint64_t free_at_ = 0;
  bool asked_ = false;  // free_at_ is that of the byte in front
  WireCounts counts_;
};

}  // namespace flashd::soc
