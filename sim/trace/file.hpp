// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "sim/trace/pipeline.hpp"
#include "sim/trace/sink.hpp"

namespace flashd::trace {

/// `text` between quotes for JSON.
std::string quoted(const std::string& text);

/// A file of trace events (JSON) that ui.perfetto.dev and chrome://tracing open: one process named
/// `process`, one thread per track, 1 us for 1 cycle. Whole once the object is gone, also when an
/// exception ends the run.
class TraceFile final : public TraceSink {
 public:
  /// Throws std::invalid_argument with one sentence.
  TraceFile(const std::string& file, const std::string& process);
  ~TraceFile() override;
  TraceFile(const TraceFile&) = delete;
  TraceFile& operator=(const TraceFile&) = delete;

  void slice(const Slice& slice) override;
  Pipeline& pipeline() { return pipeline_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
  Pipeline pipeline_;
};

/// The file's pipeline, or null without a file name.
std::unique_ptr<TraceFile> open(const std::string& file, const std::string& process);

}  // namespace flashd::trace
