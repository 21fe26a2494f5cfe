// SPDX-License-Identifier: Apache-2.0
#include "sim/soc/log.hpp"

#include <zlib.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "host/io/error.hpp"

namespace flashd::soc {

TransactionLog::TransactionLog(const std::string& path) : file_(path) {
  if (!file_) throw host::bad_input(path, "cannot be written");
}

void TransactionLog::access(std::uint64_t cycle, bool write, std::uint32_t address,
                            std::uint32_t data, std::uint32_t strobes, std::uint32_t response) {
  char line[96];
  std::snprintf(line, sizeof line, "%" PRIu64 " reg %s %03x %08x %x %x\n", cycle,
                write ? "write" : "read", address, data, strobes, response);
  file_ << line;
}

void TransactionLog::address(bool write, std::uint64_t address, std::uint32_t beats) {
  (write ? writes_ : reads_).push_back({address, beats, 0, 0, false});
}

void TransactionLog::beat(std::uint64_t cycle, bool write, std::uint64_t data,
                          std::uint32_t strobes, std::uint32_t response, bool last) {
  std::deque<Burst>& bursts = write ? writes_ : reads_;
  const auto burst =
      std::find_if(bursts.begin(), bursts.end(), [](const Burst& each) { return !each.filled; });
  if (burst == bursts.end()) return;
  for (int i = 0; i < 8; ++i) {
    const auto byte = static_cast<unsigned char>(data >> (8 * i));
    if (!write || ((strobes >> i) & 1u) != 0)
      burst->crc = static_cast<std::uint32_t>(crc32(burst->crc, &byte, 1));
  }
  burst->response = std::max(burst->response, response);
  burst->filled = last;
  if (last && !write) {
    end(cycle, "read", *burst);
    bursts.erase(burst);
  }
}

void TransactionLog::response(std::uint64_t cycle, std::uint32_t response) {
  if (writes_.empty()) return;
  writes_.front().response = response;
  end(cycle, "write", writes_.front());
  writes_.pop_front();
}

void TransactionLog::burst(std::uint64_t cycle, bool write, std::uint64_t address,
                           std::uint32_t beats, const std::uint8_t* data, std::size_t count,
                           std::uint32_t response) {
  const auto crc = count == 0 ? 0 : crc32(0, data, static_cast<uInt>(count));
  end(cycle, write ? "write" : "read",
      {address, beats, static_cast<std::uint32_t>(crc), response, true});
}

void TransactionLog::level(std::uint64_t cycle, const char* what, bool value) {
  if (std::string(what) == "reset" && !value) {
    reads_.clear();
    writes_.clear();
  }
  file_ << cycle << ' ' << what << ' ' << value << '\n';
}

void TransactionLog::end(std::uint64_t cycle, const char* kind, const Burst& burst) {
  char line[96];
  std::snprintf(line, sizeof line, "%" PRIu64 " mem %s %" PRIx64 " %u %08x %x\n", cycle, kind,
                burst.address, burst.beats, burst.crc, burst.response);
  file_ << line;
}

}  // namespace flashd::soc
