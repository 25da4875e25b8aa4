#include "server/commands/debug_digest.h"

#include <cstdint>

#include "server/base/check.h"

namespace keyway::commands {
namespace {

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

void AddValue(Sha1Digest& digest, const Entry* entry) {
  KW_DCHECK(entry->is_string());
  MixNumber(digest, static_cast<uint32_t>(entry->type()));
  Mix(digest, entry->String().view());
  if (entry->has_expiry()) Xor(digest, "!!expire!!");
}

}  // namespace

Sha1Digest ValueDigest(const Entry* entry) {
  Sha1Digest digest{};
  if (entry != nullptr) AddValue(digest, entry);
  return digest;
}

Sha1Digest DatasetDigest(keyspace::Keyspace& keyspace) {
  Sha1Digest digest{};
  for (int index = 0; index < keyspace.databases(); ++index) {
    keyspace::Database& db = keyspace.db(index);
    if (db.size() == 0) continue;
    MixNumber(digest, static_cast<uint32_t>(index));
    db.ForEach([&](const Entry* entry) {
      Sha1Digest one{};
      Mix(one, entry->key());
      AddValue(one, entry);
      Xor(digest, BytesOf(one));
    });
  }
  return digest;
}

}  // namespace keyway::commands
