// OBJECT: how a value is stored, how often and when it was used.
#include "server/commands/families.h"
#include "server/commands/support.h"

namespace keyway::commands {
namespace {

using command::Context;
using keyspace::AccessTracking;
using keyspace::Entry;

// The entry that argument 2 names, or null with a null reply. Looking does not touch it.
const Entry* FindObject(Context& ctx) {
  const Entry* entry = ctx.db().FindForRead(ctx.Key(2), keyspace::kNoTouch | keyspace::kNoNotify);
  if (entry == nullptr) ctx.reply().Null();
  return entry;
}

bool CountsUses(Context& ctx) { return ctx.keyspace().settings().access_tracking == AccessTracking::kLfu; }

void ObjectEncoding(Context& ctx) {
  if (const Entry* entry = FindObject(ctx)) ctx.reply().Bulk(data::EncodingName(entry->encoding()));
}

void ObjectRefCount(Context& ctx) {
  if (const Entry* entry = FindObject(ctx)) ctx.reply().Integer(ctx.keyspace().RefCount(entry));
}

void ObjectIdleTime(Context& ctx) {
  const Entry* entry = FindObject(ctx);
  if (entry == nullptr) return;
  if (CountsUses(ctx)) {
    return ctx.reply().Error(
        "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between "
        "policies at runtime LRU and LFU data will take some time to adjust.");
  }
  ctx.reply().Integer(ctx.keyspace().IdleMs(entry) / 1000);
}

void ObjectFreq(Context& ctx) {
  const Entry* entry = FindObject(ctx);
  if (entry == nullptr) return;
  if (!CountsUses(ctx)) {
    return ctx.reply().Error(
        "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching "
        "between policies at runtime LRU and LFU data will take some time to adjust.");
  }
  ctx.reply().Integer(ctx.keyspace().Frequency(entry));
}

constexpr command::HandlerBinding kHandlers[] = {
    {"object|encoding", ObjectEncoding},
    {"object|freq", ObjectFreq},
    {"object|idletime", ObjectIdleTime},
    {"object|refcount", ObjectRefCount},
};

}  // namespace

std::span<const command::HandlerBinding> ObjectHandlers() { return kHandlers; }

}  // namespace keyway::commands
