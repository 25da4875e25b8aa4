#include "server/commands/client_names.h"

#include <fmt/core.h>

#include <algorithm>

#include "server/command/args.h"

namespace keyway::commands {

using command::ClientClass;
using command::Context;

bool IsListable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '!' && c <= '~'; });
}

bool CheckClientName(Context& ctx, std::string_view name) {
  if (IsListable(name)) return true;
  ctx.reply().Error("ERR Client names cannot contain spaces, newlines or special characters.");
  return false;
}

std::optional<ClientClass> ClientClassArg(Context& ctx, size_t i) {
  struct ClassName {
    std::string_view name;
    ClientClass value;
  };
  static constexpr ClassName kNames[] = {{"NORMAL", ClientClass::kNormal},
                                         {"SLAVE", ClientClass::kReplica},
                                         {"REPLICA", ClientClass::kReplica},
                                         {"PUBSUB", ClientClass::kPubSub},
                                         {"MASTER", ClientClass::kPrimary}};
  for (const ClassName& entry : kNames) {
    if (command::IsWord(ctx.arg(i), entry.name)) return entry.value;
  }
  ctx.reply().Error(fmt::format("ERR Unknown client type '{}'", ctx.arg(i)));
  return std::nullopt;
}

}  // namespace keyway::commands
