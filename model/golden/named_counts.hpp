// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <iterator>

#include "model/golden/job.hpp"

namespace flashd {

/// A member of Counts and what a message calls it.
struct NamedCount {
  const char* name;
  std::uint64_t Counts::*member;
};

/// All of them, in the order of Counts.
constexpr NamedCount kNamedCounts[] = {{"scores", &Counts::scores},
                                       {"skipped keys", &Counts::keys_skipped},
                                       {"tiles", &Counts::tiles},
                                       {"skipped tiles", &Counts::tiles_skipped},
                                       {"saturations", &Counts::saturations},
                                       {"NaN rows", &Counts::rows_nan},
                                       {"empty rows", &Counts::rows_empty}};
static_assert(sizeof(Counts) == std::size(kNamedCounts) * sizeof(std::uint64_t),
              "every member of Counts has a name here");

}  // namespace flashd
