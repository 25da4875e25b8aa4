// Turns settings as the configuration has them (names and texts) into what a plug-in gets: checked values, and the
// bytes of the files that they name. Files are read here, once, so that check and context_create see the same bytes;
// secrets are overwritten when the block goes.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keyway/transport.h"
#include "server/base/error.h"
#include "server/net/host.h"
#include "server/net/plugin_tables.h"

namespace keyway::net {

inline constexpr uint64_t kMaxSettingFileBytes = 16 << 20;
inline constexpr uint64_t kMaxSettingDirBytes = 64 << 20;
inline constexpr size_t kMaxSettingDirFiles = 4096;

using SettingsDigest = std::array<uint64_t, 2>;

// The host's secrets for session tickets: the setting by which plug-ins that have tickets get them.
inline constexpr std::string_view kTicketSecrets = "tls-session-ticket-keys";

// Settings ready for check and context_create. Does not move: the plug-in's view points into it.
class SettingsBlock {
 public:
  SettingsBlock(const SettingsBlock&) = delete;
  SettingsBlock& operator=(const SettingsBlock&) = delete;
  ~SettingsBlock();

  const kw_settings* abi() const { return &settings_; }
  // Of all names and values, the bytes of files included: two blocks with one digest ask for the same. Means nothing outside of this process.
  const SettingsDigest& digest() const { return digest_; }

  // Takes those of `settings` that `tables` has an option for and that have a value; the last one of a name counts.
  // Errors begin with the setting's name. `purpose` may be empty. `quiet`: what is only worth a warning is passed over.
  // [main] or [background]
  static Result<std::unique_ptr<SettingsBlock>> Read(const Settings& settings, const PluginTables& tables,
                                                     std::string purpose, Sides sides = Sides::kBoth,
                                                     bool quiet = false);

 private:
  struct Item {
    std::string name, value, origin;
    uint32_t flags = 0;
  };

  SettingsBlock() = default;
  Result<> AddFile(const kw_option& option, const std::string& path);
  Result<> AddDir(const kw_option& option, const std::string& path);
  Result<> Add(const kw_option& option, const std::string& text);
  void Finish(std::string purpose, Sides sides);

  std::vector<std::unique_ptr<Item>> items_;
  std::vector<kw_setting> entries_;
  std::vector<const kw_setting*> pointers_;
  std::string purpose_;
  kw_settings settings_{};
  SettingsDigest digest_{};
  bool quiet_ = false;
};

// A setting that is meant for these plug-ins and that none of them has an option for is an error:
//   "<id>.<name>"  is meant for the plug-in <id>
//   "tls-…"        for those that have a tls-… option; with its usual default it asks for nothing and is no error
//   others         for whoever has the option, and for nobody else
Result<> CheckAllHonoured(const Settings& settings, std::span<const PluginTables* const> stack);

}  // namespace keyway::net
