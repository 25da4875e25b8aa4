// The documents that are made from the table, and configuration files of real installations.
#include "server/config/keyway_conf.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "server/config/config.h"
#include "server/config/option.h"
#include "tests/unit/config/temp_dir.h"

namespace keyway::config {
namespace {

const std::string kRoot = KW_SOURCE_ROOT;

TEST(KeywayConf, TheCommittedFileIsUpToDate) {
  EXPECT_TRUE(ReadText(kRoot + "/keyway.conf") == KeywayConf()) << "run: ninja -C BUILD update-keyway-conf";
}

TEST(KeywayConf, TheCompatibilityTableIsUpToDate) {
  EXPECT_NE(ReadText(kRoot + "/docs/compat.md").find(CompatTable()), std::string::npos)
      << "run: ninja -C BUILD update-keyway-conf";
}

TEST(KeywayConf, NamesEveryVisibleOptionOnce) {
  const std::string text = KeywayConf();
  for (const Option& option : Options()) {
    const bool found = text.find("\n# " + std::string(option.name) + " ") != std::string::npos;
    EXPECT_EQ(found, !option.Is(kHidden)) << option.name;
  }
}

// What the file claims to be the default is the default: with the comment signs taken away it changes nothing.
TEST(KeywayConf, ItsLinesAreTheDefaults) {
  std::istringstream in(KeywayConf());
  std::vector<std::string> block;
  std::string lines;
  size_t options = 0;
  for (std::string line; std::getline(in, line) || !block.empty();) {
    if (in && !line.empty()) {
      block.push_back(line.substr(std::min<size_t>(2, line.size())));
      continue;
    }
    // A block ends with the option's lines; "name ..." stands for one that is not set.
    const std::string name = block.back().substr(0, block.back().find(' '));
    if (FindOption(name) != nullptr && block.size() > 2) {
      ++options;
      for (const std::string& one : block) {
        if (one.starts_with(name + " ") && &one > &block[1] && !one.ends_with("...")) lines += one + "\n";
      }
    }
    block.clear();
  }
  EXPECT_GT(options, 180u);
  Config config;
  const auto loaded = config.Load({.file = {}, .standard_input = lines, .options = {}});
  ASSERT_TRUE(loaded) << loaded.error().Render("test");
  for (const Option& option : Options()) {
    if (option.name == "dir") continue;
    EXPECT_EQ(option.kind->Get(config.settings()), option.kind->Get(DefaultSettings())) << option.name;
  }
}

TEST(KeywayConf, LoadsItself) {
  Config config;
  EXPECT_TRUE(config.Load({.file = kRoot + "/keyway.conf", .standard_input = {}, .options = {}}));
}

TEST(RealFiles, DebiansRedisConf) {
  const std::string text = ReadText("/etc/redis/redis.conf");
  if (text.empty()) GTEST_SKIP() << "no /etc/redis/redis.conf on this machine, or it is not readable";
  // Its folders need not exist here, or be writable.
  TempDir dir;
  std::istringstream in(text);
  std::string lines;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("dir ")) line = "dir " + dir.path();
    if (line.starts_with("logfile ")) line = "logfile log";
    lines += line + "\n";
  }
  Config config;
  const auto loaded = config.Load({.file = {}, .standard_input = lines, .options = {}});
  ASSERT_TRUE(loaded) << loaded.error().Render("test");
  EXPECT_EQ(config.settings().port, 6379);
}

TEST(RealFiles, ATestSuitesFile) {
  TempDir dir;
  Config config;
  const auto loaded =
      config.Load({.file = {},
                   .standard_input = "always-show-logo yes\nnotify-keyspace-events KEA\ndaemonize no\n"
                                     "pidfile /var/run/redis.pid\nport 6379\ntimeout 0\nbind 127.0.0.1\n"
                                     "loglevel verbose\nlogfile ''\ndatabases 16\nlatency-monitor-threshold 1\n"
                                     "repl-diskless-sync-delay 0\nsave 900 1\nrdbcompression yes\n"
                                     "dbfilename dump.rdb\ndir ./\nslave-serve-stale-data yes\nappendonly no\n"
                                     "appendfsync everysec\nno-appendfsync-on-rewrite no\nactiverehashing yes\n"
                                     "enable-protected-configs yes\nenable-debug-command yes\n"
                                     "enable-module-command yes\npropagation-error-behavior panic",
                   .options = {}});
  ASSERT_TRUE(loaded) << loaded.error().Render("test");
  EXPECT_EQ(config.settings().propagation_error_behavior, PropagationErrorBehavior::kPanic);
  EXPECT_EQ(config.settings().enable_protected_configs, ProtectedAction::kYes);
}

}  // namespace
}  // namespace keyway::config
