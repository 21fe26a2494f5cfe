// SPDX-License-Identifier: Apache-2.0
#include "tests/host/fixture.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace flashd::testing {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "flashd-test-XXXXXX").string();
  if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder could be made");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code error;
  fs::remove_all(path_, error);
}

void write_text(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw std::runtime_error("cannot write " + path.string());
}

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return text.str();
}

std::string npy_bytes(const std::string& header, const std::string& payload, int version) {
  std::string text = header;
  const std::size_t start = version == 1 ? 10 : 12;
  while ((start + text.size() + 1) % 64 != 0) text += ' ';
  text += '\n';
  std::string out("\x93NUMPY", 6);
  out += static_cast<char>(version);
  out += '\0';
  for (std::size_t i = 0; i < start - 8; ++i)
    out += static_cast<char>((text.size() >> (8 * i)) & 0xff);
  return out + text + payload;
}

std::string npy_header(const std::string& descr, const std::vector<std::int64_t>& shape,
                       bool fortran) {
  std::string text = "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") +
                     ", 'shape': (";
  for (std::size_t i = 0; i < shape.size(); ++i)
    text += std::to_string(shape[i]) + (i + 1 < shape.size() ? ", " : "");
  return text + (shape.size() == 1 ? ",), }" : "), }");
}

std::string float_npy(const std::vector<std::int64_t>& shape, float scale) {
  std::size_t count = 1;
  for (const std::int64_t extent : shape) count *= static_cast<std::size_t>(extent);
  std::vector<float> values(count);
  std::uint32_t state = 12345;
  for (float& value : values) {
    state = state * 1664525u + 1013904223u;
    value = scale * (static_cast<float>(state >> 16) / 16384.0f - 2.0f);
  }
  return npy_bytes(npy_header("<f4", shape), payload(values));
}

void write_case(const fs::path& folder, std::int64_t heads_q, std::int64_t heads_kv,
                std::int64_t queries, std::int64_t keys, std::int64_t d, std::int64_t dv) {
  write_text(folder / "q.npy", float_npy({heads_q, queries, d}));
  write_text(folder / "k.npy", float_npy({heads_kv, keys, d}));
  write_text(folder / "v.npy", float_npy({heads_kv, keys, dv}));
}

namespace {

pid_t start(const std::vector<std::string>& arguments,
            const std::vector<std::pair<std::string, std::string>>& environment,
            const TemporaryFolder& folder, const std::string& to = "") {
  std::vector<std::string> words{FLASHD_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::vector<std::string> settings;
  for (const auto& [name, value] : environment) settings.push_back(name + "=" + value);
  std::vector<char*> env;
  for (std::string& setting : settings) env.push_back(setting.data());
  for (char** entry = environ; *entry; ++entry) {
    const std::string text = *entry;
    const bool replaced =
        std::any_of(environment.begin(), environment.end(),
                    [&](const auto& pair) { return text.rfind(pair.first + "=", 0) == 0; });
    if (!replaced) env.push_back(*entry);
  }
  env.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const int flags = O_WRONLY | O_CREAT | O_TRUNC;
  const std::string out = to.empty() ? (folder / "out").string() : to, err = folder / "err";
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), flags, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), flags, 0600);
  pid_t child = 0;
  const int error = posix_spawn(&child, FLASHD_PROGRAM, &actions, nullptr, argv.data(), env.data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("cannot start " FLASHD_PROGRAM);
  return child;
}

Run finish(pid_t child, const TemporaryFolder& folder) {
  int status = 0;
  if (waitpid(child, &status, 0) != child) throw std::runtime_error("waitpid failed");
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  const std::string out = fs::exists(folder / "out") ? read_text(folder / "out") : "";
  return {code, out, read_text(folder / "err")};
}

}  // namespace

Run run_flashd(const std::vector<std::string>& arguments,
               const std::vector<std::pair<std::string, std::string>>& environment,
               const std::string& to) {
  const TemporaryFolder folder;
  return finish(start(arguments, environment, folder, to), folder);
}

Run interrupt_flashd(const std::vector<std::string>& arguments, int after_ms) {
  const TemporaryFolder folder;
  const pid_t child = start(arguments, {}, folder);
  std::this_thread::sleep_for(std::chrono::milliseconds(after_ms));
  kill(child, SIGINT);
  return finish(child, folder);
}

bool is_one_sentence(const std::string& err) {
  return err.rfind("flashd: ", 0) == 0 && std::count(err.begin(), err.end(), '\n') == 1 &&
         err.back() == '\n' && err.size() < 600;
}

}  // namespace flashd::testing
