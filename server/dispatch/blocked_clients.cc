#include "server/dispatch/blocked_clients.h"

#include <algorithm>

#include "server/base/check.h"

namespace keyway::dispatch {

using command::Client;

BlockedClients::BlockedClients(keyspace::Keyspace& keyspace)
    : keyspace_(keyspace), databases_(static_cast<size_t>(keyspace.databases())) {
  keyspace_.AddObserver(*this);
}

BlockedClients::~BlockedClients() { keyspace_.RemoveObserver(*this); }

void BlockedClients::Add(Client& client, const command::CommandSpec& spec, command::Words words,
                         const command::BlockRequest& request) {
  const std::vector<std::string_view> replaced(request.words.begin(), request.words.end());
  auto waiter =
      std::make_unique<Waiter>(Waiter{&client,
                                      &spec,
                                      command::OwnedWords(replaced.empty() ? words : command::Words(replaced)),
                                      client.db,
                                      {},
                                      request.type,
                                      request.on_removal,
                                      request.on_timeout,
                                      request.deadline_ms});
  Index& index = databases_[static_cast<size_t>(client.db)];
  for (std::string_view key : request.keys) {
    if (std::find(waiter->keys.begin(), waiter->keys.end(), key) != waiter->keys.end()) continue;
    waiter->keys.emplace_back(key);
    index[waiter->keys.back()].waiters.push_back(waiter.get());
  }
  if (waiter->deadline_ms != 0) deadlines_.emplace(waiter->deadline_ms, &client);
  const bool added = waiters_.emplace(&client, std::move(waiter)).second;
  KW_CHECK(added);
}

Waiter* BlockedClients::Find(const Client& client) {
  const auto found = waiters_.find(&client);
  return found == waiters_.end() ? nullptr : found->second.get();
}

void BlockedClients::Remove(const Client& client) {
  const auto found = waiters_.find(&client);
  if (found == waiters_.end()) return;
  Waiter& waiter = *found->second;
  Index& index = databases_[static_cast<size_t>(waiter.db)];
  for (const std::string& key : waiter.keys) {
    const auto queue = index.find(key);
    std::erase(queue->second.waiters, &waiter);
    if (queue->second.waiters.empty()) index.erase(queue);
  }
  if (waiter.deadline_ms != 0) deadlines_.erase({waiter.deadline_ms, waiter.client});
  waiters_.erase(found);
}

BlockedClients::KeyCounts BlockedClients::CountKeys() const {
  KeyCounts counts;
  for (const Index& index : databases_) {
    counts.all += index.size();
    for (const auto& [key, queue] : index) {
      counts.on_removal += std::any_of(queue.waiters.begin(), queue.waiters.end(),
                                       [](const Waiter* waiter) { return waiter->on_removal; });
    }
  }
  return counts;
}

Client* BlockedClients::Overdue(int64_t now_ms) const {
  if (deadlines_.empty() || deadlines_.begin()->first > now_ms) return nullptr;
  return deadlines_.begin()->second;
}

std::vector<BlockedClients::ReadyKey> BlockedClients::TakeReady() {
  for (const ReadyKey& ready : ready_) {
    Index& index = databases_[static_cast<size_t>(ready.db)];
    if (const auto found = index.find(ready.key); found != index.end()) found->second.ready = false;
  }
  return std::exchange(ready_, {});
}

std::vector<Client*> BlockedClients::WaitingFor(const ReadyKey& ready) const {
  std::vector<Client*> clients;
  const Index& index = databases_[static_cast<size_t>(ready.db)];
  if (const auto found = index.find(ready.key); found != index.end()) {
    for (const Waiter* waiter : found->second.waiters) clients.push_back(waiter->client);
  }
  return clients;
}

void BlockedClients::MarkReady(int db, std::string_view key) {
  Index& index = databases_[static_cast<size_t>(db)];
  const auto found = index.find(key);
  if (found == index.end() || found->second.ready) return;
  found->second.ready = true;
  ready_.push_back({db, found->first});
}

void BlockedClients::TouchAll(int db) {
  if (waiters_.empty()) return;
  for (auto& [key, queue] : databases_[static_cast<size_t>(db)]) {
    if (queue.ready) continue;
    queue.ready = true;
    ready_.push_back({db, key});
  }
}

}  // namespace keyway::dispatch
