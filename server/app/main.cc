// keyway-server: command line, configuration, process set-up, and the server until it stops.
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <expected>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/app/crash.h"
#include "server/app/proc_title.h"
#include "server/app/process.h"
#include "server/app/server.h"
#include "server/base/log.h"
#include "server/base/memory.h"
#include "server/base/version.h"
#include "server/commands/families.h"
#include "server/commands/help.h"
#include "server/config/config.h"
#include "server/persist/snapshots.h"

namespace keyway::app {
namespace {

Server* g_server = nullptr;  // the signal handler's way to the server; set once, before the handlers

void OnStopSignal(int signal) {
  // Whoever presses Ctrl-C twice does not want to wait, not even for a snapshot that is being written.
  if (signal == SIGINT && g_server->stop_requested()) {
    LogRaw(LogLevel::kWarning, "You insist... exiting now.");
    persist::RemoveTemporarySnapshot(getpid());
    _exit(1);
  }
  g_server->RequestShutdown(signal);
}

void InstallStopHandlers(Server& server) {
  g_server = &server;
  struct sigaction action {};
  sigemptyset(&action.sa_mask);
  action.sa_handler = OnStopSignal;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
}

void PrintVersion() {
  fmt::print("Keyway server v={} redis={} sha=00000000:0 malloc={} bits={} build=0\n", kKeywayVersion,
             RedisVersion(false), AllocatorName(), sizeof(void*) * 8);
}

void PrintHelp() {
  fmt::print(
      "Usage: keyway-server [/path/to/keyway.conf] [options] [-]\n"
      "       keyway-server - (the configuration comes from standard input)\n"
      "       keyway-server -v | --version\n"
      "       keyway-server -h | --help\n\n"
      "Every option of the configuration file can be given on the command line:\n"
      "       keyway-server --port 7777\n"
      "       keyway-server /etc/keyway.conf --loglevel verbose --tls-backend wolfssl\n");
}

std::string ReadStandardInput() {
  std::string text;
  char buffer[4096];
  size_t size;
  while ((size = fread(buffer, 1, sizeof buffer, stdin)) > 0) text.append(buffer, size);
  return text;
}

// What the name of the program, or --sentinel, asks for beside the server.
std::string_view OtherRole(std::string_view program, const std::vector<std::string>& args) {
  for (std::string_view role : {"sentinel", "check-rdb", "check-aof"}) {
    if (program.ends_with("-" + std::string(role))) return role;
  }
  for (const std::string& arg : args) {
    if (arg == "--sentinel") return "sentinel";
  }
  return {};
}

int ComplainAboutConfig(const config::Config& config, const config::LoadError& error) {
  const bool compat_70 = config.settings().redis_compat == config::Compat::k70;
  fmt::print(stderr, "{}", error.Render("Redis " + std::string(RedisVersion(compat_70))));
  return 1;
}

bool LoadConfig(config::Config& config, const std::vector<std::string>& args) {
  config::CommandLine line = config::ParseCommandLine(args);
  config::Sources sources{line.file, line.read_standard_input ? ReadStandardInput() : "", line.options};
  auto loaded = config.Load(sources);
  if (!loaded) ComplainAboutConfig(config, loaded.error());
  return loaded.has_value();
}

using Renames = std::span<const config::Directive>;

Result<command::CommandTable> MakeCommandTable(Renames renames) {
  command::CommandTable::Builder builder(command::AllCommandRows());
  for (auto family : commands::AllHandlers()) builder.Bind(family);
  builder.BindHelp(commands::ContainerHelp);
  builder.BindRest(commands::NotOffered);
  for (const config::Directive& directive : renames) builder.Rename(directive.words[1], directive.words[2]);
  return std::move(builder).Build();
}

// The table after all renames; the error says which line cannot be done.
std::expected<command::CommandTable, config::LoadError> MakeCommandTable(const config::Config& config) {
  std::vector<config::Directive> renames;
  auto table = MakeCommandTable(Renames());
  for (const config::Directive& directive : config.directives()) {
    if (directive.words[0] != "rename-command") continue;
    renames.push_back(directive);
    if (directive.words.size() != 3) {
      return std::unexpected(config::LoadError{directive.place, "wrong number of arguments"});
    }
    table = MakeCommandTable(renames);
    if (!table) return std::unexpected(config::LoadError{directive.place, table.error().text()});
  }
  if (!table) return std::unexpected(config::LoadError{std::nullopt, table.error().text()});
  return std::move(*table);
}

void SetUpLog(const config::Settings& settings) {
  LogSettings log;
  log.level = static_cast<LogLevel>(settings.loglevel);
  log.file = settings.logfile;
  log.syslog = settings.syslog_enabled;
  log.syslog_ident = settings.syslog_ident;
  log.syslog_facility = settings.syslog_facility;
  ConfigureLog(std::move(log));
}

// Replaces the process by a new one with the same arguments.
int StartAgain(std::vector<std::string> args) {
  std::vector<char*> pointers;
  for (std::string& arg : args) pointers.push_back(arg.data());
  pointers.push_back(nullptr);
  execv(ExecutablePath().c_str(), pointers.data());
  LogWarning("Can't restart: {}", FailErrno("execv", errno).error().text());
  return 1;
}

int Main(int argc, char** argv) {
  CountedThread counted;
  const std::string program = argv[0];
  std::vector<std::string> args(argv + 1, argv + argc);
  std::vector<std::string> all_args(argv, argv + argc);
  PrepareProcTitle(argc, argv);
  if (args.size() == 1 && (args[0] == "-v" || args[0] == "--version")) return PrintVersion(), 0;
  if (args.size() == 1 && (args[0] == "-h" || args[0] == "--help")) return PrintHelp(), 0;
  if (std::string_view role = OtherRole(program, args); !role.empty()) {
    fmt::print(stderr, "keyway-server {} has no {} mode.\n", kKeywayVersion, role);
    return 1;
  }
  setlocale(LC_COLLATE, "");
  tzset();

  config::Config config;
  if (!LoadConfig(config, args)) return 1;
  auto commands = MakeCommandTable(config);
  if (!commands) return ComplainAboutConfig(config, commands.error());
  const config::Settings& settings = config.settings();
  if (!settings.dir.empty() && chdir(settings.dir.c_str()) != 0) {
    fmt::print(stderr, "{}\n", FailErrno("Can't chdir to '" + settings.dir + "'", errno).error().text());
    return 1;
  }
  SetUpLog(settings);
  signal(SIGHUP, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  if (settings.daemonize) {
    if (auto done = Daemonize(); !done) return fmt::print(stderr, "{}\n", done.error().text()), 1;
  }
  const bool compat_70 = settings.redis_compat == config::Compat::k70;
  LogStart(settings, compat_70, !config.file().empty());
  if (settings.crash_log_enabled) InstallCrashHandlers(std::string(RedisVersion(compat_70)), config.CrashReport());

  auto fail = [](const Error& error) {
    LogWarning("{}", error.text());
    return 1;
  };
  auto server = Server::Create(config, std::move(*commands), {ExecutablePath(), program});
  if (!server) return fail(server.error());
  if (auto done = (*server)->Listen(); !done) return fail(done.error());
  if (settings.daemonize || !settings.pidfile.empty()) WritePidFile(settings.pidfile);
  InstallStopHandlers(**server);
  if (int exit_code = 0; !(*server)->LoadData(exit_code)) return exit_code;
  const bool restart = (*server)->Run();
  signal(SIGTERM, SIG_IGN);
  signal(SIGINT, SIG_IGN);
  if (!restart) return 0;
  server->reset();
  return StartAgain(std::move(all_args));
}

}  // namespace
}  // namespace keyway::app

int main(int argc, char** argv) { return keyway::app::Main(argc, argv); }
