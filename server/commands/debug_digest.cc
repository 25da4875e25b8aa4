#include "server/commands/debug_digest.h"

#include <fmt/core.h>

#include <cstdint>
#include <string>

#include "server/base/check.h"
#include "server/data/hash.h"
#include "server/data/list.h"
#include "server/data/set.h"
#include "server/data/stream.h"
#include "server/data/zset.h"

namespace keyway::commands {
namespace {

using data::ValueType;
using keyspace::Entry;

std::string_view BytesOf(const Sha1Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

void Xor(Sha1Digest& digest, std::string_view bytes) {
  const Sha1Digest other = Sha1(bytes);
  for (size_t i = 0; i < digest.size(); ++i) digest[i] ^= other[i];
}

void Mix(Sha1Digest& digest, std::string_view bytes) {
  Xor(digest, bytes);
  digest = Sha1(BytesOf(digest));
}

void MixNumber(Sha1Digest& digest, uint32_t number) {
  const char bytes[4] = {static_cast<char>(number >> 24), static_cast<char>(number >> 16),
                         static_cast<char>(number >> 8), static_cast<char>(number)};
  Mix(digest, {bytes, sizeof bytes});
}

// Adds two texts that belong together, and to no others: a field with its value, a member with its score.
void XorPair(Sha1Digest& digest, std::string_view first, std::string_view second) {
  Sha1Digest pair{};
  Mix(pair, first);
  Mix(pair, second);
  Xor(digest, BytesOf(pair));
}

void AddList(Sha1Digest& digest, const data::List& list) {
  char number[kMaxIntegerLength];
  list.ForEach([&](const ds::ListpackValue& value) { Mix(digest, value.TextIn(number)); });
}

void AddSet(Sha1Digest& digest, const data::Set& set) {
  char number[kMaxIntegerLength];
  set.ForEach([&](const data::Set::Member& member) { Xor(digest, member.TextIn(number)); });
}

void AddZset(Sha1Digest& digest, const data::Zset& zset, DoubleForm score_form) {
  char score[kMaxDoubleLength];
  for (auto at = zset.First(); at.valid(); at.Next()) {
    XorPair(digest, at.member(), {score, FormatDouble(at.score(), score_form, score)});
  }
}

void AddHash(Sha1Digest& digest, const data::Hash& hash) {
  char field_number[kMaxIntegerLength], value_number[kMaxIntegerLength];
  hash.ForEach([&](const data::Hash::Text& field, const data::Hash::Text& value) {
    XorPair(digest, field.TextIn(field_number), value.TextIn(value_number));
  });
}

void AddStream(Sha1Digest& digest, const data::Stream& stream) {
  data::StreamReader reader(stream);
  while (reader.Next()) {
    Mix(digest, fmt::format("{}.{}", reader.id().ms, reader.id().seq));
    for (size_t i = 0; i < reader.field_count(); ++i) {
      std::string_view field, value;
      reader.ReadField(&field, &value);
      Mix(digest, field);
      Mix(digest, value);
    }
  }
}

void AddValue(Sha1Digest& digest, const Entry* entry, DoubleForm score_form) {
  MixNumber(digest, static_cast<uint32_t>(entry->type()));
  switch (entry->type()) {
    case ValueType::kString:
      Mix(digest, entry->String().view());
      break;
    case ValueType::kList:
      AddList(digest, static_cast<const data::List&>(*entry->object()));
      break;
    case ValueType::kSet:
      AddSet(digest, static_cast<const data::Set&>(*entry->object()));
      break;
    case ValueType::kZset:
      AddZset(digest, static_cast<const data::Zset&>(*entry->object()), score_form);
      break;
    case ValueType::kHash:
      AddHash(digest, static_cast<const data::Hash&>(*entry->object()));
      break;
    case ValueType::kStream:
      AddStream(digest, static_cast<const data::Stream&>(*entry->object()));
      break;
    case ValueType::kModule:
      KW_CHECK(false);  // there are no modules, so there is no such value
  }
  if (entry->has_expiry()) Xor(digest, "!!expire!!");
}

}  // namespace

Sha1Digest ValueDigest(const Entry* entry, DoubleForm score_form) {
  Sha1Digest digest{};
  if (entry != nullptr) AddValue(digest, entry, score_form);
  return digest;
}

Sha1Digest DatasetDigest(keyspace::Keyspace& keyspace, DoubleForm score_form) {
  Sha1Digest digest{};
  for (int index = 0; index < keyspace.databases(); ++index) {
    keyspace::Database& db = keyspace.db(index);
    if (db.size() == 0) continue;
    MixNumber(digest, static_cast<uint32_t>(index));
    db.ForEach([&](const Entry* entry) {
      Sha1Digest one{};
      Mix(one, entry->key());
      AddValue(one, entry, score_form);
      Xor(digest, BytesOf(one));
    });
  }
  return digest;
}

}  // namespace keyway::commands
