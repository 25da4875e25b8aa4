// The line editor over libedit.
#include <histedit.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "server/cli/interrupt.h"
#include "server/cli/line_editor.h"

namespace keyway::cli {
namespace {

constexpr int kMaxHistory = 1000;
constexpr size_t kMaxShownCompletions = 200;

// The longest beginning that all have in common.
std::string CommonStart(const std::vector<std::string>& texts) {
  std::string common = texts.front();
  for (const std::string& text : texts) {
    auto [end, ignored] = std::mismatch(common.begin(), common.end(), text.begin(), text.end());
    common.erase(end, common.end());
  }
  return common;
}

class Editor final : public LineEditor {
 public:
  explicit Editor(Completer completer) : completer_(std::move(completer)), history_(history_init()) {
    setlocale(LC_CTYPE, "");
    edit_ = el_init("keyway-cli", stdin, stdout, stderr);
    el_set(edit_, EL_CLIENTDATA, this);
    el_set(edit_, EL_PROMPT, &Editor::PromptOf);
    el_set(edit_, EL_EDITOR, "emacs");
    HistEvent event;
    history(history_, &event, H_SETSIZE, kMaxHistory);
    history(history_, &event, H_SETUNIQUE, 1);
    el_set(edit_, EL_HIST, history, history_);
    // The wide form: libedit copies the narrow texts and never frees them.
    el_wset(edit_, EL_ADDFN, L"keyway-complete", L"completes names of commands", &Editor::Complete);
    el_set(edit_, EL_BIND, "^I", "keyway-complete", nullptr);
    el_set(edit_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
    el_source(edit_, nullptr);  // the user's ~/.editrc
    // Ctrl-C restores the terminal and then does what the process does on SIGINT.
    el_set(edit_, EL_SIGNAL, 1);
  }
  ~Editor() override {
    el_end(edit_);
    history_end(history_);
  }

  std::optional<std::string> Read(const std::string& prompt) override {
    prompt_ = prompt;
    BlockInterrupts(false);
    // libedit shows the prompt first and takes single keys after that: a Ctrl-D in between would be lost.
    el_set(edit_, EL_PREP_TERM, 1);
    int size = 0;
    const char* line = el_gets(edit_, &size);
    BlockInterrupts(true);
    if (line == nullptr || size <= 0) return std::nullopt;
    std::string out(line, static_cast<size_t>(size));
    if (out.ends_with('\n')) out.pop_back();
    return out;
  }

  void Remember(const std::string& line) override {
    HistEvent event;
    history(history_, &event, H_ENTER, line.c_str());
  }

 private:
  static Editor& Of(EditLine* edit) {
    void* self = nullptr;
    el_get(edit, EL_CLIENTDATA, &self);
    return *static_cast<Editor*>(self);
  }
  static char* PromptOf(EditLine* edit) { return Of(edit).prompt_.data(); }

  static unsigned char Complete(EditLine* edit, int /*key*/) {
    const LineInfo* info = el_line(edit);
    // Names stand at the beginning; in the middle of a line there is nothing to complete.
    if (info->cursor != info->lastchar) return CC_ERROR;
    std::string line(info->buffer, static_cast<size_t>(info->cursor - info->buffer));
    std::vector<std::string> texts = Of(edit).completer_(line);
    if (texts.empty()) return CC_ERROR;
    std::string common = CommonStart(texts);
    bool one = texts.size() == 1;
    if (common.size() > line.size() || one) {
      // Replaced as a whole: names are completed in capitals.
      el_deletestr(edit, static_cast<int>(line.size()));
      if (one) common += ' ';
      el_insertstr(edit, common.c_str());
      return CC_REFRESH;
    }
    Show(texts);
    return CC_REDISPLAY;
  }

  static void Show(const std::vector<std::string>& texts) {
    fputc('\n', stdout);
    for (size_t i = 0; i < texts.size() && i < kMaxShownCompletions; ++i) fprintf(stdout, "%s\n", texts[i].c_str());
    fflush(stdout);
  }

  Completer completer_;
  History* history_;
  EditLine* edit_;
  std::string prompt_;
};

}  // namespace

std::unique_ptr<LineEditor> LineEditor::Create(Completer completer) {
  return std::make_unique<Editor>(std::move(completer));
}

}  // namespace keyway::cli
