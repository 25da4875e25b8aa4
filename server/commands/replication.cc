// SYNC: the stream of all writes, behind a snapshot.
#include "server/command/replication.h"

#include "server/command/context.h"
#include "server/commands/families.h"

namespace keyway::commands {
namespace {

// No reply: what the client gets is the snapshot.
void Sync(command::Context& ctx) { ctx.services().replication->StartSync(ctx.client()); }

constexpr command::HandlerBinding kHandlers[] = {{"sync", Sync}};

}  // namespace

std::span<const command::HandlerBinding> ReplicationHandlers() { return kHandlers; }

}  // namespace keyway::commands
