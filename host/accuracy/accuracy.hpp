// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <ostream>
#include <vector>

#include "host/io/error.hpp"
#include "model/distributions/distributions.hpp"
#include "model/golden/job.hpp"

namespace flashd::accuracy {

/// What to measure; the defaults of full() and brief() are those of `flashd accuracy`.
struct Options {
  std::vector<distributions::Distribution> distributions;
  std::vector<std::int64_t> sizes;  ///< numbers of keys
  std::vector<int> dims;            ///< head dimensions
  std::vector<std::uint64_t> seeds;
  std::vector<InputFormat> formats;           ///< of flashd itself; the rivals take BF16
  std::vector<std::filesystem::path> traces;  ///< folders of case folders (or one case folder)
  std::filesystem::path out;                  ///< accuracy.csv, .md and .png; empty: no files
  bool million = false;                       ///< rows of 1,048,576 keys and the extreme inputs
  bool json = false;                          ///< verdicts as JSON instead of text
  int tile = 64;
  int jobs = 2;  ///< threads
};

/// 8 distributions, 1 to 65,536 keys, d 16 to 256, seeds 1 to 5: minutes.
Options full();
/// Up to 512 keys, d 16 and 64, seed 1: seconds.
Options brief();

/// Bad input that is told once everything else is written and printed.
class NoFigure : public host::Error {
  using host::Error::Error;
};

/// Runs every case through every datapath, writes the reports and prints one verdict per bar.
/// Progress goes to `progress` if that is not null. Returns Exit::good or Exit::mismatch (a bar
/// failed); throws host::Error for bad options or traces, NoFigure for a trace of which no error
/// can be told in any format.
host::Exit run(const Options& options, std::ostream& out, std::ostream* progress);

}  // namespace flashd::accuracy
