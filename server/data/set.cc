#include "server/data/set.h"

#include <algorithm>
#include <utility>

#include "server/base/check.h"
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

Set::Set() : Object(ValueType::kSet) {}

std::unique_ptr<Set> Set::OfEncoding(Encoding encoding) {
  auto set = std::make_unique<Set>();
  if (encoding == Encoding::kListpack) set->store_.emplace<Listpack>();
  if (encoding == Encoding::kHashtable) set->store_ = std::make_unique<Table>();
  return set;
}

std::unique_ptr<Set> Set::ForMember(std::string_view first, size_t expected, const SetLimits& limits) {
  auto set = std::make_unique<Set>();
  if (expected <= limits.intset_entries && ParseInt64(first)) return set;
  if (expected <= limits.listpack_entries) {
    set->store_.emplace<Listpack>();
  } else {
    set->store_ = std::make_unique<Table>(expected);
  }
  return set;
}

std::unique_ptr<Set> Set::ForSize(size_t expected, const SetLimits& limits) {
  auto set = std::make_unique<Set>();
  if (expected > std::max(limits.intset_entries, limits.listpack_entries)) {
    set->store_ = std::make_unique<Table>(expected);
  }
  return set;
}

// ---- Object ----

Encoding Set::encoding() const {
  constexpr Encoding kEncodings[] = {Encoding::kIntset, Encoding::kListpack, Encoding::kHashtable};
  return kEncodings[store_.index()];
}

size_t Set::size() const {
  if (const auto* intset = std::get_if<Intset>(&store_)) return intset->size();
  if (const auto* pack = std::get_if<Listpack>(&store_)) return pack->size();
  return std::get<std::unique_ptr<Table>>(store_)->size();
}

size_t Set::MemoryBytes(size_t samples) const {
  if (const auto* intset = std::get_if<Intset>(&store_)) return sizeof(Set) + intset->memory_bytes();
  if (const auto* pack = std::get_if<Listpack>(&store_)) return sizeof(Set) + pack->memory_bytes();
  Table& table = *std::get<std::unique_ptr<Table>>(store_);
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
  if (const auto* intset = std::get_if<Intset>(&store_)) {
    copy->store_ = intset->Clone();
  } else if (const auto* pack = std::get_if<Listpack>(&store_)) {
    copy->store_ = pack->Clone();
  } else {
    auto table = std::make_unique<Table>(size());
    ForEach([&](const Member& member) { table->AddNew(member.text); });
    copy->store_ = std::move(table);
  }
  return copy;
}

size_t Set::FreeEffort() const { return hash_table() != nullptr ? size() : 1; }

const ds::TagTable* Set::hash_table() const {
  const auto* table = std::get_if<std::unique_ptr<Table>>(&store_);
  return table != nullptr ? &(*table)->table() : nullptr;
}

// ---- members ----

bool Set::Contains(std::string_view member) const {
  if (const auto* intset = std::get_if<Intset>(&store_)) {
    const auto integer = ParseInt64(member);
    return integer && intset->view().Contains(*integer);
  }
  if (const auto* pack = std::get_if<Listpack>(&store_)) {
    return pack->view().Find(pack->view().First(), member) != 0;
  }
  return std::get<std::unique_ptr<Table>>(store_)->Contains(member);
}

bool Set::Contains(const Member& member) const {
  const auto* intset = std::get_if<Intset>(&store_);
  if (intset != nullptr && member.is_integer) return intset->view().Contains(member.integer);
  char buffer[kMaxIntegerLength];
  return Contains(member.TextIn(buffer));
}

bool Set::Add(std::string_view member, const SetLimits& limits) {
  if (auto* table = std::get_if<std::unique_ptr<Table>>(&store_)) return (*table)->Add(member);
  if (std::holds_alternative<Listpack>(store_)) return AddToPack(member, nullptr, limits);
  if (const auto integer = ParseInt64(member)) return AddInteger(*integer, limits);
  return AddTextToIntset(member, limits);
}

bool Set::Add(const Member& member, const SetLimits& limits) {
  if (member.is_integer && std::holds_alternative<Intset>(store_)) return AddInteger(member.integer, limits);
  char buffer[kMaxIntegerLength];
  const std::string_view text = member.TextIn(buffer);
  if (!std::holds_alternative<Listpack>(store_)) return Add(text, limits);
  return AddToPack(text, member.is_integer ? &member : nullptr, limits);
}

// Requires an intset.
bool Set::AddInteger(int64_t value, const SetLimits& limits) {
  Intset& intset = std::get<Intset>(store_);
  if (!intset.Add(value)) return false;
  if (intset.size() > IntsetLimit(limits)) BecomeTable(intset.size());
  return true;
}

// Requires a listpack. `integer` is the member as a number if that is known.
bool Set::AddToPack(std::string_view member, const Member* integer, const SetLimits& limits) {
  Listpack& pack = std::get<Listpack>(store_);
  if (pack.view().Find(pack.view().First(), member) != 0) return false;
  if (pack.size() < limits.listpack_entries && member.size() <= limits.listpack_value &&
      pack.HasRoom(ListpackElementBytes(member))) {
    if (integer != nullptr) {
      pack.AppendInteger(integer->integer);
    } else {
      pack.Append(member);
    }
    return true;
  }
  BecomeTable(pack.size() + 1);
  std::get<std::unique_ptr<Table>>(store_)->AddNew(member);
  return true;
}

// Requires an intset, which the text, that is no integer, changes into something else.
bool Set::AddTextToIntset(std::string_view member, const SetLimits& limits) {
  const Intset intset = std::move(std::get<Intset>(store_));
  const IntsetView view = intset.view();
  size_t longest = member.size();
  size_t bytes = ListpackElementBytes(member);
  if (!view.empty()) {
    longest = std::max({longest, Int64Length(view.Min()), Int64Length(view.Max())});
    // No integer in between takes more than the outermost ones.
    bytes += view.size() * std::max(ListpackElementBytes(IntegerText(view.Min()).view()),
                                    ListpackElementBytes(IntegerText(view.Max()).view()));
  }
  if (view.size() < limits.listpack_entries && longest <= limits.listpack_value &&
      bytes <= ds::kMaxListpackBytes - ds::kEmptyListpackBytes) {
    Listpack& pack = store_.emplace<Listpack>();
    for (size_t i = 0; i < view.size(); ++i) pack.AppendInteger(view.At(i));
    pack.Append(member);
    return true;
  }
  auto table = std::make_unique<Table>(view.size() + 1);
  for (size_t i = 0; i < view.size(); ++i) table->AddNew(IntegerText(view.At(i)).view());
  table->AddNew(member);
  store_ = std::move(table);
  return true;
}

void Set::BecomeTable(size_t expected) {
  auto table = std::make_unique<Table>(std::max(expected, size()));
  ForEach([&](const Member& member) {
    char buffer[kMaxIntegerLength];
    table->AddNew(member.TextIn(buffer));
  });
  store_ = std::move(table);
}

bool Set::Remove(std::string_view member) {
  if (auto* intset = std::get_if<Intset>(&store_)) {
    const auto integer = ParseInt64(member);
    return integer && intset->Remove(*integer);
  }
  if (auto* pack = std::get_if<Listpack>(&store_)) {
    const uint32_t at = pack->view().Find(pack->view().First(), member);
    if (at == 0) return false;
    pack->Erase(at);
    return true;
  }
  return std::get<std::unique_ptr<Table>>(store_)->Remove(member);
}

bool Set::Remove(const Member& member) {
  auto* intset = std::get_if<Intset>(&store_);
  if (intset != nullptr && member.is_integer) return intset->Remove(member.integer);
  char buffer[kMaxIntegerLength];
  return Remove(member.TextIn(buffer));
}

void Set::ShrinkIfSparse() {
  if (auto* table = std::get_if<std::unique_ptr<Table>>(&store_)) (*table)->table().ShrinkIfSparse();
}

void Set::Expect(size_t count, const SetLimits& limits) {
  const bool too_many = (std::holds_alternative<Intset>(store_) && count > limits.intset_entries) ||
                        (std::holds_alternative<Listpack>(store_) && count > limits.listpack_entries);
  if (too_many) BecomeTable(count);
}

void Set::ForEachWith(Visitor visit, void* context) const {
  if (const auto* intset = std::get_if<Intset>(&store_)) {
    const IntsetView view = intset->view();
    for (size_t i = 0, count = view.size(); i < count; ++i) {
      if (!visit(context, IntegerMember(view.At(i)))) return;
    }
  } else if (const auto* pack = std::get_if<Listpack>(&store_)) {
    pack->view().ForEach([&](const Member& member) { return visit(context, member); });
  } else {
    std::get<std::unique_ptr<Table>>(store_)->table().ForEach(
        [&](void* entry) { return visit(context, TextMember(static_cast<const StringEntry*>(entry)->name())); });
  }
}

uint64_t Set::ScanWith(uint64_t cursor, Visitor visit, void* context) const {
  const auto* table = std::get_if<std::unique_ptr<Table>>(&store_);
  if (table == nullptr) {
    ForEachWith(visit, context);
    return 0;
  }
  return (*table)->table().Scan(
      cursor, [&](void* entry) { visit(context, TextMember(static_cast<const StringEntry*>(entry)->name())); });
}

// ---- encodings ----

void Set::TryIntset(const SetLimits& limits) {
  const size_t count = size();
  if (std::holds_alternative<Intset>(store_) || count > IntsetLimit(limits)) return;
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
  store_ = std::move(intset);
}

void Set::TryListpack(const SetLimits& limits) {
  const auto* table = std::get_if<std::unique_ptr<Table>>(&store_);
  if (table == nullptr || (*table)->size() > limits.listpack_entries) return;
  Listpack pack;
  bool fits = true;
  ForEach([&](const Member& member) {
    fits = member.text.size() <= limits.listpack_value && pack.HasRoom(ListpackElementBytes(member.text));
    if (fits) pack.Append(member.text);
    return fits;
  });
  if (fits) store_ = std::move(pack);
}

// ---- RDB ----

std::span<const uint8_t> Set::packed() const {
  if (const auto* intset = std::get_if<Intset>(&store_)) return intset->view().span();
  return std::get<Listpack>(store_).view().span();
}

std::unique_ptr<Set> Set::FromIntset(std::span<const uint8_t> bytes, const SetLimits& limits) {
  auto set = std::make_unique<Set>();
  set->store_ = Intset::FromBytes(bytes);
  if (set->size() > IntsetLimit(limits)) set->BecomeTable(0);
  return set;
}

std::unique_ptr<Set> Set::FromListpack(std::span<const uint8_t> bytes, const SetLimits& limits) {
  auto set = std::make_unique<Set>();
  set->store_ = Listpack::FromBytes(bytes);
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
