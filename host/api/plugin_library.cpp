// SPDX-License-Identifier: Apache-2.0
#include "host/api/plugin_library.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "host/api/backend.hpp"
#include "host/io/error.hpp"

namespace flashd::host {
namespace {

namespace fs = std::filesystem;

/// Folders where a plug-in may lie, best first.
std::vector<fs::path> plugin_folders() {
  if (const char* chosen = std::getenv("FLASHD_PLUGIN_DIR")) return {chosen};
  std::vector<fs::path> folders;
  const auto add = [&folders](const fs::path& base) {
    folders.push_back(base / ".." / "lib");
    folders.push_back(base);
  };
  Dl_info library{};
  if (dladdr(reinterpret_cast<const void*>(&open_engine), &library) != 0 && library.dli_fname)
    add(fs::path(library.dli_fname).parent_path());
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) add(program.parent_path());
  return folders;
}

std::string find_plugin(const std::string& backend, const std::string& name) {
  const std::string file = "lib" + name + ".so";
  for (const fs::path& folder : plugin_folders())
    if (const fs::path path = folder / file; fs::exists(path)) return path.string();
  throw Error(Exit::unavailable, "back end " + backend + ": " + file +
                                     " was not found; build it with: cmake --build --preset "
                                     "release --target " +
                                     name);
}

}  // namespace

void PluginLibrary::Close::operator()(void* handle) const { dlclose(handle); }

PluginLibrary::PluginLibrary(const std::string& backend, const std::string& stem,
                             const EngineConfig& config, Profile profile)
    : config_(config),
      profile_(profile),
      path_(find_plugin(backend, stem + "_" + config.name + "_" + to_text(profile))),
      library_(dlopen(path_.c_str(), RTLD_NOW | RTLD_LOCAL)) {
  if (library_) return;
  const char* reason = dlerror();
  throw Error(Exit::unavailable,
              path_ + ": cannot be loaded: " + (reason ? reason : "unknown reason"));
}

void* PluginLibrary::find(const char* name) const {
  if (void* address = dlsym(library_.get(), name)) return address;
  throw Error(Exit::unavailable,
              path_ + ": has no function " + name + ", so it is not a plug-in of this flashd");
}

void PluginLibrary::check(const sim::BuildInfo& info, std::size_t options_bytes) const {
  if (info.spec_hash != spec::kHash)
    throw Error(Exit::unavailable, path_ + ": was built from spec " + hash_text(info.spec_hash) +
                                       ", this program from spec " + hash_text(spec::kHash) +
                                       "; build both again");
  if (info.job_bytes != sizeof(Job) || info.options_bytes != options_bytes)
    throw Error(Exit::unavailable, path_ + ": was built with other job options; build it again");
  if (info.config != std::string(config_.name) || info.profile != profile_)
    throw Error(Exit::unavailable, path_ + ": holds " + info.config + " " + to_text(info.profile) +
                                       ", expected " + config_.name + " " + to_text(profile_));
}

}  // namespace flashd::host
