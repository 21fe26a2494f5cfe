// SPDX-License-Identifier: Apache-2.0
// Injects faults into a verilated device: documented code, registers, status record, interrupt; and
// the job after each is exact.
#include <chrono>
#include <cstdio>
#include <map>

#include <CLI/CLI.hpp>

#include "host/io/error.hpp"
#include "model/device/registers.hpp"
#include "tests/system/bad_fields.hpp"
#include "tests/system/rig.hpp"

namespace {

using namespace flashd;
using namespace flashd::system;
using device::Counter;
using device::Fault;
namespace reg = device::reg;

constexpr std::uint64_t kPatience = 50000;
constexpr int kRenewal = 40;  // faults per memory model

std::uint64_t bursts(const Victim& v) {
  return device::value(v.counters, Counter::read_bursts) +
         device::value(v.counters, Counter::write_bursts);
}

/// Counters of jobs and faults around an injection.
class Tally {
 public:
  explicit Tally(Rig& rig) : rig_(rig), before_(rig.driver().counters()) {}
  void expect(std::uint64_t jobs, std::uint64_t faults) const {
    const device::Counters after = rig_.driver().counters();
    const auto moved = [&](Counter c) {
      return device::value(after, c) - device::value(before_, c);
    };
    if (moved(Counter::jobs) != jobs || moved(Counter::faults) != faults)
      wrong("counters jobs and faults moved by " + std::to_string(moved(Counter::jobs)) + " and " +
            std::to_string(moved(Counter::faults)) + ", expected " + std::to_string(jobs) +
            " and " + std::to_string(faults));
  }

 private:
  Rig& rig_;
  device::Counters before_;
};

/// SLVERR or DECERR on a random R beat.
void read_error(Rig& rig, FaultKind kind) {
  const Victim& victim = rig.any();
  const device::Image image = rig.place(victim);
  const Tally tally(rig);
  const auto beats = static_cast<std::int64_t>(device::value(victim.counters, Counter::bytes_read) /
                                               static_cast<std::uint64_t>(rig.axi_bytes()));
  const auto beat = static_cast<std::uint64_t>(rig.rng().below(beats));
  rig.simulator().inject(kind, beat);
  const std::uint32_t index = rig.driver().submit(image.descriptor);
  const bool descriptor =
      beat < static_cast<std::uint64_t>(device::kDescriptorBytes / rig.axi_bytes());
  Expectation e{kind == FaultKind::read_slverr ? Fault::read_slverr : Fault::read_decerr,
                std::nullopt};
  e.record = e.tag_known = !descriptor;
  if (!rig.simulator().wait_interrupt(kPatience)) wrong("no interrupt after a read error");
  if (!rig.simulator().injected()) wrong("the R beat that was to fail never came");
  e.address = rig.simulator().injected();
  rig.expect_fault(index, image, e);
  tally.expect(0, 1);
}

/// SLVERR or DECERR on a random B.
void write_error(Rig& rig, FaultKind kind) {
  const Victim& victim = rig.any();
  const device::Image image = rig.place(victim);
  const Tally tally(rig);
  const auto count =
      static_cast<std::int64_t>(device::value(victim.counters, Counter::write_bursts));
  const auto burst = rig.rng().below(count);
  rig.simulator().inject(kind, static_cast<std::uint64_t>(burst));
  const std::uint32_t index = rig.driver().submit(image.descriptor);
  Expectation e{kind == FaultKind::write_slverr ? Fault::write_slverr : Fault::write_decerr,
                std::nullopt};
  e.record = burst + 1 != count;  // the last one is the status record's
  if (!rig.simulator().wait_interrupt(kPatience)) wrong("no interrupt after a write error");
  if (!rig.simulator().injected()) wrong("the B that was to fail never came");
  e.address = rig.simulator().injected();
  rig.expect_fault(index, image, e);
  tally.expect(0, 1);
}

void bad_field(Rig& rig, const BadField& bad) {
  std::uint64_t mark = rig.driver().arena().mark();
  for (int i = 0; i < 1000; ++i) {
    const Victim& victim = rig.any();
    if (device::value(victim.counters, Counter::keys_scored) == 0) continue;
    device::Image image = rig.place(victim);
    if (!bad.fits(image.descriptor)) {
      rig.driver().arena().release(mark);
      continue;
    }
    const Tally tally(rig);
    Words words = image.descriptor.pack();
    const Expectation e = bad.spoil(rig, image.descriptor, words);
    rig.expect_fault(rig.driver().submit(words), image, e);
    tally.expect(0, 1);
    return;
  }
  wrong("no job looks at this field");
}

/// A job with a bad beat among good ones that were handed over with it.
void queued(Rig& rig) {
  Simulator& sim = rig.simulator();
  device::Driver& driver = rig.driver();
  const int count = 3 + static_cast<int>(rig.rng().below(4));
  std::vector<const Victim*> victims;
  std::vector<device::Image> images;
  std::uint64_t beats = 0;
  for (int i = 0; i < count; ++i) {
    victims.push_back(&rig.any());
    images.push_back(rig.place(*victims.back()));
    beats += device::value(victims.back()->counters, Counter::bytes_read) /
             static_cast<std::uint64_t>(rig.axi_bytes());
  }
  const Tally tally(rig);
  sim.inject(rig.rng().chance(0.5) ? FaultKind::read_slverr : FaultKind::read_decerr,
             static_cast<std::uint64_t>(rig.rng().below(static_cast<std::int64_t>(beats))));
  for (const device::Image& image : images) driver.submit(image.descriptor);
  for (int i = 0; i < 400 && sim.read32(reg::kRingHead) != driver.tail(); ++i) sim.run(500);
  if (sim.read32(reg::kRingHead) != driver.tail()) wrong("the ring stopped at a fault");
  if (!sim.injected()) wrong("the R beat that was to fail never came");
  if (driver.fault().address != *sim.injected()) wrong("FAULT_ADDRESS is not the bad beat's");
  tally.expect(static_cast<std::uint64_t>(count) - 1, 1);
  int good = 0;
  for (int i = 0; i < count; ++i) {
    const auto n = static_cast<std::size_t>(i);
    if (driver.status(images[n]).state != static_cast<int>(device::StatusState::done)) continue;
    rig.expect_exact(*victims[n], images[n]);
    ++good;
  }
  if (good != count - 1) wrong(std::to_string(good) + " jobs say done, expected all but one");
  sim.write32(reg::kIrqStatus, reg::kIrqStatusDone | reg::kIrqStatusFault);
}

/// More jobs handed over than the ring holds.
void ring_overrun(Rig& rig) {
  device::Driver& driver = rig.driver();
  Simulator& sim = rig.simulator();
  const bool busy = rig.rng().chance(0.5);
  std::optional<device::Image> image;
  if (busy) {
    image = rig.place(rig.any());
    driver.submit(image->descriptor);
    sim.run(static_cast<std::uint64_t>(rig.rng().below(300)));
  }
  const std::uint32_t slots = 1u << device::Driver::kRingLog2;
  const std::uint32_t tail =
      sim.read32(reg::kRingHead) + slots + 2 + static_cast<std::uint32_t>(rig.rng().below(1000000));
  sim.write32(reg::kRingTail, tail);
  // FAULT_CODE may still hold the overrun before this one.
  for (int i = 0; i < 100 && !(sim.read32(reg::kIrqStatus) & reg::kIrqStatusFault); ++i)
    sim.run(500);
  if (driver.fault().code != Fault::ring_overrun) wrong("no fault ring_overrun was latched");
  if (driver.fault().address != 0) wrong("a ring overrun has a fault address");
  if (!(sim.read32(reg::kStatus) & reg::kStatusRingStopped)) wrong("the ring did not stop");
  if (!(sim.read32(reg::kIrqStatus) & reg::kIrqStatusFault)) wrong("no interrupt of the overrun");
  const std::uint32_t head = sim.read32(reg::kRingHead);
  if (busy && driver.status(*image).state != static_cast<int>(device::StatusState::done))
    wrong("the job in progress did not end well");
  sim.run(2000);
  if (sim.read32(reg::kRingHead) != head) wrong("a stopped ring went on");
  if (!driver.soft_reset()) wrong("soft reset does not end");
  if (sim.read32(reg::kRingHead) != 0 || sim.read32(reg::kRingTail) != 0)
    wrong("soft reset did not zero head and tail");
  if (sim.read32(reg::kStatus) & reg::kStatusRingStopped) wrong("the ring is still stopped");
}

/// rst_ni or soft reset at a random cycle of a job.
void reset(Rig& rig, bool soft) {
  const Victim& victim = rig.any();
  const device::Image image = rig.place(victim);
  const Tally tally(rig);
  rig.driver().submit(image.descriptor);
  const auto busy = static_cast<std::int64_t>(device::value(victim.counters, Counter::busy));
  rig.simulator().run(static_cast<std::uint64_t>(rig.rng().below(2 * busy)));
  const bool running = rig.driver().status(image).state == 0;
  if (!soft) {
    rig.driver().reset();
    const std::uint32_t status = rig.simulator().read32(reg::kStatus);
    if (status != reg::kStatusIdle) wrong("the device is not idle after rst_ni");
    return;
  }
  if (!rig.driver().soft_reset()) wrong("soft reset does not end");
  const std::uint32_t status = rig.simulator().read32(reg::kStatus);
  if (status != reg::kStatusIdle) wrong("the device is not idle after a soft reset");
  if (rig.simulator().read32(reg::kRingHead) != 0) wrong("soft reset did not zero the head");
  const int state = rig.driver().status(image).state;
  if (running && state == static_cast<int>(device::StatusState::fault))
    wrong("soft reset wrote a status record");
}

/// Jobs whose interrupts nobody enables or clears.
void deaf(Rig& rig) {
  device::Driver& driver = rig.driver();
  Simulator& sim = rig.simulator();
  sim.write32(reg::kIrqEnable, 0);
  const std::uint64_t mark = driver.arena().mark();
  std::vector<device::Image> images;
  const int count = 2 + static_cast<int>(rig.rng().below(3));
  const Tally tally(rig);
  for (int i = 0; i < count; ++i) {
    images.push_back(rig.place(rig.any()));
    driver.submit(images.back().descriptor);
  }
  for (int i = 0; i < 200 && sim.read32(reg::kRingHead) != driver.tail(); ++i) sim.run(500);
  if (sim.read32(reg::kRingHead) != driver.tail()) wrong("jobs wait for an interrupt to be heard");
  if (sim.wait_interrupt(10)) wrong("an interrupt that is not enabled is raised");
  if (sim.read32(reg::kIrqStatus) != reg::kIrqStatusDone) wrong("IRQ_STATUS does not say done");
  for (const device::Image& image : images) {
    if (driver.status(image).state != static_cast<int>(device::StatusState::done))
      wrong("a job without a listener did not end well");
    device::collect(sim, image);  // throws if a byte around the outputs has changed
  }
  tally.expect(static_cast<std::uint64_t>(count), 0);
  driver.arena().release(mark);
  sim.write32(reg::kIrqEnable, reg::kIrqEnableDone | reg::kIrqEnableFault | reg::kIrqEnableHung);
  if (!sim.wait_interrupt(10)) wrong("an interrupt is lost when it is enabled late");
  sim.write32(reg::kIrqStatus, reg::kIrqStatusDone);
}

/// A memory that stops answering.
void silence(Rig& rig) {
  device::Driver& driver = rig.driver();
  Simulator& sim = rig.simulator();
  driver.set_timeout(static_cast<std::uint32_t>(600 + rig.rng().below(2000)));
  const Victim& victim = rig.any();
  const device::Image image = rig.place(victim);
  const auto beats = device::value(victim.counters, Counter::bytes_read) /
                     static_cast<std::uint64_t>(rig.axi_bytes());
  // Addresses, R beats and at least one W beat and B per write burst; the last B would end the job.
  const std::uint64_t handshakes =
      beats + bursts(victim) + 2 * device::value(victim.counters, Counter::write_bursts) - 2;
  sim.inject(FaultKind::silence,
             static_cast<std::uint64_t>(rig.rng().below(static_cast<std::int64_t>(handshakes))));
  driver.submit(image.descriptor);
  if (!sim.wait_interrupt(kPatience)) wrong("no interrupt though the memory is silent");
  if (sim.read32(reg::kIrqStatus) != reg::kIrqStatusHung) wrong("IRQ_STATUS does not say hung");
  if (driver.fault().code != Fault::bus_hung)
    wrong("a silent memory gave " + device::to_text(driver.fault()));
  if (!(sim.read32(reg::kStatus) & reg::kStatusHung)) wrong("STATUS does not say hung");
  if (driver.status(image).state != 0) wrong("a hung job has a status record");
  sim.write32(reg::kControl, reg::kControlEnable | reg::kControlSoftReset);
  sim.run(static_cast<std::uint64_t>(rig.rng().below(3000)));
  if (!(sim.read32(reg::kStatus) & reg::kStatusHung)) wrong("soft reset cleared hung");
  driver.set_timeout(0);
  driver.reset();
  if (sim.read32(reg::kStatus) != reg::kStatusIdle) wrong("rst_ni did not clear hung");
}

struct Class {
  std::string name;
  std::function<void(Rig&)> inject;
};

std::vector<Class> classes() {
  std::vector<Class> all = {
      {"SLVERR on R", [](Rig& r) { read_error(r, FaultKind::read_slverr); }},
      {"DECERR on R", [](Rig& r) { read_error(r, FaultKind::read_decerr); }},
      {"SLVERR on B", [](Rig& r) { write_error(r, FaultKind::write_slverr); }},
      {"DECERR on B", [](Rig& r) { write_error(r, FaultKind::write_decerr); }},
      {"bad beat among queued jobs", queued},
      {"ring overrun", ring_overrun},
      {"rst_ni at a random cycle", [](Rig& r) { reset(r, false); }},
      {"soft reset at a random cycle", [](Rig& r) { reset(r, true); }},
      {"interrupt that nobody hears", deaf},
      {"memory that falls silent", silence}};
  for (const BadField& bad : bad_fields())
    all.push_back({bad.name == kUnmappedPage ? bad.name : "field: " + bad.name,
                   [bad](Rig& r) { bad_field(r, bad); }});
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  std::string path, only;
  std::uint64_t seed = 1;
  int count = 100, per_field = 100, least = 0;
  CLI::App app{"Injects faults into a verilated device and demands what the documents say."};
  app.add_option("--plugin", path, "shared library of the device")->required();
  app.add_option("--seed", seed, "of everything");
  app.add_option("--count", count, "faults of every class but fields");
  app.add_option("--per-field", per_field, "faults of every descriptor field");
  app.add_option("--least", least, "fail if fewer faults were injected in all");
  app.add_option("--only", only, "classes whose name contains this");
  CLI11_PARSE(app, argc, argv);
  const auto start = std::chrono::steady_clock::now();
  int total = 0;
  std::string at = "without a fault";
  try {
    const Plugin plugin(path);
    std::printf("%s, seed %llu\n", path.c_str(), static_cast<unsigned long long>(seed));
    Rig rig(plugin, seed, 40);
    for (const Class& c : classes()) {
      if (c.name.find(only) == std::string::npos) continue;
      const bool field = c.name.rfind("field", 0) == 0;
      const int times = field ? per_field : count;
      for (int i = 0; i < times; ++i, ++total) {
        at = c.name + ", number " + std::to_string(i);
        if (total % kRenewal == 0) rig.renew();
        const std::uint64_t mark = rig.driver().arena().mark();
        c.inject(rig);
        rig.driver().arena().release(mark);
        at += ", afterwards";
        rig.expect_next_exact();
      }
      std::printf("%5d  %s\n", times, c.name.c_str());
      std::fflush(stdout);
    }
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const Compared& c = rig.compared();
    std::printf(
        "%d faults; %llu jobs after them: compared %llu outputs, %llu values of row states, %llu "
        "counters; %.1f s\n",
        total, static_cast<unsigned long long>(c.jobs), static_cast<unsigned long long>(c.outputs),
        static_cast<unsigned long long>(c.states), static_cast<unsigned long long>(c.counts),
        seconds);
    if (total >= least) return 0;
    std::printf("expected at least %d faults\n", least);
    return 1;
  } catch (const std::exception& error) {
    std::printf("FAIL %s: %s\n", at.c_str(), error.what());
    return 1;
  }
}
