// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <gsl/span>

#include "host/api/flashd.h"
#include "model/golden/job.hpp"

namespace flashd {

/// What a call of the C API failed with: its status and sentence.
class DeviceError : public std::runtime_error {
 public:
  DeviceError(flashd_status status, const std::string& sentence)
      : std::runtime_error(sentence), status_(status) {}
  flashd_status status() const noexcept { return status_; }

 private:
  flashd_status status_;
};

/// Array in device memory, freed with the object. The device must outlive it.
class DeviceArray {
 public:
  DeviceArray() = default;
  DeviceArray(flashd_device* device, std::size_t bytes);
  DeviceArray(DeviceArray&& other) noexcept;
  DeviceArray& operator=(DeviceArray&& other) noexcept;
  ~DeviceArray();

  flashd_addr address() const noexcept { return address_; }
  void copy_from_host(gsl::span<const std::byte> from);
  void copy_to_host(gsl::span<std::byte> to) const;

 private:
  flashd_device* device_ = nullptr;
  flashd_addr address_ = 0;
};

/// An opened device; every failure throws DeviceError.
class Accelerator {
 public:
  Accelerator(const std::string& backend, const std::string& configuration,
              const std::string& numerics);

  void set(const std::string& option, const std::string& value);
  flashd_capabilities capabilities() const;
  flashd_counters counters() const;
  /// Name and sum of every counter that only a whole device has; 0 on other back ends.
  std::vector<std::pair<std::string, std::uint64_t>> device_counters() const;
  /// Name and value of what passed over the line to a board; empty on other back ends.
  std::vector<std::pair<std::string, std::uint64_t>> line_counters() const;
  DeviceArray allocate(std::size_t bytes) { return {device_.get(), bytes}; }
  /// Submits a job and waits for its end; returns its counts.
  flashd_counters run(const flashd_job& job);

 private:
  struct Close {
    void operator()(flashd_device* device) const { flashd_close(device); }
  };
  std::unique_ptr<flashd_device, Close> device_;
};

/// Shapes of one call over a batch.
struct AttentionShape {
  std::int64_t batch = 1;
  std::int64_t heads_q = 1;
  std::int64_t heads_kv = 1;
  std::int64_t queries = 0;
  std::int64_t keys = 0;
  int d = 0;
  int dv = 0;
};

/// Inputs and options of one call. Spans are dense, row-major and must outlive it.
struct AttentionCall {
  AttentionShape shape;
  gsl::span<const std::uint16_t> q;  ///< [batch, heads_q, queries, d], bits of `input`
  gsl::span<const std::uint16_t> k;  ///< [batch, heads_kv, keys, d], or a pool of pages
  gsl::span<const std::uint16_t> v;  ///< [batch, heads_kv, keys, dv], or a pool of pages
  InputFormat input = InputFormat::bf16;
  OutputFormat output = OutputFormat::fp32;
  double scale = 1.0;
  Visibility visibility;                      ///< its key_length is that of every entry
  gsl::span<const std::int64_t> key_lengths;  ///< [batch], or empty; wins over visibility's
  gsl::span<const float> bias;                ///< in nats at `bias_strides`, or empty
  gsl::span<const std::uint16_t> bias16;      ///< instead of `bias`: BF16 or FP16 elements
  InputFormat bias16_format = InputFormat::bf16;
  std::int64_t bias_strides[4] = {0, 0, 0, 0};  ///< batch, head, query, key; 0 broadcasts
  std::optional<double> soft_cap;               ///< nats, 2^-10 to 256
  gsl::span<const float> alibi;                 ///< [heads_q] slopes, or empty
  /// Not 0: k and v are pools [pages, heads_kv, page_size, d or dv] that the batch shares, and key
  /// j of an entry lies in page page_table[entry, j / page_size]; keys is at most the table's
  /// reach.
  int page_size = 0;
  gsl::span<const std::int32_t> page_table;  ///< [batch, pages of a sequence]
  std::optional<int> v_exponent;             ///< default: from V, or from the states
  gsl::span<const std::byte> states_in;      ///< records of [batch, heads_q, queries], or empty
  bool lse = true;
  bool states_out = false;
  /// Longest key range of a job, rounded up to a multiple of TILE and of the page; longer rows are
  /// continued from their raw state, which changes no bit. 0: whole rows.
  std::int64_t keys_per_job = 0;
};

struct AttentionResult {
  std::vector<float> o;           ///< [batch, heads_q, queries, dv], values of the output format
  std::vector<float> lse;         ///< [batch, heads_q, queries] in nats, or empty
  std::vector<std::byte> states;  ///< records of [batch, heads_q, queries], or empty
  flashd_counters counters{};     ///< sums over all jobs; rows are counted once
};

/// Runs a call as one job per batch entry, or per entry, KV head and key range if keys_per_job
/// splits it. Throws DeviceError: the job does not fit, lockstep mismatch, fault.
AttentionResult attention(Accelerator& device, const AttentionCall& call);

}  // namespace flashd
