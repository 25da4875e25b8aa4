#include "server/cli/command_traits.h"

#include <strings.h>

namespace keyway::cli {
namespace {

bool Is(const Arguments& command, size_t index, std::string_view name) {
  return index < command.size() && NameIs(command[index], name);
}

bool IsAnyOf(const Arguments& command, size_t index, std::initializer_list<std::string_view> names) {
  for (std::string_view name : names) {
    if (Is(command, index, name)) return true;
  }
  return false;
}

// HELLO [version [AUTH user password] [SETNAME name]]
bool HelloWithPassword(const Arguments& command) {
  for (size_t i = 2; i < command.size(); ++i) {
    if (Is(command, i, "auth")) return true;
    if (Is(command, i, "setname")) ++i;
  }
  return false;
}

// MIGRATE host port key database timeout [COPY] [REPLACE] [AUTH password | AUTH2 user password] [KEYS key …]
bool MigrateWithPassword(const Arguments& command) {
  for (size_t i = 6; i < command.size() && !Is(command, i, "keys"); ++i) {
    if (IsAnyOf(command, i, {"auth", "auth2"})) return true;
  }
  return false;
}

bool IsSecretOption(const std::string& name) {
  for (std::string_view secret :
       {"requirepass", "masterauth", "masteruser", "tls-key-file-pass", "tls-client-key-file-pass"}) {
    if (NameIs(name, secret)) return true;
  }
  return false;
}

// CONFIG SET takes several pairs.
bool SetsSecretOption(const Arguments& command) {
  for (size_t i = 2; i < command.size(); i += 2) {
    if (IsSecretOption(command[i])) return true;
  }
  return false;
}

}  // namespace

bool NameIs(const std::string& word, std::string_view name) {
  return word.size() == name.size() && strncasecmp(word.data(), name.data(), name.size()) == 0;
}

bool IsPlainReport(const Arguments& command) {
  size_t count = command.size();
  if (IsAnyOf(command, 0, {"info", "lolwut"})) return true;
  if (count < 2) return false;
  if (Is(command, 0, "debug")) return IsAnyOf(command, 1, {"htstats", "htstats-key", "client-eviction"});
  if (Is(command, 0, "memory")) return IsAnyOf(command, 1, {"malloc-stats", "doctor"});
  if (Is(command, 0, "client")) return IsAnyOf(command, 1, {"list", "info"});
  if (Is(command, 0, "cluster")) return count == 2 && IsAnyOf(command, 1, {"nodes", "info"});
  if (Is(command, 0, "latency"))
    return (count == 3 && Is(command, 1, "graph")) || (count == 2 && Is(command, 1, "doctor"));
  return false;
}

bool IsSubscription(const Arguments& command) { return IsAnyOf(command, 0, {"subscribe", "psubscribe", "ssubscribe"}); }

bool IsUnsubscription(const Arguments& command) {
  return IsAnyOf(command, 0, {"unsubscribe", "punsubscribe", "sunsubscribe"});
}

bool IsSensitive(const Arguments& command) {
  if (Is(command, 0, "auth")) return true;
  if (Is(command, 0, "acl")) return Is(command, 1, "setuser");
  if (Is(command, 0, "config")) return Is(command, 1, "set") && SetsSecretOption(command);
  if (Is(command, 0, "hello")) return HelloWithPassword(command);
  if (Is(command, 0, "migrate")) return MigrateWithPassword(command);
  return false;
}

}  // namespace keyway::cli
