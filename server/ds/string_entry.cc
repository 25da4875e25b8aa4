#include "server/ds/string_entry.h"

#include <cstdlib>
#include <cstring>

#include "server/base/check.h"
#include "server/base/memory.h"
#include "server/base/random.h"

namespace keyway::ds {
namespace {

uint64_t HashOfString(const void* entry) { return HashBytes(static_cast<const StringEntry*>(entry)->name()); }
uint64_t HashOfPair(const void* entry) { return HashBytes(static_cast<const PairEntry*>(entry)->name()); }

constexpr TablePolicy kStringPolicy = {.hash = HashOfString};
constexpr TablePolicy kPairPolicy = {.hash = HashOfPair};

auto IsString(std::string_view name) {
  return [name](const void* entry) { return static_cast<const StringEntry*>(entry)->name() == name; };
}
auto IsPair(std::string_view name) {
  return [name](const void* entry) { return static_cast<const PairEntry*>(entry)->name() == name; };
}

size_t StringBytes(std::string_view name) { return VarintBytes(name.size()) + name.size(); }
size_t PairBytes(std::string_view name, std::string_view value) {
  return VarintBytes(name.size()) + VarintBytes(value.size()) + name.size() + value.size();
}

uint8_t* Allocate(size_t bytes) {
  void* memory = std::malloc(AllocationSize(bytes));
  KW_CHECK(memory != nullptr);
  return static_cast<uint8_t*>(memory);
}

uint8_t* WriteText(uint8_t* to, std::string_view text) {
  if (!text.empty()) std::memmove(to, text.data(), text.size());
  return to + text.size();
}

}  // namespace

// ---- entries ----

StringEntry* StringEntry::New(std::string_view name) {
  uint8_t* memory = Allocate(StringBytes(name));
  WriteText(WriteVarint(memory, name.size()), name);
  return reinterpret_cast<StringEntry*>(memory);
}

void StringEntry::Free(StringEntry* entry) { std::free(entry); }

size_t StringEntry::memory_bytes() const { return AllocationSize(StringBytes(name())); }

PairEntry* PairEntry::New(std::string_view name, std::string_view value) {
  uint8_t* memory = Allocate(PairBytes(name, value));
  uint8_t* at = WriteVarint(WriteVarint(memory, name.size()), value.size());
  WriteText(WriteText(at, name), value);
  return reinterpret_cast<PairEntry*>(memory);
}

void PairEntry::Free(PairEntry* entry) { std::free(entry); }

bool PairEntry::SetValue(std::string_view value) {
  const Parts old = Read();
  // A size class smaller would waste what it no longer needs, so both directions make a new entry.
  if (AllocationSize(PairBytes(old.name, value)) != AllocationSize(PairBytes(old.name, old.value))) return false;
  if (VarintBytes(value.size()) != VarintBytes(old.value.size())) return false;
  uint8_t* memory = reinterpret_cast<uint8_t*>(this);
  WriteText(memory + (reinterpret_cast<const uint8_t*>(old.value.data()) - memory), value);
  WriteVarint(memory + VarintBytes(old.name.size()), value.size());
  return true;
}

size_t PairEntry::memory_bytes() const {
  const Parts parts = Read();
  return AllocationSize(PairBytes(parts.name, parts.value));
}

// ---- names ----

StringTable::StringTable() : table_(kStringPolicy) {}

StringTable::~StringTable() {
  table_.ForEach([](void* entry) { StringEntry::Free(static_cast<StringEntry*>(entry)); });
}

bool StringTable::Contains(std::string_view name) {
  table_.Step();
  return table_.Find(HashBytes(name), IsString(name)) != nullptr;
}

bool StringTable::Add(std::string_view name) {
  const uint64_t hash = HashBytes(name);
  if (table_.Find(hash, IsString(name)) != nullptr) return false;
  AddNew(name, hash);
  return true;
}

void StringTable::AddNew(std::string_view name, uint64_t hash) { table_.Insert(hash, StringEntry::New(name)); }

bool StringTable::Remove(std::string_view name) {
  void* entry = table_.Remove(HashBytes(name), IsString(name));
  if (entry == nullptr) return false;
  StringEntry::Free(static_cast<StringEntry*>(entry));
  return true;
}

void StringTable::RemoveCurrent(StringEntry* entry) {
  KW_CHECK(table_.RemoveEntry(HashBytes(entry->name()), entry));
  StringEntry::Free(entry);
}

std::string_view StringTable::Random(keyway::Random& random) {
  table_.Step();
  return static_cast<const StringEntry*>(table_.RandomEntry(random))->name();
}

// ---- pairs ----

PairTable::PairTable() : table_(kPairPolicy) {}

PairTable::~PairTable() {
  table_.ForEach([](void* entry) { PairEntry::Free(static_cast<PairEntry*>(entry)); });
}

const PairEntry* PairTable::Find(std::string_view name) {
  table_.Step();
  return static_cast<const PairEntry*>(table_.Find(HashBytes(name), IsPair(name)));
}

bool PairTable::Set(std::string_view name, std::string_view value) {
  const uint64_t hash = HashBytes(name);
  auto* entry = static_cast<PairEntry*>(table_.Find(hash, IsPair(name)));
  if (entry == nullptr) {
    AddNew(name, hash, value);
    return true;
  }
  if (entry->SetValue(value)) return false;
  table_.ReplaceEntry(hash, entry, PairEntry::New(name, value));
  PairEntry::Free(entry);
  return false;
}

void PairTable::AddNew(std::string_view name, uint64_t hash, std::string_view value) {
  table_.Insert(hash, PairEntry::New(name, value));
}

bool PairTable::Remove(std::string_view name) {
  void* entry = table_.Remove(HashBytes(name), IsPair(name));
  if (entry == nullptr) return false;
  PairEntry::Free(static_cast<PairEntry*>(entry));
  return true;
}

}  // namespace keyway::ds
