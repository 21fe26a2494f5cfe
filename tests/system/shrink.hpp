// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/device/image.hpp"
#include "host/jobs/random_job.hpp"

namespace flashd::system {

/// Ways to make a job smaller or plainer.
enum class Shrink {
  visibility,
  states_in,
  bias,
  alibi,
  soft_cap,
  pages,
  queries,
  keys,
  heads_kv,
  group,
  d,
  dv,
  count  // how many there are
};

/// False if the job is as it was; q, k, v keep what is left of them.
bool shrink(Shrink way, jobs::OwnedJob& job);

}  // namespace flashd::system
