// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "tests/cuda/compare.hpp"

namespace flashd::cuda {

/// Random jobs of every option, seeds 1 to `count`; configurations, profiles and formats in turn.
/// Returns the first failure or nothing.
std::string random_jobs(int count, std::int64_t max_macs, const std::vector<Way>& ways,
                        Compared* compared);

/// Every case folder in `folder`, both profiles and both input formats; the number of cases is
/// added to `cases`.
std::string traces(const std::string& folder, const std::vector<Way>& ways, int* cases,
                   Compared* compared);

/// Long and far away: 5,000 keys cut and continued, and the last keys of 2^31 - 1, whose offsets
/// take more than 32 bits (address space without memory; nothing where the machine gives none).
std::string long_jobs(const std::vector<Way>& ways, Compared* compared);
/// 1,048,576 keys, 64 queries, d 64.
std::string million_keys(const std::vector<Way>& ways, Compared* compared);
std::string far_job(const std::vector<Way>& ways, Compared* compared, bool* ran);

}  // namespace flashd::cuda
