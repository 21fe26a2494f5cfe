// SPDX-License-Identifier: Apache-2.0
#include "sim/soc/terminal.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "host/io/error.hpp"

namespace flashd::soc {

namespace {

host::Error failure(const std::string& what) {
  return host::Error(host::Exit::unavailable, what + ": " + std::strerror(errno));
}

/// Points `link` to `target`; only another symbolic link may be in its place.
void make_link(const std::string& target, const std::string& link) {
  struct stat info;
  if (::lstat(link.c_str(), &info) == 0) {
    if (!S_ISLNK(info.st_mode))
      throw host::bad_input(link, "is there already and no symbolic link; name another path");
    if (::unlink(link.c_str()) != 0) throw failure(link);
  }
  if (::symlink(target.c_str(), link.c_str()) != 0) throw failure(link);
}

}  // namespace

Terminal::Terminal(const std::string& link) {
  try {
    master_ = ::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    char name[256];
    if (master_ < 0 || ::grantpt(master_) != 0 || ::unlockpt(master_) != 0 ||
        ::ptsname_r(master_, name, sizeof name) != 0)
      throw failure("no pseudo-terminal can be made");
    name_ = name;
    slave_ = ::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    termios mode;
    if (slave_ < 0 || ::tcgetattr(slave_, &mode) != 0) throw failure(name_);
    ::cfmakeraw(&mode);
    if (::tcsetattr(slave_, TCSANOW, &mode) != 0) throw failure(name_);
    if (!link.empty()) make_link(name_, link);
    link_ = link;
  } catch (...) {
    if (slave_ >= 0) ::close(slave_);
    if (master_ >= 0) ::close(master_);
    throw;
  }
}

Terminal::~Terminal() {
  if (!link_.empty()) ::unlink(link_.c_str());
  ::close(slave_);
  ::close(master_);
}

std::size_t Terminal::read(std::uint8_t* to, std::size_t room) {
  const ssize_t count = ::read(master_, to, room);
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

void Terminal::write(const std::uint8_t* from, std::size_t count) {
  while (count > 0) {
    const ssize_t done = ::write(master_, from, count);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return;
    from += done;
    count -= static_cast<std::size_t>(done);
  }
}

}  // namespace flashd::soc
