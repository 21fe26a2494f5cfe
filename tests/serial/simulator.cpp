// SPDX-License-Identifier: Apache-2.0
#include "tests/serial/simulator.hpp"

#include <csignal>
#include <stdexcept>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace flashd::testing {

SocSimulator::SocSimulator(const std::string& program, const std::string& firmware,
                           const std::vector<std::string>& options) {
  std::vector<std::string> words{program, "--firmware", firmware};
  words.insert(words.end(), options.begin(), options.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe could be made");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  const int error = posix_spawn(&child_, program.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  char byte = 0;
  while (error == 0 && read(ends[0], &byte, 1) == 1 && byte != '\n') name_ += byte;
  close(ends[0]);
  if (error != 0 || name_.empty()) throw std::runtime_error(program + " told no pseudo-terminal");
}

SocSimulator::~SocSimulator() {
  kill(child_, SIGTERM);
  waitpid(child_, nullptr, 0);
}

}  // namespace flashd::testing
