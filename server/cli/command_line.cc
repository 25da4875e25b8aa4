#include "server/cli/command_line.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "server/base/split_args.h"
#include "server/base/unique_fd.h"

namespace keyway::cli {
namespace {

// Empty with errno set when reading fails.
bool ReadToEnd(int fd, std::string& out) {
  char bytes[16 * 1024];
  while (true) {
    ssize_t size = read(fd, bytes, sizeof bytes);
    if (size == 0) return true;
    if (size > 0) {
      out.append(bytes, static_cast<size_t>(size));
    } else if (errno != EINTR) {
      return false;
    }
  }
}

}  // namespace

Result<std::string> ReadStandardInput() {
  std::string out;
  if (!ReadToEnd(STDIN_FILENO, out)) return Fail(fmt::format("Reading from standard input: {}", strerror(errno)));
  return out;
}

Result<std::string> ReadWholeFile(const std::string& path) {
  std::string out;
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid() || !ReadToEnd(fd.get(), out)) {
    return Fail(fmt::format("Can't open file '{}': {}", path, strerror(errno)));
  }
  return out;
}

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
