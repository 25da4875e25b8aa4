// A folder of plug-ins for one test, a registry that searches it, and eyes on what the fixture plug-ins count.
#pragma once

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "server/net/host.h"
#include "server/net/stack.h"
#include "tests/unit/net/plugins/fixture.h"

namespace keyway::net {

// Whether `condition` holds before a deadline.
inline bool Eventually(const std::function<bool()>& condition) {
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

class PluginSandbox : public testing::Test {
 protected:
  PluginSandbox() {
    std::string name = (std::filesystem::temp_directory_path() / "keyway-net-XXXXXX").string();
    root_ = mkdtemp(name.data());
    std::filesystem::create_directory(Path("plugins"));
    registry_ = MakeRegistry();
  }
  ~PluginSandbox() override {
    registry_.reset();
    std::filesystem::remove_all(root_);
  }

  std::string Path(const std::string& name) const { return root_ + "/" + name; }

  std::unique_ptr<Registry> MakeRegistry() {
    return Registry::Create({.transport_dirs = {Path("plugins")}, .cache_dir = Path("cache")});
  }

  static std::string ReadFile(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::stringstream content;
    content << in.rdbuf();
    return content.str();
  }
  // Overwrites in place when the file is there. Returns the path.
  std::string WriteFile(const std::string& name, const std::string& content, mode_t mode = 0644) const {
    std::ofstream(Path(name), std::ios::binary | std::ios::trunc) << content;
    chmod(Path(name).c_str(), mode);
    return Path(name);
  }
  static std::string Fixture(const std::string& fixture) {
    return ReadFile(std::string(KW_FIXTURE_DIR) + "/net_fixture_" + fixture + ".so");
  }
  // Puts a fixture where the registry looks for the transport `id`. Returns the path.
  std::string Install(const std::string& fixture, const std::string& id) const {
    return WriteFile("plugins/keyway-transport-" + id + ".so", Fixture(fixture));
  }

  // What the carrier of a stack, or its filter, shows to tests.
  static const fixture& ProbeOf(const PluginContext& context) {
    return *static_cast<const fixture*>(context.transport().get_extension(FIXTURE_EXTENSION));
  }

  std::shared_ptr<const Stack> MustMakeStack(const std::string& name, const Settings& settings = {}) {
    auto stack = registry_->MakeStack(name, settings);
    if (!stack) throw std::runtime_error(name + ": " + stack.error().text());  // GoogleTest reports it
    return *stack;
  }

  // The text of the error, or "no error".
  template <class T>
  static std::string TextOf(const Result<T>& result) {
    return result ? "no error" : result.error().text();
  }

  std::string root_;
  std::unique_ptr<Registry> registry_;
};

}  // namespace keyway::net
