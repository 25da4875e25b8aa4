// Hash: fields with values, both strings. Stored as a listpack (field, value, field, value, …) while they are few and short,
// or else as a hash table with one allocation for each field and its value. It becomes a hash table by itself, within the limits
// that the caller passes, and never goes back.
//
// A Text is bytes, or an integer that is stored as one. Bytes lie in the hash and are valid until it is changed. [exec]
// throughout, but it may be destroyed anywhere.
//
//   auto hash = std::make_unique<data::Hash>();
//   hash->Set("field", "value", limits);
//   if (const auto value = hash->Get("field")) Reply(*value);
//   hash->ForEach([&](const data::Hash::Text& field, const data::Hash::Text& value) { … });
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "server/data/limits.h"
#include "server/data/object.h"
#include "server/data/visitor.h"
#include "server/ds/listpack.h"
#include "server/ds/short_pointer.h"
#include "server/ds/string_entry.h"

namespace keyway {
class Random;
}

namespace keyway::data {

class Hash final : public Object {
 public:
  using Text = ds::ListpackValue;

  // An empty listpack.
  Hash() : Object(ValueType::kHash) { Keep(ds::Listpack()); }
  ~Hash() override { Drop(); }
  // An empty hash for `expected` fields: a hash table of that size if a listpack may not hold them.
  static std::unique_ptr<Hash> ForSize(size_t expected, const HashLimits& limits);

  // ---- Object ----

  Encoding encoding() const override { return encoding_; }
  size_t size() const override;
  size_t MemoryBytes(size_t samples) const override;
  std::unique_ptr<Object> Clone() const override;
  size_t FreeEffort() const override;
  const ds::TagTable* hash_table() const override;

  // ---- fields ----

  std::optional<Text> Get(std::string_view field) const;
  bool Contains(std::string_view field) const { return Get(field).has_value(); }
  // Adds the field or changes its value; true if the field is new. Neither may lie in the hash itself.
  bool Set(std::string_view field, std::string_view value, const HashLimits& limits);
  // False if it is not there.
  bool Remove(std::string_view field);
  // To be called when fields have been removed: a hash table that has become sparse begins to shrink.
  void ShrinkIfSparse();
  // Becomes a hash table at once if it will not stay packed when these words (field, value, …) are set. `fields` is the number of
  // fields to expect, or 0 if that alone is to be no reason.
  void Expect(std::span<const std::string_view> words, size_t fields, const HashLimits& limits);

  // visit(const Text& field, const Text& value) for each. A visitor that returns bool ends it by false. No changes meanwhile.
  template <class Visit>
  void ForEach(Visit&& visit) const;
  // The same for some, or for all of a listpack. Returns the cursor to go on with; 0 starts and ends. Whatever is there from the
  // first call to the last is visited at least once.
  template <class Visit>
  uint64_t Scan(uint64_t cursor, Visit&& visit) const;

  // ---- at random, all fields with the same chance; the hash must not be empty ----

  // `count` picks, each from all fields. A visitor that returns false ends it.
  template <class Visit>
  void Draw(size_t count, keyway::Random& random, Visit&& visit) const;
  // `count` different fields, all subsets with the same chance. Requires count <= size().
  template <class Visit>
  void Sample(size_t count, keyway::Random& random, Visit&& visit) const;

  // ---- RDB ----

  // The bytes of the listpack, until the hash is changed. Requires that encoding.
  std::span<const uint8_t> packed() const;
  // From bytes that ValidateListpack has accepted; beyond the limits a hash table.
  static std::unique_ptr<Hash> FromListpack(std::span<const uint8_t> bytes, const HashLimits& limits);
  // Whether hostile bytes are a listpack of at least one pair, without a field that is there twice.
  static bool ValidateListpack(std::span<const uint8_t> bytes);

 private:
  using Table = ds::PairTable;
  using Visitor = bool (*)(void* context, const Text& field, const Text& value);

  bool is_pack() const { return encoding_ == Encoding::kListpack; }
  // Each requires that encoding.
  ds::ListpackView pack() const { return ds::ListpackView(data_.As<uint8_t>()); }
  Table& table() const { return *data_.As<Table>(); }
  // The listpack itself, to be changed and given back with Keep.
  ds::Listpack TakePack() { return ds::Listpack::Adopt(data_.As<uint8_t>()); }
  void Keep(ds::Listpack&& pack) { encoding_ = Encoding::kListpack, data_.Set(pack.Release()); }
  void Keep(std::unique_ptr<Table> table) { encoding_ = Encoding::kHashtable, data_.Set(table.release()); }
  void Drop();
  template <class Structure>
  void Replace(Structure&& structure) {
    Drop();
    Keep(std::forward<Structure>(structure));
  }

  void BecomeTable(size_t expected);
  uint64_t ScanWith(uint64_t cursor, Visitor visit, void* context) const;
  void ForEachWith(Visitor visit, void* context) const;
  void DrawWith(size_t count, keyway::Random& random, Visitor visit, void* context) const;
  void SampleWith(size_t count, keyway::Random& random, Visitor visit, void* context) const;

  // In the seven bytes that the base leaves of sixteen.
  Encoding encoding_;
  ds::ShortPointer data_;  // of a listpack or a Table
};
static_assert(sizeof(Hash) == 16);

// ---- templates ----

template <class Visit>
void Hash::ForEach(Visit&& visit) const {
  ForEachWith(CallVisitor<std::remove_reference_t<Visit>, Text, Text>, VisitorContext(visit));
}

template <class Visit>
uint64_t Hash::Scan(uint64_t cursor, Visit&& visit) const {
  return ScanWith(cursor, CallVisitor<std::remove_reference_t<Visit>, Text, Text>, VisitorContext(visit));
}

template <class Visit>
void Hash::Draw(size_t count, keyway::Random& random, Visit&& visit) const {
  DrawWith(count, random, CallVisitor<std::remove_reference_t<Visit>, Text, Text>, VisitorContext(visit));
}

template <class Visit>
void Hash::Sample(size_t count, keyway::Random& random, Visit&& visit) const {
  SampleWith(count, random, CallVisitor<std::remove_reference_t<Visit>, Text, Text>, VisitorContext(visit));
}

}  // namespace keyway::data
