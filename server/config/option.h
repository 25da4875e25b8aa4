// A row of the option table, and the ways to find rows. The table is built once and never changes. [any]
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/error.h"
#include "server/config/config.h"
#include "server/config/settings.h"

namespace keyway::config {

// Flags of an option.
inline constexpr uint32_t kImmutable = 1 << 0;    // set at start only
inline constexpr uint32_t kHidden = 1 << 1;       // not shown by patterns, not in keyway.conf
inline constexpr uint32_t kSensitive = 1 << 2;    // the value is a secret
inline constexpr uint32_t kMultiWord = 1 << 3;    // takes any number of words; CONFIG SET separates them at each blank
inline constexpr uint32_t kQuotedWords = 1 << 4;  // with kMultiWord: CONFIG SET reads the words with quotes
inline constexpr uint32_t kAccumulates = 1 << 5;  // lines of a file add up
inline constexpr uint32_t kDenyLoading = 1 << 6;  // not while the dataset is loaded
inline constexpr uint32_t kProtected = 1 << 7;    // needs enable-protected-configs
inline constexpr uint32_t kVolatile = 1 << 8;     // the hook runs for an unchanged value too
inline constexpr uint32_t kCrashReport = 1 << 9;  // shown in crash reports
inline constexpr uint32_t kProfile = 1 << 10;     // may stand in a tls-profile
inline constexpr uint32_t kAlwaysWritten = 1 << 11;  // CONFIG REWRITE writes the default too
inline constexpr uint32_t kNotInSentinel = 1 << 12;  // CONFIG REWRITE of a Sentinel leaves it out

// The chapters of keyway.conf, in order.
enum class Section : uint8_t {
  kGeneral,
  kNetwork,
  kTransports,
  kTls,
  kThreads,
  kLog,
  kSecurity,
  kClients,
  kMemory,
  kKeyspace,
  kDataTypes,
  kPersistence,
  kReplication,
  kCluster,
};

// One line that CONFIG REWRITE puts into the file for an option.
struct RewriteLine {
  std::string value;   // what stands behind the option's name, quoted where needed
  bool force = false;  // worth a new line; otherwise it only replaces one that is there
};

// How the values of an option are read, checked and written.
class Kind {
 public:
  virtual ~Kind() = default;

  // Reads the words of a line or of a CONFIG SET value into the settings; on an error, whose text the client gets,
  // nothing has changed. `append` adds to the present value (kAccumulates only).
  virtual Result<> Set(Settings& settings, std::span<const std::string> words, bool append) const = 0;
  virtual void SetDefault(Settings& settings) const = 0;

  // The value as CONFIG GET shows it. Set() takes it back (through the word splitting that the flags say).
  virtual std::string Get(const Settings& settings) const = 0;

  // The lines for a configuration file; none when the option is not set. `defaults` holds every option's default.
  virtual std::vector<RewriteLine> Rewrite(const Settings& settings, const Settings& defaults) const = 0;

  // What values there are, in words for keyway.conf: "yes | no", "0 to 65535".
  virtual std::string Describe() const = 0;
};

struct Option {
  std::string_view name;
  std::string_view alias;  // empty: none
  Section section;
  uint32_t flags;
  ApplyGroup group;
  std::string_view waits_for;  // the subsystem without which the value has no effect yet; empty: it works
  std::string_view help;
  std::unique_ptr<const Kind> kind;

  bool Is(uint32_t flag) const { return (flags & flag) != 0; }
};

// All options in the order of keyway.conf.
std::span<const Option> Options();

// By name or alias, in any case; null for an unknown name. A transport plug-in's own setting ("tls-openssl.provider")
// is no option.
const Option* FindOption(std::string_view name);

// Whether a name has the form TRANSPORT.SETTING.
bool IsTransportSetting(std::string_view name);

// The default of every option.
const Settings& DefaultSettings();

// Whether all options and transport settings have the same values.
bool SameValues(const Settings& a, const Settings& b);

// Splits a CONFIG SET value, or the one word of a line, as the option's flags say. Fails on unbalanced quotes.
Result<std::vector<std::string>> SplitValue(const Option& option, std::string_view value);

// `words` behind the name of an option in a line of a configuration file: checks their number, splits a lone word of a
// multi-word option, and sets the value.
Result<> SetFromLine(const Option& option, Settings& settings, std::span<const std::string> words, bool append);

}  // namespace keyway::config
