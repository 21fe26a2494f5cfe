// SPDX-License-Identifier: Apache-2.0
// What changes at the multipliers: against the lane's recorded vectors, and against a walk
// over every step of every multiplier.
#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "host/api/config.hpp"
#include "host/energy/estimate.hpp"
#include "host/energy/toggles.hpp"
#include "model/distributions/distributions.hpp"
#include "tests/host/fixture.hpp"

using namespace flashd;

namespace {

/// Sign [15] and significand of an element, told field by field.
unsigned read(std::uint16_t bits, InputFormat format) {
  const bool bf16 = format == InputFormat::bf16;
  const unsigned fraction = bits & (bf16 ? 0x7Fu : 0x3FFu), sign = bits & 0x8000u;
  const unsigned exponent = (bits & 0x7FFFu) >> (bf16 ? 7 : 10);
  if (exponent == (bf16 ? 255u : 31u)) return sign;
  return sign | fraction | (exponent > 0 ? (bf16 ? 128u : 1024u) : 0u);
}

/// Bits of a product: its exact value's places on a grid of 12 + G bits, as if both significands
/// were full.
int product_bits(const Job& job, std::uint16_t q, std::uint16_t k) {
  const bool bf16 = job.input == InputFormat::bf16;
  const int stored = bf16 ? 7 : 10, bias = bf16 ? 127 : 15;
  if ((read(q, job.input) & 0x7FFFu) == 0 || (read(k, job.input) & 0x7FFFu) == 0) return 0;
  const auto power = [&](std::uint16_t bits) {  // every significand is below 2 x 2^power
    return std::max((bits & 0x7FFF) >> stored, 1) - bias;
  };
  // Scale times log2(e), as mantissa in [1, 2) x 2^exponent.
  const int scale = std::ilogb(job.scale * 1.4426950408889634);
  const int fraction = 11 + static_cast<int>(std::ceil(std::ceil(std::log2(job.d)) / 2));
  return std::clamp(power(q) + power(k) + 2 + scale + fraction, 0, 12 + fraction);
}

/// Lane by lane and multiplier by multiplier, step after step.
energy::Toggles walk(const Job& job, const spec::Config& config) {
  energy::Toggles sum;
  const std::int64_t group = job.heads_q / job.heads_kv, rows = group * job.queries;
  const int beats = (job.d + config.width - 1) / config.width;
  for (std::int64_t head = 0; head < job.heads_kv; ++head) {
    std::vector<unsigned> stands(static_cast<std::size_t>(config.width));
    std::vector<std::vector<bool>> signs(static_cast<std::size_t>(config.lanes),
                                         std::vector<bool>(stands.size()));
    for (std::int64_t block = 0; block < rows; block += config.lanes * config.contexts)
      for (std::int64_t tile = 0; tile < job.keys; tile += config.tile)
        for (std::int64_t row = block; row < std::min(rows, block + config.lanes * config.contexts);
             row += config.lanes) {
          std::int64_t first = job.keys, last = -1, lanes = 0;
          for (std::int64_t r = row; r < std::min(rows, row + config.lanes); ++r, ++lanes)
            for (std::int64_t key = tile; key < std::min(job.keys, tile + config.tile); ++key) {
              const KeyRange seen = visible_keys(job, r / group);
              if (key < seen.begin || key >= seen.end) continue;
              first = std::min(first, key);
              last = std::max(last, key);
            }
          for (std::int64_t key = first; key <= last; ++key)
            for (int element = 0; element < beats * config.width; ++element) {
              const auto at = static_cast<std::size_t>(key_row(job, head, key) * job.d + element);
              const unsigned now = element < job.d ? read(job.k[at], job.input) : 0;
              unsigned& before = stands[static_cast<std::size_t>(element % config.width)];
              for (int bit = 0; bit < 15; ++bit)
                sum.significand += static_cast<double>(((now ^ before) >> bit & 1u) * lanes);
              for (std::int64_t lane = 0; lane < lanes; ++lane) {
                const std::int64_t r = row + lane, q_row = head * group + r % group;
                const auto q_at =
                    static_cast<std::size_t>((q_row * job.queries + r / group) * job.d + element);
                const std::uint16_t q = element < job.d ? job.q[q_at] : 0;
                const std::uint16_t k = element < job.d ? job.k[at] : 0;
                const bool sign = (((q ^ k) & 0x8000) != 0) != (element < job.d && job.scale < 0);
                auto stood = signs[static_cast<std::size_t>(lane)].begin() + element % config.width;
                if (sign != *stood) sum.sign_bits += product_bits(job, q, k);
                *stood = sign;
              }
              before = now;
            }
        }
  }
  return sum;
}

struct Shape {
  std::int64_t heads_q, heads_kv, queries, keys;
  int d;
};

std::vector<std::uint16_t> random_bits(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::uint16_t> bits(size);
  for (std::uint16_t& b : bits) {
    b = static_cast<std::uint16_t>(random());
    if (random() % 8 == 0) b &= 0x807Fu;  // a subnormal, or zero
    if (random() % 8 == 0) b |= 0x7F80u;  // NaN
  }
  return bits;
}

}  // namespace

TEST_CASE("toggles: those of the lane's recorded vectors") {
  const auto runs = nlohmann::json::parse(
      testing::read_text(std::string(FLASHD_SOURCE_DIR) + "/spec/energy/nangate45.json"));
  int compared = 0;
  for (const char* kind : {"fit", "hold"})
    for (const auto& run : runs[kind]) {
      // --job NAME --keys N --queries N --seed N: drawn here as the bench draws it.
      const std::string options = run["options"];
      const std::string job_name = options.substr(6, options.find(" --keys") - 6);
      const auto number = [&](const std::string& name) {
        return std::stoll(options.substr(options.find("--" + name + " ") + name.size() + 3));
      };
      bool known = false;
      for (const auto drawn : distributions::kAll) known |= distributions::name(drawn) == job_name;
      if (!known) continue;
      distributions::Shape shape;
      shape.queries = number("queries");
      shape.keys = number("keys");
      shape.d = 16;
      const distributions::Inputs inputs =
          distributions::round_to(distributions::draw(distributions::by_name(job_name), shape,
                                                      static_cast<std::uint64_t>(number("seed"))),
                                  InputFormat::bf16);
      const energy::Toggles counted =
          energy::count_toggles(inputs.job(), host::find_config("paper16x8"));
      INFO(options);
      CHECK(counted.sign_bits == run["sign_bits"].get<double>());
      CHECK(counted.significand == run["significand_toggles"].get<double>());
      ++compared;
    }
  CHECK(compared >= 13);
}

TEST_CASE("toggles: every multiplier walked") {
  const std::vector<Shape> shapes{{1, 1, 5, 40, 16}, {4, 2, 7, 70, 24},  {6, 1, 9, 33, 100},
                                  {3, 3, 1, 130, 8}, {8, 2, 40, 17, 64}, {2, 1, 3, 0, 16}};
  unsigned seed = 1;
  double all = 0;
  for (const Shape& s : shapes)
    for (const char* name : {"tiny", "base", "paper16x8"})
      for (int mask = 0; mask < 4; ++mask)
        for (const InputFormat format : {InputFormat::bf16, InputFormat::fp16}) {
          const auto size = static_cast<std::size_t>(s.heads_kv * s.keys * s.d);
          const std::vector<std::uint16_t> k = random_bits(size, seed++);
          Job job;
          job.heads_q = s.heads_q;
          job.heads_kv = s.heads_kv;
          job.queries = s.queries;
          job.keys = s.keys;
          job.d = s.d;
          const std::vector<std::uint16_t> q =
              random_bits(static_cast<std::size_t>(s.heads_q * s.queries * s.d), seed++);
          job.k = k;
          job.q = q;
          job.scale = seed % 3 == 0 ? -0.3 : 0.11;
          job.input = format;
          job.visibility.causal = mask == 1;
          if (mask == 2) {
            job.visibility.window_left = 9;
            job.visibility.window_right = 2;
          }
          if (mask == 3) job.visibility.key_length = s.keys / 2;
          const spec::Config& config = host::find_config(name);
          const energy::Toggles want = walk(job, config);
          const energy::Toggles got = energy::count_toggles(job, config);
          INFO(name << ", keys " << s.keys << ", d " << s.d << ", mask " << mask);
          CHECK(got.sign_bits == want.sign_bits);
          CHECK(got.significand == want.significand);
          all += got.sign_bits;
        }
  CHECK(all > 1e5);
}

TEST_CASE("toggles: keys in pages") {
  const std::vector<std::int32_t> table{2, 0, 3};
  const std::vector<std::uint16_t> pool = random_bits(4 * 2 * 16 * 20, 9);
  std::vector<std::uint16_t> dense;
  Job job;
  job.heads_q = 4;
  job.heads_kv = 2;
  job.queries = 3;
  job.keys = 45;
  job.d = 20;
  const std::vector<std::uint16_t> q = random_bits(4 * 3 * 20, 10);
  job.q = q;
  job.k = pool;
  job.paging = Paging{16, table};
  for (std::int64_t head = 0; head < 2; ++head)
    for (std::int64_t key = 0; key < 45; ++key) {
      const auto at = pool.begin() + key_row(job, head, key) * 20;
      dense.insert(dense.end(), at, at + 20);
    }
  const energy::Toggles paged = energy::count_toggles(job, host::find_config("tiny"));
  job.paging.reset();
  job.k = dense;
  const energy::Toggles want = energy::count_toggles(job, host::find_config("tiny"));
  CHECK(want.sign_bits > 0);
  CHECK(paged.sign_bits == want.sign_bits);
  CHECK(paged.significand == want.significand);
}

TEST_CASE("toggles: random keys have the mean that stands for them") {
  distributions::Shape shape;
  shape.queries = 8;
  shape.keys = 4096;
  const distributions::Inputs inputs = distributions::round_to(
      distributions::draw(distributions::Distribution::n01, shape, 5), InputFormat::bf16);
  const energy::Toggles counted = energy::count_toggles(inputs.job(), host::find_config("base"));
  const energy::Toggles mean = energy::random_toggles(8 * 4096, 64);
  CHECK(std::fabs(mean.sign_bits - 8 * 4096 * 64 * 5.2) < 1);
  CHECK(mean.significand == 8 * 4096 * 64 * 3.5);
  CHECK(std::fabs(counted.sign_bits / mean.sign_bits - 1) < 0.05);
  CHECK(std::fabs(counted.significand / mean.significand - 1) < 0.01);
}

TEST_CASE("toggles: a table that asks for them says whose they are") {
  const std::string head =
      "technology: T1\nclock_ns: 2\nunit: pJ\nERT:\n  version: '0.4'\n  tables:\n";
  const auto entry = [](const std::string& name, const std::string& count) {
    return "    - {name: " + name + ", actions: [{energy: 2}], count: " + count + "}\n";
  };
  const energy::Table table =
      energy::parse_table(head + entry("flashd.lane.score_sign", "sign_bits") +
                              entry("flashd.lane.score_bit", "significand_toggles"),
                          "t.yaml");
  CHECK(table.toggles);
  energy::Work work;
  work.counters[static_cast<std::size_t>(device::Counter::keys_scored)] = 10;
  work.d = 6;
  const spec::Config& config = host::find_config("tiny");
  const energy::Estimate random = energy::estimate(table, work, config);
  CHECK(random.keys == energy::KeyData::random);
  CHECK(std::fabs(random.group(energy::Group::scores) - 2 * (312 + 210)) < 1e-9);
  CHECK(energy::to_text(table, random, "fine").find("the mean of random keys") !=
        std::string::npos);
  work.toggles = energy::Toggles{11, 7};
  const energy::Estimate counted = energy::estimate(table, work, config);
  CHECK(counted.keys == energy::KeyData::counted);
  CHECK(counted.group(energy::Group::scores) == 2 * 18);
  CHECK(energy::to_text(table, counted, "fine").find("counted in Q and K") != std::string::npos);
  const energy::Table other =
      energy::parse_table(head + entry("flashd.lane.score_mac", "keys_scored * d"), "t.yaml");
  CHECK(!other.toggles);
  const std::string text = energy::to_text(other, energy::estimate(other, work, config), "fine");
  CHECK(text.find("from key to key") == std::string::npos);
}
