// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "host/device/arrays.hpp"
#include "host/device/image.hpp"
#include "host/io/convert.hpp"
#include "host/io/error.hpp"
#include "host/io/row_state.hpp"
#include "model/arith/spec.hpp"

namespace flashd::device {

namespace {

/// A region of outputs, from which rows are taken out; what is left must be the guard.
class Region {
 public:
  Region(Memory& memory, const char* name, std::uint64_t address, std::uint64_t bytes, bool guard)
      : name_(name), guard_(guard), data_(bytes) {
    if (bytes != 0) memory.read_memory(address, data_);
  }

  /// Copies bytes out and puts the guard in their place.
  void take(std::uint64_t at, void* to, std::size_t bytes) {
    std::memcpy(to, &data_[at], bytes);
    if (guard_) std::memset(&data_[at], std::to_integer<int>(kGuard), bytes);
  }

  void check() const {
    if (!guard_) return;
    for (std::size_t at = 0; at < data_.size(); ++at)
      if (data_[at] != kGuard)
        throw host::Error(host::Exit::mismatch, std::string("the device wrote byte ") +
                                                    std::to_string(at) + " of " + name_ +
                                                    ", which no output of this job covers");
  }

 private:
  const char* name_;
  bool guard_;
  std::vector<std::byte> data_;
};

float widen(std::uint16_t bits, OutputFormat format) {
  return static_cast<float>(
      host::decode(bits, format == OutputFormat::bf16 ? InputFormat::bf16 : InputFormat::fp16));
}

}  // namespace

std::vector<Result> collect(Memory& memory, const Image& image) {
  const Descriptor& d = image.descriptor;
  const bool guard = image.options.guard;
  const auto rows = static_cast<std::size_t>(image.heads_q * image.queries);
  const auto dv = static_cast<std::size_t>(image.dv);
  const bool wide = image.output == OutputFormat::fp32;
  const std::size_t size = wide ? 4 : 2;
  constexpr std::uint64_t kLine = kStrideUnit;
  std::vector<Result> results(static_cast<std::size_t>(image.batch));
  Region o(memory, "O", d.o, image.options.write_o || guard ? image.o_bytes : 0, guard);
  Region lse(memory, "LSE", d.lse, image.options.write_lse || guard ? image.lse_bytes : 0, guard);
  std::vector<std::byte> states(image.state_bytes);
  if (!states.empty()) memory.read_memory(d.state_out, states);
  std::vector<std::uint16_t> narrow(dv);
  for (std::size_t b = 0; b < results.size(); ++b) {
    Result& result = results[b];
    if (image.options.write_o) result.o.resize(rows * dv);
    if (image.options.write_lse) result.lse.resize(rows);
    for (std::size_t row = 0; row < rows; ++row) {
      const std::size_t head = row / static_cast<std::size_t>(image.queries);
      const std::size_t query = row % static_cast<std::size_t>(image.queries);
      const std::uint64_t at =
          kLine * (std::uint64_t{d.o_batch} * b + std::uint64_t{d.o_head} * head +
                   std::uint64_t{d.o_token} * query);
      if (image.options.write_o && wide) {
        o.take(at, &result.o[row * dv], dv * size);
      } else if (image.options.write_o) {
        o.take(at, narrow.data(), dv * size);
        for (std::size_t e = 0; e < dv; ++e)
          result.o[row * dv + e] = widen(narrow[e], image.output);
      }
      if (image.options.write_lse)
        lse.take(
            kLine * (std::uint64_t{d.lse_batch} * b + std::uint64_t{d.lse_head} * head) + 4 * query,
            &result.lse[row], 4);
    }
    if (image.options.state_out) {
      const std::size_t part = rows * host::row_state_bytes(image.dv);
      result.state =
          host::load_rows(gsl::span<const std::byte>(states).subspan(b * part, part),
                          static_cast<std::int64_t>(rows), image.dv, "row states of the device");
      if (rows != 0 && result.state.v_exponent != image.exponent[b])
        throw host::Error(host::Exit::mismatch, "the device's row states have VE " +
                                                    std::to_string(result.state.v_exponent) +
                                                    "; expected " +
                                                    std::to_string(image.exponent[b]));
      result.state.v_exponent = image.exponent[b];
    }
  }
  o.check();
  lse.check();
  return results;
}

}  // namespace flashd::device
