// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "tests/rtl_units/dut.hpp"

namespace flashd::memory_units {

using rtl_units::between;
using rtl_units::chance;
using rtl_units::Checker;
using rtl_units::Dut;
using rtl_units::get;
using rtl_units::put;
using rtl_units::Random;

/// How often the memory side is ready, per cycle.
struct Pace {
  double address = 1.0, data = 1.0, answer = 1.0;
  bool address_after_data = false;  ///< an AW is accepted only while a W beat is offered
};

inline Pace draw_pace(Random& random) {
  Pace pace;
  if (chance(random, 0.3)) return pace;
  constexpr double kPaces[] = {1.0, 0.9, 0.5, 0.1};
  pace.address = kPaces[between(random, 0, 3)];
  pace.data = kPaces[between(random, 0, 3)];
  pace.answer = kPaces[between(random, 0, 3)];
  pace.address_after_data = chance(random, 0.2);
  return pace;
}

/// Bytes that were written, and how often.
struct Written {
  std::uint8_t value = 0;
  int times = 0;
};
using Store = std::map<std::uint64_t, Written>;

inline void store(Store* memory, std::uint64_t address, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) {
    Written& w = (*memory)[address + static_cast<std::uint64_t>(i)];
    w.value = static_cast<std::uint8_t>(value >> (8 * i));
    ++w.times;
  }
}

/// The memory behind a write master: AW, W and B of one port, and the rules of AXI4.
template <class Model>
class WritePort {
 public:
  WritePort(int axi_bits, Pace pace, Checker* checker)
      : bytes_(axi_bits / 8), pace_(pace), checker_(checker) {}

  /// Answers of this cycle; before settle().
  void drive(Dut<Model>& dut, Random& random) {
    offer_address_ = chance(random, pace_.address);
    const bool data_came = finished_ > accepted_ || (finished_ == accepted_ && beat_ > 0);
    dut->aw_ready_i = offer_address_ && (!pace_.address_after_data || dut->w_valid_o || data_came);
    dut->w_ready_i = chance(random, pace_.data);
    const bool answer =
        answered_ < finished_ && answered_ < accepted_ && chance(random, pace_.answer);
    dut->b_valid_i = answer;
    dut->b_resp_i = static_cast<std::uint8_t>(answer && answered_ == bad_burst ? bad_response : 0);
  }

  /// What the port says in this cycle; after settle(), before tick().
  void sample(Dut<Model>& dut) {
    if (dut->b_valid_i) {
      const bool bad = answered_ == bad_burst;
      checker_->expect(dut->error_o, bad, "error", "burst %lld", answered_);
      if (bad) {
        checker_->expect(dut->error_dec_o, bad_response & 1, "decode error", "burst %lld",
                         answered_);
        checker_->expect(
            static_cast<std::int64_t>(dut->error_addr_o),
            static_cast<std::int64_t>(bursts_[static_cast<std::size_t>(answered_)].address),
            "address of the error", "burst %lld", answered_);
      }
      ++answered_;
    } else {
      checker_->expect(dut->error_o, 0, "error", "no response");
    }
    if (dut->aw_valid_o &&
        (bursts_.empty() || accepted_ == static_cast<long long>(bursts_.size()))) {
      const Burst burst{dut->aw_addr_o, dut->aw_len_o + 1};
      bursts_.push_back(burst);
      const std::uint64_t last =
          burst.address + static_cast<std::uint64_t>(burst.beats * bytes_) - 1;
      checker_->expect(static_cast<std::int64_t>(burst.address >> 12),
                       static_cast<std::int64_t>(last >> 12), "4 KB page", "burst at 0x%llx of %d",
                       static_cast<unsigned long long>(burst.address), burst.beats);
      checker_->expect(static_cast<std::int64_t>(burst.address) % bytes_, 0, "alignment", "AW");
      checker_->expect(static_cast<long long>(bursts_.size()) - answered_ <= 16, 1, "outstanding",
                       "AW");
    }
    checker_->expect(dut->tap_burst_o, dut->aw_valid_o && dut->aw_ready_i, "burst tap", "AW");
    if (dut->aw_valid_o && dut->aw_ready_i) ++accepted_;
    int enabled = 0;
    if (dut->w_valid_o) {
      checker_->expect(finished_ < static_cast<long long>(bursts_.size()), 1, "address before data",
                       "W");
    }
    if (dut->w_valid_o && dut->w_ready_i && finished_ < static_cast<long long>(bursts_.size())) {
      const Burst& burst = bursts_[static_cast<std::size_t>(finished_)];
      for (int i = 0; i < bytes_; ++i) {
        if (!get(dut->w_strb_o, i, 1)) {
          checker_->expect(static_cast<std::int64_t>(get(dut->w_data_o, 8 * i, 8)), 0,
                           "a byte that is not enabled", "W");
          continue;
        }
        ++enabled;
        store(&memory, burst.address + static_cast<std::uint64_t>(beat_ * bytes_ + i),
              get(dut->w_data_o, 8 * i, 8), 1);
      }
      ++beat_;
      checker_->expect(dut->w_last_o, beat_ == burst.beats, "WLAST", "beat %d of %d", beat_,
                       burst.beats);
      if (beat_ == burst.beats) {
        beat_ = 0;
        ++finished_;
      }
    }
    checker_->expect(dut->tap_bytes_o, enabled, "bytes tap", "W");
  }

  bool settled() const {
    return answered_ == accepted_ && answered_ == finished_ &&
           answered_ == static_cast<long long>(bursts_.size());
  }
  long long bursts() const { return static_cast<long long>(bursts_.size()); }

  Store memory;
  long long bad_burst = -1;
  int bad_response = 2;

 private:
  struct Burst {
    std::uint64_t address = 0;
    int beats = 0;
  };
  int bytes_;
  Pace pace_;
  Checker* checker_;
  bool offer_address_ = false;
  std::vector<Burst> bursts_;
  long long accepted_ = 0, finished_ = 0, answered_ = 0;
  int beat_ = 0;
};

/// The memory behind a read master: AR and R of one port. Bytes come from `byte`, a function of the
/// address, which may count what is read.
template <class Byte>
class ReadPort {
 public:
  ReadPort(int axi_bits, Pace pace, Byte byte) : bytes_(axi_bits / 8), pace_(pace), byte_(byte) {}

  template <class Model>
  void drive(Dut<Model>& dut, Random& random) {
    dut->ar_ready_i = chance(random, pace_.address);
    dut->r_valid_i = !bursts_.empty() && chance(random, pace_.data);
    if (!dut->r_valid_i) return;
    const std::uint64_t address =
        bursts_.front().address + static_cast<std::uint64_t>(beat_ * bytes_);
    for (int i = 0; i < bytes_; i += 4) {
      std::uint32_t word = 0;
      for (int k = 0; k < 4; ++k) {
        word |= std::uint32_t{byte_(address + static_cast<std::uint64_t>(i + k))} << (8 * k);
      }
      put(dut->r_data_i, 8 * i, 32, word);
    }
    dut->r_last_i = beat_ + 1 == bursts_.front().beats;
  }

  /// After settle(), before tick().
  template <class Model>
  void sample(Dut<Model>& dut) {
    if (dut->r_valid_i) {
      ++beats;
      if (++beat_ == bursts_.front().beats) {
        beat_ = 0;
        bursts_.pop_front();
      }
    }
    if (dut->ar_valid_o && dut->ar_ready_i) bursts_.push_back({dut->ar_addr_o, dut->ar_len_o + 1});
  }

  long long beats = 0;

 private:
  struct Burst {
    std::uint64_t address = 0;
    int beats = 0;
  };
  int bytes_;
  Pace pace_;
  Byte byte_;
  std::deque<Burst> bursts_;
  int beat_ = 0;
};

}  // namespace flashd::memory_units
