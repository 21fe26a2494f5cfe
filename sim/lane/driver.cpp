// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <deque>
#include <stdexcept>
#include <string>

#include "model/golden/golden.hpp"
#include "sim/lane/bench.hpp"
#include "sim/random.hpp"

namespace flashd::lane {

namespace {

constexpr int kShortestRun = 16;
constexpr int kMaxRows = 8;
constexpr int kResetCycles = 2;

/// One row's keys over one tile.
struct Run {
  int row = 0;
  std::int64_t query = 0;
  std::int64_t tile = 0;
  std::int64_t first_key = 0;
  int keys = 0;    ///< of the job
  int length = 0;  ///< with those that fill a short run up
  bool first = false, last = false;
};

/// What `v_take_o` asks for: values of keys from `key` of a run on, one block of channels.
struct Value {
  std::size_t run = 0;
  int key = 0;
  int block = 0;
};

std::vector<Run> runs_of(const Job& job, int rows, int tile) {
  std::vector<Run> runs;
  for (std::int64_t block = 0; block < job.queries; block += rows) {
    for (std::int64_t first = 0; first < job.keys; first += tile) {
      for (int row = 0; row < rows; ++row) {
        Run run;
        run.row = row;
        run.query = block + row;
        run.tile = first / tile;
        run.first_key = first;
        run.keys = static_cast<int>(std::min<std::int64_t>(tile, job.keys - first));
        run.length = std::max(run.keys, kShortestRun);
        run.first = first == 0;
        run.last = first + tile >= job.keys;
        runs.push_back(run);
      }
    }
  }
  return runs;
}

void require(bool condition, const std::string& sentence) {
  if (!condition) throw std::runtime_error(sentence);
}

void record(const Pins& pins, const LaneShape& shape, Recorder* recorder) {
  if (recorder == nullptr) return;
  Recorder& r = *recorder;
  r.input("rst_ni", 1, std::uint64_t{pins.rst_n});
  r.input("job_i", 64, pins.job);
  r.input("q_valid_i", 1, std::uint64_t{pins.q_valid});
  r.input("q_row_i", 3, std::uint64_t{pins.q_row});
  r.input("q_i", shape.d * shape.q_bits, pins.q.data());
  r.input("run_i", 1, std::uint64_t{pins.run});
  r.input("run_row_i", 3, std::uint64_t{pins.run_row});
  r.input("valid_i", 1, std::uint64_t{pins.valid});
  r.input("first_i", 1, std::uint64_t{pins.first});
  r.input("last_i", 1, std::uint64_t{pins.last});
  r.input("begin_i", 1, std::uint64_t{pins.begin});
  r.input("end_i", 1, std::uint64_t{pins.end});
  r.input("visible_i", 1, std::uint64_t{pins.visible});
  r.input("k_i", shape.d * 16, pins.k.data());
  r.input("v_i", shape.d * shape.v_bits, pins.v.data());
  if (shape.distance) r.input("e_distance_i", shape.outputs * 8, pins.e_distance.data());
  r.output("ready_o", 1, std::uint64_t{pins.ready}, true);
  r.output("v_take_o", 1, std::uint64_t{pins.v_take}, true);
  if (shape.distance) {
    int bits = 0;
    while ((1 << bits) < shape.d) ++bits;
    r.output("e_index_o", bits, std::uint64_t{pins.e_index}, true);
  }
  r.output("o_valid_o", 1, std::uint64_t{pins.o_valid}, true);
  r.output("o_row_o", 3, std::uint64_t{pins.o_row}, pins.o_valid);
  r.output("o_o", shape.outputs * 32, pins.o.data(), pins.o_valid);
  r.output("row_valid_o", 1, std::uint64_t{pins.row_valid}, true);
  r.output("row_row_o", 3, std::uint64_t{pins.row_row}, pins.row_valid);
  r.output("row_state_o", 64, pins.row_state, pins.row_valid);
  r.cycle();
}

class Session {
 public:
  Session(Lane* lane, Pins* pins, const LaneShape& shape, const Job& job, const Operands& operands,
          int tile, const Drive& drive)
      : lane_(*lane),
        pins_(*pins),
        shape_(shape),
        job_(job),
        operands_(operands),
        drive_(drive),
        tile_(tile),
        random_(drive.seed),
        runs_(runs_of(job, shape.rows, tile)),
        loaded_(static_cast<std::size_t>(job.queries), -1) {
    outcome_.o.resize(static_cast<std::size_t>(job.queries * job.d));
    outcome_.state.resize(static_cast<std::size_t>(job.queries));
    for (std::int64_t query = 0; query < job.queries; ++query)
      if (shape.rows > 1 && query < shape.rows) loads_.push_back(query);
  }

  Outcome run() {
    const auto rows = static_cast<std::uint64_t>(job_.queries);
    int tail = 0;
    for (std::int64_t quiet = 0; tail < 8; ++quiet, ++cycle_) {
      const std::uint64_t before = outcome_.keys + elements_ + states_;
      cycle();
      if (outcome_.keys + elements_ + states_ != before) quiet = 0;
      require(quiet < 4000 + 100 * job_.d,
              "the lane gives nothing any more after " + std::to_string(outcome_.keys) + " keys");
      if (elements_ == rows * static_cast<std::uint64_t>(job_.d) && states_ == rows) ++tail;
    }
    require(run_at_ == runs_.size() && values_.empty(),
            "rows were finished before all their keys and values were taken");
    return std::move(outcome_);
  }

 private:
  void cycle() {
    pins_.job = operands_.job;
    pins_.run = false;
    pins_.q_valid = false;
    noise(&pins_.q, shape_.d * shape_.q_bits);
    drive_value();
    drive_distance();
    drive_key();
    drive_query();
    lane_.settle(&pins_);
    const bool taken = armed_ && pins_.ready;
    if (armed_ && !taken) ++outcome_.stalls;
    if (taken) take_key();
    if (!armed_ || taken) arm();
    lane_.settle(&pins_);
    require(!taken || pins_.ready, "ready_o depends on run_i or q_valid_i");
    record(pins_, shape_, drive_.recorder);
    collect();
    lane_.tick();
  }

  /// Idle operands mean nothing; a recording keeps them still, as a memory would.
  void noise(Words* words, int bits) {
    if (drive_.recorder != nullptr) return;
    for (std::uint32_t& word : *words) word = static_cast<std::uint32_t>(random_.next());
    // Verilator takes bits beyond a port's width as zero.
    if (bits % 32 != 0) words->back() &= (1u << (bits % 32)) - 1u;
  }

  void drive_value() {
    if (!value_due_) {
      noise(&pins_.v, shape_.d * shape_.v_bits);
      return;
    }
    const int channels = shape_.d / shape_.v_keys;
    for (int e = 0; e < shape_.d; ++e) {
      const int key = next_value_.key + e % shape_.v_keys;
      const int channel = next_value_.block * channels + e / shape_.v_keys;
      const Run& run = runs_[next_value_.run];
      const std::uint32_t v =
          key < run.keys
              ? operands_.v[static_cast<std::size_t>((run.first_key + key) * shape_.d + channel)]
              : 0u;
      put(&pins_.v, e * shape_.v_bits, shape_.v_bits, v);
    }
  }

  void drive_distance() {
    if (!shape_.distance) return;
    const auto element = static_cast<int>(pins_.e_index);  // as it was in the cycle before
    const std::int64_t tile = merge_at_ < runs_.size() ? runs_[merge_at_].tile : 0;
    for (int i = 0; i < shape_.outputs; ++i)
      put(&pins_.e_distance, 8 * i, 8,
          operands_.distance[static_cast<std::size_t>(tile * shape_.d + element + i)]);
    if (cycle_ > 0 && element == shape_.d - shape_.outputs) ++merge_at_;
  }

  void drive_key() {
    pins_.valid = armed_;
    if (!armed_) {
      noise(&pins_.k, shape_.d * 16);
      if (drive_.recorder == nullptr) {
        const std::uint64_t r = random_.next();
        pins_.first = (r & 1u) != 0;
        pins_.last = (r & 2u) != 0;
        pins_.begin = (r & 4u) != 0;
        pins_.end = (r & 8u) != 0;
        pins_.visible = (r & 16u) != 0;
      }
      return;
    }
    const Run& run = runs_[run_at_];
    const bool real = key_at_ < run.keys;
    const std::int64_t key = run.first_key + key_at_;
    const KeyRange range = visible_keys(job_, run.query);
    pins_.begin = key_at_ == 0;
    pins_.end = key_at_ == run.length - 1;
    pins_.first = pins_.begin && run.first;
    pins_.last = pins_.end && run.last;
    pins_.visible = real && key >= range.begin && key < range.end;
    for (int e = 0; e < shape_.d; ++e)
      put(&pins_.k, 16 * e, 16, real ? job_.k[key * shape_.d + e] : 0u);
  }

  void load_query(std::int64_t query) {
    pins_.q_valid = true;
    pins_.q_row = static_cast<std::uint32_t>(query % shape_.rows);
    for (int e = 0; e < shape_.d; ++e)
      put(&pins_.q, e * shape_.q_bits, shape_.q_bits, operands_.q[query * shape_.d + e]);
    loaded_[static_cast<std::size_t>(query)] = cycle_;
  }

  void drive_query() {
    if (loads_.empty()) return;
    load_query(loads_.front());
    loads_.pop_front();
  }

  void take_key() {
    const Run& run = runs_[run_at_];
    if (shape_.v_keys == 1) values_.push_back({run_at_, key_at_, 0});
    ++outcome_.keys;
    outcome_.cycles = static_cast<std::uint64_t>(cycle_ - first_offer_ + 1);
    armed_ = false;
    if (++key_at_ < run.length) return;
    // All of a tile's steps, block by block of channels, the keys of every other one backwards.
    if (shape_.v_keys > 1)
      for (int block = 0; block < shape_.v_keys; ++block)
        for (int at = 0; at < tile_; at += shape_.v_keys)
          values_.push_back(
              {run_at_, block % 2 == 0 ? at : tile_ - shape_.v_keys - at, block});
    if (shape_.rows > 1 && run.last && run.query + shape_.rows < job_.queries)
      loads_.push_back(run.query + shape_.rows);
    key_at_ = 0;
    ++run_at_;
  }

  /// Decides whether the next cycle offers a key.
  void arm() {
    if (run_at_ == runs_.size() || random_.happens(drive_.gaps)) return;
    const Run& run = runs_[run_at_];
    const std::int64_t loaded = loaded_[static_cast<std::size_t>(run.query)];
    if (shape_.rows > 1 && (loaded < 0 || loaded >= cycle_)) return;
    armed_ = true;
    if (first_offer_ < 0) first_offer_ = cycle_ + 1;
    if (key_at_ != 0) return;
    pins_.run = true;
    pins_.run_row = static_cast<std::uint32_t>(run.row);
    if (shape_.rows == 1 && run.first) load_query(run.query);
  }

  std::int64_t query_of(std::array<std::int64_t, kMaxRows>* finished, std::uint32_t row,
                        const char* what) {
    const std::int64_t query = row < static_cast<std::uint32_t>(shape_.rows)
                                   ? (*finished)[row] * shape_.rows + row
                                   : job_.queries;
    require(query < job_.queries,
            std::string(what) + " of row " + std::to_string(row) + " that nothing is due of");
    return query;
  }

  void collect() {
    value_due_ = pins_.v_take;
    if (pins_.v_take) {
      require(!values_.empty(), "v_take_o without a key that waits for its values");
      next_value_ = values_.front();
      values_.pop_front();
    }
    if (pins_.o_valid) {
      const std::int64_t query = query_of(&o_rows_, pins_.o_row, "o_valid_o");
      int& element = o_elements_[pins_.o_row];
      for (int i = 0; i < shape_.outputs; ++i, ++element, ++elements_)
        outcome_.o[static_cast<std::size_t>(query * shape_.d + element)] =
            pins_.o[static_cast<std::size_t>(i)];
      if (element == shape_.d) {
        element = 0;
        ++o_rows_[pins_.o_row];
      }
    }
    if (pins_.row_valid) {
      const std::int64_t query = query_of(&state_rows_, pins_.row_row, "row_valid_o");
      outcome_.state[static_cast<std::size_t>(query)] = pins_.row_state;
      ++state_rows_[pins_.row_row];
      ++states_;
    }
  }

  Lane& lane_;
  Pins& pins_;
  const LaneShape& shape_;
  const Job& job_;
  const Operands& operands_;
  const Drive& drive_;
  int tile_;
  sim::Random random_;
  std::vector<Run> runs_;
  std::size_t run_at_ = 0;
  int key_at_ = 0;
  bool armed_ = false;
  std::deque<std::int64_t> loads_;    ///< queries to be loaded
  std::vector<std::int64_t> loaded_;  ///< [queries]: cycle, or -1
  std::deque<Value> values_;          ///< of keys taken, still to be asked for
  Value next_value_;
  bool value_due_ = false;
  std::size_t merge_at_ = 0;
  std::array<std::int64_t, kMaxRows> o_rows_{};  ///< finished per row
  std::array<std::int64_t, kMaxRows> state_rows_{};
  std::array<int, kMaxRows> o_elements_{};
  std::uint64_t elements_ = 0;
  std::uint64_t states_ = 0;
  std::int64_t cycle_ = 0;
  std::int64_t first_offer_ = -1;
  Outcome outcome_;
};

}  // namespace

Driver::Driver(Lane* lane, const LaneShape& shape, Recorder* recorder)
    : lane_(lane), shape_(shape), pins_(shape) {
  require(shape.rows == 1 || shape.rows == kMaxRows, "a lane has 1 or 8 rows");
  for (int cycle = 0; cycle < kResetCycles; ++cycle) {
    lane_->settle(&pins_);
    record(pins_, shape_, recorder);
    lane_->tick();
  }
  pins_.rst_n = true;
}

Outcome Driver::run(const Job& job, const Operands& operands, int tile, const Drive& drive) {
  require(job.d == shape_.d && job.dv == shape_.d, "the job's head dimension is not the lane's");
  require(job.queries % shape_.rows == 0,
          "the number of queries must be a multiple of " + std::to_string(shape_.rows));
  return Session(lane_, &pins_, shape_, job, operands, tile, drive).run();
}

}  // namespace flashd::lane
