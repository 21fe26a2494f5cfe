// SPDX-License-Identifier: Apache-2.0
#include "host/accuracy/plot.hpp"

#include <cstdlib>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace flashd::accuracy {

namespace fs = std::filesystem;

std::string plot(const fs::path& out, const fs::path& checkout) {
  const fs::path script = checkout / "host" / "accuracy" / "plot.py";
  if (checkout.empty() || !fs::exists(script)) {
    return "No picture: host/accuracy/plot.py is found only inside a checkout.";
  }
  const fs::path picture = out / "accuracy.png";
  const fs::path own = checkout / ".venv" / "bin" / "python3";
  std::string python = fs::exists(own) ? own.string() : "python3";
  std::string script_text = script.string();
  std::string csv = (out / "accuracy.csv").string();
  std::string png = picture.string();
  char* const arguments[] = {python.data(), script_text.data(), csv.data(), png.data(), nullptr};
  pid_t child = 0;
  if (posix_spawnp(&child, python.c_str(), nullptr, nullptr, arguments, environ) != 0) {
    return "No picture: python3 could not be started.";
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) {
    return "No picture: host/accuracy/plot.py was interrupted.";
  }
  if (WEXITSTATUS(status) == 3) {
    return "No picture: the Python module matplotlib is not installed (./flashd installs it).";
  }
  if (WEXITSTATUS(status) != 0) return "No picture: host/accuracy/plot.py failed.";
  return "Wrote " + png + ".";
}

}  // namespace flashd::accuracy
