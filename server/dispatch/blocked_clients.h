// Who waits for which key: the tables behind BLPOP, XREAD BLOCK and their like. They remember the request, and which keys
// changed since they were last asked; running requests is the dispatcher's. [exec] throughout.
//
// A key becomes ready with every change, whatever it was: whether it can serve anybody is found out when its clients are
// looked at, after the command (or transaction) that changed it. Clients keep their place in a key's queue until they
// are served, so that they are served in the order in which they began to wait.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/base/string_hash.h"
#include "server/command/blocking.h"
#include "server/command/client.h"
#include "server/command/owned_words.h"
#include "server/keyspace/key_observer.h"
#include "server/keyspace/keyspace.h"

namespace keyway::dispatch {

// One waiting client and what it waits for.
struct Waiter {
  command::Client* client;
  const command::CommandSpec* spec;
  command::OwnedWords words;
  int db;
  std::vector<std::string> keys;  // each once
  data::ValueType type;
  bool on_removal;
  command::TimeoutReply on_timeout;
  int64_t deadline_ms;  // 0: none
};

class BlockedClients final : private keyspace::KeyObserver {
 public:
  explicit BlockedClients(keyspace::Keyspace& keyspace);
  ~BlockedClients() override;

  // The client must not be waiting yet.
  void Add(command::Client& client, const command::CommandSpec& spec, command::Words words,
           const command::BlockRequest& request);
  // Null if it does not wait.
  Waiter* Find(const command::Client& client);
  void Remove(const command::Client& client);
  size_t size() const { return waiters_.size(); }
  struct KeyCounts {
    size_t all = 0;
    size_t on_removal = 0;  // those whose removal is waited for too
  };
  // Keys that somebody waits for. Looks at each of them.
  KeyCounts CountKeys() const;
  // The earliest deadline, or 0 if nobody has one.
  int64_t next_deadline_ms() const { return deadlines_.empty() ? 0 : deadlines_.begin()->first; }
  // A client whose deadline has come by `now_ms`, or null. It stays until it is removed.
  command::Client* Overdue(int64_t now_ms) const;

  // ---- keys that changed
  bool has_ready() const { return !ready_.empty(); }
  struct ReadyKey {
    int db;
    std::string key;
  };
  // In the order of their changes; they are ready no more.
  std::vector<ReadyKey> TakeReady();
  // The clients that wait for the key, in order.
  std::vector<command::Client*> WaitingFor(const ReadyKey& ready) const;

 private:
  struct Queue {
    std::vector<Waiter*> waiters;
    bool ready = false;  // stands in ready_
  };
  using Index = std::unordered_map<std::string, Queue, StringHash, std::equal_to<>>;

  void OnModified(keyspace::Database& db, std::string_view key) override { Touch(db.index(), key); }
  void OnRemoved(keyspace::Database& db, std::string_view key, data::ValueType) override { Touch(db.index(), key); }
  void OnFlush(keyspace::Database& db) override { TouchAll(db.index()); }
  void OnSwap(keyspace::Database& first, keyspace::Database& second) override {
    TouchAll(first.index()), TouchAll(second.index());
  }
  void Touch(int db, std::string_view key) {
    if (waiters_.empty()) [[likely]]
      return;
    MarkReady(db, key);
  }
  void MarkReady(int db, std::string_view key);
  void TouchAll(int db);

  keyspace::Keyspace& keyspace_;
  std::unordered_map<const command::Client*, std::unique_ptr<Waiter>> waiters_;
  std::vector<Index> databases_;
  std::set<std::pair<int64_t, command::Client*>> deadlines_;
  std::vector<ReadyKey> ready_;
};

}  // namespace keyway::dispatch
