// SPDX-License-Identifier: Apache-2.0
#include "tests/serial/terminal.hpp"

#include <array>
#include <cstdlib>
#include <stdexcept>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

namespace flashd::testing {

Terminal::Terminal() : far_(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
  std::array<char, 128> name{};
  if (far_ < 0 || grantpt(far_) != 0 || unlockpt(far_) != 0 ||
      ptsname_r(far_, name.data(), name.size()) != 0)
    throw std::runtime_error("no pseudo-terminal could be made");
  name_ = name.data();
  near_ = open(name_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  termios settings{};
  if (near_ < 0 || tcgetattr(near_, &settings) != 0)
    throw std::runtime_error("the pseudo-terminal cannot be opened");
  cfmakeraw(&settings);
  tcsetattr(near_, TCSANOW, &settings);
}

Terminal::~Terminal() {
  close(near_);
  close(far_);
}

}  // namespace flashd::testing
