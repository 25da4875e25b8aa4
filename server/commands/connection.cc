// The connection's own commands: PING, ECHO, QUIT, RESET, AUTH, HELLO.
#include <fmt/core.h>

#include <optional>

#include "server/command/args.h"
#include "server/command/pubsub.h"
#include "server/command/watched_keys.h"
#include "server/commands/client_names.h"
#include "server/commands/families.h"
#include "server/commands/support.h"
#include "server/config/config.h"

namespace keyway::commands {
namespace {

using command::Client;
using command::Context;
using command::IsWord;
namespace errors = command::errors;

void Ping(Context& ctx) {
  if (ctx.argc() > 2) return command::ArityError(ctx);
  // A RESP2 subscriber reads pushed messages only, so the answer has their form.
  if (ctx.client().Has(command::kClientPubSub) && ctx.reply().version() == 2) {
    ctx.reply().Array(2);
    ctx.reply().Bulk("pong");
    return ctx.reply().Bulk(ctx.argc() == 2 ? ctx.arg(1) : std::string_view(""));
  }
  if (ctx.argc() == 2) return ctx.reply().Bulk(ctx.arg(1));
  ctx.reply().Simple("PONG");
}

void Echo(Context& ctx) { ctx.reply().Bulk(ctx.arg(1)); }

void Quit(Context& ctx) {
  ctx.reply().Ok();
  ctx.services().clients.Kill(ctx.client(), true);
}

// Back to the state of a new connection, but for CLIENT SETINFO: the library behind it stays the same.
void Reset(Context& ctx) {
  Client& client = ctx.client();
  const bool monitor = client.Has(command::kClientMonitor);
  if (client.Has(command::kClientPrimaryLink) || (client.Has(command::kClientReplica) && !monitor)) {
    return ctx.reply().Error("ERR can only reset normal client connections");
  }
  if (monitor) client.flags &= ~(command::kClientMonitor | command::kClientReplica);
  client.flags &= ~(command::kClientAsking | command::kClientReadOnly | command::kClientReplyOff |
                    command::kClientReplySkipNext | command::kClientNoTouch | command::kClientNoEvict);
  client.db = 0;
  if (!client.labels().name.empty()) client.SetLabels().name.clear();
  client.reply.set_version(2);
  client.reply.set_muted(false);
  ctx.services().pubsub->UnsubscribeAll(client);
  command::EndTransaction(client, ctx.services().executor->watched_keys());
  ctx.services().server.ResetClientAuthentication(client);
  ctx.reply().Simple("RESET");
}

// Authenticates the client, or writes the error.
bool LogIn(Context& ctx, std::string_view user, std::string_view password) {
  const auto result = ctx.services().server.Authenticate(ctx.client(), user, password);
  if (!result) {
    ctx.reply().Error(result.error().text());
    return false;
  }
  return true;
}

void Auth(Context& ctx) {
  if (ctx.argc() > 3) return ctx.reply().Error(errors::kSyntax);
  if (ctx.argc() == 3) {
    if (LogIn(ctx, ctx.arg(1), ctx.arg(2))) ctx.reply().Ok();
    return;
  }
  // With no password set, giving one is more likely a mistake in the configuration than a wish to log in.
  if (!ctx.services().server.AuthenticationRequired()) {
    return ctx.reply().Error(
        "ERR AUTH <password> called without any password configured for the default user. Are you sure your "
        "configuration is correct?");
  }
  if (LogIn(ctx, "default", ctx.arg(1))) ctx.reply().Ok();
}

struct HelloOptions {
  int version = 0;  // 0: as it is
  std::optional<std::string_view> user, password, name;
};

std::optional<HelloOptions> ParseHello(Context& ctx) {
  HelloOptions options;
  if (ctx.argc() < 2) return options;
  const auto version = command::IntegerArg(ctx, 1, "ERR Protocol version is not an integer or out of range");
  if (!version) return std::nullopt;
  if (*version < 2 || *version > 3) {
    ctx.reply().Error("NOPROTO unsupported protocol version");
    return std::nullopt;
  }
  options.version = static_cast<int>(*version);
  for (size_t i = 2; i < ctx.argc(); ++i) {
    const size_t more = ctx.argc() - 1 - i;
    if (IsWord(ctx.arg(i), "AUTH") && more >= 2) {
      options.user = ctx.arg(i + 1), options.password = ctx.arg(i + 2);
      i += 2;
    } else if (IsWord(ctx.arg(i), "SETNAME") && more >= 1) {
      options.name = ctx.arg(++i);
      if (!CheckClientName(ctx, *options.name)) return std::nullopt;
    } else {
      ctx.reply().Error(fmt::format("ERR Syntax error in HELLO option '{}'", ctx.arg(i)));
      return std::nullopt;
    }
  }
  return options;
}

void ReplyHello(Context& ctx) {
  const config::Settings& settings = SettingsOf(ctx);
  resp::ReplyWriter& reply = ctx.reply();
  reply.Map(7);
  reply.Bulk("server"), reply.Bulk("redis");
  reply.Bulk("version"), reply.Bulk(AnnouncedVersion(ctx.services()));
  reply.Bulk("proto"), reply.Integer(reply.version());
  reply.Bulk("id"), reply.Integer(static_cast<int64_t>(ctx.client().id));
  reply.Bulk("mode"), reply.Bulk(settings.cluster_enabled ? "cluster" : "standalone");
  reply.Bulk("role"), reply.Bulk(settings.replicaof.host.empty() ? "master" : "replica");
  reply.Bulk("modules"), reply.EmptyArray();
}

void Hello(Context& ctx) {
  const auto options = ParseHello(ctx);
  if (!options) return;
  if (options->user && !LogIn(ctx, *options->user, *options->password)) return;
  Client& client = ctx.client();
  if (!client.authenticated) {
    return ctx.reply().Error(
        "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> "
        "<pass> option can be used to authenticate the client and select the RESP protocol version at the same time");
  }
  if (options->name) client.SetLabels().name = *options->name;
  if (options->version != 0) {
    client.reply.set_version(options->version);
  }
  ReplyHello(ctx);
}

constexpr command::HandlerBinding kHandlers[] = {
    {"auth", Auth}, {"echo", Echo}, {"hello", Hello}, {"ping", Ping}, {"quit", Quit}, {"reset", Reset},
};

}  // namespace

std::span<const command::HandlerBinding> ConnectionHandlers() { return kHandlers; }

}  // namespace keyway::commands
