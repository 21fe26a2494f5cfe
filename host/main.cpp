// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <new>
#include <string>

#include <unistd.h>

#include "host/api/flashd.hpp"
#include "host/commands/context.hpp"

namespace {

using flashd::host::Exit;

extern "C" void on_interrupt(int) {
  constexpr char kMessage[] = "flashd: interrupted\n";
  // Only async-signal-safe calls; outputs are written all or none with this signal blocked.
  const auto written = write(STDERR_FILENO, kMessage, sizeof kMessage - 1);
  static_cast<void>(written);
  _exit(static_cast<int>(Exit::interrupted));
}

void install_interrupt() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

int fail(Exit exit, const std::string& sentence) {
  std::cerr << "flashd: " << sentence << "\n";
  return static_cast<int>(exit);
}

Exit to_exit(flashd_status status) {
  return status <= FLASHD_INTERNAL ? static_cast<Exit>(status) : Exit::fault;
}

int run(int argc, char** argv) {
  CLI::App app{"flashd: exact attention on a FLASH-D engine", "flashd"};
  flashd::host::Context context;
  app.require_subcommand(1);
  app.set_version_flag("--version", FLASHD_VERSION);
  flashd::host::add_run(app, context);
  flashd::host::add_verify(app, context);
  flashd::host::add_info(app, context);
  flashd::host::add_demo(app, context);
  flashd::host::add_accuracy(app, context);
  flashd::host::add_onnx(app, context);
  flashd::host::add_sweep_point(app, context);
  const auto is_first = [&](const CLI::App* command) { return command->get_name() == argv[1]; };
  if (argc > 1 && argv[1][0] != '-' && app.get_subcommands(is_first).empty())
    return fail(Exit::usage, std::string("'") + argv[1] + "' is no command; see flashd --help");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    return fail(Exit::usage, std::string(error.what()) + "; see flashd --help");
  }
  const Exit exit = context.action();
  // One flush that failed is all that tells: the next one has nothing left to write.
  const bool told = std::cout.flush() && std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (!told) return fail(Exit::usage, "standard output cannot be written");
  return static_cast<int>(exit);
}

}  // namespace

int main(int argc, char** argv) {
  install_interrupt();
  try {
    return run(argc, argv);
  } catch (const flashd::host::Error& error) {
    return fail(error.exit(), error.what());
  } catch (const flashd::DeviceError& error) {
    return fail(to_exit(error.status()), error.what());
  } catch (const std::bad_alloc&) {
    return fail(Exit::internal, "this job needs more memory than the machine has");
  } catch (const std::exception& error) {
    return fail(Exit::internal, error.what());
  }
}
