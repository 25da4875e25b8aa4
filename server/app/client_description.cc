// The row of CLIENT LIST and CLIENT INFO.
#include <fmt/core.h>

#include <string>

#include "server/app/client_io.h"
#include "server/app/sessions.h"
#include "server/base/printable.h"
#include "server/command/pubsub.h"
#include "server/command/transaction.h"
#include "server/dispatch/batch.h"

namespace keyway::app {

using namespace command;

namespace {

std::string FlagLetters(const Client& client) {
  std::string letters;
  if (client.Has(kClientReplica)) letters += client.Has(kClientMonitor) ? 'O' : 'S';
  if (client.Has(kClientPrimaryLink)) letters += 'M';
  if (client.Has(kClientPubSub)) letters += 'P';
  if (client.Has(kClientMulti)) letters += 'x';
  if (client.Has(kClientBlocked)) letters += 'b';
  if (client.Has(kClientCloseAfterReply)) letters += 'c';
  if (client.Has(kClientCloseAsap)) letters += 'A';
  if (client.Has(kClientUnixSocket)) letters += 'U';
  if (client.Has(kClientReadOnly)) letters += 'r';
  if (client.Has(kClientNoEvict)) letters += 'e';
  if (client.Has(kClientNoTouch)) letters += 'T';
  return letters.empty() ? "N" : letters;
}

size_t ArgumentBytes(const Session& session) {
  size_t bytes = 0;
  if (session.batch != nullptr && !session.batch->Finished()) {
    for (std::string_view word : session.batch->WordsOf(session.batch->requests[session.batch->next]))
      bytes += word.size();
  }
  return bytes;
}

constexpr size_t kBorrowedReplyBytes = OutputBuffer::kChunkBytes;

}  // namespace

std::string Sessions::Describe(Client& client) {
  const Session& session = SessionOf(client);
  const int64_t now_ms = dispatcher_->now_ms();
  const MemoryUse use = MemoryOf(session);
  const size_t unsent = session.io->unsent_bytes();
  const bool in_multi = client.Has(kClientMulti);
  const int64_t queued = in_multi ? static_cast<int64_t>(client.transaction->queue.size()) : -1;
  const auto subscribed = [&](ChannelKind kind) {
    return client.subscriptions != nullptr ? client.subscriptions->Count(kind) : 0;
  };
  std::string row = fmt::format(
      "id={} addr={} laddr={} fd={} name={} age={} idle={} flags={} db={} sub={} psub={} ssub={} multi={} qbuf={} "
      "qbuf-free={} argv-mem={} multi-mem={} rbs={} rbp=0 obl={} oll={} omem={} tot-mem={} events={} cmd={} user={} "
      "redir=-1 resp={}",
      client.id, client.peer, client.local, client.socket_fd, client.labels().name, (now_ms - client.created_ms) / 1000,
      (now_ms - client.last_interaction_ms) / 1000, FlagLetters(client), client.db, subscribed(ChannelKind::kChannel),
      subscribed(ChannelKind::kPattern), subscribed(ChannelKind::kShard), queued, use.query, use.query_room,
      ArgumentBytes(session), use.queued, kBorrowedReplyBytes, client.output.size(), unsent > 0 ? 1 : 0, unsent,
      use.total, unsent > 0 ? "rw" : "r",
      client.last_command != nullptr ? client.last_command->full_name : std::string_view("NULL"), client.user,
      client.reply.version());
  row += fmt::format(" lib-name={} lib-ver={} transport={}", client.labels().library_name,
                     client.labels().library_version, client.transport);
  if (client.tls != nullptr) {
    row += fmt::format(" tls={} cipher={} tls-resumed={} peer-name={} cert-user={}", client.tls->version,
                       client.tls->cipher, client.tls->resumed ? "yes" : "no",
                       PercentEncode(client.tls->peer_name, " "), PercentEncode(client.tls->user, " "));
  }
  return row;
}

}  // namespace keyway::app
