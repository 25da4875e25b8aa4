#include "server/data/hash.h"

#include <algorithm>
#include <unordered_set>
#include <utility>
#include <vector>

#include "server/base/check.h"
#include "server/base/memory.h"
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

void Hash::Drop() {
  if (is_pack()) {
    TakePack();
  } else {
    delete &table();
  }
}

std::unique_ptr<Hash> Hash::ForSize(size_t expected, const HashLimits& limits) {
  auto hash = std::make_unique<Hash>();
  if (expected > limits.listpack_entries) hash->Replace(std::make_unique<Table>(expected));
  return hash;
}

// ---- Object ----

size_t Hash::size() const { return is_pack() ? pack().size() / 2 : table().size(); }

size_t Hash::MemoryBytes(size_t samples) const {
  if (is_pack()) return sizeof(Hash) + AllocationSize(pack().bytes());
  Table& table = this->table();
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
  if (is_pack()) {
    copy->Replace(Listpack::FromBytes(pack().span()));
  } else {
    auto table = std::make_unique<Table>(size());
    ForEach([&](const Text& field, const Text& value) { table->AddNew(field.text, value.text); });
    copy->Replace(std::move(table));
  }
  return copy;
}

size_t Hash::FreeEffort() const { return is_pack() ? 1 : size(); }

const ds::TagTable* Hash::hash_table() const { return is_pack() ? nullptr : &table().table(); }

// ---- fields ----

std::optional<Hash::Text> Hash::Get(std::string_view field) const {
  if (is_pack()) {
    const uint32_t at = FindField(pack(), field);
    if (at == 0) return std::nullopt;
    return pack().Get(pack().Next(at));
  }
  const PairEntry* entry = table().Find(field);
  if (entry == nullptr) return std::nullopt;
  return TextOf(entry->value());
}

bool Hash::Set(std::string_view field, std::string_view value, const HashLimits& limits) {
  if (!is_pack()) return table().Set(field, value);
  if (field.size() > limits.listpack_value || value.size() > limits.listpack_value ||
      pack().bytes() + ListpackElementBytes(field) + ListpackElementBytes(value) > ds::kMaxListpackBytes) {
    BecomeTable(size() + 1);
    return table().Set(field, value);
  }
  const uint32_t at = FindField(pack(), field);
  Listpack changed = TakePack();
  if (at != 0) {
    changed.Replace(changed.view().Next(at), value);
  } else {
    changed.AppendPair(field, value);
  }
  Keep(std::move(changed));
  if (at == 0 && size() > limits.listpack_entries) BecomeTable(0);
  return at == 0;
}

bool Hash::Remove(std::string_view field) {
  if (!is_pack()) return table().Remove(field);
  const uint32_t at = FindField(pack(), field);
  if (at == 0) return false;
  Listpack changed = TakePack();
  changed.EraseRange(at, 2);
  Keep(std::move(changed));
  return true;
}

void Hash::ShrinkIfSparse() {
  if (!is_pack()) table().table().ShrinkIfSparse();
}

void Hash::Expect(std::span<const std::string_view> words, size_t fields, const HashLimits& limits) {
  if (!is_pack()) return;
  if (fields > limits.listpack_entries) return BecomeTable(fields);
  size_t bytes = pack().bytes();
  for (const std::string_view word : words) {
    if (word.size() > limits.listpack_value) return BecomeTable(0);
    bytes += ListpackElementBytes(word);
  }
  if (bytes > ds::kMaxListpackBytes) BecomeTable(0);
}

void Hash::BecomeTable(size_t expected) {
  auto table = std::make_unique<Table>(std::max(expected, size()));
  ForEach([&](const Text& field, const Text& value) {
    char field_buffer[kMaxIntegerLength], value_buffer[kMaxIntegerLength];
    table->AddNew(field.TextIn(field_buffer), value.TextIn(value_buffer));
  });
  Replace(std::move(table));
}

void Hash::ForEachWith(Visitor visit, void* context) const {
  if (is_pack()) {
    const ListpackView view = pack();
    for (uint32_t at = view.First(); at != 0;) {
      const uint32_t value_at = view.Next(at);
      if (!visit(context, view.Get(at), view.Get(value_at))) return;
      at = view.Next(value_at);
    }
    return;
  }
  table().table().ForEach([&](void* entry) {
    const PairEntry::Parts parts = static_cast<const PairEntry*>(entry)->Read();
    return visit(context, TextOf(parts.name), TextOf(parts.value));
  });
}

uint64_t Hash::ScanWith(uint64_t cursor, Visitor visit, void* context) const {
  if (is_pack()) {
    ForEachWith(visit, context);
    return 0;
  }
  return table().table().Scan(cursor, [&](void* entry) {
    const PairEntry::Parts parts = static_cast<const PairEntry*>(entry)->Read();
    visit(context, TextOf(parts.name), TextOf(parts.value));
  });
}

// ---- at random ----

void Hash::DrawWith(size_t count, keyway::Random& random, Visitor visit, void* context) const {
  if (!is_pack()) {
    for (; count > 0; --count) {
      table().table().Step();
      const auto* entry = static_cast<const PairEntry*>(table().table().RandomEntry(random));
      const PairEntry::Parts parts = entry->Read();
      if (!visit(context, TextOf(parts.name), TextOf(parts.value))) return;
    }
    return;
  }
  const ListpackView view = pack();
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
  if (is_pack() || SelectionIsCheaper(count, fields)) {
    Selection selection(count, fields);
    if (selection.done()) return;
    ForEach([&](const Text& field, const Text& value) {
      return !(selection.TakesNext(random) && !visit(context, field, value)) && !selection.done();
    });
    return;
  }
  table().table().Step();
  std::unordered_set<const void*> drawn;
  while (drawn.size() < count) {
    const void* entry = table().table().RandomEntry(random);
    if (!drawn.insert(entry).second) continue;
    const PairEntry::Parts parts = static_cast<const PairEntry*>(entry)->Read();
    if (!visit(context, TextOf(parts.name), TextOf(parts.value))) return;
  }
}

// ---- RDB ----

std::span<const uint8_t> Hash::packed() const { return pack().span(); }

std::unique_ptr<Hash> Hash::FromListpack(std::span<const uint8_t> bytes, const HashLimits& limits) {
  auto hash = std::make_unique<Hash>();
  hash->Replace(Listpack::FromBytes(bytes));
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
