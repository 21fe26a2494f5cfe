// SPDX-License-Identifier: Apache-2.0
#include "tests/cosim/plugin.hpp"

#include <dlfcn.h>

#include <stdexcept>

namespace flashd::cosim {

void Plugin::Close::operator()(void* handle) const { dlclose(handle); }

Plugin::Plugin(const std::string& path) : library_(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
  if (!library_) throw std::runtime_error(path + " cannot be loaded: " + dlerror());
  const auto find = [&](const char* name) {
    void* address = dlsym(library_.get(), name);
    if (!address) throw std::runtime_error(path + " has no function " + name);
    return address;
  };
  reinterpret_cast<decltype(&flashd_rtl_info)>(find("flashd_rtl_info"))(&info_);
  run_ = reinterpret_cast<decltype(&flashd_rtl_run)>(find("flashd_rtl_run"));
}

}  // namespace flashd::cosim
