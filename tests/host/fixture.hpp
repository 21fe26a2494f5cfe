// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace flashd::testing {

/// An empty folder that goes with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

void write_text(const std::filesystem::path& path, const std::string& text);
std::string read_text(const std::filesystem::path& path);

/// Bytes of a .npy file put together here, not by the code under test. `header` is the dictionary.
std::string npy_bytes(const std::string& header, const std::string& payload, int version = 1);
/// The dictionary as NumPy writes it.
std::string npy_header(const std::string& descr, const std::vector<std::int64_t>& shape,
                       bool fortran = false);
/// A float32 file of the shape, elements of a fixed sequence within +-2.
std::string float_npy(const std::vector<std::int64_t>& shape, float scale = 1.0f);
template <typename T>
std::string payload(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

/// q, k and v of [heads, rows, d] in `folder`: a case that runs.
void write_case(const std::filesystem::path& folder, std::int64_t heads_q = 2,
                std::int64_t heads_kv = 1, std::int64_t queries = 3, std::int64_t keys = 5,
                std::int64_t d = 8, std::int64_t dv = 8);

struct Run {
  int exit = -1;  ///< 128 + signal if one ended it
  std::string out, err;
};
/// Runs the flashd executable. `environment` entries are set on top of this process's own; what it
/// prints goes to the file `to` if there is one, and is not read.
Run run_flashd(const std::vector<std::string>& arguments,
               const std::vector<std::pair<std::string, std::string>>& environment = {},
               const std::string& to = "");
/// The same, with SIGINT after so many milliseconds.
Run interrupt_flashd(const std::vector<std::string>& arguments, int after_ms);

/// One line that starts with "flashd: ".
bool is_one_sentence(const std::string& err);

}  // namespace flashd::testing
