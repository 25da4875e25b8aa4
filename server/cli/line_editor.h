// Reads lines: with editing, history and completion at a terminal when keyway-cli was built with libedit, else as they come.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyway::cli {

class LineEditor {
 public:
  virtual ~LineEditor() = default;

  // All texts that the line may become.
  using Completer = std::function<std::vector<std::string>(std::string_view line)>;
  // For standard input at a terminal.
  static std::unique_ptr<LineEditor> Create(Completer completer);
  // For standard input that is none: no prompt, no history.
  static std::unique_ptr<LineEditor> CreatePlain();

  // The next line without its end; none at the end of input or when Ctrl-C was pressed.
  virtual std::optional<std::string> Read(const std::string& prompt) = 0;
  // Makes the line the newest one of the history.
  virtual void Remember(const std::string& line) = 0;
};

// Reads one line with the echo turned off, when standard input is a terminal. None at the end of input.
std::optional<std::string> ReadPassword(const std::string& prompt);

}  // namespace keyway::cli
