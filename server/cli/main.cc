// keyway-cli.
#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "server/base/log.h"
#include "server/cli/command_line.h"
#include "server/cli/interrupt.h"
#include "server/cli/options.h"
#include "server/cli/reports.h"
#include "server/cli/session.h"
#include "server/cli/shell.h"
#include "server/client/input.h"
#include "server/client/transport.h"

namespace keyway::cli {
namespace {

int Complain(const Error& error) {
  fmt::print(stderr, "{}\n", error.text());
  return 1;
}

// FAKETTY makes a pipe look like a terminal, as for redis-cli.
Format ChooseFormat(CliOptions& options) {
  bool terminal = isatty(STDOUT_FILENO) != 0 || getenv("FAKETTY") != nullptr;
  if (!options.show_pushes) options.show_pushes = terminal;
  Format format;
  format.output = options.output.value_or(terminal ? Output::kTerminal : Output::kRaw);
  format.element_delimiter = options.element_delimiter;
  format.reply_delimiter = options.reply_delimiter;
  return format;
}

int RunReport(Session& session, const CliOptions& options) {
  if (!session.Connect()) return 1;
  switch (options.mode) {
    case Mode::kScan:
      return RunScan(session, options);
    case Mode::kBigKeys:
    case Mode::kMemKeys:
      return RunBigKeys(session, options);
    case Mode::kHotKeys:
      return RunHotKeys(session, options);
    case Mode::kStat:
      return RunStat(session, options);
    case Mode::kLatencyDist:
      return RunLatencyDistribution(session, options);
    case Mode::kPipe:
      return RunPipe(session, options);
    default:
      return RunLatency(session, options);
  }
}

int RunOneCommand(Session& session, const CliOptions& options) {
  auto command = BuildCommand(options, client::ReadStandardInput);
  if (!command) return Complain(command.error());
  return Shell(session, false).Run(*command, options.repeat) ? 0 : 1;
}

int RunEval(Session& session, const CliOptions& options) {
  auto script = client::ReadWholeFile(options.eval_file);
  if (!script) return Complain(script.error());
  return session.Run(BuildEval(std::move(*script), options.arguments), options.repeat) ? 0 : 1;
}

int RunShell(Session& session) {
  InterruptWatch watch(session.connection());
  // What went wrong has been said; each command tries again.
  session.Connect();
  return Shell(session, isatty(STDIN_FILENO) != 0).Loop();
}

int Run(CliOptions& options) {
  if (options.mode == Mode::kIntrinsicLatency) return RunIntrinsicLatency(options);
  bool shell = options.mode == Mode::kCommand && options.arguments.empty();
  // Before any thread is there, so that all of them leave Ctrl-C to the prompt.
  if (shell) BlockInterrupts(true);
  auto transport = client::MakeTransport(options);
  if (!transport) return Complain(transport.error());
  Session session(options, *transport, ChooseFormat(options), shell);
  if (shell) return RunShell(session);
  if (options.mode == Mode::kEval) return RunEval(session, options);
  return options.mode == Mode::kCommand ? RunOneCommand(session, options) : RunReport(session, options);
}

int Main(int argc, char** argv) {
  LogSettings quiet;
  quiet.level = LogLevel::kNothing;
  ConfigureLog(quiet);

  auto parsed = ParseOptions(argc, argv);
  if (!parsed) return Complain(parsed.error());
  if (parsed->outcome != ParseOutcome::kRun) {
    fmt::print("{}\n", parsed->outcome == ParseOutcome::kHelp ? HelpText() : VersionText());
    return 0;
  }
  CliOptions& options = parsed->options;
  if (options.password_on_command_line && !options.no_auth_warning) {
    fmt::print(stderr,
               "Warning: Using a password with '-a' or '-u' option on the command line interface may not be safe.\n");
  }
  ApplyEnvironment(options);
  if (options.ask_password) options.password = ReadPassword("Please input password: ");
  return Run(options);
}

}  // namespace
}  // namespace keyway::cli

int main(int argc, char** argv) { return keyway::cli::Main(argc, argv); }
