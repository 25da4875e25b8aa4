// The slow log: the last commands that ran for long, the newest first. Arguments are shortened when a command gets in, and
// what must not be known (passwords) is left out, so that the log has a bounded size and holds no secrets. [exec]
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "server/command/spec.h"

namespace keyway::command {

class SlowLog {
 public:
  static constexpr size_t kMaxWords = 32;       // of an entry; the last one says how many more there were
  static constexpr size_t kMaxWordBytes = 128;  // of a word, and how many more bytes it had

  struct Entry {
    int64_t id;
    int64_t time_s;  // Unix time
    int64_t microseconds;
    std::vector<std::string> words;
    std::string peer, client_name;
  };

  // `spec` tells which words are secret. Drops the oldest entries beyond `max_entries`.
  void Add(const CommandSpec& spec, Words words, Entry entry, size_t max_entries);
  void Clear() { entries_.clear(); }
  const std::deque<Entry>& entries() const { return entries_; }  // the newest first

 private:
  std::deque<Entry> entries_;
  int64_t next_id_ = 0;
};

}  // namespace keyway::command
