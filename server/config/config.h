// The server's configuration: option table + values + where they came from.
//
//   files, stdin, arguments ──▶ Load ──▶ Settings ◀── Set (CONFIG SET) ──▶ apply hooks, one a group
//                                           │
//              Get (CONFIG GET) ◀───────────┴──────▶ Rewrite (CONFIG REWRITE)
//
// A Config is made once at start and belongs to the exec thread. The table of options (options_*.cc) is immutable.
// docs/config.md explains how an option is added.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/error.h"
#include "server/config/settings.h"

namespace keyway::config {

struct Option;  // a row of the table: option.h

// What has to happen after an option changed at run time. The hooks of one CONFIG SET run in this order.
enum class ApplyGroup : uint8_t {
  kNone,          // readers look at Settings each time
  kDirectory,     // dir
  kLocale,        // locale-collate
  kProcess,       // proc-title-template, oom-score-adj*, jemalloc-bg-thread
  kLog,           // loglevel
  kCrashLog,      // crash-log-enabled
  kWatchdog,      // watchdog-period
  kHz,            // hz
  kTls,           // everything that TLS contexts are made from, tls-backend and profiles included
  kTransports,    // NAME.setting of one transport plug-in
  kPort,          // port
  kTlsPort,       // tls-port
  kListeners,     // bind, listen
  kConnections,   // timeout, tcp-keepalive, tls-mode, output limits: copies that I/O threads and the dispatcher hold
  kProtocol,      // proto-max-bulk-len, client-query-buffer-limit: copies that parsers hold
  kMaxclients,    // maxclients
  kAuth,          // requirepass
  kMemory,        // maxmemory*, lfu-*, lazyfree-lazy-*, active expiry and rehashing: copies that the keyspace holds
  kClientMemory,  // maxmemory-clients
  kDefrag,        // active-defrag-*
  kAppendonly,    // appendonly
  kAppendfsync,   // appendfsync
  kAofHistory,    // aof-disable-auto-gc
  kReplication,   // min-replicas-*
  kBacklog,       // repl-backlog-size
  kKeyEvents,     // notify-keyspace-events
  kInsight,       // slowlog-log-slower-than, latency-monitor-threshold, latency-tracking
  kCluster,       // cluster-announce-*, cluster-replica-no-failover
};
inline constexpr size_t kApplyGroups = static_cast<size_t>(ApplyGroup::kCluster) + 1;

// A line of a configuration source, for error messages.
struct Place {
  std::string file;       // empty: standard input or the command line
  int line = 0;           // from 1; lines of standard input and of the command line count on behind the main file's
  std::string text;       // trimmed
  bool included = false;  // the line stands in a file that another one includes
};

struct LoadError {
  std::optional<Place> place;  // none: the failure belongs to no line (a file that cannot be opened, a contradiction)
  std::string reason;

  // The message for stderr, in the form that operators know:
  //   *** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***
  //   Reading the configuration file, at line 3
  //   >>> 'port "6379" "6380"'
  //   wrong number of arguments
  // `product` stands in the brackets. Ends with a line break.
  std::string Render(std::string_view product) const;
};

// A line whose meaning another subsystem knows: user, rename-command, sentinel.
struct Directive {
  std::vector<std::string> words;  // words[0] is the directive in lower case
  Place place;
};

// Where a configuration comes from, as the command line says it.
struct Sources {
  std::string file;            // the main file, "" for none
  std::string standard_input;  // all of it (ReadToEnd in file.h), when the command line says '-'
  std::string options;         // lines made from "--option value" arguments
};

// What the arguments behind the program's name ask for; nothing is read or opened here.
//   [FILE] [-] [--option value…]…  [-]
// FILE is args[0] when it does not begin with '-'; a lone '-' counts as the first or the last argument only. Several words
// may follow an option, or stand in the same argument; "--save" alone means an empty save.
struct CommandLine {
  std::string file;
  bool read_standard_input = false;
  std::string options;
};
CommandLine ParseCommandLine(std::span<const std::string> args);

// Who asks for a CONFIG SET.
struct SetContext {
  bool loading = false;       // the dataset is being loaded
  bool local_client = false;  // connected over loopback or a unix socket ("enable-protected-configs local")
};

class Config {
 public:
  enum class Mode : uint8_t { kServer, kSentinel };

  explicit Config(Mode mode = Mode::kServer);
  ~Config();
  Config(const Config&) = delete;
  Config& operator=(const Config&) = delete;

  // Stays at the same address as long as the Config lives. [exec]
  const Settings& settings() const { return settings_; }
  // For values that the server itself changes (replicaof, a lowered maxclients, a loaded transport): no checks, no hooks.
  Settings& MutableSettings() { return settings_; }

  // ---- Start [main] ----
  // Reads the sources in order; what comes last wins, multi-valued options accumulate. On an error the start ends there:
  // the values are unspecified. Relative paths of files and of `dir` mean the present directory, which is not changed.
  std::expected<void, LoadError> Load(const Sources& sources);
  std::span<const Directive> directives() const { return directives_; }

  // ---- CONFIG SET [exec] ----
  // All or nothing. The error is the reply without its leading '-': "ERR CONFIG SET failed (possibly related to …" or
  // "LOADING Redis is loading the dataset in memory". Values that do not change run no hook (but tls-*-file does: the
  // file's content may be new).
  using NameValue = std::pair<std::string_view, std::string_view>;
  Result<> Set(std::span<const NameValue> changes, const SetContext& context = {});

  // What Set would make of the settings, without doing it; the same errors, but for those of hooks.
  struct Outcome {
    Settings settings;
    uint64_t groups = 0;  // whose hooks would run

    bool Touches(ApplyGroup group) const { return (groups >> static_cast<int>(group) & 1) != 0; }
  };
  Result<Outcome> Foresee(std::span<const NameValue> changes, const SetContext& context = {}) const;

  // The hook of a group: makes the running server follow settings(). `old` holds the values before this CONFIG SET. When
  // it fails, its error text goes to the client, all values are put back, and the hooks of this CONFIG SET run again
  // with `old` being the refused values. One hook a group.
  using ApplyHook = std::function<Result<>(const Settings& old)>;
  void OnApply(ApplyGroup group, ApplyHook hook);

  // ---- CONFIG GET [exec] ----
  // The options that exact names or glob patterns ask for, each name once, values as text. Names are compared without
  // case; an exact name comes back as it was written. Aliases are options of their own here; hidden ones answer to their
  // exact name only.
  std::vector<std::pair<std::string, std::string>> Get(std::span<const std::string_view> patterns) const;
  // One value as text; empty optional for an unknown name.
  std::optional<std::string> GetValue(std::string_view name) const;
  // Whether the value must not appear in logs, MONITOR and the slow log.
  static bool IsSensitive(std::string_view name);

  // ---- CONFIG REWRITE [exec] ----
  // Rewrites the main file in place: comments and order stay, lines of changed options change, new ones follow behind
  // "# Generated by CONFIG REWRITE". `force_all` writes every option (DEBUG CONFIG-REWRITE-FORCE-ALL). Fails without a
  // main file, and leaves the old file alone when it cannot write the new one.
  enum class RewriteMode : uint8_t { kChanged, kForceAll };
  Result<> Rewrite(RewriteMode mode = RewriteMode::kChanged);
  // The owner of a directive ("user", "sentinel") gives the whole lines that stand for its state; without an owner the
  // lines of the file stay as they are. For sentinel, the first two words tell which lines replace which.
  using LineSource = std::function<std::vector<std::string>()>;
  void OnRewrite(std::string directive, LineSource lines);

  const std::string& file() const { return file_; }  // absolute; empty: none
  void set_file(std::string file) { file_ = std::move(file); }
  Mode mode() const { return mode_; }

  // The options that a crash report shows, as lines of a configuration file.
  std::string CrashReport() const;

 private:
  friend class Loader;
  friend class Rewriter;
  struct Change;

  Result<> CheckChange(std::string_view name, const SetContext& context, std::vector<Change>& changes) const;
  Result<Settings> Parse(std::span<const NameValue> requested, const SetContext& context,
                         std::vector<Change>& changes) const;
  struct HookFailure;
  std::optional<HookFailure> RunHooks(const std::vector<Change>& changes, const Settings& old, bool stop_at_failure);

  Mode mode_;
  Settings settings_;
  std::vector<Directive> directives_;
  std::string file_;
  ApplyHook hooks_[kApplyGroups];
  std::map<std::string, LineSource, std::less<>> line_sources_;
};

}  // namespace keyway::config
