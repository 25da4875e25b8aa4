#include "server/cli/command_line.h"

#include <fmt/core.h>

#include <algorithm>

#include "server/base/split_args.h"

namespace keyway::cli {
Result<Arguments> BuildCommand(const CliOptions& options, Result<std::string> (*read_stdin)()) {
  Arguments command = options.arguments;
  if (options.quoted_input) {
    for (std::string& argument : command) {
      auto words = SplitArgs(argument);
      if (!words || words->size() != 1) return Fail("Invalid quoted string");
      argument = std::move(words->front());
    }
  }
  auto tagged = command.end();
  if (options.stdin_tag) {
    tagged = std::find(command.begin(), command.end(), *options.stdin_tag);
    if (tagged == command.end()) return Fail("Using -X option but stdin tag not match.");
  }
  if (!options.stdin_tag && !options.last_argument_from_stdin) return command;
  auto text = read_stdin();
  if (!text) return std::unexpected(text.error());
  if (options.stdin_tag) {
    *tagged = std::move(*text);
  } else {
    command.push_back(std::move(*text));
  }
  return command;
}

Arguments BuildEval(std::string script, const Arguments& arguments) {
  auto comma = std::find(arguments.begin(), arguments.end(), ",");
  Arguments command = {"EVAL", std::move(script), fmt::format("{}", comma - arguments.begin())};
  command.insert(command.end(), arguments.begin(), comma);
  if (comma != arguments.end()) command.insert(command.end(), comma + 1, arguments.end());
  return command;
}

}  // namespace keyway::cli
