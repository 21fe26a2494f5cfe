// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace flashd::host {

/// Output files of a command, written all or none: each goes to a temporary beside its place and
/// is renamed when all are complete. A failure leaves neither temporaries nor new folders.
class OutputFiles {
 public:
  /// Fails early if the folder exists as something else or cannot be written to.
  void expect_folder(const std::filesystem::path& folder) const;
  void add(std::filesystem::path path, std::vector<std::byte> bytes);
  void add_text(std::filesystem::path path, const std::string& text);
  /// A file of an earlier run that is not written now; it goes once the others are written.
  void remove(std::filesystem::path path);
  /// Throws Error(usage) naming the file that could not be written. Signals wait meanwhile.
  void commit();

 private:
  struct File {
    std::filesystem::path path;
    std::vector<std::byte> bytes;
  };
  std::vector<File> files_;
  std::vector<std::filesystem::path> stale_;
};

}  // namespace flashd::host
