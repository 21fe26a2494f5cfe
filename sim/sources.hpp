// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "model/golden/job.hpp"
#include "sim/plan.hpp"
#include "sim/stream.hpp"

namespace flashd::sim {

/// Puts the constants of a job on the ports.
void drive_constants(const Job& job, const BuildInfo& build, const Options& options, Ports* ports);

/// Copies elements [beat * width, ...) of a row of `dim` elements, zero padded.
void pack(const std::uint16_t* row, int dim, int beat, int width, Words* out);

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

/// Which tiles' values the engine needs, in tile order. With skip_v the engine says so, else all.
class Verdicts {
 public:
  explicit Verdicts(bool skip_v) : skip_v_(skip_v) {}
  void add(bool skip) { skipped_.push_back(skip); }
  std::size_t size() const { return skipped_.size(); }
  bool known(std::size_t tile) const { return !skip_v_ || tile < skipped_.size(); }
  bool skipped(std::size_t tile) const { return skip_v_ && skipped_[tile]; }
  std::uint64_t skips() const;

 private:
  bool skip_v_;
  std::vector<bool> skipped_;
};

/// Headers of the tiles' values: no keys for a tile that the engine gives up.
class ValueTileSource final : public Source {
 public:
  ValueTileSource(const Plan& plan, const Verdicts& verdicts);
  std::uint64_t total() const override { return keys_.size(); }
  bool ready() override { return verdicts_.known(at_); }
  void drive(Ports* ports) override;
  void advance() override { ++at_; }

 private:
  const Verdicts& verdicts_;
  std::vector<int> keys_;  ///< of every tile
  std::size_t at_ = 0;
};

/// Keys or values of every tile of every block that the engine needs.
class KeySource final : public Source {
 public:
  enum class Kind { keys, values };
  KeySource(const Job& job, const Plan& plan, Kind kind, const Verdicts& verdicts);
  std::uint64_t total() const override;
  std::uint64_t dropped() const override { return dropped_; }
  bool ready() override;
  void drive(Ports* ports) override;
  void advance() override;

 private:
  void next_tile();

  const Plan& plan_;
  const Verdicts& verdicts_;
  gsl::span<const std::uint16_t> data_;
  std::int64_t keys_;
  int dim_;
  int beats_;
  bool values_;
  std::size_t block_ = 0;
  std::size_t tile_ = 0;
  std::size_t index_ = 0;  ///< of the tile among all tiles
  std::uint64_t dropped_ = 0;
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
