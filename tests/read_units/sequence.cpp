// SPDX-License-Identifier: Apache-2.0
#include "tests/read_units/sequence.hpp"

#include <algorithm>

#include "model/golden/job.hpp"
#include "tests/read_units/memory.hpp"

namespace flashd::read_units {

using rtl_units::between;
using rtl_units::chance;
using rtl_units::Random;

namespace {

constexpr std::uint64_t kLine = 64;
constexpr std::uint64_t kSpace = (1ull << 48) - 1;

std::uint64_t lines(int n) { return static_cast<std::uint64_t>((2 * n + 63) / 64); }

/// Engine beats of a row of n elements at an address.
void row_beats(const Build& build, const Sequence& s, std::uint64_t address, int n,
               std::vector<std::vector<std::uint16_t>>* beats) {
  for (int at = 0; at < n; at += build.width) {
    std::vector<std::uint16_t> beat(static_cast<std::size_t>(build.width), 0);
    for (int e = at; e < std::min(n, at + build.width); ++e)
      beat[static_cast<std::size_t>(e - at)] =
          s.element((address + static_cast<std::uint64_t>(2 * e)) & kSpace);
    beats->push_back(beat);
  }
}

KeyRange seen(const Sequence& s, std::int64_t query) {
  Job job;
  job.queries = s.queries;
  job.keys = s.kv_len;
  job.visibility.causal = s.causal;
  job.visibility.diagonal = s.diagonal;
  job.visibility.key_length = s.kv_len;
  if (s.window) {
    job.visibility.window_left = s.left;
    job.visibility.window_right = s.right;
  }
  return visible_keys(job, query);
}

std::uint64_t key_address(const Sequence& s, bool value, std::int64_t head, std::int64_t key) {
  const std::uint64_t base = value ? s.v : s.k;
  const std::uint64_t head_stride = value ? s.v_head : s.k_head;
  const std::uint64_t token = value ? s.v_token : s.k_token;
  const std::uint64_t page_stride = value ? s.v_page : s.k_page;
  std::uint64_t line = static_cast<std::uint64_t>(head) * head_stride;
  if (s.paged) {
    const std::int64_t size = std::int64_t{1} << s.page_log2;
    line += s.table[static_cast<std::size_t>(key / size)] * page_stride;
    line += static_cast<std::uint64_t>(key % size) * token;
  } else {
    line += static_cast<std::uint64_t>(key) * token;
  }
  return (base + line * kLine) & kSpace;
}

void block(const Build& build, const Sequence& s, std::int64_t head, std::int64_t first_row,
           std::int64_t rows, Random& random, Expected* out) {
  KeyRange all{0, 0};
  const std::int64_t contexts = (rows + build.lanes - 1) / build.lanes;
  for (std::int64_t r = 0; r < contexts * build.lanes; ++r) {
    std::vector<std::vector<std::uint16_t>> beats;
    const bool valid = r < rows;
    KeyRange range{0, 0};
    if (valid) {
      const std::int64_t query = (first_row + r) / s.group;
      const std::int64_t query_head = head * s.group + (first_row + r) % s.group;
      range = seen(s, query);
      row_beats(build, s,
                s.q + kLine * (static_cast<std::uint64_t>(query_head) * s.q_head +
                               static_cast<std::uint64_t>(query) * s.q_token),
                s.d, &beats);
      out->axi_beats += static_cast<std::int64_t>(lines(s.d) * kLine) * 8 / build.axi_bits;
    } else {
      beats.assign(static_cast<std::size_t>((s.d + build.width - 1) / build.width),
                   std::vector<std::uint16_t>(static_cast<std::size_t>(build.width), 0));
    }
    if (range.end > 0) {
      all = all.end == 0 ? range
                         : KeyRange{std::min(all.begin, range.begin), std::max(all.end, range.end)};
    }
    for (std::size_t b = 0; b < beats.size(); ++b)
      out->queries.push_back({beats[b], valid,
                              r == contexts * build.lanes - 1 && b + 1 == beats.size(), range.begin,
                              range.end});
  }
  const std::int64_t first = all.begin / build.tile;
  const std::int64_t end = std::max<std::int64_t>((all.end + build.tile - 1) / build.tile, 1);
  for (std::int64_t t = first; t < end; ++t) {
    const std::int64_t keys =
        all.end == 0 ? 0 : std::min<std::int64_t>(build.tile, s.kv_len - t * build.tile);
    const bool skip = s.skip_v && chance(random, 0.4);
    out->tiles.push_back({keys, t * build.tile, contexts, t == first, t == end - 1, skip});
    for (std::int64_t key = t * build.tile; key < t * build.tile + keys; ++key) {
      if (s.paged) {
        const auto page = static_cast<std::size_t>(key >> s.page_log2);
        if (s.table[page] >= s.pages && out->first_bad_entry == 0)
          out->first_bad_entry = s.page_table + 4 * page;
      }
      row_beats(build, s, key_address(s, false, head, key), s.d, &out->keys);
      if (!skip) row_beats(build, s, key_address(s, true, head, key), s.dv, &out->values);
    }
    out->axi_beats += keys * static_cast<std::int64_t>(lines(s.d) * kLine) * 8 / build.axi_bits;
    if (!skip)
      out->axi_beats += keys * static_cast<std::int64_t>(lines(s.dv) * kLine) * 8 / build.axi_bits;
  }
}

}  // namespace

std::uint16_t Sequence::element(std::uint64_t address) const {
  if (address >= page_table && address < page_table + 4 * table.size())
    return static_cast<std::uint16_t>(table[(address - page_table) / 4] >> (8 * (address & 2)));
  return element_at(address);
}

Sequence random_sequence(const Build& build, bool bad, Random& random) {
  Sequence s;
  s.d = static_cast<int>(between(random, 1, build.max_head_dim));
  s.dv = static_cast<int>(between(random, 1, build.max_head_dim));
  s.heads_kv = between(random, 1, 3);
  s.group = between(random, 1, 4);
  s.queries = between(random, chance(random, 0.1) ? 0 : 1, 14);
  s.causal = chance(random, 0.5);
  s.window = chance(random, 0.4);
  const bool far = s.window && chance(random, 0.4);
  s.kv_len = between(random, chance(random, 0.1) ? 0 : 1, far ? 2000000 : 300);
  s.diagonal = chance(random, 0.5) ? s.kv_len - s.queries : between(random, -20, s.kv_len);
  s.left = between(random, 0, 100);
  s.right = between(random, 0, 100);
  s.skip_v = chance(random, 0.25);
  if (s.skip_v) {
    s.group = between(random, 1, build.lanes);
    s.queries = between(random, 1, build.lanes / s.group);
  }
  s.paged = bad || (!(far && s.kv_len > 100000) && chance(random, 0.5));
  s.page_log2 = static_cast<int>(between(random, 4, chance(random, 0.7) ? 7 : 10));
  s.q = (1ull << 40) + kLine * (random() & 0xFFFF);
  s.k = (2ull << 40) + kLine * (random() & 0xFFFF);
  s.v = (3ull << 40) + kLine * (random() & 0xFFFF);
  s.page_table = (5ull << 40) + kLine * (random() & 0xFFFF);
  const auto stride = [&](int n) { return lines(n) + (chance(random, 0.6) ? 0 : random() & 0xF); };
  s.q_head = random() & 0xFFFF;
  s.q_token = random() & 0xFFFF;
  s.k_head = random() & 0xFFFF;
  s.v_head = random() & 0xFFFF;
  s.k_page = random() & 0xFFFFF;
  s.v_page = random() & 0xFFFFF;
  s.k_token = stride(s.d);
  s.v_token = stride(s.dv);
  if (chance(random, 0.1)) s.k_token = s.v_token = 0xFFFFFFFF - (random() & 0xFF);
  s.pages = chance(random, 0.5) ? between(random, 1, 20) : between(random, 1, (1ll << 31) - 1);
  if (s.paged) {
    const std::int64_t size = std::int64_t{1} << s.page_log2;
    for (std::int64_t key = 0; key < s.kv_len; key += size)
      s.table.push_back(static_cast<std::uint32_t>(between(random, 0, s.pages - 1)));
    for (auto& entry : s.table) {
      if (bad && chance(random, 0.2))
        entry = static_cast<std::uint32_t>(chance(random, 0.5) ? -between(random, 1, 1ll << 31)
                                                               : s.pages);
    }
  }
  return s;
}

Expected expect(const Build& build, const Sequence& s, Random& random) {
  Expected out;
  const std::int64_t rows = s.group * s.queries;
  const std::int64_t most = build.lanes * build.contexts;
  for (std::int64_t head = 0; head < s.heads_kv; ++head)
    for (std::int64_t row = 0; row < rows; row += most)
      block(build, s, head, row, std::min(most, rows - row), random, &out);
  return out;
}

}  // namespace flashd::read_units
