// SPDX-License-Identifier: Apache-2.0
// flashd_soc_bus: every access goes to one slave, once, and every other address is a bus error.
#include <cstdint>
#include <vector>

#include "Vbus.h"
#include "tests/rtl_units/dut.hpp"
#include "tests/soc/units.hpp"

namespace flashd::soc_units {

namespace {

using rtl_units::between;
using rtl_units::chance;
using rtl_units::Checker;
using rtl_units::Dut;
using rtl_units::Random;

enum class Region { firmware, device, soc, job, hole };

struct Range {
  std::uint32_t base;
  std::uint32_t bytes;
  Region region;
};
// As the bench is built: 1 KiB of firmware, 4 KiB of jobs, registers of 512 and 64 bytes.
constexpr Range kRanges[] = {{0, 1024, Region::firmware},
                             {0x1000'0000, 512, Region::device},
                             {0x2000'0000, 64, Region::soc},
                             {0x8000'0000, 4096, Region::job}};

Region region_of(std::uint32_t address) {
  for (const Range& range : kRanges)
    if (address >= range.base && address - range.base < range.bytes) return range.region;
  return Region::hole;
}

class Bench {
 public:
  Bench(Checker* checker, Random* random) : checker_(*checker), random_(*random) {
    dut_->clk_i = 0;
    dut_->core_valid_i = 0;
    dut_->rst_ni = 0;
    dut_.settle();
    dut_.tick();
    dut_->rst_ni = 1;
    firmware_.resize(1024 / 4);
    job_.resize(4096 / 4);
    for (auto& word : firmware_) word = static_cast<std::uint32_t>(random_());
    for (auto& word : job_) word = static_cast<std::uint32_t>(random_());
  }

  void access(std::uint32_t address, std::uint32_t strobes, bool device_reset) {
    Region region = region_of(address);
    const std::uint32_t data = static_cast<std::uint32_t>(random_());
    refuse_ = chance(random_, 0.2);
    answer_ = static_cast<std::uint32_t>(random_());
    dut_->device_reset_i = device_reset;
    dut_->core_valid_i = 1;
    dut_->core_addr_i = address;
    dut_->core_wstrb_i = static_cast<std::uint8_t>(strobes);
    dut_->core_wdata_i = data;
    seen_ = Seen();
    answered_ = false;
    const bool error = region == Region::hole || (region == Region::device && device_reset) ||
                       ((region == Region::device || region == Region::soc) && refuse_);
    std::uint32_t wanted = 0;
    const std::uint32_t word = address / 4;
    if (region == Region::firmware) wanted = firmware_[word % 256];
    if (region == Region::job) wanted = job_[word % 1024];
    if ((region == Region::device || region == Region::soc) && !error) wanted = answer_;
    int errors = 0, cycles = 0;
    while (true) {
      slaves(address, strobes, data);
      if (dut_->bus_error_o) {
        ++errors;
        checker_.expect(dut_->error_addr_o, address / 4, "address of the error", "%08x", address);
        checker_.expect(dut_->error_write_o, strobes != 0, "write of the error", "%08x", address);
      }
      if (dut_->core_ready_o) break;
      dut_.tick();
      if (++cycles > 200) {
        checker_.expect(0, 1, "an answer", "%08x", address);
        break;
      }
    }
    if (strobes == 0)
      checker_.expect(dut_->core_rdata_o, wanted, "word", "%08x, strobes %x", address, strobes);
    dut_.tick();
    dut_->core_valid_i = 0;
    for (int i = 0; i < between(random_, 1, 3); ++i) {
      slaves(address, strobes, data);
      errors += dut_->bus_error_o;
      checker_.expect(dut_->core_ready_o, 0, "no second answer", "%08x", address);
      dut_.tick();
    }
    checker_.expect(errors, error, "bus errors", "%08x, strobes %x", address, strobes);
    const bool reaches_device = region == Region::device && !device_reset;
    checker_.expect(seen_.firmware, region == Region::firmware, "accesses of firmware", "%08x",
                    address);
    checker_.expect(seen_.job, region == Region::job, "accesses of job memory", "%08x", address);
    checker_.expect(seen_.soc, region == Region::soc, "accesses of SoC registers", "%08x", address);
    checker_.expect(seen_.read, reaches_device && strobes == 0, "reads of the device", "%08x",
                    address);
    checker_.expect(seen_.write, reaches_device && strobes != 0, "writes of the device", "%08x",
                    address);
    checker_.expect(seen_.data, reaches_device && strobes != 0, "data of the device", "%08x",
                    address);
  }

 private:
  struct Seen {
    int firmware = 0, job = 0, soc = 0, read = 0, write = 0, data = 0;
  };

  static void merge(std::uint32_t* word, std::uint32_t strobes, std::uint32_t data) {
    for (int i = 0; i < 4; ++i)
      if ((strobes >> i) & 1u) *word = (*word & ~(0xffu << 8 * i)) | (data & (0xffu << 8 * i));
  }

  /// All slaves for one cycle; what they take happens at the edge behind it.
  void slaves(std::uint32_t address, std::uint32_t strobes, std::uint32_t data) {
    dut_->firmware_rdata_i = firmware_word_;
    dut_->job_rdata_i = job_word_;
    dut_->job_ready_i = chance(random_, 0.6);
    dut_->soc_rdata_i = answer_;
    dut_->soc_error_i = refuse_;
    dut_->axil_awready_i = chance(random_, 0.4);
    dut_->axil_wready_i = chance(random_, 0.4);
    dut_->axil_arready_i = chance(random_, 0.4);
    const bool answers = chance(random_, 0.4);
    dut_->axil_bvalid_i = b_due_ && answers;
    dut_->axil_rvalid_i = r_due_ && answers;
    dut_->axil_bresp_i = refuse_ ? 2 : 0;
    dut_->axil_rresp_i = refuse_ ? 3 : 0;
    dut_->axil_rdata_i = answer_;
    dut_.settle();
    if (dut_->firmware_en_o) {
      ++seen_.firmware;
      checker_.expect(dut_->firmware_addr_o, address / 4 % 256, "firmware address", "%08x",
                      address);
      take(&firmware_[dut_->firmware_addr_o], &firmware_word_);
    }
    if (dut_->job_valid_o && dut_->job_ready_i) {
      ++seen_.job;
      checker_.expect(dut_->job_addr_o, address / 4 % 1024, "job address", "%08x", address);
      take(&job_[dut_->job_addr_o], &job_word_);
    }
    if (dut_->soc_req_o) {
      ++seen_.soc;
      checker_.expect(dut_->soc_addr_o, address % 64, "register", "%08x", address);
      checker_.expect(dut_->soc_write_o, strobes != 0, "write", "%08x", address);
    }
    if (dut_->axil_awvalid_o && dut_->axil_awready_i) {
      ++seen_.write;
      checker_.expect(dut_->axil_addr_o, address % 512, "register", "%08x", address);
    }
    if (dut_->axil_wvalid_o && dut_->axil_wready_i) {
      ++seen_.data;
      checker_.expect(dut_->axil_wdata_o, data, "data", "%08x", address);
      checker_.expect(dut_->axil_wstrb_o, strobes, "strobes", "%08x", address);
    }
    if (dut_->axil_arvalid_o && dut_->axil_arready_i) {
      ++seen_.read;
      checker_.expect(dut_->axil_addr_o, address % 512, "register", "%08x", address);
    }
    const bool b = dut_->axil_bvalid_i && dut_->axil_bready_o;
    const bool r = dut_->axil_rvalid_i && dut_->axil_rready_o;
    b_due_ = !b && (b_due_ || (seen_.write == 1 && seen_.data == 1 && !answered_));
    r_due_ = !r && (r_due_ || (seen_.read == 1 && !answered_));
    answered_ = answered_ || b || r;
  }

  void take(std::uint32_t* word, std::uint32_t* read) {
    if (dut_->we_o == 0) *read = *word;
    merge(word, dut_->we_o, dut_->wdata_o);
  }

  Checker& checker_;
  Random& random_;
  Dut<Vbus> dut_;
  std::vector<std::uint32_t> firmware_, job_;
  std::uint32_t firmware_word_ = 0, job_word_ = 0, answer_ = 0;
  bool refuse_ = false, b_due_ = false, r_due_ = false, answered_ = false;
  Seen seen_;
};

}  // namespace

bool check_bus(std::uint64_t seed) {
  Checker checker("bus");
  Random random(seed);
  Bench bench(&checker, &random);
  const auto strobes = [&] {
    return chance(random, 0.5) ? 0u : static_cast<std::uint32_t>(between(random, 1, 15));
  };
  for (const Range& range : kRanges) {  // every region's ends, and every address with one more bit
    for (const std::uint32_t address :
         {range.base, range.base + range.bytes - 4, range.base + range.bytes, range.base - 4})
      for (int i = 0; i < 20; ++i) bench.access(address, strobes(), chance(random, 0.2));
    for (int bit = 2; bit < 32; ++bit)
      for (int i = 0; i < 4; ++i)
        bench.access(range.base ^ (1u << bit), strobes(), chance(random, 0.2));
  }
  for (int i = 0; i < 8000; ++i) {
    const Range& range = kRanges[between(random, 0, 3)];
    const std::uint32_t address =
        chance(random, 0.1)
            ? static_cast<std::uint32_t>(random()) & ~3u
            : range.base + 4 * static_cast<std::uint32_t>(between(random, 0, range.bytes / 4 - 1));
    bench.access(address, strobes(), chance(random, 0.1));
  }
  return checker.finish(80000);
}

}  // namespace flashd::soc_units
