// SPDX-License-Identifier: Apache-2.0
// usage: flashd_selftest_job > firmware/selftest_job.h
// The job of the firmware's self-test and golden's outputs for it, as a C header: inputs and
// outputs at offsets of one image, the descriptor with offsets for addresses.
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "firmware/include/flashd_device.h"
#include "host/api/config.hpp"
#include "host/device/image.hpp"
#include "host/io/convert.hpp"
#include "host/jobs/rng.hpp"
#include "model/golden/golden.hpp"

namespace {

using namespace flashd;

constexpr std::int64_t kQueries = 3;
constexpr std::int64_t kKeys = 20;  // two tiles, the second one in part, and masked for some rows
constexpr int kDim = 16;
constexpr std::uint64_t kSeed = 6;
constexpr std::size_t kSigs = 12;  // significand bits that a device may tell, and those below

/// Memory alone.
class Memory : public device::Bus {
 public:
  void reset() override {}
  std::uint32_t read32(std::uint32_t) override { return 0; }
  void write32(std::uint32_t, std::uint32_t) override {}
  device::MemoryRange memory() const override { return {0, sizeof bytes_}; }
  void write_memory(std::uint64_t address, gsl::span<const std::byte> from) override {
    std::memcpy(bytes_ + address, from.data(), from.size());
  }
  void read_memory(std::uint64_t address, gsl::span<std::byte> to) override {
    std::memcpy(to.data(), bytes_ + address, to.size());
  }
  bool wait_interrupt(std::uint64_t) override { return false; }

  /// The first words.
  std::vector<std::uint32_t> words(std::uint64_t bytes) const {
    std::vector<std::uint32_t> out(bytes / 4);
    std::memcpy(out.data(), bytes_, bytes);
    return out;
  }

 private:
  std::byte bytes_[4096] = {};
};

std::vector<std::uint16_t> random_bf16(jobs::Rng& rng, std::int64_t elements) {
  std::vector<std::uint16_t> out;
  for (std::int64_t i = 0; i < elements; ++i)
    out.push_back(host::encode(rng.normal(), InputFormat::bf16));
  return out;
}

std::vector<std::uint32_t> bits(const std::vector<float>& values) {
  std::vector<std::uint32_t> out(values.size());
  std::memcpy(out.data(), values.data(), 4 * values.size());
  return out;
}

/// Rows of O as they lie in memory, which fill their lines.
std::vector<std::uint32_t> rows_of(const std::vector<float>& o) {
  static_assert(4 * kDim % device::kStrideUnit == 0, "rows of O fill whole lines");
  return bits(o);
}

void print_words(const std::vector<std::uint32_t>& words) {
  for (std::size_t i = 0; i < words.size(); ++i)
    std::printf("%s0x%08" PRIx32 ",", i % 8 ? " " : "\n    ", words[i]);
  std::printf("\n");
}

void print(const char* name, const char* size, const std::vector<std::uint32_t>& words) {
  std::printf("static const uint32_t %s[%s] = {", name, size);
  print_words(words);
  std::printf("};\n");
}

/// One row per profile.
void print(const char* name, const char* size, const std::vector<std::uint32_t> (&rows)[2]) {
  std::printf("static const uint32_t %s[FLASHD_SELFTEST_PROFILES][%s] = {\n", name, size);
  for (const auto& row : rows) {
    std::printf("  {");
    print_words(row);
    std::printf("  },\n");
  }
  std::printf("};\n");
}

void define(const char* name, std::uint64_t value) {
  std::printf("#define FLASHD_SELFTEST_%s %" PRIu64 "u\n", name, value);
}

}  // namespace

int main() {
  const auto& tiny = host::find_config("tiny");
  jobs::Rng rng(kSeed);
  const auto q = random_bf16(rng, kQueries * kDim);
  const auto k = random_bf16(rng, kKeys * kDim);
  const auto v = random_bf16(rng, kKeys * kDim);
  Job job;
  job.queries = kQueries;
  job.keys = kKeys;
  job.d = job.dv = kDim;
  job.q = q;
  job.k = k;
  job.v = v;
  job.scale = 0.25;
  job.visibility.causal = true;

  device::Descriptor descriptor;
  std::vector<std::uint32_t> input, o[2], lse[2];
  std::vector<std::uint32_t> exponent[2] = {std::vector<std::uint32_t>(kSigs),
                                            std::vector<std::uint32_t>(kSigs)};
  for (const Profile profile : {Profile::fine, Profile::lean}) {
    const auto p = static_cast<std::size_t>(profile);
    for (const int sig : {8, 11}) {
      device::Capabilities capabilities;
      capabilities.profile = profile;
      capabilities.sig = sig;
      capabilities.max_head_dim = tiny.max_head_dim;
      Memory memory;
      device::Arena arena(memory.memory());
      descriptor =
          device::place(memory, arena, gsl::span<const Job>(&job, 1), {}, capabilities).descriptor;
      input = memory.words(descriptor.o);
      exponent[p][static_cast<std::size_t>(sig)] =
          descriptor.pack()[FLASHD_DESCRIPTOR_JOB_EXPONENT_WORD];
    }
    const Result result = golden::run(job, {profile, tiny.tile});
    o[p] = rows_of(result.o);
    lse[p] = bits(result.lse);
  }
  descriptor.job_exponent = 0;
  const auto words = descriptor.pack();

  std::printf(
      "/* SPDX-License-Identifier: Apache-2.0 */\n/* clang-format off */\n"
      "/* Written by flashd_selftest_job (firmware/selftest_job.cpp); mend with:\n   "
      "cmake --build build/release --target flashd_selftest_refresh */\n"
      "/* %d queries, %d keys, causal, heads of %d elements. Offsets are those of one image, "
      "in\n   bytes; the descriptor holds them in place of addresses. */\n"
      "#ifndef FLASHD_SELFTEST_JOB_H\n#define FLASHD_SELFTEST_JOB_H\n\n"
      "#include <stdint.h>\n\n",
      static_cast<int>(kQueries), static_cast<int>(kKeys), kDim);
  define("TILE", static_cast<std::uint64_t>(tiny.tile));
  define("PROFILES", 2);
  define("SIGS", kSigs);
  define("INPUT_BYTES", descriptor.o);
  define("O", descriptor.o);
  define("O_WORDS", o[0].size());
  define("LSE", descriptor.lse);
  define("LSE_WORDS", lse[0].size());
  define("BYTES", descriptor.status);
  std::printf("\n");
  print("kSelftestInput", "FLASHD_SELFTEST_INPUT_BYTES / 4", input);
  print("kSelftestDescriptor", "64", {words.begin(), words.end()});
  std::printf("/* The word job_exponent of the descriptor, by the device's significand bits. */\n");
  print("kSelftestExponent", "FLASHD_SELFTEST_SIGS", exponent);
  print("kSelftestO", "FLASHD_SELFTEST_O_WORDS", o);
  print("kSelftestLse", "FLASHD_SELFTEST_LSE_WORDS", lse);
  std::printf("\n#endif\n");
  return 0;
}
