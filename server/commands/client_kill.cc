// CLIENT KILL, in its two forms: an address alone, which answers OK or that there is no such client, or filters that all
// have to match, which answers how many clients they found.
#include <fmt/core.h>

#include <cstdint>
#include <optional>

#include "server/command/args.h"
#include "server/commands/client_names.h"
#include "server/commands/families.h"
#include "server/commands/support.h"

namespace keyway::commands {
namespace {

using command::Client;
using command::Context;
using command::IsWord;
namespace errors = command::errors;

struct KillFilters {
  std::optional<std::string_view> peer, local, user;
  std::optional<uint64_t> id;
  std::optional<command::ClientClass> client_class;
  bool skip_me = true;

  bool Match(const Client& client, const Client& me) const {
    return (!peer || client.peer == *peer) && (!local || client.local == *local) && (!user || client.user == *user) &&
           (!id || client.id == *id) && (!client_class || client.client_class() == *client_class) &&
           !(skip_me && &client == &me);
  }
};

constexpr std::string_view kBadId = "ERR client-id should be greater than 0";

// Takes the filter at argument i with its value behind it; false after an error.
bool TakeFilter(Context& ctx, size_t i, KillFilters& filters) {
  const std::string_view word = ctx.arg(i);
  if (i + 1 < ctx.argc()) {
    const std::string_view value = ctx.arg(i + 1);
    if (IsWord(word, "ID")) {
      const auto id = command::IntegerArgIn(ctx, i + 1, 1, INT64_MAX, kBadId);
      if (!id) return false;
      filters.id = static_cast<uint64_t>(*id);
      return true;
    }
    if (IsWord(word, "TYPE")) return (filters.client_class = ClientClassArg(ctx, i + 1)).has_value();
    if (IsWord(word, "ADDR")) return filters.peer = value, true;
    if (IsWord(word, "LADDR")) return filters.local = value, true;
    if (IsWord(word, "USER")) {
      if (value == "default") return filters.user = value, true;
      ctx.reply().Error(fmt::format("ERR No such user '{}'", value));
      return false;
    }
    if (IsWord(word, "SKIPME") && (IsWord(value, "YES") || IsWord(value, "NO"))) {
      filters.skip_me = IsWord(value, "YES");
      return true;
    }
  }
  ctx.reply().Error(errors::kSyntax);
  return false;
}

void ClientKill(Context& ctx) {
  KillFilters filters;
  const bool by_address = ctx.argc() == 3;
  if (by_address) {
    filters.peer = ctx.arg(2);
    filters.skip_me = false;
  } else {
    for (size_t i = 2; i < ctx.argc(); i += 2) {
      if (!TakeFilter(ctx, i, filters)) return;
    }
  }

  command::ClientDirectory& clients = ctx.services().clients;
  Client& me = ctx.client();
  bool kill_me = false;
  int64_t killed = 0;
  clients.ForEach([&](Client& client) {
    if (!filters.Match(client, me)) return;
    ++killed;
    if (&client == &me) {
      kill_me = true;
    } else {
      clients.Kill(client, false);
    }
  });
  if (!by_address) {
    ctx.reply().Integer(killed);
  } else if (killed == 0) {
    ctx.reply().Error("ERR No such client");
  } else {
    ctx.reply().Ok();
  }
  if (kill_me) clients.Kill(me, true);
}

constexpr command::HandlerBinding kHandlers[] = {{"client|kill", ClientKill}};

}  // namespace

std::span<const command::HandlerBinding> ClientKillHandlers() { return kHandlers; }

}  // namespace keyway::commands
