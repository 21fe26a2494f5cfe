// SPDX-License-Identifier: Apache-2.0
// A small virtual platform: a processor that drives flashd_top through its sockets, and a memory.
// Results must be golden's, every counter that of the twin without SystemC.
#include <cstring>
#include <iostream>

#include <systemc>
#include <tlm_utils/simple_initiator_socket.h>

#include "host/device/driver.hpp"
#include "host/jobs/random_job.hpp"
#include "model/systemc/flashd_memory.hpp"
#include "model/systemc/flashd_top.hpp"
#include "model/systemc/twin_simulator.hpp"
#include "tests/twin/compare.hpp"

namespace {

using namespace flashd;

constexpr std::uint64_t kBase = std::uint64_t{0x12} << 32;
constexpr std::uint64_t kBytes = std::uint64_t{1} << 32;
constexpr const char* kModel = "bandwidth:40,12";
constexpr std::uint64_t kSeed = 12;

/// Runs one job through the driver, inside a thread of the platform.
class Processor final : public sc_core::sc_module, private device::Bus {
 public:
  tlm_utils::simple_initiator_socket<Processor> registers;
  sc_core::sc_in<bool> irq_i;

  Processor(sc_core::sc_module_name name, twin::flashd_memory& memory, const Job& job,
            const device::RunOptions& options)
      : sc_module(name), registers("registers"), irq_i("irq_i"), memory_(memory), job_(job),
        options_(options) {
    SC_HAS_PROCESS(Processor);
    SC_THREAD(main);
  }
  bool finished() const { return finished_; }
  const device::Finished& result() const { return result_; }

 private:
  void main() {
    device::Driver driver(*this);
    result_ = driver.run({&job_, 1}, options_);
    finished_ = true;
    sc_core::sc_stop();
  }
  void reset() override {}
  std::uint32_t access(tlm::tlm_command command, std::uint32_t address, std::uint32_t value) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    payload.set_data_length(4);
    payload.set_streaming_width(4);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    registers->b_transport(payload, delay);
    if (payload.is_response_error()) throw std::runtime_error("a register access failed");
    return value;
  }
  std::uint32_t read32(std::uint32_t address) override {
    return access(tlm::TLM_READ_COMMAND, address, 0);
  }
  void write32(std::uint32_t address, std::uint32_t value) override {
    access(tlm::TLM_WRITE_COMMAND, address, value);
  }
  device::MemoryRange memory() const override { return {kBase, kBytes}; }
  void write_memory(std::uint64_t address, gsl::span<const std::byte> from) override {
    memory_.bytes().write(address, from);
  }
  void read_memory(std::uint64_t address, gsl::span<std::byte> to) override {
    memory_.bytes().read(address, to);
  }
  bool wait_interrupt(std::uint64_t cycles) override {
    const sc_core::sc_time time(static_cast<double>(cycles), sc_core::SC_NS);
    if (!irq_i.read()) wait(time, irq_i.posedge_event());
    return irq_i.read();
  }

  twin::flashd_memory& memory_;
  Job job_;
  device::RunOptions options_;
  device::Finished result_;
  bool finished_ = false;
};

int check(bool good, const char* what) {
  std::cout << (good ? "good: " : "FAILED: ") << what << "\n";
  return good ? 0 : 1;
}

}  // namespace

int sc_main(int, char*[]) {
  const spec::Config& config = spec::kConfigs[0];
  const twin::Parameters p = twin::parameters_of(config, Profile::fine);
  const jobs::OwnedJob owned = jobs::random_job(kSeed, config, InputFormat::bf16, 2000000);
  const Job job = owned.view();
  device::RunOptions options;
  options.state_out = true;
  std::cout << config.name << ", " << owned.description << ", memory " << kModel << "\n";

  twin::flashd_top top("u_top", p, {});
  twin::flashd_memory memory("u_memory", kModel, kBase, kBytes);
  Processor processor("u_processor", memory, job, options);
  sc_core::sc_signal<bool> irq("irq");
  top.memory.bind(memory.socket);
  processor.registers.bind(top.registers);
  top.irq_o(irq);
  processor.irq_i(irq);
  sc_core::sc_start();

  system::Options alone;
  alone.memory = kModel;
  twin::TwinSimulator simulator(p, alone, {});
  device::Driver driver(simulator);
  const device::Finished other = driver.run({&job, 1}, options);
  int failed = check(processor.finished(), "the platform's job ended");
  if (failed != 0) return failed;
  const std::string golden = twin::against_golden(job, processor.result(), p, options);
  failed += check(golden.empty(), ("golden's bits " + golden).c_str());
  const std::string same = twin::difference(processor.result(), other);
  failed += check(same.empty(), ("all 30 counters and results as without SystemC " + same).c_str());
  const std::uint64_t busy = device::value(other.counters, device::Counter::busy);
  failed += check(busy > 1000 && !other.results.at(0).o.empty(), "the job was a job");
  std::cout << busy << " cycles\n" << (failed == 0 ? "PASS\n" : "");
  return failed == 0 ? 0 : 1;
}
