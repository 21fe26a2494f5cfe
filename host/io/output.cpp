// SPDX-License-Identifier: Apache-2.0
#include "host/io/output.hpp"

#include <csignal>
#include <cstring>
#include <fstream>

#include <unistd.h>

#include "host/io/error.hpp"

namespace flashd::host {
namespace {

namespace fs = std::filesystem;

/// Keeps SIGINT and SIGTERM of this thread waiting, so that an interrupt leaves all files or none.
class SignalGuard {
 public:
  SignalGuard() {
    sigset_t block;
    sigemptyset(&block);
    sigaddset(&block, SIGINT);
    sigaddset(&block, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &block, &before_);
  }
  ~SignalGuard() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;

 private:
  sigset_t before_{};
};

/// Takes back what it was told of unless dismissed.
class Undo {
 public:
  Undo() = default;
  Undo(const Undo&) = delete;
  Undo& operator=(const Undo&) = delete;
  ~Undo() {
    if (dismissed_) return;
    std::error_code error;
    for (auto path = paths_.rbegin(); path != paths_.rend(); ++path) fs::remove(*path, error);
  }
  void remember(const fs::path& path) { paths_.push_back(path); }
  void dismiss() { dismissed_ = true; }

 private:
  std::vector<fs::path> paths_;
  bool dismissed_ = false;
};

/// Creates a folder with its parents, remembering each new one.
void create_folder(const fs::path& folder, Undo& undo) {
  std::error_code error;
  if (folder.empty() || fs::is_directory(folder, error)) return;
  create_folder(folder.parent_path(), undo);
  std::error_code other;
  if (!fs::create_directory(folder, error) && !fs::is_directory(folder, other))
    throw bad_input(folder.string(),
                    "cannot be created: " + (error ? error.message() : "it is not a directory"));
  undo.remember(folder);
}

}  // namespace

void OutputFiles::expect_folder(const fs::path& folder) const {
  if (folder.empty()) throw bad_input("output folder", "has no name");
  std::error_code error;
  const auto status = fs::status(folder, error);
  if (fs::exists(status) && !fs::is_directory(status))
    throw bad_input(folder.string(), "is not a directory; expected one for the output files");
  if (fs::is_directory(status) && access(folder.c_str(), W_OK) != 0)
    throw bad_input(folder.string(), std::string("cannot be written to: ") + std::strerror(errno));
}

void OutputFiles::add(fs::path path, std::vector<std::byte> bytes) {
  files_.push_back({std::move(path), std::move(bytes)});
}

void OutputFiles::remove(fs::path path) { stale_.push_back(std::move(path)); }

void OutputFiles::add_text(fs::path path, const std::string& text) {
  const auto* data = reinterpret_cast<const std::byte*>(text.data());
  add(std::move(path), {data, data + text.size()});
}

void OutputFiles::commit() {
  const SignalGuard guard;
  Undo undo;
  const std::string suffix = ".part" + std::to_string(getpid());
  for (const File& file : files_) {
    create_folder(file.path.parent_path(), undo);
    std::error_code error;
    if (fs::is_directory(file.path, error))
      throw bad_input(file.path.string(), "is a directory; expected a file or nothing");
    const fs::path part = file.path.string() + suffix;
    undo.remember(part);
    std::ofstream out(part, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(file.bytes.data()),
              static_cast<std::streamsize>(file.bytes.size()));
    out.close();
    if (!out) throw bad_input(file.path.string(), "cannot be written");
  }
  for (const File& file : files_) {
    std::error_code error;
    fs::rename(file.path.string() + suffix, file.path, error);
    if (error) throw bad_input(file.path.string(), "cannot be written: " + error.message());
  }
  undo.dismiss();
  for (const fs::path& path : stale_) {
    std::error_code error;
    fs::remove(path, error);
    if (error) throw bad_input(path.string(), "cannot be removed: " + error.message());
  }
}

}  // namespace flashd::host
