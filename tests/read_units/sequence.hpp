// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "tests/rtl_units/dut.hpp"

namespace flashd::read_units {

/// What the build under test looks like.
struct Build {
  int axi_bits, width, lanes, contexts, tile, max_head_dim;
  int v_banks() const { return contexts < 4 ? 4 : 3; }
};

/// Constants of one sequence; addresses in bytes, strides in lines of 64 bytes.
struct Sequence {
  bool causal = false, window = false, paged = false, skip_v = false;
  int d = 1, dv = 1;
  std::int64_t heads_kv = 1, group = 1, queries = 0, kv_len = 0, diagonal = 0, left = 0, right = 0;
  int page_log2 = 4;
  std::int64_t pages = 1;
  std::uint64_t q = 0, k = 0, v = 0, page_table = 0;
  std::uint64_t q_head = 0, q_token = 0;
  std::uint64_t k_head = 0, k_token = 0, k_page = 0;
  std::uint64_t v_head = 0, v_token = 0, v_page = 0;
  std::vector<std::uint32_t> table;  ///< entries from page_table on

  /// 16 bits of memory at an even address: the page table, or nothing in particular.
  std::uint16_t element(std::uint64_t address) const;
};

struct QueryBeat {
  std::vector<std::uint16_t> data;
  bool valid, last;
  std::int64_t begin, end;
};

struct TileHeader {
  std::int64_t keys, base, contexts;
  bool first, last;
  bool skip;  ///< the engine's decision, with skip_v
};

/// Everything the read path has to bring, in order.
struct Expected {
  std::vector<QueryBeat> queries;
  std::vector<TileHeader> tiles;
  std::vector<std::vector<std::uint16_t>> keys, values;  ///< engine beats
  std::int64_t axi_beats = 0;                            ///< without the page table's
  std::uint64_t first_bad_entry = 0;                     ///< its address, 0 if none
};

/// A sequence that may use every feature; some have a bad page table entry if `bad`.
Sequence random_sequence(const Build& build, bool bad, rtl_units::Random& random);
Expected expect(const Build& build, const Sequence& s, rtl_units::Random& random);

}  // namespace flashd::read_units
