// What a client has between MULTI (or WATCH) and EXEC. Clients that never use either have none of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "server/command/owned_words.h"
#include "server/command/spec.h"

namespace keyway::command {

struct QueuedCommand {
  const CommandSpec* spec;
  OwnedWords words;
};

struct WatchedKey {
  int db;
  std::string key;
  // It had expired when WATCH named it and was not deleted yet: its deletion is no change.
  bool was_expired;
};

struct Transaction {
  std::vector<QueuedCommand> queue;
  CommandFlags queued_flags = 0;  // of all queued commands together
  size_t queued_bytes = 0;
  bool rejected = false;  // a command was refused: EXEC answers EXECABORT
  bool stale = false;     // a watched key changed: EXEC answers null
  std::vector<WatchedKey> watched;
  size_t watched_bytes = 0;  // of the names of watched keys

  // Forgets the commands, not the watched keys.
  void ClearQueue() { queue.clear(), queued_flags = 0, queued_bytes = 0, rejected = false; }
  size_t QueueMemory() const { return queue.capacity() * sizeof(QueuedCommand) + queued_bytes; }
  size_t WatchMemory() const { return watched.capacity() * sizeof(WatchedKey) + watched_bytes; }
};

}  // namespace keyway::command
