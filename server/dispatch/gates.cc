#include "server/dispatch/gates.h"

#include <fmt/core.h>

#include <string>

#include "server/base/log.h"
#include "server/command/args.h"
#include "server/command/command_table.h"
#include "server/command/eviction.h"
#include "server/command/persistence.h"
#include "server/command/transaction.h"
#include "server/command/watched_keys.h"
#include "server/config/config.h"
#include "server/keyspace/keyspace.h"

namespace keyway::dispatch {
namespace {

using namespace command;

// A refused command spoils the transaction that it belongs to; a refused EXEC ends it.
GateResult Reject(GateInput& in, std::string_view error) {
  if (!in.client.Has(kClientMulti)) {
    in.client.reply.Error(error);
    return GateResult::kRejected;
  }
  if (in.spec == nullptr || !in.spec->Has(kFlagRunsQueued)) {
    in.client.reply.Error(error);
    in.client.transaction->rejected = true;
    return GateResult::kRejected;
  }
  in.client.reply.Error(fmt::format("EXECABORT Transaction discarded because of: {}", error));
  EndTransaction(in.client, in.services.executor->watched_keys());
  return GateResult::kRejected;
}

// The flags that say what the request may do: EXEC does what was queued.
CommandFlags EffectiveFlags(const GateInput& in) {
  CommandFlags flags = in.spec->flags;
  if (in.spec->Has(kFlagRunsQueued) && in.client.Has(kClientMulti)) flags |= in.client.transaction->queued_flags;
  return flags;
}

constexpr size_t kQuotedBytes = 128;  // how much of a client's words an error repeats

std::string UpperCase(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  return upper;
}

// A web page can make a browser send commands inside the body of a request to this port. Its first lines give it away.
GateResult RefuseWebBrowser(GateInput& in) {
  LogWarning(
      "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to Redis. This is "
      "likely due to an attacker attempting to use Cross Protocol Scripting to compromise your Redis instance. "
      "Connection from {} aborted.",
      in.client.peer);
  in.services.clients.Kill(in.client, false);
  return GateResult::kDropped;
}

GateResult GateKnown(GateInput& in) {
  if (in.spec != nullptr) return GateResult::kPass;
  if (const CommandSpec* container = in.services.commands.FindCommand(in.words[0]); container != nullptr) {
    return Reject(in, fmt::format("ERR unknown subcommand '{}'. Try {} HELP.", in.words[1].substr(0, kQuotedBytes),
                                  UpperCase(in.words[0])));
  }
  if (IsWord(in.words[0], "POST") || IsWord(in.words[0], "HOST:")) return RefuseWebBrowser(in);
  return Reject(in, UnknownCommandText(in.words));
}

GateResult GateArity(GateInput& in) {
  if (in.spec->handler != nullptr && in.spec->ArityAccepts(in.words.size())) return GateResult::kPass;
  return Reject(in, fmt::format("ERR wrong number of arguments for '{}' command", in.spec->full_name));
}

// DEBUG (and MODULE) are off unless enable-debug-command allows them to this client.
GateResult GateProtected(GateInput& in) {
  if (!in.spec->Has(kFlagProtected)) return GateResult::kPass;
  std::string_view root = in.spec->container != nullptr ? in.spec->container->full_name : in.spec->full_name;
  std::string option = fmt::format("enable-{}-command", root);
  if (in.services.server.CommandIsAllowed(in.client, option)) return GateResult::kPass;
  return Reject(in,
                fmt::format("ERR {} command not allowed. If the {} option is set to \"local\", you can run it from a "
                            "local connection, otherwise you need to set this option in the configuration file, and "
                            "then restart the server.",
                            UpperCase(root), option));
}

GateResult GateAuthenticated(GateInput& in) {
  if (in.client.authenticated || in.spec->Has(kFlagNoAuth)) return GateResult::kPass;
  return Reject(in, "NOAUTH Authentication required.");
}

// Makes room first, for whatever command, since the one before may have taken too much. If there is no room to be made, nobody
// gets more. Queued commands use memory whatever they are.
GateResult GateMemory(GateInput& in) {
  if (in.services.config.settings().maxmemory == 0) [[likely]]
    return GateResult::kPass;
  if (in.services.keyspace.eviction().WithinLimit()) [[likely]]
    return GateResult::kPass;
  if (!MayEvict(in.services) || EvictKeys(in.services) != keyspace::Eviction::Outcome::kFailed)
    return GateResult::kPass;
  const bool is_queued = in.client.Has(kClientMulti) && !in.spec->Has(kFlagNotQueued);
  if (!is_queued && (EffectiveFlags(in) & kFlagDenyOom) == 0) return GateResult::kPass;
  return Reject(in, "OOM command not allowed when used memory > 'maxmemory'.");
}

GateResult GateSubscriber(GateInput& in) {
  if (!in.client.Has(kClientPubSub) || in.client.reply.version() == 3 || in.spec->Has(kFlagSubscriber)) {
    return GateResult::kPass;
  }
  return Reject(in,
                fmt::format("ERR Can't execute '{}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are "
                            "allowed in this context",
                            in.spec->full_name));
}

GateResult GatePause(GateInput& in) {
  PauseMode mode = in.services.clients.pause_mode();
  if (mode == PauseMode::kNone || in.client.Has(kClientReplica | kClientPrimaryLink)) return GateResult::kPass;
  const bool may_write = (EffectiveFlags(in) & (kFlagWrite | kFlagMayReplicate)) != 0;
  if (mode == PauseMode::kWrite && !may_write) return GateResult::kPass;
  return GateResult::kSuspended;
}

GateResult GateOutsideMulti(GateInput& in) {
  if (!in.client.Has(kClientMulti) || !in.spec->Has(kFlagNoMulti)) return GateResult::kPass;
  return Reject(in, "ERR Command not allowed inside a transaction");
}

// Snapshots fail, and whoever writes is to notice. PING tells it to those who only watch.
GateResult GateDiskError(GateInput& in) {
  const Persistence* persistence = in.services.persistence;
  if (persistence == nullptr || !persistence->refuses_writes() || in.client.Has(kClientPrimaryLink)) {
    return GateResult::kPass;
  }
  if ((EffectiveFlags(in) & (kFlagWrite | kFlagTellsDiskErrors)) == 0) return GateResult::kPass;
  return Reject(in,
                "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. "
                "Commands that may modify the data set are disabled, because this instance is configured to report "
                "errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the "
                "Redis logs for details about the RDB error.");
}

GateResult GateLoading(GateInput& in) {
  const Persistence* persistence = in.services.persistence;
  if (persistence == nullptr || !persistence->loading() || in.spec->Has(kFlagLoading)) return GateResult::kPass;
  return Reject(in, "LOADING Redis is loading the dataset in memory");
}

// Files may have to be read, and slow devices asked, before a command can do its work in no time.
GateResult GatePrepared(GateInput& in) {
  if (!in.spec->Has(kFlagPrepared) || in.client.Has(kClientMulti)) [[likely]]
    return GateResult::kPass;
  return in.services.server.Prepared(in.client, *in.spec, in.words) ? GateResult::kPass : GateResult::kSuspended;
}

// The last gate: between MULTI and EXEC commands are kept instead of run.
GateResult GateQueue(GateInput& in) {
  if (!in.client.Has(kClientMulti) || in.spec->Has(kFlagNotQueued)) return GateResult::kPass;
  Transaction& transaction = *in.client.transaction;
  // What cannot be run any more is not kept either.
  if (!transaction.rejected && !transaction.stale) {
    transaction.queue.push_back({in.spec, OwnedWords(in.words)});
    transaction.queued_bytes += transaction.queue.back().words.memory_bytes();
  }
  transaction.queued_flags |= in.spec->flags;
  if (transaction.queued_bytes > static_cast<uint64_t>(in.services.config.settings().client_query_buffer_limit)) {
    LogWarning("Closing client that reached max query buffer length: {}", in.services.clients.Describe(in.client));
    ++in.services.counters.query_limit_disconnections;
    in.services.clients.Kill(in.client, false);
    return GateResult::kDropped;
  }
  in.client.reply.Simple("QUEUED");
  return GateResult::kQueued;
}

constexpr Gate kGates[] = {GateKnown,        GateArity,  GateProtected, GateAuthenticated,
                           GateOutsideMulti, GateMemory, GateDiskError, GateSubscriber,
                           GateLoading,      GatePause,  GatePrepared,  GateQueue};

}  // namespace

std::span<const Gate> Gates() { return kGates; }

}  // namespace keyway::dispatch
