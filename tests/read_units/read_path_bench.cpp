// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <deque>

#include "Vpath_a.h"
#include "Vpath_b.h"
#include "Vpath_c.h"
#include "tests/read_units/sequence.hpp"
#include "tests/read_units/units.hpp"
#include "tests/rtl_units/dut.hpp"

namespace flashd::read_units {

namespace {

using namespace rtl_units;

/// Chances per cycle, and the least cycles from an address to its first beat.
struct Mood {
  double ar_ready, data, q_ready, tile_ready, vt_ready, free, decide;
  std::uint64_t latency;
};

std::int64_t significant_bits(std::int64_t x) {
  std::int64_t n = 0;
  for (; x != 0; x >>= 1) ++n;
  return n;
}

/// The read path between a memory and an engine that only checks what it gets.
template <class Model>
class Bench {
 public:
  Bench(const Build& build, std::uint64_t seed, Checker* checker)
      : build_(build), random_(seed), checker_(checker) {
    reset();
  }

  /// One sequence from start to silence; returns the data beats per 100 cycles.
  std::int64_t run(const Sequence& s, const Mood& mood) {
    sequence_ = s;
    expected_ = expect(build_, s, random_);
    progress_ = {};
    drive_constants();
    dut_->start_i = 1;
    cycle({0, 0, 0, 0, 0, 0, 0, 0});
    dut_->start_i = 0;
    start_ = cycle_ - 1;
    int idle = 0;
    const std::uint64_t limit =
        cycle_ + 20 * static_cast<std::uint64_t>(expected_.axi_beats) + 20000;
    while (idle < 20 && cycle_ < limit && !fault_) {
      cycle(mood);
      idle = dut_->busy_o || !dut_->drained_o || !done() ? 0 : idle + 1;
    }
    if (expected_.first_bad_entry != 0) {
      checker_->expect(fault_, 1, "fault", "cycle %llu", cycle_);
      reset();
      return 0;
    }
    const Progress& p = progress_;
    const char* at = "end of a sequence, cycle %llu";
    checker_->expect(fault_, 0, "fault", at, cycle_);
    checker_->expect(cycle_ < limit, 1, "in time", at, cycle_);
    checker_->expect(static_cast<std::int64_t>(p.query), size(expected_.queries), "Q beats", at,
                     cycle_);
    checker_->expect(static_cast<std::int64_t>(p.tile), size(expected_.tiles), "tiles", at, cycle_);
    checker_->expect(static_cast<std::int64_t>(p.key_beat), size(expected_.keys), "K beats", at,
                     cycle_);
    checker_->expect(static_cast<std::int64_t>(p.value_beat), size(expected_.values), "V beats", at,
                     cycle_);
    checker_->expect(p.axi_beats, expected_.axi_beats, "AXI beats", at, cycle_);
    const auto cycles = static_cast<std::int64_t>(cycle_ - start_) - idle;
    if (cycle_ >= limit) reset();
    return cycles > 0 ? 100 * p.axi_beats / cycles : 0;
  }

 private:
  struct Burst {
    std::uint64_t address;
    std::int64_t beats;
    std::uint64_t due;
  };

  struct Progress {
    std::size_t query = 0, tile = 0, header = 0;  ///< beats and headers taken
    std::size_t key_beat = 0, value_beat = 0;
    std::size_t key_tile = 0, value_tile = 0;     ///< tiles complete
    std::int64_t key_left = -1, value_left = -1;  ///< beats of the tile at hand
    std::size_t key_scored = 0, key_before = 0;   ///< tiles complete one and two cycles ago
    std::size_t key_freed = 0, value_freed = 0, decided = 0;
    std::int64_t axi_beats = 0, unread = 0;
    bool seen_address = false, seen_tile = false;
  };

  template <class T>
  static std::int64_t size(const T& list) {
    return static_cast<std::int64_t>(list.size());
  }

  bool done() const {
    return progress_.value_freed == expected_.tiles.size() &&
           progress_.key_freed == expected_.tiles.size() &&
           progress_.query == expected_.queries.size();
  }

  void reset() {
    dut_->rst_ni = 0;
    dut_->start_i = 0;
    dut_->r_valid_i = 0;
    dut_->k_freed_i = dut_->v_freed_i = 0;
    dut_->skip_valid_i = 0;
    dut_.tick();
    dut_->rst_ni = 1;
    bursts_.clear();
    beat_ = 0;
    fault_ = false;
  }

  void drive_constants() {
    const Sequence& s = sequence_;
    dut_->causal_i = s.causal;
    dut_->window_i = s.window;
    dut_->paged_i = s.paged;
    dut_->skip_v_i = s.skip_v;
    dut_->d_i = static_cast<std::uint16_t>(s.d);
    dut_->dv_i = static_cast<std::uint16_t>(s.dv);
    dut_->heads_kv_i = static_cast<std::uint16_t>(s.heads_kv);
    dut_->group_i = static_cast<std::uint16_t>(s.group);
    const auto word = [](std::int64_t x) { return static_cast<std::uint32_t>(x); };
    dut_->queries_i = word(s.queries);
    dut_->kv_len_i = word(s.kv_len);
    dut_->diagonal_i = word(s.diagonal);
    dut_->window_left_i = word(s.left);
    dut_->window_right_i = word(s.right);
    dut_->page_size_log2_i = static_cast<std::uint8_t>(s.page_log2);
    dut_->pages_i = word(s.pages);
    dut_->q_base_i = s.q;
    dut_->k_base_i = s.k;
    dut_->v_base_i = s.v;
    dut_->page_table_i = s.page_table;
    const auto stride = [](std::uint64_t x) { return static_cast<std::uint32_t>(x); };
    dut_->q_head_i = stride(s.q_head);
    dut_->q_token_i = stride(s.q_token);
    dut_->k_head_i = stride(s.k_head);
    dut_->k_token_i = stride(s.k_token);
    dut_->k_page_i = stride(s.k_page);
    dut_->v_head_i = stride(s.v_head);
    dut_->v_token_i = stride(s.v_token);
    dut_->v_page_i = stride(s.v_page);
  }

  void cycle(const Mood& mood) {
    drive(mood);
    dut_.settle();
    if (dut_->fault_o) {
      fault_ = true;
      checker_->expect(static_cast<std::int64_t>(dut_->fault_addr_o),
                       static_cast<std::int64_t>(expected_.first_bad_entry), "bad entry",
                       "cycle %llu", cycle_);
    }
    address();
    query();
    headers();
    beats(dut_->k_valid_o, expected_.keys, progress_.tile, progress_.key_freed, 2, false, "K");
    beats(dut_->v_valid_o, expected_.values, progress_.header, progress_.value_freed,
          build_.v_banks(), true, "V");
    if (dut_->r_valid_i && ++beat_ == bursts_.front().beats) {
      beat_ = 0;
      bursts_.pop_front();
    }
    if (bursts_queued_) bursts_.push_back(queued_);
    bursts_queued_ = false;
    progress_.unread += dut_->unread_o;
    dut_.tick();
    ++cycle_;
  }

  void drive(const Mood& mood) {
    Progress& p = progress_;
    // The engine scores a tile when the one that had its value bank before is done.
    p.key_scored =
        std::min(p.key_before, p.value_freed + static_cast<std::size_t>(build_.v_banks()));
    p.key_before = p.key_tile;
    dut_->ar_ready_i = chance(random_, mood.ar_ready);
    const bool data =
        !bursts_.empty() && bursts_.front().due <= cycle_ && chance(random_, mood.data);
    dut_->r_valid_i = data;
    if (data) {
      const std::uint64_t at =
          bursts_.front().address + static_cast<std::uint64_t>(beat_ * build_.axi_bits / 8);
      for (int e = 0; e < build_.axi_bits / 16; ++e)
        put(dut_->r_data_i, 16 * e, 16,
            sequence_.element((at + static_cast<std::uint64_t>(2 * e)) & mask(48)));
      dut_->r_last_i = beat_ + 1 == bursts_.front().beats;
    }
    dut_->q_ready_i = chance(random_, mood.q_ready);
    dut_->tile_ready_i = chance(random_, mood.tile_ready);
    dut_->vt_ready_i = chance(random_, mood.vt_ready);
    // Keys are complete before their tile is scored, scored before it is decided on and freed.
    const bool decide =
        sequence_.skip_v && p.decided < p.key_scored && chance(random_, mood.decide);
    dut_->skip_valid_i = decide;
    if (decide) dut_->skip_i = expected_.tiles[p.decided++].skip;
    int freed = 0;
    while (freed < 2 && p.key_freed < p.key_scored && chance(random_, mood.free)) {
      ++freed;
      ++p.key_freed;
    }
    dut_->k_freed_i = static_cast<std::uint8_t>(freed);
    freed = 0;
    while (freed < 3 && p.value_freed < std::min(p.value_tile, p.key_scored) &&
           chance(random_, mood.free)) {
      ++freed;
      ++p.value_freed;
    }
    dut_->v_freed_i = static_cast<std::uint8_t>(freed);
  }

  void address() {
    if (!dut_->ar_valid_o) return;
    if (!progress_.seen_address && !sequence_.skip_v)
      checker_->expect(static_cast<std::int64_t>(cycle_ - start_), 2, "first address", "cycle %llu",
                       cycle_);
    progress_.seen_address = true;
    if (!dut_->ar_ready_i) return;
    const std::int64_t beats = dut_->ar_len_o + 1;
    queued_ = {dut_->ar_addr_o, beats, cycle_ + 1 + latency_};
    bursts_queued_ = true;
    const std::uint64_t offset = dut_->ar_addr_o - sequence_.page_table;
    if (offset >= (4 * sequence_.table.size() + 63) / 64 * 64)
      progress_.axi_beats += beats;
    else
      checker_->expect(beats * build_.axi_bits, 512, "page table line", "cycle %llu", cycle_);
  }

  void query() {
    if (!dut_->q_valid_o || !dut_->q_ready_i) return;
    Progress& p = progress_;
    if (p.query >= expected_.queries.size()) {
      checker_->expect(1, 0, "Q beat behind the last", "cycle %llu", cycle_);
      return;
    }
    const QueryBeat& want = expected_.queries[p.query++];
    const char* at = "Q beat %zu, cycle %llu";
    checker_->expect(dut_->q_row_valid_o, want.valid, "row valid", at, p.query - 1, cycle_);
    checker_->expect(dut_->q_begin_o, want.begin, "begin", at, p.query - 1, cycle_);
    checker_->expect(dut_->q_end_o, want.end, "end", at, p.query - 1, cycle_);
    checker_->expect(dut_->q_last_o, want.last, "last", at, p.query - 1, cycle_);
    compare(dut_->q_data_o, want.data, "Q");
  }

  void headers() {
    Progress& p = progress_;
    if (dut_->tile_valid_o && !p.seen_tile && !sequence_.paged) {
      p.seen_tile = true;
      const std::int64_t rows = std::min<std::int64_t>(sequence_.group * sequence_.queries,
                                                       build_.lanes * build_.contexts);
      const std::int64_t bits = significant_bits(expected_.tiles[0].base / build_.tile);
      checker_->expect(static_cast<std::int64_t>(cycle_ - start_), rows + 5 + (bits + 1) / 2,
                       "first header", "cycle %llu", cycle_);
    }
    if (dut_->tile_valid_o && dut_->tile_ready_i && p.tile < expected_.tiles.size()) {
      const TileHeader& want = expected_.tiles[p.tile++];
      const char* at = "tile %zu, cycle %llu";
      checker_->expect(dut_->tile_keys_o, want.keys, "keys", at, p.tile - 1, cycle_);
      checker_->expect(dut_->tile_base_o, want.base, "base", at, p.tile - 1, cycle_);
      checker_->expect(dut_->tile_first_o, want.first, "first", at, p.tile - 1, cycle_);
      checker_->expect(dut_->tile_last_o, want.last, "last", at, p.tile - 1, cycle_);
      checker_->expect(dut_->tile_contexts_o, want.contexts, "contexts", at, p.tile - 1, cycle_);
    } else if (dut_->tile_valid_o && dut_->tile_ready_i) {
      checker_->expect(1, 0, "tile behind the last", "cycle %llu", cycle_);
    }
    if (dut_->vt_valid_o && dut_->vt_ready_i && p.header < expected_.tiles.size()) {
      const TileHeader& want = expected_.tiles[p.header++];
      checker_->expect(dut_->vt_keys_o, want.skip ? 0 : want.keys, "V keys", "tile %zu, cycle %llu",
                       p.header - 1, cycle_);
      checker_->expect(p.header - p.value_freed <= static_cast<std::size_t>(build_.v_banks()), 1,
                       "V banks", "tile %zu, cycle %llu", p.header - 1, cycle_);
      checker_->expect(dut_->unread_o, want.skip && want.keys != 0, "unread",
                       "tile %zu, cycle %llu", p.header - 1, cycle_);
    } else if (dut_->vt_valid_o && dut_->vt_ready_i) {
      checker_->expect(1, 0, "V header behind the last", "cycle %llu", cycle_);
    }
  }

  /// A beat of keys or values, which must find its tile announced and a bank free; and tiles that
  /// are complete with it or have none.
  void beats(bool valid, const std::vector<std::vector<std::uint16_t>>& list, std::size_t headers,
             std::size_t freed, int banks, bool value, const char* what) {
    Progress& p = progress_;
    std::size_t& at = value ? p.value_beat : p.key_beat;
    std::size_t& tile = value ? p.value_tile : p.key_tile;
    std::int64_t& left = value ? p.value_left : p.key_left;
    const int n = value ? sequence_.dv : sequence_.d;
    const std::int64_t row = (n + build_.width - 1) / build_.width;
    while (left < 0 && tile < headers && tile - freed < static_cast<std::size_t>(banks)) {
      const TileHeader& header = expected_.tiles[tile];
      left = (value && header.skip ? 0 : header.keys) * row;
      if (left > 0) break;
      left = -1;
      ++tile;
      if (!value) break;  // the fetch of keys takes a cycle per tile without keys, too
    }
    if (!valid) return;
    checker_->expect(left > 0, 1, "beat of an announced tile", "%s, cycle %llu", what, cycle_);
    if (at < list.size()) compare(dut_->kv_data_o, list[at], what);
    ++at;
    if (--left == 0) {
      left = -1;
      ++tile;
    }
  }

  template <class Port>
  void compare(const Port& port, const std::vector<std::uint16_t>& want, const char* what) {
    for (std::size_t e = 0; e < want.size(); ++e)
      checker_->expect(static_cast<std::int64_t>(get(port, static_cast<int>(16 * e), 16)), want[e],
                       what, "element %zu, cycle %llu", e, cycle_);
  }

 public:
  void set_latency(std::uint64_t latency) { latency_ = latency; }

 private:
  Build build_;
  Random random_;
  Checker* checker_;
  Dut<Model> dut_;
  Sequence sequence_;
  Expected expected_;
  Progress progress_;
  std::deque<Burst> bursts_;
  Burst queued_{};
  bool bursts_queued_ = false;
  bool fault_ = false;
  std::int64_t beat_ = 0;
  std::uint64_t cycle_ = 0;
  std::uint64_t start_ = 0;
  std::uint64_t latency_ = 0;
};

template <class Model>
void paths(const Build& build, int sequences, std::uint64_t seed, Checker* checker) {
  Bench<Model> bench(build, seed, checker);
  Random random(seed + 1);
  for (int i = 0; i < sequences; ++i) {
    Mood mood{1, 1, 1, 1, 1, 1, 1, 0};
    if (i % 3 != 0) {
      const auto some = [&] {
        return chance(random, 0.3) ? 1.0 : between(random, 20, 100) / 100.0;
      };
      mood = {some(), some(), some(), some(), some(), some(), some(), 0};
    }
    bench.set_latency(chance(random, 0.5) ? 0 : static_cast<std::uint64_t>(between(random, 0, 60)));
    bench.run(random_sequence(build, i % 8 == 7, random), mood);
  }
}

/// The bus must not wait for the walk, nor for page tables, of rows of one line.
template <class Model>
void speed(const Build& build, int d, int pages, std::uint64_t seed, Checker* checker) {
  Bench<Model> bench(build, seed, checker);
  Random random(seed);
  Sequence s;
  s.d = s.dv = d;
  s.queries = 1;
  s.kv_len = 4096;
  s.k = 2ull << 40;
  s.v = 3ull << 40;
  s.page_table = 5ull << 40;
  s.k_token = s.v_token = static_cast<std::uint64_t>(2 * d + 63) / 64;
  s.k_page = s.v_page = s.k_token * 16;
  s.pages = pages;
  s.paged = pages != 0;
  for (int i = 0; i < 256 && s.paged; ++i)
    s.table.push_back(static_cast<std::uint32_t>(between(random, 0, pages - 1)));
  bench.set_latency(40);
  const std::int64_t beats = bench.run(s, {1, 1, 1, 1, 1, 1, 1, 0});
  std::printf("read_path: %lld data beats per 100 cycles, %d bits, d %d, %d pages\n",
              static_cast<long long>(beats), build.axi_bits, d, pages);
  checker->expect(beats >= 95, 1, "speed", "%d bits, d %d, %d pages", build.axi_bits, d, pages);
}

}  // namespace

bool check_read_path(std::uint64_t seed) {
  Checker checker("read_path");
  paths<Vpath_a>({64, 16, 1, 4, 16, 64}, 100, seed, &checker);
  paths<Vpath_b>({512, 64, 4, 2, 64, 256}, 60, seed, &checker);
  paths<Vpath_c>({128, 8, 3, 1, 32, 24}, 100, seed, &checker);
  for (const int pages : {0, 1 << 20}) {
    speed<Vpath_a>({64, 16, 1, 4, 16, 64}, 64, pages, seed, &checker);
    speed<Vpath_b>({512, 64, 4, 2, 64, 256}, 32, pages, seed, &checker);
    speed<Vpath_b>({512, 64, 4, 2, 64, 256}, 128, pages, seed, &checker);
  }
  return checker.finish(1000000);
}

}  // namespace flashd::read_units
