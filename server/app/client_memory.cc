#include "server/app/client_memory.h"

#include <algorithm>
#include <bit>

#include "server/app/client_io.h"
#include "server/app/sessions.h"
#include "server/base/log.h"
#include "server/command/pubsub.h"
#include "server/command/transaction.h"
#include "server/dispatch/batch.h"

namespace keyway::app {

using command::Client;
using command::ClientClass;

namespace {

// A smaller limit would keep everybody out, those who could raise it included.
constexpr uint64_t kLeastClientLimit = 128 * 1024;
// Unsent output from which on a client is looked at behind each of its commands.
constexpr size_t kOutputNoticeBytes = 64 * 1024;

bool IsOrdinary(ClientClass kind) { return kind == ClientClass::kNormal || kind == ClientClass::kPubSub; }

}  // namespace

void ClientMemory::Count(Session& session, size_t bytes, size_t output_bytes, bool may_be_closed) {
  SessionMemory& counted = session.memory;
  const ClientClass kind = session.client.client_class();
  if (IsOrdinary(counted.kind)) clients_ -= counted.bytes;
  if (counted.kind == ClientClass::kReplica) replica_output_ -= counted.output_bytes;
  counted.kind = kind, counted.bytes = bytes, counted.output_bytes = output_bytes;
  if (IsOrdinary(kind)) clients_ += bytes;
  if (kind == ClientClass::kReplica) replica_output_ += output_bytes;
  const int list =
      may_be_closed ? std::clamp<int>(std::bit_width(bytes), kSmallestLog, kLargestLog) - kSmallestLog : -1;
  if (list == counted.list) return;
  Unlink(session);
  if (list >= 0) Link(session, list);
}

void ClientMemory::Forget(Session& session) { Count(session, 0, 0, false); }

Session* ClientMemory::Largest() const {
  for (auto list = lists_.rbegin(); list != lists_.rend(); ++list) {
    if (list->first != nullptr) return list->first;
  }
  return nullptr;
}

void ClientMemory::Link(Session& session, int number) {
  List& list = lists_[static_cast<size_t>(number)];
  session.memory.list = number;
  session.memory.previous = list.last;
  session.memory.next = nullptr;
  (list.last != nullptr ? list.last->memory.next : list.first) = &session;
  list.last = &session;
}

void ClientMemory::Unlink(Session& session) {
  SessionMemory& counted = session.memory;
  if (counted.list < 0) return;
  List& list = lists_[static_cast<size_t>(counted.list)];
  (counted.previous != nullptr ? counted.previous->memory.next : list.first) = counted.next;
  (counted.next != nullptr ? counted.next->memory.previous : list.last) = counted.previous;
  counted.list = -1;
}

// ---- the memory of sessions ----

Sessions::MemoryUse Sessions::MemoryOf(const Session& session) {
  MemoryUse use;
  const dispatch::Batch* batch = session.batch;
  use.query = session.io->unparsed_bytes();
  use.query_room = session.io->unparsed_room();
  if (batch != nullptr) {
    size_t pending = 0;
    for (size_t i = batch->next; i < batch->requests.size(); ++i) pending += batch->requests[i].bytes;
    use.query += pending;
    use.query_room += batch->buffer.capacity() - std::min(batch->buffer.capacity(), pending);
  }
  use.output = session.client.output.memory_bytes() + session.io->unsent_bytes();
  if (session.client.transaction != nullptr) {
    use.queued = session.client.transaction->QueueMemory();
    use.watched = session.client.transaction->WatchMemory();
  }
  if (session.client.subscriptions != nullptr) use.subscriptions = session.client.subscriptions->memory_bytes();
  use.total = sizeof(Session) + sizeof(ClientIo) + session.io->connection_memory() + use.query + use.query_room +
              use.output + use.queued + use.watched + use.subscriptions;
  return use;
}

size_t Sessions::MemoryBytes(bool of_replicas) const {
  size_t bytes = 0;
  for (Session* session = first_; session != nullptr; session = session->next) {
    if ((session->client.client_class() == ClientClass::kReplica) == of_replicas) bytes += MemoryOf(*session).total;
  }
  return bytes;
}

// ---- maxmemory-clients ----

void Sessions::ApplyClientMemory() {
  uint64_t limit = 0;
  if (settings_.maxmemory_clients > 0) {
    limit = static_cast<uint64_t>(settings_.maxmemory_clients);
  } else if (settings_.maxmemory_clients < 0) {
    const double share = static_cast<double>(-settings_.maxmemory_clients) / 100;
    limit = static_cast<uint64_t>(static_cast<double>(settings_.maxmemory) * share);
  }
  client_memory_limit_ = limit == 0 ? 0 : std::max(limit, kLeastClientLimit);
  client_memory_exceeded_ = false;
  dispatcher_->set_output_notice(limit == 0 ? 0 : kOutputNoticeBytes);
  for (Session* session = first_; session != nullptr; session = session->next) Account(*session);
}

void Sessions::Account(Session& session, size_t in_transit_bytes) {
  if (!session.listed) return;
  const ClientClass kind = session.client.client_class();
  // What replicas have not got yet is asked for by eviction; the others only matter while there is a limit.
  if (client_memory_limit_ == 0 && kind != ClientClass::kReplica) return client_memory_.Forget(session);
  const MemoryUse use = MemoryOf(session);
  const bool may_be_closed =
      client_memory_limit_ != 0 && IsOrdinary(kind) && !session.client.Has(command::kClientNoEvict);
  client_memory_.Count(session, use.total + in_transit_bytes, use.output + in_transit_bytes, may_be_closed);
}

void Sessions::CheckMemory(Client& client) {
  Account(SessionOf(client));
  EvictClients();
}

bool Sessions::EvictClients() {
  if (client_memory_limit_ == 0 || client_memory_.clients() <= client_memory_limit_) [[likely]] {
    client_memory_exceeded_ = false;
    return false;
  }
  bool any = false;
  while (client_memory_.clients() > client_memory_limit_) {
    Session* session = client_memory_.Largest();
    if (session == nullptr) {
      if (!client_memory_exceeded_) LogWarning("Over client maxmemory after evicting all evictable clients");
      client_memory_exceeded_ = true;
      break;
    }
    // It may have read its replies since.
    const size_t before = session->memory.bytes;
    Account(*session);
    if (session->memory.bytes < before / 2 || client_memory_.clients() <= client_memory_limit_) continue;
    LogNotice("Evicting client: {}", Describe(session->client));
    ++counters_.evicted_clients;
    Kill(session->client, false);
    any = true;
  }
  return any;
}

}  // namespace keyway::app
