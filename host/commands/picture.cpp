// SPDX-License-Identifier: Apache-2.0
#include "host/commands/picture.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/commands/context.hpp"

namespace flashd::host {
namespace {

/// Runs a program with its output thrown away; its exit status, or -1 if it could not be started.
int run_quietly(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO})
    posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int error =
      posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  if (error != 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

}  // namespace

std::string draw_pictures(const std::vector<Drawing>& drawings) {
  namespace fs = std::filesystem;
  const fs::path checkout = find_checkout();
  const fs::path script = checkout / "python" / "plot_demo.py";
  if (checkout.empty() || !fs::exists(script)) return "python/plot_demo.py was not found";
  const fs::path venv = checkout / ".venv" / "bin" / "python";
  const std::string python = fs::exists(venv) ? venv.string() : "python3";
  std::vector<std::string> command{python, script.string()};
  for (const Drawing& drawing : drawings)
    command.insert(command.end(), {"--case", drawing.input.string(), drawing.result.string()});
  const int status = run_quietly(command);
  if (status == 0) return "";
  if (status == 3) return "Python has no NumPy and Matplotlib; ./flashd demo installs them";
  if (status < 0 || status == 127) return "Python was not found";
  return "python/plot_demo.py failed with status " + std::to_string(status);
}

}  // namespace flashd::host
