// Rows: general, network, clients, log and security.
#include <locale.h>
#include <syslog.h>

#include <string>

#include "server/config/kinds.h"

namespace keyway::config {
namespace {

constexpr EnumName kCompatNames[] = {{"7.0", int(Compat::k70)}, {"7.2", int(Compat::k72)}};
constexpr EnumName kSupervisedNames[] = {{"upstart", int(Supervised::kUpstart)},
                                         {"systemd", int(Supervised::kSystemd)},
                                         {"auto", int(Supervised::kAuto)},
                                         {"no", int(Supervised::kNo)}};
constexpr EnumName kProtectedNames[] = {
    {"no", int(ProtectedAction::kNo)}, {"yes", int(ProtectedAction::kYes)}, {"local", int(ProtectedAction::kLocal)}};
constexpr EnumName kLogLevelNames[] = {{"debug", int(LogLevelName::kDebug)},
                                       {"verbose", int(LogLevelName::kVerbose)},
                                       {"notice", int(LogLevelName::kNotice)},
                                       {"warning", int(LogLevelName::kWarning)},
                                       {"nothing", int(LogLevelName::kNothing)}};
constexpr EnumName kFacilityNames[] = {{"user", LOG_USER},     {"local0", LOG_LOCAL0}, {"local1", LOG_LOCAL1},
                                       {"local2", LOG_LOCAL2}, {"local3", LOG_LOCAL3}, {"local4", LOG_LOCAL4},
                                       {"local5", LOG_LOCAL5}, {"local6", LOG_LOCAL6}, {"local7", LOG_LOCAL7}};
constexpr EnumName kPubsubNames[] = {{"allchannels", int(AclPubsubDefault::kAllchannels)},
                                     {"resetchannels", int(AclPubsubDefault::kResetchannels)}};

// "{name}" stands for a value, "{{" for a brace; the result must not be empty.
const char* CheckTitleTemplate(std::string_view text) {
  constexpr const char* kError = "template format is invalid or contains unknown variables";
  constexpr std::string_view kVariables[] = {"title",    "listen-addr", "server-mode", "port",
                                             "tls-port", "unixsocket",  "config-file"};
  if (text.empty()) return kError;
  for (size_t open = text.find('{'); open != std::string_view::npos; open = text.find('{')) {
    text.remove_prefix(open + 1);
    if (text.empty()) return kError;
    if (text[0] == '{') {
      text.remove_prefix(1);
      continue;
    }
    const size_t close = text.find('}');
    if (close == std::string_view::npos) return kError;
    bool known = false;
    for (const std::string_view variable : kVariables) known |= text.substr(0, close) == variable;
    if (!known) return kError;
    text.remove_prefix(close + 1);
  }
  return nullptr;
}

const char* CheckLocale(std::string_view name) {
  const locale_t locale = newlocale(LC_COLLATE_MASK, std::string(name).c_str(), nullptr);
  if (locale == nullptr) return "Invalid locale name";
  freelocale(locale);
  return nullptr;
}

void AddGeneral(std::vector<Option>& options) {
  Rows rows(options, Section::kGeneral);
  rows.Enum(
      "redis-compat", &Settings::redis_compat, kCompatNames, Compat::k72, {.flags = kImmutable},
      "The Redis release whose behaviour is followed where releases differ: the version that clients are told, the "
      "RDB version that is written, encodings of small collections, some error texts.");
  rows.Bool("daemonize", &Settings::daemonize, false, {.flags = kImmutable},
            "Run in the background, detached from the terminal.");
  rows.Enum("supervised", &Settings::supervised, kSupervisedNames, Supervised::kNo,
            {.flags = kImmutable, .waits_for = kWaitsForProcess},
            "Tell a process supervisor when the server is ready; auto looks at UPSTART_JOB and NOTIFY_SOCKET.");
  rows.String("pidfile", &Settings::pidfile, "", {.flags = kImmutable},
              "A file that holds the process id while the server runs. A background server without it uses "
              "/var/run/redis.pid.");
  rows.Special("dir", DirKind(), {.flags = kProtected | kDenyLoading | kAlwaysWritten, .group = ApplyGroup::kDirectory},
               "The working directory. Data files are written here, and relative paths start here.");
  rows.Bool("set-proc-title", &Settings::set_proc_title, true, {.flags = kImmutable},
            "Show what the server is doing in its process title.");
  rows.String("proc-title-template", &Settings::proc_title_template, "{title} {listen-addr} {server-mode}",
              {.group = ApplyGroup::kProcess},
              "The process title. Variables: {title} (program or kind of child), {listen-addr}, {server-mode}, {port}, "
              "{tls-port}, {unixsocket}, {config-file}.",
              CheckTitleTemplate);
  rows.Bool("always-show-logo", &Settings::always_show_logo, false, {.flags = kImmutable},
            "Print the start-up banner even when standard output is no terminal.");
  rows.String("locale-collate", &Settings::locale_collate, "", {.group = ApplyGroup::kLocale},
              "The locale for comparing strings, in scripts and SORT; empty takes the environment's.", CheckLocale);
  rows.String("ignore-warnings", &Settings::ignore_warnings, "", {.waits_for = kWaitsForProcess},
              "Names of system checks that may fail without stopping the start, such as ARM64-COW-BUG.");
  rows.Enum("enable-protected-configs", &Settings::enable_protected_configs, kProtectedNames, ProtectedAction::kNo,
            {.flags = kImmutable},
            "Who may change dir and dbfilename at run time: nobody, everybody, or clients of this machine (local).");
  rows.Enum("enable-debug-command", &Settings::enable_debug_command, kProtectedNames, ProtectedAction::kNo,
            {.flags = kImmutable}, "Who may use DEBUG: nobody, everybody, or clients of this machine (local).");
  rows.Enum("enable-module-command", &Settings::enable_module_command, kProtectedNames, ProtectedAction::kNo,
            {.flags = kImmutable, .waits_for = kNoEffect}, "There are no Redis modules here; the option is only read.");
}

void AddNetwork(std::vector<Option>& options) {
  Rows rows(options, Section::kNetwork);
  rows.Special(
      "bind", BindKind(), {.flags = kMultiWord, .group = ApplyGroup::kListeners},
      "The addresses that port and tls-port listen on; * and ::* mean all of IPv4 and IPv6. A '-' before an address "
      "makes it optional: no failure when this machine lacks it.");
  rows.String("bind-source-addr", &Settings::bind_source_addr, "", {},
              "The local address that outbound links start from.");
  rows.Int("port", &Settings::port, {.max = 65535, .initial = 6379}, {.group = ApplyGroup::kPort},
           "The TCP port for plain connections; 0 closes it.");
  rows.Int("tls-port", &Settings::tls_port, {.max = 65535}, {.group = ApplyGroup::kTlsPort},
           "The TCP port for TLS connections; 0 closes it.");
  rows.Special(
      "listen", ListenKind(), {.flags = kMultiWord | kQuotedWords | kAccumulates, .group = ApplyGroup::kListeners},
      "Further listeners, one a line, each over its own stack of transports: listen tls-wolfssl+unix:///run/kw.sock. "
      "Settings for this listener may follow the address.");
  rows.String("unixsocket", &Settings::unixsocket, "", {.flags = kImmutable},
              "The path of a unix socket for plain connections.");
  rows.Int("unixsocketperm", &Settings::unixsocketperm, {.max = 0777, .unit = Unit::kOctal}, {.flags = kImmutable},
           "The permissions of the unix socket; 0 leaves them to the umask.");
  rows.Int("tcp-backlog", &Settings::tcp_backlog, {.initial = 511}, {.flags = kImmutable},
           "How many connections may wait to be accepted; the kernel caps it at net.core.somaxconn.");
  rows.Int("tcp-keepalive", &Settings::tcp_keepalive, {.initial = 300}, {.group = ApplyGroup::kConnections},
           "After how many idle seconds the kernel probes whether a client is still there; 0: never.");
  rows.Int("socket-mark-id", &Settings::socket_mark_id, {.max = kMaxUint}, {.flags = kImmutable},
           "A mark for listening sockets, for the firewall and routing; 0: none.");
  rows.Bool("protected-mode", &Settings::protected_mode, true, {},
            "Serve only clients of this machine while the default user has no password.");
  rows.Int("max-new-connections-per-cycle", &Settings::max_new_connections_per_cycle,
           {.min = 1, .max = 1000, .initial = 10}, {.group = ApplyGroup::kConnections},
           "How many connections a listener accepts in one turn of the event loop.");
  rows.Int("max-new-tls-connections-per-cycle", &Settings::max_new_tls_connections_per_cycle,
           {.min = 1, .max = 1000, .initial = 1}, {.group = ApplyGroup::kConnections},
           "The same for TLS listeners, whose handshakes cost far more.");
}

void AddClients(std::vector<Option>& options) {
  Rows rows(options, Section::kClients);
  rows.Int("maxclients", &Settings::maxclients, {.min = 1, .max = kMaxUint, .initial = 10000},
           {.group = ApplyGroup::kMaxclients},
           "How many clients may be connected at once. Lowered at start when the limit on open files demands it.");
  rows.Int("timeout", &Settings::timeout, {}, {.group = ApplyGroup::kConnections},
           "Close a client that has been silent for this many seconds; 0: never.");
  rows.Int("client-query-buffer-limit", &Settings::client_query_buffer_limit,
           {.min = 1 << 20, .max = kMaxLong, .initial = 1 << 30, .unit = Unit::kMemory},
           {.flags = kCrashReport, .group = ApplyGroup::kProtocol},
           "How much of an unfinished request is kept for one client.");
  rows.Special(
      "client-output-buffer-limit", BufferLimitKind(), {.flags = kMultiWord, .group = ApplyGroup::kConnections},
      "Close a client whose unread replies exceed the hard size, or stay above the soft size for so many seconds. "
      "One line for each class of clients; 0 means no limit.");
  rows.Int("proto-max-bulk-len", &Settings::proto_max_bulk_len,
           {.min = 1 << 20, .max = kMaxLong, .initial = 512 << 20, .unit = Unit::kMemory},
           {.flags = kCrashReport, .group = ApplyGroup::kProtocol},
           "The longest single argument, and with it the longest string.");
  rows.Int("client-default-resp", &Settings::client_default_resp, {.min = 2, .max = 3, .initial = 2},
           {.flags = kImmutable | kHidden}, "The protocol version that clients start with, for tests.");
}

void AddLog(std::vector<Option>& options) {
  Rows rows(options, Section::kLog);
  rows.Enum("loglevel", &Settings::loglevel, kLogLevelNames, LogLevelName::kNotice, {.group = ApplyGroup::kLog},
            "How much is logged, from everything (debug) to nothing.");
  rows.String(
      "logfile", &Settings::logfile, "", {.flags = kImmutable},
      "The log file; empty means standard output. It may be renamed at any time: the next line opens it again.");
  rows.Bool("syslog-enabled", &Settings::syslog_enabled, false, {.flags = kImmutable}, "Log to syslog as well.");
  rows.String("syslog-ident", &Settings::syslog_ident, "redis", {.flags = kImmutable}, "The program's name in syslog.");
  rows.Enum("syslog-facility", &Settings::syslog_facility, kFacilityNames, LOG_LOCAL0, {.flags = kImmutable},
            "The syslog facility.");
  rows.Bool("crash-log-enabled", &Settings::crash_log_enabled, true, {.group = ApplyGroup::kCrashLog},
            "Write a report with a stack trace to the log when the server crashes.");
  rows.Bool("crash-memcheck-enabled", &Settings::crash_memcheck_enabled, true, {.waits_for = kWaitsForProcess},
            "Test the memory quickly as a part of the crash report.");
  rows.Bool("use-exit-on-panic", &Settings::use_exit_on_panic, false, {.flags = kHidden, .waits_for = kWaitsForProcess},
            "Exit instead of dumping core after a failed internal check.");
  rows.Int("watchdog-period", &Settings::watchdog_period, {},
           {.flags = kHidden, .group = ApplyGroup::kWatchdog, .waits_for = kWaitsForProcess},
           "Log a stack trace when the event loop stands still for this many milliseconds; 0: never.");
  rows.String("req-res-logfile", &Settings::req_res_logfile, "",
              {.flags = kImmutable | kHidden, .waits_for = kNoEffect},
              "A file for all requests and replies, in special builds.");
  rows.Int("slowlog-log-slower-than", &Settings::slowlog_log_slower_than,
           {.min = -1, .max = kMaxLong, .initial = 10000}, {.group = ApplyGroup::kInsight},
           "Commands that run for at least this many microseconds go to the slow log; 0 logs all, -1 none.");
  rows.Int("slowlog-max-len", &Settings::slowlog_max_len, {.max = kMaxLong, .initial = 128}, {},
           "How many entries the slow log keeps.");
  rows.Int("latency-monitor-threshold", &Settings::latency_monitor_threshold, {.max = kMaxLong},
           {.group = ApplyGroup::kInsight},
           "The latency monitor records events of at least this many milliseconds; 0 turns it off.");
  rows.Bool("latency-tracking", &Settings::latency_tracking, true, {.group = ApplyGroup::kInsight},
            "Keep a latency histogram of every command.");
  rows.Special("latency-tracking-info-percentiles", PercentilesKind(), {.flags = kMultiWord},
               "The percentiles of those histograms that INFO shows.");
}

void AddSecurity(std::vector<Option>& options) {
  Rows rows(options, Section::kSecurity);
  rows.Secret("requirepass", &Settings::requirepass, {.group = ApplyGroup::kAuth},
              "The password of the default user; empty: none is needed.");
  rows.String("aclfile", &Settings::aclfile, "", {.flags = kImmutable, .waits_for = kWaitsForAcl},
              "A file with the users of the access control list, instead of user lines here.");
  rows.Int("acllog-max-len", &Settings::acllog_max_len, {.max = kMaxLong, .initial = 128}, {.waits_for = kWaitsForAcl},
           "How many refused commands and logins ACL LOG keeps.");
  rows.Enum("acl-pubsub-default", &Settings::acl_pubsub_default, kPubsubNames, AclPubsubDefault::kResetchannels,
            {.waits_for = kWaitsForAcl}, "Whether new users may use all pub/sub channels or none.");
}

}  // namespace

void AddServerOptions(std::vector<Option>& options) {
  AddGeneral(options);
  AddNetwork(options);
  AddClients(options);
  AddLog(options);
  AddSecurity(options);
}

}  // namespace keyway::config
