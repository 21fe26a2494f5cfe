// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/file.hpp"

#include <cerrno>
#include <cinttypes>
#include <cstring>
#include <stdexcept>

namespace flashd::trace {

std::string quoted(const std::string& text) {
  std::string s = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      s += '\\';
      s += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      s += escape;
    } else {
      s += c;
    }
  }
  return s + '"';
}

TraceFile::TraceFile(const std::string& file, const std::string& process)
    : file_(std::fopen(file.c_str(), "w")), pipeline_(*this) {
  if (!file_)
    throw std::invalid_argument("trace: " + file + " cannot be written: " + std::strerror(errno));
  std::fprintf(file_.get(),
               "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"time\":\"1 us is one clock cycle in "
               "which the device was busy\"},\"traceEvents\":[\n"
               "{\"ph\":\"M\",\"name\":\"process_name\",\"ts\":0,\"dur\":0,\"pid\":1,\"tid\":0,"
               "\"args\":{\"name\":%s}}",
               quoted(process).c_str());
  for (int t = 0; t < kTracks; ++t) {
    std::fprintf(file_.get(),
                 ",\n{\"ph\":\"M\",\"name\":\"thread_name\",\"ts\":0,\"dur\":0,\"pid\":1,"
                 "\"tid\":%d,\"args\":{\"name\":%s}},\n{\"ph\":\"M\",\"name\":"
                 "\"thread_sort_index\",\"ts\":0,\"dur\":0,\"pid\":1,\"tid\":%d,"
                 "\"args\":{\"sort_index\":%d}}",
                 t + 1, quoted(name(static_cast<Track>(t))).c_str(), t + 1, t + 1);
  }
}

TraceFile::~TraceFile() { std::fputs("\n]}\n", file_.get()); }

void TraceFile::slice(const Slice& s) {
  std::FILE* f = file_.get();
  std::fprintf(f,
               ",\n{\"ph\":\"X\",\"name\":%s,\"ts\":%" PRIu64 ",\"dur\":%" PRIu64
               ",\"pid\":1,\"tid\":%d,\"args\":{",
               quoted(s.name).c_str(), s.begin, s.end - s.begin, static_cast<int>(s.track) + 1);
  const char* separator = "";
  for (const Argument& a : s.arguments) {
    // Beyond 2^53 a number loses digits in a browser; addresses stay below.
    std::fprintf(f, "%s%s:%" PRIu64, separator, quoted(a.name).c_str(), a.value);
    separator = ",";
  }
  std::fputs("}}", f);
}

std::unique_ptr<TraceFile> open(const std::string& file, const std::string& process) {
  return file.empty() ? nullptr : std::make_unique<TraceFile>(file, process);
}

}  // namespace flashd::trace
