// Set: different strings without order. Stored as an intset while all of them are integers, as a listpack while they are
// few and short (redis-compat 7.2), or else as a hash table. It changes its encoding by itself as members come, within the limits
// that the caller passes, and never back.
//
// A Member is text, or an integer that is stored as one; both forms of "12" name the same member. Texts lie in the set and are
// valid until it is changed. [exec] throughout, but it may be destroyed anywhere.
//
//   auto set = data::Set::ForMember("a", 1, limits);
//   set->Add("a", limits);
//   set->ForEach([&](const data::Set::Member& member) { Reply(member); });
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "server/data/limits.h"
#include "server/data/object.h"
#include "server/data/visitor.h"
#include "server/ds/intset.h"
#include "server/ds/listpack.h"
#include "server/ds/short_pointer.h"
#include "server/ds/string_entry.h"

namespace keyway {
class Random;
}

namespace keyway::data {

class Set final : public Object {
 public:
  using Member = ds::ListpackValue;
  static Member IntegerMember(int64_t integer) { return {true, integer, {}}; }
  static Member TextMember(std::string_view text) { return {false, 0, text}; }

  // An empty intset.
  Set() : Object(ValueType::kSet) {}
  ~Set() override { Drop(); }
  // An empty set in the encoding that fits `first` and about `expected` members.
  static std::unique_ptr<Set> ForMember(std::string_view first, size_t expected, const SetLimits& limits);
  // An empty set for `expected` members that are not known yet (RDB): an intset, or a hash table of that size.
  static std::unique_ptr<Set> ForSize(size_t expected, const SetLimits& limits);
  // An empty set of that encoding: kIntset, kListpack or kHashtable.
  static std::unique_ptr<Set> OfEncoding(Encoding encoding);

  // ---- Object ----

  Encoding encoding() const override { return encoding_; }
  size_t size() const override;
  size_t MemoryBytes(size_t samples) const override;
  std::unique_ptr<Object> Clone() const override;
  size_t FreeEffort() const override;
  const ds::TagTable* hash_table() const override;

  // ---- members ----

  bool Contains(std::string_view member) const;
  bool Contains(const Member& member) const;
  // False if it is there already.
  bool Add(std::string_view member, const SetLimits& limits);
  bool Add(const Member& member, const SetLimits& limits);
  // False if it is not there.
  bool Remove(std::string_view member);
  bool Remove(const Member& member);
  // To be called when members have been removed: a hash table that has become sparse begins to shrink.
  void ShrinkIfSparse();
  // Becomes a hash table at once if it will not stay packed when `count` members are added (SADD with many).
  void Expect(size_t count, const SetLimits& limits);

  // visit(const Member&) for each. A visitor that returns bool ends it by false. No changes meanwhile.
  template <class Visit>
  void ForEach(Visit&& visit) const;
  // visit(const Member&) for some, or for all of a packed set. Returns the cursor to go on with; 0 starts and ends. Whatever is
  // there from the first call to the last is visited at least once.
  template <class Visit>
  uint64_t Scan(uint64_t cursor, Visit&& visit) const;

  // ---- at random, all members with the same chance; the set must not be empty ----

  Member Random(keyway::Random& random) const;
  // `count` picks, each from all members. A visitor that returns false ends it.
  template <class Visit>
  void Draw(size_t count, keyway::Random& random, Visit&& visit) const;
  // `count` different members, all subsets with the same chance. Requires count <= size().
  template <class Visit>
  void Sample(size_t count, keyway::Random& random, Visit&& visit) const;
  // The same, and removes each member after its visit.
  template <class Visit>
  void Pop(size_t count, keyway::Random& random, Visit&& visit);

  // ---- encodings ----

  // Becomes an intset if all its members are integers and few enough.
  void TryIntset(const SetLimits& limits);
  // Becomes a listpack if its members are few and short enough. No change of an intset.
  void TryListpack(const SetLimits& limits);

  // ---- RDB ----

  // The bytes of an intset or a listpack, until the set is changed. Requires such an encoding.
  std::span<const uint8_t> packed() const;
  // From bytes that ds::ValidateIntset, respectively ValidateListpack below, have accepted; beyond the limits a hash table.
  static std::unique_ptr<Set> FromIntset(std::span<const uint8_t> bytes, const SetLimits& limits);
  static std::unique_ptr<Set> FromListpack(std::span<const uint8_t> bytes, const SetLimits& limits);
  // Whether hostile bytes are a listpack of at least one member, without duplicates.
  static bool ValidateListpack(std::span<const uint8_t> bytes);

 private:
  using Table = ds::StringTable;
  using Visitor = bool (*)(void* context, const Member& member);

  bool is_intset() const { return encoding_ == Encoding::kIntset; }
  bool is_pack() const { return encoding_ == Encoding::kListpack; }
  bool is_table() const { return encoding_ == Encoding::kHashtable; }
  // Each requires that encoding.
  ds::IntsetView intset() const { return ds::Intset::ViewOf(data_.As<uint8_t>()); }
  ds::ListpackView pack() const { return ds::ListpackView(data_.As<uint8_t>()); }
  Table& table() const { return *data_.As<Table>(); }
  // The structure itself, to be changed and given back with Keep.
  ds::Intset TakeIntset() { return ds::Intset::Adopt(data_.As<uint8_t>()); }
  ds::Listpack TakePack() { return ds::Listpack::Adopt(data_.As<uint8_t>()); }
  void Keep(ds::Intset&& intset) { encoding_ = Encoding::kIntset, data_.Set(intset.Release()); }
  void Keep(ds::Listpack&& pack) { encoding_ = Encoding::kListpack, data_.Set(pack.Release()); }
  void Keep(std::unique_ptr<Table> table) { encoding_ = Encoding::kHashtable, data_.Set(table.release()); }
  void Drop();
  template <class Structure>
  void Replace(Structure&& structure) {
    Drop();
    Keep(std::forward<Structure>(structure));
  }

  bool AddInteger(int64_t value, const SetLimits& limits);
  bool AddToPack(std::string_view member, const Member* integer, const SetLimits& limits);
  bool AddTextToIntset(std::string_view member, const SetLimits& limits);
  void BecomeTable(size_t expected);
  uint64_t ScanWith(uint64_t cursor, Visitor visit, void* context) const;
  void ForEachWith(Visitor visit, void* context) const;
  void DrawWith(size_t count, keyway::Random& random, Visitor visit, void* context) const;
  void SampleWith(size_t count, keyway::Random& random, Visitor visit, void* context) const;
  void PopWith(size_t count, keyway::Random& random, Visitor visit, void* context);

  // In the seven bytes that the base leaves of sixteen.
  Encoding encoding_ = Encoding::kIntset;
  ds::ShortPointer data_;  // of an intset, a listpack or a Table; null: an empty intset
};
static_assert(sizeof(Set) == 16);

// ---- templates ----

template <class Visit>
void Set::ForEach(Visit&& visit) const {
  ForEachWith(CallVisitor<std::remove_reference_t<Visit>, Member>, VisitorContext(visit));
}

template <class Visit>
uint64_t Set::Scan(uint64_t cursor, Visit&& visit) const {
  return ScanWith(cursor, CallVisitor<std::remove_reference_t<Visit>, Member>, VisitorContext(visit));
}

template <class Visit>
void Set::Draw(size_t count, keyway::Random& random, Visit&& visit) const {
  DrawWith(count, random, CallVisitor<std::remove_reference_t<Visit>, Member>, VisitorContext(visit));
}

template <class Visit>
void Set::Sample(size_t count, keyway::Random& random, Visit&& visit) const {
  SampleWith(count, random, CallVisitor<std::remove_reference_t<Visit>, Member>, VisitorContext(visit));
}

template <class Visit>
void Set::Pop(size_t count, keyway::Random& random, Visit&& visit) {
  PopWith(count, random, CallVisitor<std::remove_reference_t<Visit>, Member>, VisitorContext(visit));
}

}  // namespace keyway::data
