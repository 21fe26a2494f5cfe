// SPDX-License-Identifier: Apache-2.0
// The C++ side of flashd_soc_log; part of every verilated SoC.
#include "sim/soc/verilated_log.hpp"

#include <svdpi.h>

#include <cstdint>
#include <stdexcept>

#include "sim/soc/log.hpp"

namespace flashd::soc {

namespace {

constexpr char kKey[] = "log";  // its address is the key

TransactionLog* connected() {
  return static_cast<TransactionLog*>(
      svGetUserData(svGetScope(), const_cast<char*>(static_cast<const char*>(kKey))));
}

std::uint32_t u32(int value) { return static_cast<std::uint32_t>(value); }
std::uint64_t u64(long long value) { return static_cast<std::uint64_t>(value); }

}  // namespace

void connect_log(const char* scope, TransactionLog* log) {
  if (log == nullptr) return;
  const svScope found = svGetScopeFromName(scope);
  if (found == nullptr) throw std::logic_error("the verilated SoC has no flashd_soc_log");
  svPutUserData(found, const_cast<char*>(static_cast<const char*>(kKey)), log);
}

}  // namespace flashd::soc

using flashd::soc::connected;
using flashd::soc::u32;
using flashd::soc::u64;

extern "C" {

int flashd_soc_log_on() { return connected() != nullptr ? 1 : 0; }

void flashd_soc_log_access(long long now, svBit write, int address, int data, int strobes,
                           int response) {
  connected()->access(u64(now), write != 0, u32(address), u32(data), u32(strobes), u32(response));
}

void flashd_soc_log_address(svBit write, long long address, int beats) {
  connected()->address(write != 0, u64(address), u32(beats));
}

void flashd_soc_log_beat(long long now, svBit write, long long data, int strobes, int response,
                         svBit last) {
  connected()->beat(u64(now), write != 0, u64(data), u32(strobes), u32(response), last != 0);
}

void flashd_soc_log_response(long long now, int response) {
  connected()->response(u64(now), u32(response));
}

void flashd_soc_log_level(long long now, svBit is_reset, svBit value) {
  connected()->level(u64(now), is_reset != 0 ? "reset" : "irq", value != 0);
}

}  // extern "C"
