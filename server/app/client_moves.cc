// Clients go from one I/O thread to another: the exec side of messages.h's three steps.
#include "server/app/client_io.h"
#include "server/app/sessions.h"

namespace keyway::app {
namespace {

constexpr int64_t kLatelyMs = 1000;
constexpr int kMaxRefusals = 3;
// Of one decision; the next one comes soon.
constexpr size_t kMaxMoves = 256;

}  // namespace

void Sessions::SendToIo(Session& session, const ToIo& message) {
  if (session.moving()) [[unlikely]] {
    session.move->kept.push_back(message);
  } else {
    session.io->unit().SendToIo(message);
  }
}

// It goes when it is at rest, which for a busy client is behind its next replies.
void Sessions::AskToMove(Session& session, IoUnit& target) {
  if (&session.io->unit() == &target) return;
  if (session.move == nullptr) session.move = std::make_unique<SessionMove>();
  session.move->to = &target;
  if (session.batch == nullptr && !session.moving()) StartMove(session);
}

void Sessions::StartMove(Session& session) {
  SendToIo(session, {ToIoKind::kMove, false, false, session.io, nullptr});
  // The direct unit only notes it.
  session.move->under_way = true;
}

void Sessions::EndMove(Session& session, bool moved) {
  session.move->under_way = false;
  const std::vector<ToIo> kept = std::exchange(session.move->kept, {});
  if (moved) {
    session.io->set_unit(*session.move->to);
    session.move.reset();
    SendToIo(session, {ToIoKind::kArrive, false, false, session.io, nullptr});
  } else if (++session.move->refusals >= kMaxRefusals) {
    session.move.reset();
  }
  for (const ToIo& message : kept) SendToIo(session, message);
}

void Sessions::MoveSome(const IoScaler::Move& move) {
  IoUnit& from = *(*units_)[move.from];
  IoUnit& target = *(*units_)[move.to];
  if (from.connections.load(std::memory_order_relaxed) == 0) return;
  std::vector<Session*> candidates;
  const int64_t since_ms = dispatcher_->now_ms() - kLatelyMs;
  for (Session* session = first_; session != nullptr; session = session->next) {
    if (&session->io->unit() == &from && session->client.last_interaction_ms >= since_ms) candidates.push_back(session);
  }
  const auto wanted = static_cast<size_t>(static_cast<double>(candidates.size()) * move.share + 0.5);
  const size_t count = std::min(wanted, kMaxMoves);
  for (size_t i = 0; i < count; ++i) AskToMove(*candidates[i], target);
}

IoUnit& Sessions::NextUnit(const IoUnit& unit) const {
  auto& units = *units_;
  size_t place = 0;
  while (units[place].get() != &unit) ++place;
  return *units[(place + 1) % units.size()];
}

}  // namespace keyway::app
