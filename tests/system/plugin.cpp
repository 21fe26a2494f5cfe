// SPDX-License-Identifier: Apache-2.0
#include "tests/system/plugin.hpp"

#include <dlfcn.h>

#include <stdexcept>

namespace flashd::system {

void Plugin::Close::operator()(void* handle) const { dlclose(handle); }

Plugin::Plugin(const std::string& path) : library_(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
  if (!library_) throw std::runtime_error(path + " cannot be loaded: " + dlerror());
  const auto find = [&](const char* name) {
    void* address = dlsym(library_.get(), name);
    if (!address) throw std::runtime_error(path + " has no function " + name);
    return address;
  };
  reinterpret_cast<decltype(&flashd_top_info)>(find("flashd_top_info"))(&info_);
  if (info_.options_bytes != sizeof(Options))
    throw std::runtime_error(path + " was built with other options; build it again");
  axi_bits_ = reinterpret_cast<decltype(&flashd_top_axi_bits)>(find("flashd_top_axi_bits"))();
  open_ = reinterpret_cast<decltype(&flashd_top_open)>(find("flashd_top_open"));
}

const spec::Config& Plugin::config() const {
  for (const spec::Config& config : spec::kConfigs)
    if (std::string(config.name) == info_.config) return config;
  throw std::runtime_error(std::string(info_.config) + " is no configuration of this spec");
}

}  // namespace flashd::system
