#include "server/data/hash.h"

#include <algorithm>
#include <unordered_set>
#include <utility>
#include <vector>

#include "server/base/check.h"
#include "server/base/number.h"
#include "server/base/random.h"
#include "server/data/sampling.h"

namespace keyway::data {
namespace {

using ds::Listpack;
using ds::ListpackElementBytes;
using ds::ListpackView;
using ds::PairEntry;

// From so many picks on, the places of all fields of a listpack are noted first instead of being sought each time.
constexpr size_t kPicksWorthAnIndex = 4;

Hash::Text TextOf(std::string_view text) { return {false, 0, text}; }

uint32_t FindField(ListpackView view, std::string_view field) { return view.Find(view.First(), field, 1); }

}  // namespace

Hash::Hash() : Object(ValueType::kHash) {}

std::unique_ptr<Hash> Hash::ForSize(size_t expected, const HashLimits& limits) {
  auto hash = std::make_unique<Hash>();
  if (expected > limits.listpack_entries) hash->store_ = std::make_unique<Table>(expected);
  return hash;
}

// ---- Object ----

Encoding Hash::encoding() const { return store_.index() == 0 ? Encoding::kListpack : Encoding::kHashtable; }

size_t Hash::size() const {
  if (const auto* pack = std::get_if<Listpack>(&store_)) return pack->size() / 2;
  return std::get<std::unique_ptr<Table>>(store_)->size();
}

size_t Hash::MemoryBytes(size_t samples) const {
  if (const auto* pack = std::get_if<Listpack>(&store_)) return sizeof(Hash) + pack->memory_bytes();
  Table& table = *std::get<std::unique_ptr<Table>>(store_);
  size_t met = 0, bytes = 0;
  table.table().ForEach([&](void* entry) {
    bytes += static_cast<const PairEntry*>(entry)->memory_bytes();
    return ++met != samples;
  });
  if (met != 0 && met != table.size()) {
    bytes =
        static_cast<size_t>(static_cast<double>(bytes) / static_cast<double>(met) * static_cast<double>(table.size()));
  }
  return sizeof(Hash) + sizeof(Table) + table.table().memory_bytes() + bytes;
}

std::unique_ptr<Object> Hash::Clone() const {
  auto copy = std::make_unique<Hash>();
  if (const auto* pack = std::get_if<Listpack>(&store_)) {
    copy->store_ = pack->Clone();
  } else {
    auto table = std::make_unique<Table>(size());
    ForEach([&](const Text& field, const Text& value) { table->AddNew(field.text, value.text); });
    copy->store_ = std::move(table);
  }
  return copy;
}

size_t Hash::FreeEffort() const { return hash_table() != nullptr ? size() : 1; }

const ds::TagTable* Hash::hash_table() const {
  const auto* table = std::get_if<std::unique_ptr<Table>>(&store_);
  return table != nullptr ? &(*table)->table() : nullptr;
}

// ---- fields ----

std::optional<Hash::Text> Hash::Get(std::string_view field) const {
  if (const auto* pack = std::get_if<Listpack>(&store_)) {
    const ListpackView view = pack->view();
    const uint32_t at = FindField(view, field);
    if (at == 0) return std::nullopt;
    return view.Get(view.Next(at));
  }
  const PairEntry* entry = std::get<std::unique_ptr<Table>>(store_)->Find(field);
  if (entry == nullptr) return std::nullopt;
  return TextOf(entry->value());
}

bool Hash::Set(std::string_view field, std::string_view value, const HashLimits& limits) {
  if (auto* pack = std::get_if<Listpack>(&store_)) {
    const bool fits = field.size() <= limits.listpack_value && value.size() <= limits.listpack_value &&
                      pack->HasRoom(ListpackElementBytes(field) + ListpackElementBytes(value));
    if (fits) {
      if (const uint32_t at = FindField(pack->view(), field); at != 0) {
        pack->Replace(pack->view().Next(at), value);
        return false;
      }
      pack->AppendPair(field, value);
      if (pack->size() / 2 > limits.listpack_entries) BecomeTable(0);
      return true;
    }
    BecomeTable(size() + 1);
  }
  return std::get<std::unique_ptr<Table>>(store_)->Set(field, value);
}

bool Hash::Remove(std::string_view field) {
  if (auto* pack = std::get_if<Listpack>(&store_)) {
    const uint32_t at = FindField(pack->view(), field);
    if (at == 0) return false;
    pack->EraseRange(at, 2);
    return true;
  }
  return std::get<std::unique_ptr<Table>>(store_)->Remove(field);
}

void Hash::ShrinkIfSparse() {
  if (auto* table = std::get_if<std::unique_ptr<Table>>(&store_)) (*table)->table().ShrinkIfSparse();
}

void Hash::Expect(std::span<const std::string_view> words, size_t fields, const HashLimits& limits) {
  const auto* pack = std::get_if<Listpack>(&store_);
  if (pack == nullptr) return;
  if (fields > limits.listpack_entries) return BecomeTable(fields);
  size_t bytes = 0;
  for (const std::string_view word : words) {
    if (word.size() > limits.listpack_value) return BecomeTable(0);
    bytes += ListpackElementBytes(word);
  }
  if (!pack->HasRoom(bytes)) BecomeTable(0);
}

void Hash::BecomeTable(size_t expected) {
  auto table = std::make_unique<Table>(std::max(expected, size()));
  ForEach([&](const Text& field, const Text& value) {
    char field_buffer[kMaxIntegerLength], value_buffer[kMaxIntegerLength];
    table->AddNew(field.TextIn(field_buffer), value.TextIn(value_buffer));
  });
  store_ = std::move(table);
}

void Hash::ForEachWith(Visitor visit, void* context) const {
  if (const auto* pack = std::get_if<Listpack>(&store_)) {
    const ListpackView view = pack->view();
    for (uint32_t at = view.First(); at != 0;) {
      const uint32_t value_at = view.Next(at);
      if (!visit(context, view.Get(at), view.Get(value_at))) return;
      at = view.Next(value_at);
    }
    return;
  }
  std::get<std::unique_ptr<Table>>(store_)->table().ForEach([&](void* entry) {
    const PairEntry::Parts parts = static_cast<const PairEntry*>(entry)->Read();
    return visit(context, TextOf(parts.name), TextOf(parts.value));
  });
}

uint64_t Hash::ScanWith(uint64_t cursor, Visitor visit, void* context) const {
  const auto* table = std::get_if<std::unique_ptr<Table>>(&store_);
  if (table == nullptr) {
    ForEachWith(visit, context);
    return 0;
  }
  return (*table)->table().Scan(cursor, [&](void* entry) {
    const PairEntry::Parts parts = static_cast<const PairEntry*>(entry)->Read();
    visit(context, TextOf(parts.name), TextOf(parts.value));
  });
}

// ---- at random ----

void Hash::DrawWith(size_t count, keyway::Random& random, Visitor visit, void* context) const {
  if (const auto* table = std::get_if<std::unique_ptr<Table>>(&store_)) {
    for (; count > 0; --count) {
      (*table)->table().Step();
      const auto* entry = static_cast<const PairEntry*>((*table)->table().RandomEntry(random));
      const PairEntry::Parts parts = entry->Read();
      if (!visit(context, TextOf(parts.name), TextOf(parts.value))) return;
    }
    return;
  }
  const ListpackView view = std::get<Listpack>(store_).view();
  std::vector<uint32_t> places;
  if (count >= kPicksWorthAnIndex) {
    for (uint32_t at = view.First(); at != 0; at = view.Next(view.Next(at))) places.push_back(at);
  }
  for (const size_t fields = size(); count > 0; --count) {
    const size_t index = random.Below(fields);
    const uint32_t at = places.empty() ? view.Seek(static_cast<int64_t>(index * 2)) : places[index];
    if (!visit(context, view.Get(at), view.Get(view.Next(at)))) return;
  }
}

void Hash::SampleWith(size_t count, keyway::Random& random, Visitor visit, void* context) const {
  const size_t fields = size();
  KW_DCHECK(count <= fields);
  const auto* table = std::get_if<std::unique_ptr<Table>>(&store_);
  if (table == nullptr || SelectionIsCheaper(count, fields)) {
    Selection selection(count, fields);
    if (selection.done()) return;
    ForEach([&](const Text& field, const Text& value) {
      return !(selection.TakesNext(random) && !visit(context, field, value)) && !selection.done();
    });
    return;
  }
  (*table)->table().Step();
  std::unordered_set<const void*> drawn;
  while (drawn.size() < count) {
    const void* entry = (*table)->table().RandomEntry(random);
    if (!drawn.insert(entry).second) continue;
    const PairEntry::Parts parts = static_cast<const PairEntry*>(entry)->Read();
    if (!visit(context, TextOf(parts.name), TextOf(parts.value))) return;
  }
}

// ---- RDB ----

std::span<const uint8_t> Hash::packed() const { return std::get<Listpack>(store_).view().span(); }

std::unique_ptr<Hash> Hash::FromListpack(std::span<const uint8_t> bytes, const HashLimits& limits) {
  auto hash = std::make_unique<Hash>();
  hash->store_ = Listpack::FromBytes(bytes);
  if (hash->size() > limits.listpack_entries) hash->BecomeTable(0);
  return hash;
}

bool Hash::ValidateListpack(std::span<const uint8_t> bytes) {
  ds::StringTable seen;
  bool is_field = true;
  const bool valid = ds::ValidateListpackElements(bytes, [&](const Text& text) {
    char buffer[kMaxIntegerLength];
    const bool accepted = !is_field || seen.Add(text.TextIn(buffer));
    is_field = !is_field;
    return accepted;
  });
  return valid && is_field && seen.size() > 0;
}

}  // namespace keyway::data
