// Hashes: setting, getting, deleting, counting, picking and scanning fields.
#include "server/data/hash.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>

#include "server/base/number.h"
#include "server/command/args.h"
#include "server/commands/collection_scan.h"
#include "server/commands/collections.h"
#include "server/commands/families.h"

namespace keyway::commands {
namespace {

using command::Context;
using data::Hash;
using data::Value;
using data::ValueType;
using keyspace::Entry;
using keyspace::EventClass;
using keyspace::HashedKey;
namespace errors = command::errors;

// The hash under argument 1, or null: then it answered, by missing() or with WRONGTYPE.
template <class Missing>
const Hash* ReadHash(Context& ctx, Missing&& missing) {
  return ReadCollection<Hash>(ctx, 1, ValueType::kHash, missing);
}
const Hash* ReadHashOrZero(Context& ctx) {
  return ReadHash(ctx, [&] { ctx.reply().Integer(0); });
}

// ---- setting -------------------------------------------------------------------------------------------------------

// Sets the fields and values that stand from argument 2 on; returns how many fields are new.
int64_t SetArguments(Context& ctx, Hash& hash) {
  const data::HashLimits limits = ctx.limits().hash;
  const command::Words words = ctx.args().subspan(2);
  // Redis 7.0 does not look at the number of arguments, among which there may be duplicates.
  hash.Expect(words, ctx.services().compat_70 ? 0 : words.size() / 2, limits);
  int64_t created = 0;
  for (size_t i = 0; i + 1 < words.size(); i += 2) created += hash.Set(words[i], words[i + 1], limits);
  return created;
}

template <class Reply>
void SetFields(Context& ctx, Reply&& reply) {
  if (ctx.argc() % 2 == 1) return command::ArityError(ctx);
  const HashedKey key = ctx.Key(1);
  int64_t created = 0;
  if (const Entry* entry = ctx.db().FindForWrite(key); entry != nullptr) {
    Hash* hash = ObjectOfType<Hash>(ctx, entry, ValueType::kHash);
    if (hash == nullptr) return;
    created = SetArguments(ctx, *hash);
  } else {
    auto hash = std::make_unique<Hash>();
    created = SetArguments(ctx, *hash);
    ctx.db().Add(key, Value::FromObject(std::move(hash)));
  }
  ctx.db().Changed(key, EventClass::kHash, "hset", static_cast<int64_t>((ctx.argc() - 2) / 2));
  reply(created);
}

void HSet(Context& ctx) {
  SetFields(ctx, [&](int64_t created) { ctx.reply().Integer(created); });
}

void HMSet(Context& ctx) {
  SetFields(ctx, [&](int64_t) { ctx.reply().Ok(); });
}

void HSetNx(Context& ctx) {
  const HashedKey key = ctx.Key(1);
  if (const Entry* entry = ctx.db().FindForWrite(key); entry != nullptr) {
    Hash* hash = ObjectOfType<Hash>(ctx, entry, ValueType::kHash);
    if (hash == nullptr) return;
    if (hash->Contains(ctx.arg(2))) return ctx.reply().Integer(0);
    SetArguments(ctx, *hash);
  } else {
    auto hash = std::make_unique<Hash>();
    SetArguments(ctx, *hash);
    ctx.db().Add(key, Value::FromObject(std::move(hash)));
  }
  ctx.db().Changed(key, EventClass::kHash, "hset");
  ctx.reply().Integer(1);
}

void HDel(Context& ctx) {
  Hash* hash = WriteCollection<Hash>(ctx, 1, ValueType::kHash, [&] { ctx.reply().Integer(0); });
  if (hash == nullptr) return;
  const HashedKey key = ctx.Key(1);
  int64_t removed = 0;
  bool emptied = false;
  for (size_t i = 2; i < ctx.argc() && !emptied; ++i) {
    if (!hash->Remove(ctx.arg(i))) continue;
    ++removed;
    emptied = hash->size() == 0;
  }
  if (emptied) {
    ctx.db().Delete(key);
  } else {
    hash->ShrinkIfSparse();
  }
  if (removed > 0) ctx.db().Changed(key, EventClass::kHash, "hdel", removed);
  if (emptied) ctx.db().Event(EventClass::kGeneric, "del", key.view);
  ctx.reply().Integer(removed);
}

// ---- getting -------------------------------------------------------------------------------------------------------

void ReplyValueOf(Context& ctx, const Hash* hash, std::string_view field) {
  const auto value = hash == nullptr ? std::nullopt : hash->Get(field);
  if (value) {
    ReplyElement(ctx, *value);
  } else {
    ctx.reply().Null();
  }
}

void HGet(Context& ctx) {
  const Hash* hash = ReadHash(ctx, [&] { ctx.reply().Null(); });
  if (hash != nullptr) ReplyValueOf(ctx, hash, ctx.arg(2));
}

void HMGet(Context& ctx) {
  const Entry* entry = ctx.db().FindForRead(ctx.Key(1));
  const Hash* hash = entry == nullptr ? nullptr : ObjectOfType<Hash>(ctx, entry, ValueType::kHash);
  if (entry != nullptr && hash == nullptr) return;
  ctx.reply().Array(static_cast<int64_t>(ctx.argc() - 2));
  for (size_t i = 2; i < ctx.argc(); ++i) ReplyValueOf(ctx, hash, ctx.arg(i));
}

void HGetAll(Context& ctx) {
  const Hash* hash = ReadHash(ctx, [&] { ctx.reply().Map(0); });
  if (hash == nullptr) return;
  ctx.reply().Map(static_cast<int64_t>(hash->size()));
  hash->ForEach([&](const Hash::Text& field, const Hash::Text& value) {
    ReplyElement(ctx, field);
    ReplyElement(ctx, value);
  });
}

void HKeys(Context& ctx) {
  const Hash* hash = ReadHash(ctx, [&] { ctx.reply().EmptyArray(); });
  if (hash == nullptr) return;
  ctx.reply().Array(static_cast<int64_t>(hash->size()));
  hash->ForEach([&](const Hash::Text& field, const Hash::Text&) { ReplyElement(ctx, field); });
}

void HVals(Context& ctx) {
  const Hash* hash = ReadHash(ctx, [&] { ctx.reply().EmptyArray(); });
  if (hash == nullptr) return;
  ctx.reply().Array(static_cast<int64_t>(hash->size()));
  hash->ForEach([&](const Hash::Text&, const Hash::Text& value) { ReplyElement(ctx, value); });
}

void HLen(Context& ctx) {
  if (const Hash* hash = ReadHashOrZero(ctx)) ctx.reply().Integer(static_cast<int64_t>(hash->size()));
}

void HStrLen(Context& ctx) {
  const Hash* hash = ReadHashOrZero(ctx);
  if (hash == nullptr) return;
  const auto value = hash->Get(ctx.arg(2));
  ctx.reply().Integer(value ? static_cast<int64_t>(value->length()) : 0);
}

void HExists(Context& ctx) {
  if (const Hash* hash = ReadHashOrZero(ctx)) ctx.reply().Integer(hash->Contains(ctx.arg(2)));
}

// ---- going over fields ---------------------------------------------------------------------------------------------

void HScan(Context& ctx) {
  const auto cursor = ScanCursorArg(ctx, 2);
  if (!cursor) return;
  const Hash* hash = ReadHash(ctx, [&] { ReplyEmptyScan(ctx); });
  if (hash == nullptr) return;
  const auto options = ScanOptionsArg(ctx, 3);
  if (!options) return;
  ScanReply list(ctx);
  const uint64_t next = ScanInSteps(*cursor, *options, [&](uint64_t at, uint64_t* met) {
    return hash->Scan(at, [&](const Hash::Text& field, const Hash::Text& value) {
      ++*met;
      char buffer[kMaxIntegerLength];
      const std::string_view name = field.TextIn(buffer);
      if (!options->Matches(name)) return;
      list.Add(name);
      ReplyElement(ctx, value);
      list.Count();
    });
  });
  list.End(next);
}

void RandomFields(Context& ctx) {
  const auto count = RandomCountArg(ctx, 2);
  if (!count) return;
  const bool with_values = ctx.argc() == 4 && command::IsWord(ctx.arg(3), "WITHVALUES");
  if (ctx.argc() > 3 && !with_values) return ctx.reply().Error(errors::kSyntax);
  constexpr int64_t kMostPairs = std::numeric_limits<int64_t>::max() / 2;
  if (with_values && (*count < -kMostPairs || *count > kMostPairs)) return ctx.reply().Error(errors::kOutOfRange);
  const Hash* hash = ReadHash(ctx, [&] { ctx.reply().EmptyArray(); });
  if (hash == nullptr) return;

  const bool nested = with_values && ctx.reply().version() == 3;
  const int64_t picks = *count < 0 ? -*count : std::min(*count, static_cast<int64_t>(hash->size()));
  ctx.reply().Array(with_values && !nested ? picks * 2 : picks);
  const auto reply = [&](const Hash::Text& field, const Hash::Text& value) {
    if (nested) ctx.reply().Array(2);
    ReplyElement(ctx, field);
    if (with_values) ReplyElement(ctx, value);
    return !ctx.client().Has(command::kClientCloseAsap);
  };
  Random& random = ctx.keyspace().random();
  if (*count < 0) return hash->Draw(static_cast<size_t>(picks), random, reply);
  hash->Sample(static_cast<size_t>(picks), random, reply);
}

void HRandField(Context& ctx) {
  if (ctx.argc() > 2) return RandomFields(ctx);
  const Hash* hash = ReadHash(ctx, [&] { ctx.reply().Null(); });
  if (hash == nullptr) return;
  hash->Draw(1, ctx.keyspace().random(), [&](const Hash::Text& field, const Hash::Text&) { ReplyElement(ctx, field); });
}

constexpr command::HandlerBinding kHandlers[] = {
    {"hdel", HDel}, {"hexists", HExists}, {"hget", HGet},       {"hgetall", HGetAll},       {"hkeys", HKeys},
    {"hlen", HLen}, {"hmget", HMGet},     {"hmset", HMSet},     {"hrandfield", HRandField}, {"hscan", HScan},
    {"hset", HSet}, {"hsetnx", HSetNx},   {"hstrlen", HStrLen}, {"hvals", HVals},
};

}  // namespace

std::span<const command::HandlerBinding> HashHandlers() { return kHandlers; }

}  // namespace keyway::commands
