#include "server/app/sessions.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>

#include "server/app/client_io.h"
#include "server/base/check.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/dispatch/batch.h"
#include "server/event/event_loop.h"
#include "server/keyspace/keyspace.h"

namespace keyway::app {

using command::Client;
using command::PauseMode;
using dispatch::Batch;
using dispatch::BatchEnd;

namespace {

constexpr size_t kPrefetchSessions = 32;
constexpr int kTroubleLinesPerSecond = 50;

}  // namespace

Sessions::Sessions(const config::Settings& settings, command::ServerCounters& counters, const Clock& clock)
    : settings_(settings), counters_(counters), clock_(clock) {}

Sessions::~Sessions() { KW_DCHECK(ready_.empty()); }

void Sessions::Start(dispatch::Dispatcher& dispatcher, keyspace::Keyspace& keyspace,
                     std::vector<std::unique_ptr<IoUnit>>& units, AdmitFn admit) {
  dispatcher_ = &dispatcher;
  dispatcher.set_blocking_host(this);
  keyspace_ = &keyspace;
  units_ = &units;
  admit_ = std::move(admit);
  ApplySettings();
}

Session& Sessions::SessionOf(Client& client) {
  // The client is the session's first member, and only sessions enter the directory.
  static_assert(offsetof(Session, client) == 0);
  return reinterpret_cast<Session&>(client);
}

// Connections go to the host with the fewest, unless the carrier binds one to its loop.
IoUnit& Sessions::PickUnit(const net::AcceptedSocket& socket) {
  auto& units = *units_;
  if (event::EventLoop* bound = socket.bound_loop(); bound != nullptr) {
    for (auto& unit : units) {
      if (&unit->loop() == bound) return *unit;
    }
  }
  auto host = [&](size_t place) { return units.begin() + static_cast<ptrdiff_t>(place); };
  return **std::min_element(host(first_host_), host(last_host_ + 1), [](const auto& a, const auto& b) {
    return a->connections.load(std::memory_order_relaxed) < b->connections.load(std::memory_order_relaxed);
  });
}

void Sessions::Accept(std::unique_ptr<net::AcceptedSocket> socket) {
  auto session = std::make_unique<Session>();
  Client& client = session->client;
  client.id = next_id_++;
  client.created_ms = client.last_interaction_ms = dispatcher_->now_ms();
  client.reply.set_version(static_cast<int>(settings_.client_default_resp));
  if (total_ >= static_cast<size_t>(settings_.maxclients)) {
    session->refusal = "-ERR max number of clients reached\r\n";
    ++counters_.connections_rejected;
  } else {
    ++counters_.connections_received;
  }
  ++total_;
  IoUnit& unit = PickUnit(*socket);
  // Until the exec side has decided about it, a client is held to the limits of unauthenticated ones.
  session->io = new ClientIo(unit, session.get(), !settings_.requirepass.empty());
  unlisted_.insert(session.get());
  ClientIo* io = session.release()->io;
  if (unit.direct()) {
    io->Start(std::move(socket));
  } else {
    // A posted task must be copyable, which the socket's owner is not.
    unit.loop().Post([io, raw = socket.release()] { io->Start(std::unique_ptr<net::AcceptedSocket>(raw)); });
  }
}

void Sessions::OnMessage(const ToExec& message) {
  Session& session = *message.io->session();
  switch (message.kind) {
    case ToExecKind::kOpened: {
      std::unique_ptr<OpenedNote> note(static_cast<OpenedNote*>(message.payload));
      return OnOpened(session, *note);
    }
    case ToExecKind::kBatch:
      session.batch = static_cast<Batch*>(message.payload);
      session.in_ready = true;
      ready_.push_back(&session);
      return;
    case ToExecKind::kHangup:
      if (!session.client.Has(command::kClientCloseAsap)) Kill(session.client, false);
      return;
    case ToExecKind::kGrown:
      session.io->ExpectGrowth();
      return Account(session);
    case ToExecKind::kMoved:
      return EndMove(session, true);
    case ToExecKind::kStays:
      return EndMove(session, false);
    case ToExecKind::kClosed: {
      std::unique_ptr<ClosedNote> note(static_cast<ClosedNote*>(message.payload));
      if (session.moving()) EndMove(session, false);
      return OnClosed(session, *note);
    }
  }
}

std::string_view Sessions::Keep(std::string_view text) {
  auto found = texts_.find(text);
  return found != texts_.end() ? *found : *texts_.emplace(text).first;
}

void Sessions::OnOpened(Session& session, const OpenedNote& note) {
  Client& client = session.client;
  const net::ConnectionInfo& info = *note.info;
  // A socket in the file system has no port; clients know its addresses as "path:0".
  const bool path = info.local.starts_with('/');
  client.peer = path ? info.local + ":0" : info.peer;
  client.local = Keep(path ? info.local + ":0" : info.local);
  client.transport = Keep(info.transport);
  if (info.encrypted) {
    client.tls = std::make_unique<command::ClientTls>(Keep(info.version), Keep(info.cipher), info.peer_name,
                                                      info.peer_user, info.resumed);
  }
  client.socket_fd = note.fd;
  if (info.peer_is_local) client.flags |= command::kClientLocal;
  if (path) client.flags |= command::kClientUnixSocket;
  if (info.encrypted) handshakes_.NoteCompleted(info.transport, info.version, info.resumed, info.handshake_cpu_us);
  if (info.plain_instead) ++handshakes_.plaintext_accepted;
  session.opened = true;
  Admission admission = admit_(info);
  client.authenticated = admission.authenticated;
  if (session.refusal.empty()) session.refusal = admission.refusal;
  if (!session.refusal.empty()) {
    client.flags |= command::kClientCloseAsap;
    auto* output = new OutputBuffer;
    output->Append(session.refusal);
    session.io->NotePushed(output->size());
    SendToIo(session, {ToIoKind::kPush, true, true, session.io, output});
    return;
  }
  session.listed = true;
  unlisted_.erase(&session);
  by_id_.emplace(client.id, &session);
  // Handshakes end in any order; the list is by id.
  Session* after = last_;
  while (after != nullptr && after->client.id > client.id) after = after->previous;
  session.previous = after;
  session.next = after != nullptr ? after->next : first_;
  (session.previous != nullptr ? session.previous->next : first_) = &session;
  (session.next != nullptr ? session.next->previous : last_) = &session;
  Account(session);
  LogVerbose("Accepted {} ({})", client.peer, client.transport);
}

// What a peer does wrong is worth a line, but a flood of such peers must not fill the disk.
void Sessions::LogTrouble(std::string text) {
  const int64_t second = dispatcher_->now_ms() / 1000;
  if (second != trouble_second_) {
    if (trouble_dropped_ > 0) LogNotice("{} more lines about failing peers were left out", trouble_dropped_);
    trouble_second_ = second;
    trouble_left_ = kTroubleLinesPerSecond;
    trouble_dropped_ = 0;
  }
  if (trouble_left_ > 0) {
    --trouble_left_;
    LogNotice("{}", text);
  } else {
    ++trouble_dropped_;
    LogVerbose("{}", text);
  }
}

void Sessions::OnClosed(Session& session, const ClosedNote& note) {
  session.io_closed = true;
  handshakes_.NoteSpent(note.transport, note.reason.handshake_cpu_us);
  switch (note.reason.cause) {
    case net::CloseCause::kHandshakeFailed:
      handshakes_.NoteFailed(note.transport, note.reason.reason);
      LogTrouble(fmt::format("Error accepting a client connection: {} (addr={})", note.reason.detail, note.peer));
      break;
    case net::CloseCause::kHandshakeTimeout:
      ++handshakes_.timed_out;
      LogTrouble(fmt::format("Error accepting a client connection: the handshake took too long (addr={})", note.peer));
      break;
    case net::CloseCause::kHandshakeDropped:
      ++handshakes_.dropped;
      LogTrouble(fmt::format("Error accepting a client connection: {} (addr={})", note.reason.detail, note.peer));
      break;
    case net::CloseCause::kPlaintextOnTls:
      ++handshakes_.plaintext_refused;
      LogTrouble(fmt::format("Error accepting a client connection: plaintext on a TLS port (addr={})", note.peer));
      break;
    case net::CloseCause::kRevoked:
      LogTrouble(fmt::format("Closing client {}: {} (addr={})", session.client.id, note.reason.detail,
                             note.peer.empty() ? session.client.peer : note.peer));
      break;
    case net::CloseCause::kProtocol:
    case net::CloseCause::kReset:
      LogVerbose("Connection of client {} broke: {}", note.peer.empty() ? session.client.peer : note.peer,
                 note.reason.detail);
      break;
    default:
      break;
  }
  session.client.flags |= command::kClientCloseAsap;
  Forget(session.client);
  Unlist(session);
  closed_.push_back(&session);
}

stats::HandshakeCounts Sessions::handshakes() const {
  stats::HandshakeCounts counts = handshakes_;
  counts.opening = static_cast<size_t>(std::count_if(unlisted_.begin(), unlisted_.end(), [](const Session* session) {
    return !session->opened && !session->io_closed;
  }));
  return counts;
}

void Sessions::Unlist(Session& session) {
  if (!session.listed) return;
  session.listed = false;
  client_memory_.Forget(session);
  unlisted_.insert(&session);
  by_id_.erase(session.client.id);
  if (cron_next_ == &session) cron_next_ = session.next;
  (session.previous != nullptr ? session.previous->next : first_) = session.next;
  (session.next != nullptr ? session.next->previous : last_) = session.previous;
}

void Sessions::Forget(Client& client) {
  dispatcher_->Forget(client);
  for (command::ClientObserver* observer : observers_) observer->OnClientGone(client);
}

// Between turns, so that no list of the turn holds what is freed.
void Sessions::FreeClosed() {
  std::vector<Session*> closed;
  closed.swap(closed_);
  for (Session* session : closed) {
    if (session->in_ready) {
      closed_.push_back(session);
    } else {
      Free(*session);
    }
  }
}

void Sessions::Free(Session& session) {
  if (session.client.in_pending_flush) std::erase(to_flush_, &session);
  if (session.suspended) std::erase(suspended_, &session);
  if (session.batch != nullptr) {
    SendToIo(session, {ToIoKind::kReply, true, false, session.io, session.batch});
  }
  SendToIo(session, {ToIoKind::kFree, false, false, session.io, nullptr});
  --total_;
  unlisted_.erase(&session);
  delete &session;
}

bool Sessions::RunTurn() {
  bool any = false;
  for (auto& unit : *units_) {
    if (unit->DrainToExec()) any = true;
  }
  (*units_)[0]->MoveClients();
  if (LeavePausedIfDue()) any = true;
  dispatcher_->ServeWaiting();
  if (EvictClients()) any = true;
  if (ready_.empty()) return any;
  running_.swap(ready_);
  PrefetchReady();
  for (Session* session : running_) RunSession(*session);
  running_.clear();
  return true;
}

// Batches of one request gain from being prefetched together; longer ones prefetch for themselves.
void Sessions::PrefetchReady() const {
  if (running_.size() < 2) return;
  size_t count = std::min(running_.size(), kPrefetchSessions);
  for (size_t i = 0; i < count; ++i) dispatcher_->PrefetchBucket(running_[i]->client, *running_[i]->batch);
  for (size_t i = 0; i < count; ++i) dispatcher_->PrefetchEntry(running_[i]->client, *running_[i]->batch);
}

void Sessions::RunSession(Session& session) {
  session.in_ready = false;
  Client& client = session.client;
  Batch& batch = *session.batch;
  if (client_memory_limit_ != 0) [[unlikely]]
    CheckMemory(client);
  if (client.Has(command::kClientCloseAsap)) {
    batch.next = batch.requests.size();
    return QueueFlush(session);
  }
  client.last_interaction_ms = dispatcher_->now_ms();
  client.total_net_input += batch.received_bytes;
  counters_.net_input_bytes += batch.received_bytes;
  ++counters_.batches_received;
  batch.received_bytes = 0;
  current_ = &session;
  dispatch::RunOutcome outcome = dispatcher_->Run(client, batch);
  current_ = nullptr;
  if (client_memory_limit_ != 0) [[unlikely]]
    Account(session);
  if (outcome != dispatch::RunOutcome::kFinished) return Suspend(session, outcome);
  session.suspended = false;
  client.flags &= ~command::kClientBlocked;
  FinishBatch(session);
  QueueFlush(session);
}

void Sessions::Suspend(Session& session, dispatch::RunOutcome outcome) {
  Client& client = session.client;
  if (outcome == dispatch::RunOutcome::kSuspended) suspended_.push_back(&session);
  if (!session.suspended) {
    session.suspended = true;
    client.flags |= command::kClientBlocked;
    SendToIo(session, {ToIoKind::kSuspended, false, false, session.io, nullptr});
    // The I/O side may have found at once that the peer is gone, and the session waits for nothing any more.
    if (client.Has(command::kClientCloseAsap)) return;
  }
  if (outcome != dispatch::RunOutcome::kSuspended && session.batch->Finished()) {
    // It may wait for long, and the dispatcher has a copy of the one request that matters.
    session.batch->DropRequests();
  }
  if (!client.output.empty()) QueueFlush(session);
}

// The rest of the batch runs in the next turn, which comes at once.
void Sessions::OnUnblocked(Client& client) {
  Session& session = SessionOf(client);
  if (session.in_ready || client.Has(command::kClientCloseAsap)) return;
  session.in_ready = true;
  ready_.push_back(&session);
}

// What comes behind the last request.
void Sessions::FinishBatch(Session& session) {
  Client& client = session.client;
  if (client.Has(command::kClientCloseAsap | command::kClientCloseAfterReply)) return;
  switch (session.batch->end) {
    case BatchEnd::kMore:
      return;
    case BatchEnd::kProtocolError:
      ++counters_.protocol_errors;
      LogTrouble(fmt::format("Protocol error ({}) from client: {}", session.batch->error_text, Describe(client)));
      client.reply.set_muted(false);
      client.reply.Error("ERR " + session.batch->error_text);
      counters_.CountError("ERR");
      break;
    case BatchEnd::kEndOfStream:
      LogVerbose("Client closed connection {}", Describe(client));
      break;
    case BatchEnd::kQueryTooLarge:
      ++counters_.query_limit_disconnections;
      LogWarning("Closing client that reached max query buffer length: {}", Describe(client));
      break;
  }
  client.flags |= command::kClientCloseAfterReply;
}

void Sessions::QueueFlush(Session& session) {
  if (session.client.in_pending_flush) return;
  session.client.in_pending_flush = true;
  to_flush_.push_back(&session);
}

void Sessions::FlushReplies() {
  do {
    for (size_t i = 0; i < to_flush_.size(); ++i) Flush(*to_flush_[i]);
    to_flush_.clear();
    // Only now is known what was sent at once.
  } while (EvictClients());
  FreeClosed();
  for (auto& unit : *units_) {
    unit->WakeIfNeeded();
    unit->CollectGarbage();
  }
}

void Sessions::Flush(Session& session) {
  Client& client = session.client;
  client.in_pending_flush = false;
  const bool aborted = client.Has(command::kClientCloseAsap);
  const bool close_after = client.Has(command::kClientCloseAfterReply);
  if (aborted) client.output.Clear();
  size_t bytes = client.output.size();
  client.total_net_output += bytes;
  counters_.net_output_bytes += bytes;
  if (bytes > 0) ++counters_.replies_sent;
  if (close_after) Unlist(session);
  // Of a reply only the I/O side knows whether it was sent; what is pushed counts as unsent at once.
  size_t in_transit = 0;
  if (session.batch != nullptr && !session.suspended) {
    if (!session.io->unit().direct()) in_transit = bytes;
    Batch* batch = std::exchange(session.batch, nullptr);
    std::swap(batch->replies, client.output);
    SendToIo(session, {ToIoKind::kReply, !client.authenticated, close_after, session.io, batch});
    if (settings_.io_threads_shuffle && session.move == nullptr) [[unlikely]]
      session.move = std::make_unique<SessionMove>(&NextUnit(session.io->unit()));
    if (session.move != nullptr && !session.move->under_way && !close_after && !session.io_closed) [[unlikely]]
      StartMove(session);
  } else if (bytes > 0 || close_after) {
    auto* output = new OutputBuffer(std::move(client.output));
    session.io->NotePushed(bytes);
    SendToIo(session, {ToIoKind::kPush, false, close_after, session.io, output});
  }
  if (aborted) return;
  CheckLimitOf(session);
  if (client_memory_limit_ != 0 || client.Has(command::kClientReplica)) [[unlikely]]
    Account(session, in_transit);
}

}  // namespace keyway::app
