#include "server/command/watched_keys.h"

#include <algorithm>

#include "server/base/check.h"
#include "server/command/transaction.h"

namespace keyway::command {

using keyspace::Database;
using keyspace::HashedKey;

WatchedKeys::WatchedKeys(keyspace::Keyspace& keyspace)
    : keyspace_(keyspace), databases_(static_cast<size_t>(keyspace.databases())) {
  keyspace_.AddObserver(*this);
}

WatchedKeys::~WatchedKeys() { keyspace_.RemoveObserver(*this); }

void WatchedKeys::Watch(Client& client, Database& db, std::string_view key) {
  if (!client.transaction) client.transaction = std::make_unique<Transaction>();
  std::vector<WatchedKey>& watched = client.transaction->watched;
  const bool known = std::any_of(watched.begin(), watched.end(), [&](const WatchedKey& known_key) {
    return known_key.db == db.index() && known_key.key == key;
  });
  if (known) return;
  const keyspace::Entry* entry = db.FindRaw(HashedKey(key));
  watched.push_back({db.index(), std::string(key), entry != nullptr && db.IsExpired(entry)});
  client.transaction->watched_bytes += key.size();
  databases_[static_cast<size_t>(db.index())][std::string(key)].push_back(&client);
}

void WatchedKeys::Unwatch(Client& client) {
  if (!client.transaction) return;
  for (const WatchedKey& watched : client.transaction->watched) {
    Index& index = databases_[static_cast<size_t>(watched.db)];
    const auto found = index.find(watched.key);
    KW_CHECK(found != index.end());
    std::erase(found->second, &client);
    if (found->second.empty()) index.erase(found);
  }
  client.transaction->watched.clear();
  client.transaction->watched_bytes = 0;
  client.transaction->stale = false;
}

bool WatchedKeys::IsStale(const Client& client) const {
  if (!client.transaction) return false;
  if (client.transaction->stale) return true;
  for (const WatchedKey& watched : client.transaction->watched) {
    if (watched.was_expired) continue;
    const Database& db = keyspace_.db(watched.db);
    const keyspace::Entry* entry = db.FindRaw(HashedKey(watched.key));
    if (entry != nullptr && db.IsExpired(entry)) return true;
  }
  return false;
}

WatchedKey& WatchedKeys::Find(Client& client, int db, std::string_view key) {
  for (WatchedKey& watched : client.transaction->watched) {
    if (watched.db == db && watched.key == key) return watched;
  }
  KW_CHECK(false);
}

void WatchedKeys::OnModified(Database& db, std::string_view key) {
  Index& index = databases_[static_cast<size_t>(db.index())];
  if (index.empty()) return;
  const auto found = index.find(key);
  if (found == index.end()) return;
  const bool is_there = db.FindRaw(HashedKey(key)) != nullptr;
  for (Client* client : found->second) {
    WatchedKey& watched = Find(*client, db.index(), key);
    if (watched.was_expired && !is_there) {
      watched.was_expired = false;
      continue;
    }
    client->transaction->stale = true;
  }
}

void WatchedKeys::OnContentsReplaced(Database& db, Database* next) {
  for (auto& [key, clients] : databases_[static_cast<size_t>(db.index())]) {
    const HashedKey hashed(key);
    const keyspace::Entry* old_entry = db.FindRaw(hashed);
    const keyspace::Entry* new_entry = next != nullptr ? next->FindRaw(hashed) : nullptr;
    if (old_entry == nullptr && new_entry == nullptr) continue;
    for (Client* client : clients) {
      WatchedKey& watched = Find(*client, db.index(), key);
      if (watched.was_expired) {
        if (new_entry == nullptr) {
          watched.was_expired = false;
          continue;
        }
        if (next->IsExpired(new_entry)) continue;
      } else if (old_entry == nullptr && next->IsExpired(new_entry)) {
        // It looks absent now as it did before.
        watched.was_expired = true;
        continue;
      }
      client->transaction->stale = true;
    }
  }
}

void WatchedKeys::OnFlush(Database& db) { OnContentsReplaced(db, nullptr); }

void EndTransaction(Client& client, WatchedKeys& watched_keys) {
  watched_keys.Unwatch(client);
  client.flags &= ~kClientMulti;
  client.transaction.reset();
}

void WatchedKeys::OnSwap(Database& first, Database& second) {
  OnContentsReplaced(first, &second);
  OnContentsReplaced(second, &first);
}

}  // namespace keyway::command
