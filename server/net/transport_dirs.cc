// Where plug-ins lie when the configuration does not say.
#include <dirent.h>
#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "server/net/host.h"

namespace keyway::net {
namespace {

// How far above the executable a build folder is looked for: <build>/server/app, <build>/tests/unit/net.
constexpr int kMaxLevelsUp = 4;

std::vector<std::string> Entries(const std::string& folder) {
  std::unique_ptr<DIR, int (*)(DIR*)> dir(opendir(folder.c_str()), &closedir);
  std::vector<std::string> names;
  if (!dir) return names;
  while (dirent* entry = readdir(dir.get())) {
    if (entry->d_name[0] != '.') names.push_back(entry->d_name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool HoldsPlugins(const std::string& folder) {
  std::vector<std::string> names = Entries(folder);
  return std::any_of(names.begin(), names.end(), [](const std::string& name) {
    return name.starts_with("keyway-transport-") && name.ends_with(".so");
  });
}

std::string FolderOfExecutable() {
  char path[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  if (length <= 0) return "";
  std::string folder(path, static_cast<size_t>(length));
  return folder.substr(0, folder.rfind('/'));
}

}  // namespace

std::vector<std::string> DefaultTransportDirs() {
  std::vector<std::string> dirs;
  std::string folder = FolderOfExecutable();
  if (HoldsPlugins(folder)) dirs.push_back(folder);
  // In a build folder each plug-in has a folder of its own.
  std::string above = folder;
  for (int level = 0; level < kMaxLevelsUp && above.find('/') != above.npos && !above.empty(); ++level) {
    above.resize(above.rfind('/'));
    std::string plugins = above + "/plugins";
    for (const std::string& name : Entries(plugins)) {
      if (HoldsPlugins(plugins + "/" + name)) dirs.push_back(plugins + "/" + name);
    }
  }
  // Installed: seen from <prefix>/bin, so that a moved installation works, then where the build was told to install.
  size_t slash = folder.rfind('/');
  if (slash != folder.npos) dirs.push_back(folder.substr(0, slash) + "/" KEYWAY_LIBDIR "/keyway/transports");
  std::string installed = KEYWAY_PREFIX "/" KEYWAY_LIBDIR "/keyway/transports";
  if (std::find(dirs.begin(), dirs.end(), installed) == dirs.end()) dirs.push_back(installed);
  return dirs;
}

}  // namespace keyway::net
