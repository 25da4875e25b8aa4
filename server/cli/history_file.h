// The history of the prompt as a file of plain lines, the oldest first. Lines are appended one by one, so that several
// prompts may share it; the file is shortened when it is loaded and has grown long. Readable by its owner only.
#pragma once

#include <string>
#include <vector>

namespace keyway::cli {

class HistoryFile {
 public:
  static constexpr size_t kMaxLines = 1000;

  // An empty path keeps nothing.
  explicit HistoryFile(std::string path) : path_(std::move(path)) {}

  // KEYWAYCLI_HISTFILE, else ~/.keywaycli_history; empty for /dev/null and when there is no home.
  static std::string DefaultPath();

  // The newest kMaxLines lines. A file that cannot be read is an empty one.
  std::vector<std::string> Load();
  void Append(const std::string& line);

 private:
  void Write(const std::vector<std::string>& lines, int flags);

  std::string path_;
};

}  // namespace keyway::cli
