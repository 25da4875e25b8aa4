#include "server/data/set.h"

#include <algorithm>
#include <utility>

#include "server/base/check.h"
#include "server/base/memory.h"
#include "server/base/number.h"
#include "server/data/sampling.h"

namespace keyway::data {
namespace {

using ds::Intset;
using ds::IntsetView;
using ds::Listpack;
using ds::ListpackElementBytes;
using ds::StringEntry;

size_t IntsetLimit(const SetLimits& limits) { return std::min(limits.intset_entries, ds::kMaxIntsetIntegers - 1); }

}  // namespace

void Set::Drop() {
  if (is_intset()) {
    TakeIntset();
  } else if (is_pack()) {
    TakePack();
  } else {
    delete &table();
  }
}

std::unique_ptr<Set> Set::OfEncoding(Encoding encoding) {
  auto set = std::make_unique<Set>();
  if (encoding == Encoding::kListpack) set->Keep(Listpack());
  if (encoding == Encoding::kHashtable) set->Keep(std::make_unique<Table>());
  return set;
}

std::unique_ptr<Set> Set::ForMember(std::string_view first, size_t expected, const SetLimits& limits) {
  auto set = std::make_unique<Set>();
  if (expected <= limits.intset_entries && ParseInt64(first)) return set;
  if (expected <= limits.listpack_entries) {
    set->Keep(Listpack());
  } else {
    set->Keep(std::make_unique<Table>(expected));
  }
  return set;
}

std::unique_ptr<Set> Set::ForSize(size_t expected, const SetLimits& limits) {
  auto set = std::make_unique<Set>();
  if (expected > std::max(limits.intset_entries, limits.listpack_entries)) {
    set->Keep(std::make_unique<Table>(expected));
  }
  return set;
}

// ---- Object ----

size_t Set::size() const {
  if (is_intset()) return intset().size();
  return is_pack() ? pack().size() : table().size();
}

size_t Set::MemoryBytes(size_t samples) const {
  if (is_intset()) return sizeof(Set) + (data_.As<uint8_t>() == nullptr ? 0 : AllocationSize(intset().bytes()));
  if (is_pack()) return sizeof(Set) + AllocationSize(pack().bytes());
  Table& table = this->table();
  size_t met = 0, bytes = 0;
  table.table().ForEach([&](void* entry) {
    bytes += static_cast<const StringEntry*>(entry)->memory_bytes();
    return ++met != samples;
  });
  if (met != 0 && met != table.size()) {
    bytes =
        static_cast<size_t>(static_cast<double>(bytes) / static_cast<double>(met) * static_cast<double>(table.size()));
  }
  return sizeof(Set) + sizeof(Table) + table.table().memory_bytes() + bytes;
}

std::unique_ptr<Object> Set::Clone() const {
  auto copy = std::make_unique<Set>();
  if (is_intset()) {
    copy->Keep(Intset::FromBytes(intset().span()));
  } else if (is_pack()) {
    copy->Keep(Listpack::FromBytes(pack().span()));
  } else {
    auto table = std::make_unique<Table>(size());
    ForEach([&](const Member& member) { table->AddNew(member.text); });
    copy->Keep(std::move(table));
  }
  return copy;
}

size_t Set::FreeEffort() const { return is_table() ? size() : 1; }

const ds::TagTable* Set::hash_table() const { return is_table() ? &table().table() : nullptr; }

// ---- members ----

bool Set::Contains(std::string_view member) const {
  if (is_table()) return table().Contains(member);
  if (is_pack()) return pack().Find(pack().First(), member) != 0;
  const auto integer = ParseInt64(member);
  return integer && intset().Contains(*integer);
}

bool Set::Contains(const Member& member) const {
  if (is_intset() && member.is_integer) return intset().Contains(member.integer);
  char buffer[kMaxIntegerLength];
  return Contains(member.TextIn(buffer));
}

bool Set::Add(std::string_view member, const SetLimits& limits) {
  if (is_table()) return table().Add(member);
  if (is_pack()) return AddToPack(member, nullptr, limits);
  if (const auto integer = ParseInt64(member)) return AddInteger(*integer, limits);
  return AddTextToIntset(member, limits);
}

bool Set::Add(const Member& member, const SetLimits& limits) {
  if (member.is_integer && is_intset()) return AddInteger(member.integer, limits);
  char buffer[kMaxIntegerLength];
  const std::string_view text = member.TextIn(buffer);
  if (!is_pack()) return Add(text, limits);
  return AddToPack(text, member.is_integer ? &member : nullptr, limits);
}

// Requires an intset.
bool Set::AddInteger(int64_t value, const SetLimits& limits) {
  Intset changed = TakeIntset();
  const bool added = changed.Add(value);
  Keep(std::move(changed));
  if (added && size() > IntsetLimit(limits)) BecomeTable(size());
  return added;
}

// Requires a listpack. `integer` is the member as a number if that is known.
bool Set::AddToPack(std::string_view member, const Member* integer, const SetLimits& limits) {
  if (pack().Find(pack().First(), member) != 0) return false;
  const size_t count = pack().size();
  if (count >= limits.listpack_entries || member.size() > limits.listpack_value ||
      pack().bytes() + ListpackElementBytes(member) > ds::kMaxListpackBytes) {
    BecomeTable(count + 1);
    table().AddNew(member);
    return true;
  }
  Listpack changed = TakePack();
  if (integer != nullptr) {
    changed.AppendInteger(integer->integer);
  } else {
    changed.Append(member);
  }
  Keep(std::move(changed));
  return true;
}

// Requires an intset, which the text, that is no integer, changes into something else.
bool Set::AddTextToIntset(std::string_view member, const SetLimits& limits) {
  const IntsetView view = intset();
  size_t longest = member.size();
  size_t bytes = ListpackElementBytes(member);
  if (!view.empty()) {
    const IntegerText min(view.Min()), max(view.Max());
    longest = std::max({longest, min.view().size(), max.view().size()});
    // No integer in between takes more than the outermost ones.
    bytes += view.size() * std::max(ListpackElementBytes(min.view()), ListpackElementBytes(max.view()));
  }
  if (view.size() < limits.listpack_entries && longest <= limits.listpack_value &&
      bytes <= ds::kMaxListpackBytes - ds::kEmptyListpackBytes) {
    Listpack pack;
    for (size_t i = 0; i < view.size(); ++i) pack.AppendInteger(view.At(i));
    pack.Append(member);
    Replace(std::move(pack));
  } else {
    BecomeTable(view.size() + 1);
    table().AddNew(member);
  }
  return true;
}

void Set::BecomeTable(size_t expected) {
  auto table = std::make_unique<Table>(std::max(expected, size()));
  ForEach([&](const Member& member) {
    char buffer[kMaxIntegerLength];
    table->AddNew(member.TextIn(buffer));
  });
  Replace(std::move(table));
}

bool Set::Remove(std::string_view member) {
  if (is_table()) return table().Remove(member);
  if (is_intset()) {
    const auto integer = ParseInt64(member);
    return integer && Remove(IntegerMember(*integer));
  }
  const uint32_t at = pack().Find(pack().First(), member);
  if (at == 0) return false;
  Listpack changed = TakePack();
  changed.Erase(at);
  Keep(std::move(changed));
  return true;
}

bool Set::Remove(const Member& member) {
  if (is_intset() && member.is_integer) {
    Intset changed = TakeIntset();
    const bool removed = changed.Remove(member.integer);
    Keep(std::move(changed));
    return removed;
  }
  char buffer[kMaxIntegerLength];
  return Remove(member.TextIn(buffer));
}

void Set::ShrinkIfSparse() {
  if (is_table()) table().table().ShrinkIfSparse();
}

void Set::Expect(size_t count, const SetLimits& limits) {
  const bool too_many =
      (is_intset() && count > limits.intset_entries) || (is_pack() && count > limits.listpack_entries);
  if (too_many) BecomeTable(count);
}

void Set::ForEachWith(Visitor visit, void* context) const {
  if (is_intset()) {
    const IntsetView view = intset();
    for (size_t i = 0, count = view.size(); i < count; ++i) {
      if (!visit(context, IntegerMember(view.At(i)))) return;
    }
  } else if (is_pack()) {
    pack().ForEach([&](const Member& member) { return visit(context, member); });
  } else {
    table().table().ForEach(
        [&](void* entry) { return visit(context, TextMember(static_cast<const StringEntry*>(entry)->name())); });
  }
}

uint64_t Set::ScanWith(uint64_t cursor, Visitor visit, void* context) const {
  if (!is_table()) {
    ForEachWith(visit, context);
    return 0;
  }
  return table().table().Scan(
      cursor, [&](void* entry) { visit(context, TextMember(static_cast<const StringEntry*>(entry)->name())); });
}

// ---- encodings ----

void Set::TryIntset(const SetLimits& limits) {
  const size_t count = size();
  if (is_intset() || count > IntsetLimit(limits)) return;
  std::vector<int64_t> integers;
  integers.reserve(count);
  ForEach([&](const Member& member) {
    const auto integer = member.is_integer ? std::optional(member.integer) : ParseInt64(member.text);
    if (integer) integers.push_back(*integer);
    return integer.has_value();
  });
  if (integers.size() != count) return;
  std::sort(integers.begin(), integers.end());
  Intset intset;
  for (const int64_t integer : integers) intset.Add(integer);
  Replace(std::move(intset));
}

void Set::TryListpack(const SetLimits& limits) {
  if (!is_table() || size() > limits.listpack_entries) return;
  Listpack pack;
  bool fits = true;
  ForEach([&](const Member& member) {
    fits = member.text.size() <= limits.listpack_value && pack.HasRoom(ListpackElementBytes(member.text));
    if (fits) pack.Append(member.text);
    return fits;
  });
  if (fits) Replace(std::move(pack));
}

// ---- RDB ----

std::span<const uint8_t> Set::packed() const {
  KW_DCHECK(!is_table());
  return is_intset() ? intset().span() : pack().span();
}

std::unique_ptr<Set> Set::FromIntset(std::span<const uint8_t> bytes, const SetLimits& limits) {
  auto set = std::make_unique<Set>();
  set->Keep(Intset::FromBytes(bytes));
  if (set->size() > IntsetLimit(limits)) set->BecomeTable(0);
  return set;
}

std::unique_ptr<Set> Set::FromListpack(std::span<const uint8_t> bytes, const SetLimits& limits) {
  auto set = std::make_unique<Set>();
  set->Keep(Listpack::FromBytes(bytes));
  if (set->size() > limits.listpack_entries) set->BecomeTable(0);
  return set;
}

bool Set::ValidateListpack(std::span<const uint8_t> bytes) {
  Table seen;
  return ds::ValidateListpackElements(bytes,
                                      [&](const Member& member) {
                                        char buffer[kMaxIntegerLength];
                                        return seen.Add(member.TextIn(buffer));
                                      }) &&
         seen.size() > 0;
}

}  // namespace keyway::data
