#include "server/dispatch/prefetch.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "server/base/siphash.h"
#include "server/dispatch/batch.h"
#include "server/ds/tag_table.h"
#include "server/keyspace/database.h"

namespace keyway::dispatch {
namespace {

using keyspace::Database;
using keyspace::HashedKey;

// A table that the caches hold anyway gains nothing.
constexpr size_t kBigTable = 4096;

struct ElementPlace {
  const ds::TagTable* table;
  uint64_t hash;
};

// The table of elements behind a key, if it is big; null for every other value.
const ds::TagTable* BigTableAt(const Database& db, const HashedKey& key) {
  const keyspace::Entry* entry = db.FindRaw(key);
  if (entry == nullptr || entry->is_string()) return nullptr;
  const ds::TagTable* table = entry->object()->hash_table();
  return table != nullptr && table->size() >= kBigTable ? table : nullptr;
}

void PrefetchElements(const Database& db, const Batch& batch, size_t first, size_t end) {
  std::array<ElementPlace, kPrefetchWindow> places;
  size_t count = 0;
  // Neighbours often work on the same key.
  uint64_t last_hash = 0;
  const ds::TagTable* last_table = nullptr;
  bool known = false;
  for (size_t i = first; i < end; ++i) {
    const Request& request = batch.requests[i];
    if (request.spec == nullptr || request.spec->element_word == 0 || request.key_position == 0) continue;
    const auto word = static_cast<size_t>(request.spec->element_word);
    if (word >= request.word_count) continue;
    const command::Words words = batch.WordsOf(request);
    if (!known || request.key_hash != last_hash) {
      last_table = BigTableAt(db, HashedKey(words[request.key_position], request.key_hash));
      last_hash = request.key_hash;
      known = true;
    }
    if (last_table == nullptr) continue;
    places[count] = {last_table, HashBytes(words[word])};
    last_table->PrefetchBucket(places[count++].hash);
  }
  for (size_t i = 0; i < count; ++i) places[i].table->PrefetchEntry(places[i].hash);
}

}  // namespace

void PrefetchWindow(const Database& db, const Batch& batch, size_t first) {
  const size_t end = std::min(first + kPrefetchWindow, batch.requests.size());
  bool elements = false;
  for (size_t i = first; i < end; ++i) {
    const Request& request = batch.requests[i];
    if (request.key_position == 0) continue;
    db.PrefetchBucket(HashedKey({}, request.key_hash));
    elements |= request.spec->element_word != 0;
  }
  for (size_t i = first; i < end; ++i) {
    const Request& request = batch.requests[i];
    if (request.key_position != 0) db.PrefetchEntry(HashedKey({}, request.key_hash));
  }
  if (elements) PrefetchElements(db, batch, first, end);
}

}  // namespace keyway::dispatch
