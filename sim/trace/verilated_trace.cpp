// SPDX-License-Identifier: Apache-2.0
// The C++ side of flashd_trace; part of every verilated device that has it.
#include "sim/trace/verilated_trace.hpp"

#include <svdpi.h>
#include <verilated.h>

#include <stdexcept>

namespace flashd::trace {

namespace {

constexpr char kScope[] = "flashd_top.u_trace";
constexpr char kKey[] = "trace";  // its address is the key

VerilatedTrace* connected() {
  return static_cast<VerilatedTrace*>(
      svGetUserData(svGetScope(), const_cast<char*>(static_cast<const char*>(kKey))));
}

Pipeline& pipeline() { return connected()->pipeline(); }

std::uint32_t u32(int value) { return static_cast<std::uint32_t>(value); }
std::uint64_t u64(long long value) { return static_cast<std::uint64_t>(value); }

}  // namespace

void VerilatedTrace::connect(VerilatedContext* context) {
  Verilated::threadContextp(context);
  const svScope scope = svGetScopeFromName(kScope);
  if (scope == nullptr) throw std::logic_error("the verilated device has no flashd_trace");
  svPutUserData(scope, const_cast<char*>(static_cast<const char*>(kKey)), this);
}

void VerilatedTrace::address(std::uint64_t cycle, bool write, std::uint64_t address,
                             std::uint32_t beats) {
  channels_[write].bursts.push_back({address, cycle, beats});
}

void VerilatedTrace::beat(std::uint64_t cycle, bool write, bool last, std::uint32_t client) {
  Channel& channel = channels_[write];
  if (!channel.inside) channel.first = cycle;
  channel.inside = !last;
  if (!last) return;
  const Burst burst = channel.bursts.front();
  channel.bursts.pop_front();
  if (write) {
    pipeline_.write_burst(burst.address, burst.beats, burst.asked, channel.first, cycle);
  } else {
    pipeline_.read_burst(client, burst.address, burst.beats, burst.asked, channel.first, cycle);
  }
}

}  // namespace flashd::trace

using flashd::trace::connected;
using flashd::trace::pipeline;
using flashd::trace::u32;
using flashd::trace::u64;

extern "C" {

int flashd_trace_on() { return connected() != nullptr; }

void flashd_trace_job(long long now, svBit begins) {
  if (begins) {
    connected()->quiet();
    pipeline().job_begin(u64(now));
  } else {
    pipeline().job_end(u64(now));
  }
}

void flashd_trace_sequence() { pipeline().sequence(); }

void flashd_trace_query(long long now, svBit begins, int context, svBit last) {
  if (begins) {
    pipeline().query_begin(u64(now));
  } else {
    pipeline().query_end(u64(now), u32(context), last != 0);
  }
}

void flashd_trace_tile(int base, int keys, svBit last) {
  pipeline().tile(u32(base), u32(keys), last != 0);
}

void flashd_trace_load_end(long long now, svBit value) {
  if (value) {
    pipeline().value_end(u64(now));
  } else {
    pipeline().key_end(u64(now));
  }
}

void flashd_trace_load_take(long long now, svBit value, int keys) {
  if (value) {
    pipeline().value_take(u64(now), u32(keys));
  } else {
    pipeline().key_take(u64(now), u32(keys));
  }
}

void flashd_trace_score_begin(long long now, int block, int base, int context, int first, int last,
                              svBit no_keys, svBit leaves) {
  pipeline().score_begin(u64(now), {u32(block), u32(base), u32(context), u32(first), u32(last),
                                    no_keys != 0, leaves != 0});
}

void flashd_trace_score_end(long long now) { pipeline().score_end(u64(now)); }

void flashd_trace_output(long long now, svBit begins) {
  if (begins) {
    pipeline().output_begin(u64(now));
  } else {
    pipeline().output_end(u64(now));
  }
}

void flashd_trace_merge(long long now, int steps, int block, svBit last) {
  pipeline().merge(u64(now), u32(steps), u32(block), last != 0);
}

void flashd_trace_write(long long now, svBit begins) {
  if (begins) {
    pipeline().write_begin(u64(now));
  } else {
    pipeline().write_end(u64(now));
  }
}

void flashd_trace_address(long long now, svBit write, long long address, int beats) {
  connected()->address(u64(now), write != 0, u64(address), u32(beats));
}

void flashd_trace_beat(long long now, svBit write, svBit last, int client) {
  connected()->beat(u64(now), write != 0, last != 0, u32(client));
}
}
