// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "host/api/backend.hpp"
#include "host/io/error.hpp"

namespace flashd::host {
namespace {

namespace fs = std::filesystem;

using InfoFunction = decltype(&flashd_rtl_info);
using RunFunction = decltype(&flashd_rtl_run);

/// Folders where a plug-in may lie, best first.
std::vector<fs::path> plugin_folders() {
  if (const char* chosen = std::getenv("FLASHD_PLUGIN_DIR")) return {chosen};
  std::vector<fs::path> folders;
  const auto add = [&folders](const fs::path& base) {
    folders.push_back(base / ".." / "lib");
    folders.push_back(base);
  };
  Dl_info library{};
  if (dladdr(reinterpret_cast<const void*>(&open_rtl), &library) != 0 && library.dli_fname)
    add(fs::path(library.dli_fname).parent_path());
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) add(program.parent_path());
  return folders;
}

struct CloseLibrary {
  void operator()(void* handle) const { dlclose(handle); }
};
using Library = std::unique_ptr<void, CloseLibrary>;

template <typename Function>
Function symbol(const Library& library, const fs::path& path, const char* name) {
  if (void* address = dlsym(library.get(), name)) return reinterpret_cast<Function>(address);
  throw Error(Exit::unavailable, path.string() + ": has no function " + name +
                                     ", so it is not a plug-in of this flashd");
}

fs::path find_plugin(const EngineConfig& config, Profile profile) {
  const std::string stem = std::string("flashd_rtl_") + config.name + "_" + to_text(profile);
  const std::string file = "lib" + stem + ".so";
  for (const fs::path& folder : plugin_folders())
    if (fs::path path = folder / file; fs::exists(path)) return path;
  throw Error(Exit::unavailable, "back end rtl: " + file + " was not found; build it with: " +
                                     "cmake --build --preset release --target " + stem);
}

class RtlBackend final : public Backend {
 public:
  RtlBackend(const EngineConfig& config, Profile profile) : path_(find_plugin(config, profile)) {
    library_.reset(dlopen(path_.c_str(), RTLD_NOW | RTLD_LOCAL));
    if (!library_) {
      const char* reason = dlerror();
      throw Error(Exit::unavailable,
                  path_.string() + ": cannot be loaded: " + (reason ? reason : "unknown reason"));
    }
    run_ = symbol<RunFunction>(library_, path_, "flashd_rtl_run");
    sim::BuildInfo info;
    info.job_bytes = 0;
    symbol<InfoFunction>(library_, path_, "flashd_rtl_info")(&info);
    if (info.spec_hash != spec::kHash)
      throw Error(Exit::unavailable, path_.string() + ": was built from spec " +
                                         hash_text(info.spec_hash) + ", this program from spec " +
                                         hash_text(spec::kHash) + "; build both again");
    if (info.job_bytes != sizeof(Job))
      throw Error(Exit::unavailable,
                  path_.string() + ": was built with other job options; build it again");
    if (info.config != std::string(config.name) || info.profile != profile)
      throw Error(Exit::unavailable, path_.string() + ": holds " + info.config + " " +
                                         to_text(info.profile) + ", expected " + config.name + " " +
                                         to_text(profile));
  }

  const char* name() const override { return "rtl"; }
  bool counts_cycles() const override { return true; }

  Result run(const Job& job, const sim::Options& options, sim::Report& report) override {
    Result result;
    switch (run_(&job, &options, &result, &report)) {
      case 0:
        return result;
      case 1:
        throw Error(Exit::mismatch, report.failure);
      case 2:
        throw Error(Exit::usage, report.failure);
      case 4:
        throw Error(Exit::fault, report.failure);
      default:
        throw Error(Exit::internal, path_.string() + ": returned an unknown status");
    }
  }

 private:
  fs::path path_;
  Library library_;
  RunFunction run_ = nullptr;
};

}  // namespace

std::unique_ptr<Backend> open_rtl(const EngineConfig& config, Profile profile) {
  return std::make_unique<RtlBackend>(config, profile);
}

}  // namespace flashd::host
