// Commands by hand: the prompt, lines of standard input, and the one command of the arguments. What keyway-cli answers
// itself (help, quit, connect, clear) is here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/cli/command_help.h"
#include "server/cli/history_file.h"
#include "server/cli/line_editor.h"
#include "server/cli/session.h"

namespace keyway::cli {

class Shell {
 public:
  // Borrowed. `terminal`: standard input is one.
  Shell(Session& session, bool terminal);

  // Reads and runs lines until the end of input; the process's exit status.
  int Loop();
  // Runs one command; false when it got no answer.
  bool Run(const Arguments& command, int64_t repeat);

 private:
  enum class Next : uint8_t { kContinue, kQuit };

  Next RunLine(const std::string& line);
  void RunTimed(const Arguments& command, int64_t repeat);
  void Connect(const Arguments& command);
  void PrintHelp(const Arguments& topic);
  void LoadHelp();
  void Remember(const std::string& line);

  Session& session_;
  bool terminal_;
  CommandHelp help_;
  HistoryFile history_;
  std::unique_ptr<LineEditor> editor_;
};

}  // namespace keyway::cli
