#include "server/cli/shell.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <optional>

#include "server/base/clock.h"
#include "server/base/number.h"
#include "server/base/split_args.h"
#include "server/cli/command_traits.h"
#include "server/cli/interrupt.h"

namespace keyway::cli {
namespace {

constexpr int64_t kSlowCommandMs = 500;
constexpr int kMaxPort = 65535;

bool IsHelp(const Arguments& command) { return NameIs(command[0], "help") || command[0] == "?"; }

// "12 ping" runs PING twelve times: the number is taken away. Not positive, or too big: no command.
std::optional<int64_t> TakeRepeat(Arguments& command) {
  const std::string& word = command[0];
  bool number =
      command.size() > 1 && word.find_first_not_of("0123456789", word[0] == '-' ? 1 : 0) == word.npos && word != "-";
  if (!number || word.empty()) return 1;
  auto repeat = ParseInt64(word);
  if (!repeat || *repeat <= 0) return std::nullopt;
  command.erase(command.begin());
  return repeat;
}

}  // namespace

Shell::Shell(Session& session, bool terminal)
    : session_(session), terminal_(terminal), history_(terminal ? HistoryFile::DefaultPath() : "") {}

int Shell::Loop() {
  if (terminal_) {
    editor_ = LineEditor::Create([this](std::string_view line) {
      LoadHelp();
      return help_.Completions(line);
    });
    for (const std::string& line : history_.Load()) editor_->Remember(line);
  } else {
    editor_ = LineEditor::CreatePlain();
  }
  while (auto line = editor_->Read(session_.Prompt())) {
    if (RunLine(*line) == Next::kQuit) return 0;
    if (session_.interrupted()) return 1;
  }
  if (terminal_) fmt::print("\n");
  return 0;
}

void Shell::Remember(const std::string& line) {
  if (!terminal_) return;
  editor_->Remember(line);
  history_.Append(line);
}

Shell::Next Shell::RunLine(const std::string& line) {
  auto words = SplitArgs(line);
  if (!words) {
    fmt::print("Invalid argument(s)\n");
    fflush(stdout);
    Remember(line);
    return Next::kContinue;
  }
  if (words->empty()) return Next::kContinue;
  Arguments command = std::move(*words);
  auto repeat = TakeRepeat(command);
  if (!repeat) {
    fmt::print("Invalid keyway-cli repeat command option value.\n");
    fflush(stdout);
    return Next::kContinue;
  }
  if (!IsSensitive(command)) Remember(line);

  const std::string& name = command[0];
  if (NameIs(name, "quit") || NameIs(name, "exit")) return Next::kQuit;
  if (NameIs(name, "connect") && command.size() == 3) {
    Connect(command);
  } else if (NameIs(name, "clear") && command.size() == 1) {
    fmt::print("\x1b[H\x1b[2J");
    fflush(stdout);
  } else {
    RunTimed(command, *repeat);
  }
  return Next::kContinue;
}

void Shell::RunTimed(const Arguments& command, int64_t repeat) {
  int64_t began_ms = SystemClock().MonotonicMs();
  Run(command, repeat);
  int64_t took_ms = SystemClock().MonotonicMs() - began_ms;
  if (took_ms < kSlowCommandMs || session_.format().output != Output::kTerminal) return;
  fmt::print("({:.2f}s)\n", static_cast<double>(took_ms) / 1000);
  fflush(stdout);
}

void Shell::Connect(const Arguments& command) {
  auto port = ParseInt64(command[2]);
  if (!port || *port <= 0 || *port > kMaxPort) {
    fmt::print("Invalid server port.\n");
    return;
  }
  session_.SetServer(command[1], static_cast<int>(*port));
  session_.Connect();
}

bool Shell::Run(const Arguments& command, int64_t repeat) {
  if (IsHelp(command)) {
    PrintHelp({command.begin() + 1, command.end()});
    return true;
  }
  return session_.Run(command, repeat);
}

void Shell::PrintHelp(const Arguments& topic) {
  if (!topic.empty()) {
    if (!session_.connected() && !session_.Connect() && !session_.connected()) return;
    LoadHelp();
    if (!help_.loaded()) {
      fmt::print("The server says nothing about its commands.\n");
      return;
    }
  }
  fmt::print("{}", help_.Text(topic, isatty(STDOUT_FILENO) != 0));
  fflush(stdout);
}

// Asks only when the question does not get into the way: not inside MULTI.
void Shell::LoadHelp() {
  if (help_.loaded() || !session_.connected() || session_.in_multi()) return;
  auto docs = session_.Ask({"COMMAND", "DOCS"});
  if (docs && !docs->is_error()) help_.Load(*docs);
}

}  // namespace keyway::cli
