#include "server/command/slow_log.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace keyway::command {
namespace {

std::string Shortened(std::string_view word) {
  if (word.size() <= SlowLog::kMaxWordBytes) return std::string(word);
  return fmt::format("{}... ({} more bytes)", word.substr(0, SlowLog::kMaxWordBytes),
                     word.size() - SlowLog::kMaxWordBytes);
}

}  // namespace

void SlowLog::Add(const CommandSpec& spec, Words words, Entry entry, size_t max_entries) {
  std::vector<size_t> secret;
  if (spec.row->secrets_hook != nullptr) spec.row->secrets_hook(words, secret);
  const size_t kept = words.size() > kMaxWords ? kMaxWords - 1 : words.size();
  entry.words.reserve(kept + 1);
  for (size_t i = 0; i < kept; ++i) {
    const bool is_secret = std::find(secret.begin(), secret.end(), i) != secret.end();
    entry.words.push_back(is_secret ? "(redacted)" : Shortened(words[i]));
  }
  if (kept < words.size()) entry.words.push_back(fmt::format("... ({} more arguments)", words.size() - kept));
  entry.id = next_id_++;
  entries_.push_front(std::move(entry));
  while (entries_.size() > max_entries) entries_.pop_back();
}

}  // namespace keyway::command
