// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/golden/job.hpp"
#include "sim/plan.hpp"
#include "sim/stream.hpp"

namespace flashd::sim {

/// Puts the constants of a job on the ports. `state_out`: ask for the raw o of every row.
void drive_constants(const Job& job, const BuildInfo& build, bool state_out, Ports* ports);

/// Query rows, block by block; padding rows and unused fields carry noise.
class QuerySource final : public Source {
 public:
  QuerySource(const Job& job, const Plan& plan, std::uint64_t seed)
      : job_(job), plan_(plan), noise_(seed) {}
  std::uint64_t total() const override;
  void drive(Ports* ports) override;
  void advance() override;

 private:
  const Job& job_;
  const Plan& plan_;
  Random noise_;
  std::size_t block_ = 0;
  std::size_t row_ = 0;
  int beat_ = 0;
};

/// Tile headers.
class TileSource final : public Source {
 public:
  explicit TileSource(const Plan& plan) : plan_(plan) {}
  std::uint64_t total() const override;
  void drive(Ports* ports) override;
  void advance() override;

 private:
  const Plan& plan_;
  std::size_t block_ = 0;
  std::size_t tile_ = 0;
};

/// Keys or values of every tile of every block.
class KeySource final : public Source {
 public:
  enum class Kind { keys, values };
  KeySource(const Job& job, const Plan& plan, Kind kind);
  std::uint64_t total() const override;
  void drive(Ports* ports) override;
  void advance() override;

 private:
  void skip_empty();

  const Plan& plan_;
  gsl::span<const std::uint16_t> data_;
  std::int64_t keys_;
  int dim_;
  int beats_;
  bool values_;
  std::size_t block_ = 0;
  std::size_t tile_ = 0;
  int key_ = 0;
  int beat_ = 0;
};

/// Bias and masks of every scored key of every pass; lanes that do not see the key carry noise.
class BiasSource final : public Source {
 public:
  BiasSource(const Job& job, const Plan& plan, Profile profile, std::uint64_t seed);
  std::uint64_t total() const override;
  void drive(Ports* ports) override;
  void advance() override;

 private:
  void skip_empty();

  const Job& job_;
  const Plan& plan_;
  Profile profile_;
  Random noise_;
  std::size_t pass_ = 0;
  int key_ = 0;
};

/// o of the rows' states.
class StateSource final : public Source {
 public:
  StateSource(const Job& job, const Plan& plan) : job_(job), plan_(plan) {}
  std::uint64_t total() const override;
  void drive(Ports* ports) override;
  void advance() override;

 private:
  const Job& job_;
  const Plan& plan_;
  std::size_t block_ = 0;
  int context_ = 0;
  int beat_ = 0;
};

/// Heads of the rows' states.
class HeadSource final : public Source {
 public:
  HeadSource(const Job& job, const Plan& plan) : job_(job), plan_(plan) {}
  std::uint64_t total() const override;
  void drive(Ports* ports) override;
  void advance() override;

 private:
  const Job& job_;
  const Plan& plan_;
  std::size_t block_ = 0;
  int context_ = 0;
};

}  // namespace flashd::sim
