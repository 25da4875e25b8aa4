// Revocation lists that change reach clients that are connected already.
#include <memory>
#include <utility>

#include "server/app/client_io.h"
#include "server/app/sessions.h"

namespace keyway::app {

void Sessions::Recheck(net::NewerStacks newer) {
  if (newer.empty()) return;
  const auto shared = std::make_shared<const net::NewerStacks>(std::move(newer));
  auto tell = [&](Session& session) {
    if (session.io_closed) return;
    SendToIo(session, {ToIoKind::kRecheck, false, false, session.io, new RecheckNote{shared}});
  };
  for (Session* session = first_; session != nullptr; session = session->next) tell(*session);
  for (Session* session : unlisted_) tell(*session);
}

}  // namespace keyway::app
