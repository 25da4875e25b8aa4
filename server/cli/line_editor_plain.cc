// Lines without an editor, for input that is no terminal and for builds without libedit.
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "server/cli/line_editor.h"

namespace keyway::cli {
namespace {

std::optional<std::string> ReadLine() {
  char* line = nullptr;
  size_t capacity = 0;
  ssize_t size = getline(&line, &capacity, stdin);
  std::optional<std::string> out;
  if (size >= 0) out.emplace(line, static_cast<size_t>(size));
  free(line);
  if (out && out->ends_with('\n')) out->pop_back();
  return out;
}

class PlainLines final : public LineEditor {
 public:
  explicit PlainLines(bool prompt) : prompt_(prompt) {}

  std::optional<std::string> Read(const std::string& prompt) override {
    if (prompt_) {
      fputs(prompt.c_str(), stdout);
      fflush(stdout);
    }
    return ReadLine();
  }
  void Remember(const std::string& /*line*/) override {}

 private:
  bool prompt_;
};

}  // namespace

std::unique_ptr<LineEditor> LineEditor::CreatePlain() { return std::make_unique<PlainLines>(false); }

#ifndef KW_HAVE_LIBEDIT
std::unique_ptr<LineEditor> LineEditor::Create(Completer /*completer*/) { return std::make_unique<PlainLines>(true); }
#endif

std::optional<std::string> ReadPassword(const std::string& prompt) {
  termios before;
  bool terminal = tcgetattr(STDIN_FILENO, &before) == 0;
  if (terminal) {
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    fputs(prompt.c_str(), stderr);
  }
  std::optional<std::string> password = ReadLine();
  if (terminal) {
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    fputc('\n', stderr);
  }
  return password;
}

}  // namespace keyway::cli
