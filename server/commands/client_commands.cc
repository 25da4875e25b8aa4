// CLIENT: who is connected, and how the server treats the connection. CLIENT KILL is in client_kill.cc.
#include <fmt/core.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "server/command/args.h"
#include "server/commands/client_names.h"
#include "server/commands/families.h"
#include "server/commands/support.h"

namespace keyway::commands {
namespace {

using command::Client;
using command::ClientFlags;
using command::Context;
using command::IsWord;
namespace errors = command::errors;

void ClientId(Context& ctx) { ctx.reply().Integer(static_cast<int64_t>(ctx.client().id)); }

void ClientInfo(Context& ctx) { ctx.reply().Verbatim(ctx.services().clients.Describe(ctx.client()) + "\n", "txt"); }

// The rows of the clients that the arguments ask for, or nothing after an error.
std::optional<std::string> ListRows(Context& ctx) {
  command::ClientDirectory& clients = ctx.services().clients;
  std::string rows;
  const auto add = [&](Client& client) { rows += clients.Describe(client), rows += '\n'; };
  if (ctx.argc() == 2) {
    clients.ForEach(add);
  } else if (ctx.argc() == 4 && IsWord(ctx.arg(2), "TYPE")) {
    const auto wanted = ClientClassArg(ctx, 3);
    if (!wanted) return std::nullopt;
    clients.ForEach([&](Client& client) {
      if (client.client_class() == *wanted) add(client);
    });
  } else if (ctx.argc() > 3 && IsWord(ctx.arg(2), "ID")) {
    for (size_t i = 3; i < ctx.argc(); ++i) {
      const auto id = command::IntegerArg(ctx, i, "ERR Invalid client ID");
      if (!id) return std::nullopt;
      if (Client* client = clients.Find(static_cast<uint64_t>(*id))) add(*client);
    }
  } else {
    ctx.reply().Error(errors::kSyntax);
    return std::nullopt;
  }
  return rows;
}

void ClientList(Context& ctx) {
  if (const auto rows = ListRows(ctx)) ctx.reply().Verbatim(*rows, "txt");
}

void ClientSetName(Context& ctx) {
  if (!CheckClientName(ctx, ctx.arg(2))) return;
  ctx.client().SetLabels().name = ctx.arg(2);
  ctx.reply().Ok();
}

void ClientGetName(Context& ctx) {
  if (ctx.client().labels().name.empty()) return ctx.reply().Null();
  ctx.reply().Bulk(ctx.client().labels().name);
}

void ClientSetInfo(Context& ctx) {
  std::string command::ClientLabels::*attribute = nullptr;
  if (IsWord(ctx.arg(2), "LIB-NAME")) attribute = &command::ClientLabels::library_name;
  if (IsWord(ctx.arg(2), "LIB-VER")) attribute = &command::ClientLabels::library_version;
  if (attribute == nullptr) return ctx.reply().Error(fmt::format("ERR Unrecognized option '{}'", ctx.arg(2)));
  if (!IsListable(ctx.arg(3))) {
    return ctx.reply().Error(fmt::format("ERR {} cannot contain spaces, newlines or special characters.", ctx.arg(2)));
  }
  ctx.client().SetLabels().*attribute = ctx.arg(3);
  ctx.reply().Ok();
}

// ON or OFF in argument 2 sets or clears a flag of the client.
void SwitchFlag(Context& ctx, ClientFlags flag) {
  if (IsWord(ctx.arg(2), "ON")) {
    ctx.client().flags |= flag;
  } else if (IsWord(ctx.arg(2), "OFF")) {
    ctx.client().flags &= ~flag;
  } else {
    return ctx.reply().Error(errors::kSyntax);
  }
  ctx.reply().Ok();
}

void ClientNoEvict(Context& ctx) {
  SwitchFlag(ctx, command::kClientNoEvict);
  ctx.services().clients.CheckMemory(ctx.client());
}
void ClientNoTouch(Context& ctx) { SwitchFlag(ctx, command::kClientNoTouch); }

// OFF and SKIP are not answered themselves; ON is, even while replies are off.
void ClientReply(Context& ctx) {
  Client& client = ctx.client();
  if (IsWord(ctx.arg(2), "ON")) {
    client.flags &= ~(command::kClientReplyOff | command::kClientReplySkip);
    client.reply.set_muted(false);
    ctx.reply().Ok();
  } else if (IsWord(ctx.arg(2), "OFF")) {
    client.flags |= command::kClientReplyOff;
  } else if (IsWord(ctx.arg(2), "SKIP")) {
    if (!client.Has(command::kClientReplyOff)) client.flags |= command::kClientReplySkipNext;
  } else {
    ctx.reply().Error(errors::kSyntax);
  }
}

void ClientPause(Context& ctx) {
  auto mode = command::PauseMode::kAll;
  if (ctx.argc() > 4) return command::SubcommandSyntaxError(ctx);
  if (ctx.argc() == 4) {
    if (IsWord(ctx.arg(3), "WRITE")) {
      mode = command::PauseMode::kWrite;
    } else if (!IsWord(ctx.arg(3), "ALL")) {
      return ctx.reply().Error("ERR CLIENT PAUSE mode must be WRITE or ALL");
    }
  }
  const auto until_ms = command::TimeoutMsArg(ctx, 2);
  if (!until_ms) return;
  ctx.services().clients.Pause(mode, *until_ms);
  ctx.reply().Ok();
}

void ClientUnpause(Context& ctx) {
  ctx.services().clients.Unpause();
  ctx.reply().Ok();
}

void ClientUnblock(Context& ctx) {
  bool with_error = false;
  if (ctx.argc() > 4) return command::SubcommandSyntaxError(ctx);
  if (ctx.argc() == 4) {
    with_error = IsWord(ctx.arg(3), "ERROR");
    if (!with_error && !IsWord(ctx.arg(3), "TIMEOUT")) {
      return ctx.reply().Error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
    }
  }
  const auto id = command::IntegerArg(ctx, 2);
  if (!id) return;
  Client* client = ctx.services().clients.Find(static_cast<uint64_t>(*id));
  const bool done =
      client != nullptr && client->Has(command::kClientBlocked) && ctx.services().clients.Unblock(*client, with_error);
  ctx.reply().Integer(done ? 1 : 0);
}

// Nobody tracks keys in this build, so there is nowhere that invalidations go.
void ClientGetRedir(Context& ctx) { ctx.reply().Integer(-1); }

void ClientTrackingInfo(Context& ctx) {
  resp::ReplyWriter& reply = ctx.reply();
  reply.Map(3);
  reply.Bulk("flags"), reply.Set(1), reply.Bulk("off");
  reply.Bulk("redirect"), reply.Integer(-1);
  reply.Bulk("prefixes"), reply.EmptyArray();
}

constexpr command::HandlerBinding kHandlers[] = {
    {"client|getname", ClientGetName},
    {"client|getredir", ClientGetRedir},
    {"client|id", ClientId},
    {"client|info", ClientInfo},
    {"client|list", ClientList},
    {"client|no-evict", ClientNoEvict},
    {"client|no-touch", ClientNoTouch},
    {"client|pause", ClientPause},
    {"client|reply", ClientReply},
    {"client|setinfo", ClientSetInfo},
    {"client|setname", ClientSetName},
    {"client|trackinginfo", ClientTrackingInfo},
    {"client|unblock", ClientUnblock},
    {"client|unpause", ClientUnpause},
};

}  // namespace

std::span<const command::HandlerBinding> ClientHandlers() { return kHandlers; }

}  // namespace keyway::commands
