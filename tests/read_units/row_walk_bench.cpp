// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <vector>

#include "Vrows_a.h"
#include "Vrows_b.h"
#include "tests/read_units/units.hpp"
#include "tests/rtl_units/dut.hpp"

namespace flashd::read_units {

namespace {

using namespace rtl_units;

struct Row {
  std::int64_t head_kv, query, head, lane, context;
  bool context_last, block_last, last;
  std::uint64_t address[2];
};

template <class Model>
void walks(int lanes, int contexts, Random& random, Checker* checker) {
  Dut<Model> dut;
  dut->rst_ni = 0;
  dut->start_i = dut->step_i = dut->mark_i = dut->rewind_i = 0;
  dut.tick();
  dut->rst_ni = 1;
  for (int walk = 0; walk < 400; ++walk) {
    const std::int64_t heads = between(random, 1, 3);
    const std::int64_t group = between(random, 1, 5);
    const std::int64_t queries = between(random, 0, 7);
    std::uint64_t base[2], head_stride[2], token_stride[2];
    for (int a = 0; a < 2; ++a) {
      base[a] = random() & mask(47);
      head_stride[a] = chance(random, 0.2) ? 0 : random() & mask(38);
      token_stride[a] = chance(random, 0.2) ? 0 : random() & mask(38);
      put(dut->base_i, 48 * a, 48, base[a]);
      put(dut->head_stride_i, 38 * a, 38, head_stride[a]);
      put(dut->token_stride_i, 38 * a, 38, token_stride[a]);
    }
    std::vector<Row> rows;
    for (std::int64_t kv = 0; kv < heads; ++kv) {
      for (std::int64_t r = 0; r < queries * group; ++r) {
        Row row{};
        row.head_kv = kv;
        row.query = r / group;
        row.head = r % group;
        row.lane = r % lanes;
        row.context = r / lanes % contexts;
        const bool head_last = r == queries * group - 1;
        row.context_last = row.lane == lanes - 1 || head_last;
        row.block_last = (r + 1) % (lanes * contexts) == 0 || head_last;
        row.last = head_last && kv == heads - 1;
        for (int a = 0; a < 2; ++a)
          row.address[a] =
              (base[a] + static_cast<std::uint64_t>(kv * group + row.head) * head_stride[a] +
               static_cast<std::uint64_t>(row.query) * token_stride[a]) &
              mask(48);
        rows.push_back(row);
      }
    }
    dut->heads_kv_i = static_cast<std::uint16_t>(heads);
    dut->group_i = static_cast<std::uint16_t>(group);
    dut->queries_i = static_cast<std::uint32_t>(queries);
    dut->start_i = 1;
    dut.tick();
    dut->start_i = 0;
    std::size_t at = 0;
    std::size_t kept = 0;
    bool marked = false;
    int rewinds = 3;
    while (at < rows.size()) {
      const Row& row = rows[at];
      const bool step = chance(random, 0.8);
      const bool mark = chance(random, 0.1);
      const bool rewind = marked && rewinds > 0 && chance(random, 0.05);
      dut->step_i = step;
      dut->mark_i = mark;
      dut->rewind_i = rewind;
      dut.settle();
      const char* where = "row %zu";
      checker->expect(dut->valid_o, 1, "valid", where, at);
      checker->expect(dut->query_o, row.query, "query", where, at);
      checker->expect(dut->head_o, row.head, "head", where, at);
      checker->expect(dut->head_kv_o, row.head_kv, "KV head", where, at);
      checker->expect(dut->lane_o, row.lane, "lane", where, at);
      checker->expect(dut->context_o, row.context, "context", where, at);
      checker->expect(dut->context_last_o, row.context_last, "context_last", where, at);
      checker->expect(dut->block_last_o, row.block_last, "block_last", where, at);
      checker->expect(dut->last_o, row.last, "last", where, at);
      for (int a = 0; a < 2; ++a)
        checker->expect(static_cast<std::int64_t>(get(dut->addr_o, 48 * a, 48)),
                        static_cast<std::int64_t>(row.address[a]), "address", where, at);
      dut.tick();
      const std::size_t before = at;
      if (rewind) {
        at = kept;
        --rewinds;
      } else if (step) {
        ++at;
      }
      if (mark) {
        kept = before;
        marked = true;
      }
    }
    dut->step_i = dut->mark_i = dut->rewind_i = 0;
    dut.settle();
    checker->expect(dut->valid_o, 0, "valid", "behind the last row of walk %d", walk);
  }
}

}  // namespace

bool check_row_walk(std::uint64_t seed) {
  Random random(seed);
  Checker checker("row_walk");
  walks<Vrows_a>(1, 4, random, &checker);
  walks<Vrows_b>(3, 2, random, &checker);
  return checker.finish(150000);
}

}  // namespace flashd::read_units
