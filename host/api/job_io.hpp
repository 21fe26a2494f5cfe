// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/api/config.hpp"
#include "host/api/flashd.h"
#include "host/api/memory.hpp"
#include "model/golden/job.hpp"
#include "sim/plugin.hpp"

namespace flashd::host {

/// A job resolved against device memory; holds every array it points into.
struct DeviceJob {
  Job job;          ///< state_in is set by the worker, `state` may move until then
  RowStates state;  ///< what state_in holds
  bool continues = false;
  MemoryView q, k, v, bias, alibi, page_table, o, lse, state_out;
  sim::Options options;
};

/// The job of a caller whose flashd_job may be an older, shorter one.
/// Throws Error(usage) unless its size is one that this library knows.
flashd_job full_job(const flashd_job* job);

/// Checks every field of the descriptor, then finds its arrays.
/// Throws Error(usage) with one sentence naming the field.
DeviceJob resolve_job(const flashd_job& descriptor, const DeviceMemory& memory,
                      const EngineConfig& config);

/// Writes O, LSE and row states of a finished job to device memory.
void store_result(const Result& result, const DeviceJob& work);

}  // namespace flashd::host
