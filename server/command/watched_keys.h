// WATCH: which clients want to know whether a key changes before their EXEC. A change marks the client's transaction as
// stale; nothing else happens until EXEC looks. [exec] throughout.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "server/base/string_hash.h"
#include "server/command/client.h"
#include "server/keyspace/key_observer.h"
#include "server/keyspace/keyspace.h"

namespace keyway::command {

struct WatchedKey;

class WatchedKeys final : private keyspace::KeyObserver {
 public:
  explicit WatchedKeys(keyspace::Keyspace& keyspace);
  ~WatchedKeys() override;

  // Watching a key twice is watching it once.
  void Watch(Client& client, keyspace::Database& db, std::string_view key);
  // Forgets all keys of the client, and that any of them changed.
  void Unwatch(Client& client);
  // Whether a watched key changed, or has expired since although nobody has met it yet.
  bool IsStale(const Client& client) const;

 private:
  // Clients by key, of one database. A client stands in a list once.
  using Index = std::unordered_map<std::string, std::vector<Client*>, StringHash, std::equal_to<>>;

  void OnModified(keyspace::Database& db, std::string_view key) override;
  void OnFlush(keyspace::Database& db) override;
  void OnSwap(keyspace::Database& first, keyspace::Database& second) override;
  // The contents of `db` go; those of `next` come in their place, or nothing if null.
  void OnContentsReplaced(keyspace::Database& db, keyspace::Database* next);
  static WatchedKey& Find(Client& client, int db, std::string_view key);

  keyspace::Keyspace& keyspace_;
  std::vector<Index> databases_;
};

// Brings the client back to where it was before MULTI and WATCH.
void EndTransaction(Client& client, WatchedKeys& watched_keys);

}  // namespace keyway::command
