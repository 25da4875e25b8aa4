#include "server/cli/history_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "server/base/unique_fd.h"

namespace keyway::cli {

std::string HistoryFile::DefaultPath() {
  const char* path = getenv("KEYWAYCLI_HISTFILE");
  if (path != nullptr && *path != 0) return std::string(path) == "/dev/null" ? "" : path;
  const char* home = getenv("HOME");
  return home != nullptr && *home != 0 ? std::string(home) + "/.keywaycli_history" : "";
}

std::vector<std::string> HistoryFile::Load() {
  std::vector<std::string> lines;
  if (path_.empty()) return lines;
  std::unique_ptr<FILE, int (*)(FILE*)> file(fopen(path_.c_str(), "re"), &fclose);
  if (file == nullptr) return lines;
  char* line = nullptr;
  size_t capacity = 0;
  for (ssize_t size; (size = getline(&line, &capacity, file.get())) > 0;) {
    std::string text(line, static_cast<size_t>(size));
    if (text.ends_with('\n')) text.pop_back();
    if (!text.empty()) lines.push_back(std::move(text));
  }
  free(line);
  bool too_long = lines.size() > 2 * kMaxLines;
  if (lines.size() > kMaxLines) lines.erase(lines.begin(), lines.end() - kMaxLines);
  if (too_long) Write(lines, O_TRUNC);
  return lines;
}

void HistoryFile::Append(const std::string& line) { Write({line}, O_APPEND); }

void HistoryFile::Write(const std::vector<std::string>& lines, int flags) {
  if (path_.empty()) return;
  UniqueFd fd(open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600));
  if (!fd.valid()) return;
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  // A history that cannot be written is no reason to bother whoever is typing.
  [[maybe_unused]] ssize_t written = write(fd.get(), text.data(), text.size());
}

}  // namespace keyway::cli
