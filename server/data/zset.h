// Zset: a sorted set, members with scores, in the order of score and then of the member's bytes.
//
//   listpack   member, score, member, score, … in order; scores are integers or the shortest text of the number
//   skiplist   a hash table and a ds::RankedTree over the same ds::ScoredMember entries (the name is Redis's)
//
// A listpack becomes a skiplist when it has too many members or one that is too long; it goes back only by Compact.
//
// Everything that commands call a range is a range of ranks here: RanksIn gives it for scores and for names, At leads to
// its first member, RemoveRanks takes it out.
//
//   const Zset::Ranks ranks = zset->RanksIn(score_range);
//   auto at = zset->At(ranks.first);
//   for (size_t i = ranks.first; i < ranks.end; ++i, at.Next()) Use(at.member(), at.score());
//
// No score is ever a NaN. [exec] throughout, but for the destructor, which may run on any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "server/base/number.h"
#include "server/data/limits.h"
#include "server/data/object.h"
#include "server/ds/listpack.h"
#include "server/ds/ranked_tree.h"
#include "server/ds/short_pointer.h"
#include "server/ds/tag_table.h"

namespace keyway {
class Random;
}

namespace keyway::data {

// Scores from `min` to `max`; neither is a NaN.
struct ScoreRange {
  double min, max;
  bool min_exclusive = false, max_exclusive = false;

  bool IsBefore(double score) const { return min_exclusive ? score <= min : score < min; }  // the score, of the range
  bool IsAfter(double score) const { return max_exclusive ? score >= max : score > max; }
};

// Members from `min` to `max` by their bytes. For sets whose members all have one score; otherwise the result is some range.
struct LexRange {
  enum class Kind : uint8_t { kLowest, kHighest, kMember };  // "-", "+", "[m" or "(m"
  struct Bound {
    Kind kind = Kind::kMember;
    bool exclusive = false;
    std::string_view member;
  };
  Bound min, max;

  bool IsBefore(std::string_view member) const {
    if (min.kind != Kind::kMember) return min.kind == Kind::kHighest;
    return min.exclusive ? member <= min.member : member < min.member;
  }
  bool IsAfter(std::string_view member) const {
    if (max.kind != Kind::kMember) return max.kind == Kind::kLowest;
    return max.exclusive ? member >= max.member : member > max.member;
  }
};

// How Zset::Add goes about it. Combine with |.
using ZaddFlags = uint8_t;
inline constexpr ZaddFlags kZaddIncrement = 1 << 0;  // the score is added to the one that is there
inline constexpr ZaddFlags kZaddNew = 1 << 1;        // NX: leave members that exist alone
inline constexpr ZaddFlags kZaddExisting = 1 << 2;   // XX: add none
inline constexpr ZaddFlags kZaddGreater = 1 << 3;    // GT: an existing member only gets a greater score
inline constexpr ZaddFlags kZaddLess = 1 << 4;       // LT

class Zset final : public Object {
 public:
  // An empty listpack.
  Zset() : Object(ValueType::kZset) { data_.Set(ds::Listpack().Release()); }
  ~Zset() override;
  // An empty set in the encoding that suits `members` members, the first of them of `member_bytes` bytes. A skiplist gets
  // room for them at once: the number must be one that the request or the file can account for.
  static std::unique_ptr<Zset> Create(size_t members, size_t member_bytes, const ZsetLimits& limits);

  // ---- Object
  Encoding encoding() const override { return big_ ? Encoding::kSkiplist : Encoding::kListpack; }
  size_t size() const override { return big_ ? tables()->by_rank.size() : pack().size() / 2; }
  size_t MemoryBytes(size_t samples) const override;
  std::unique_ptr<Object> Clone() const override;
  size_t FreeEffort() const override { return big_ ? size() : 1; }
  const ds::TagTable* hash_table() const override { return big_ ? &tables()->by_member : nullptr; }

  // ---- one member

  enum class AddOutcome : uint8_t {
    kAdded,
    kUpdated,    // has another score now
    kUnchanged,  // had that score already
    kSkipped,    // because of the flags
    kNan,        // would have become a NaN; nothing changed
  };
  struct AddResult {
    AddOutcome outcome;
    double score;  // the member's score now, unless skipped or NaN
  };
  AddResult Add(double score, std::string_view member, const ZsetLimits& limits, ZaddFlags flags = 0);
  bool Remove(std::string_view member);
  std::optional<double> Score(std::string_view member) const;
  bool Contains(std::string_view member) const { return Score(member).has_value(); }
  struct Ranked {
    size_t rank;
    double score;
  };
  std::optional<Ranked> RankOf(std::string_view member) const;

  // ---- ranges

  // Ranks from `first` on, `end` not included; first == end: none.
  struct Ranks {
    size_t first = 0, end = 0;
    size_t count() const { return end - first; }
  };
  Ranks RanksIn(const ScoreRange& range) const;
  Ranks RanksIn(const LexRange& range) const;

  // Goes over the members. Any change of the set invalidates it.
  class Iterator {
   public:
    bool valid() const { return zset_->big_ ? position_.valid() : offset_ != 0; }
    // The view lives until the iterator moves or the set changes.
    std::string_view member() const {
      if (zset_->big_) return position_.entry()->member();
      return zset_->pack().Get(offset_).TextIn(digits_);
    }
    double score() const { return zset_->big_ ? position_.score() : zset_->PackedScoreAfter(offset_); }
    void Next();
    void Previous();

   private:
    friend class Zset;
    explicit Iterator(const Zset& zset) : zset_(&zset) {}
    const Zset* zset_;
    ds::RankedTree::Position position_;  // skiplist
    uint32_t offset_ = 0;                // listpack: of the member
    mutable char digits_[kMaxIntegerLength];
  };
  Iterator First() const { return At(0); }
  Iterator Last() const { return At(size() - 1); }
  // Not valid if there are not so many members.
  Iterator At(size_t rank) const;

  void RemoveRanks(Ranks ranks);

  // SCAN: visit(std::string_view member, double score) for some members, all of them if it is a listpack; returns the cursor
  // to go on with, 0 at the end. The visitor must not change the set.
  template <class Visit>
  uint64_t Scan(uint64_t cursor, Visit&& visit) const {
    if (big_) {
      return tables()->by_member.Scan(cursor, [&](void* entry) {
        const auto* scored = static_cast<const ds::ScoredMember*>(entry);
        visit(scored->member(), scored->score());
      });
    }
    for (Iterator at = First(); at.valid(); at.Next()) visit(at.member(), at.score());
    return 0;
  }

  // ---- encodings

  // Makes a skiplist of a listpack that will not hold `members` members, with room for them.
  void Expect(size_t members, const ZsetLimits& limits);
  // Makes a listpack of a skiplist that is small enough for the limits.
  void Compact(const ZsetLimits& limits);
  // Makes a skiplist of it in any case, with room for `members` members.
  void MakeSkiplist(size_t members);

  // The bytes of the listpack, as RDB and DUMP store them. Requires encoding kListpack.
  ds::ListpackView packed() const { return pack(); }
  // Takes over packed bytes from outside, hostile ones too: null if they are not members and scores by turns, all members
  // different and no score a NaN. Bytes that are out of order are put into order. The set may be empty, or larger than the
  // limits of listpacks (see Fit).
  static std::unique_ptr<Zset> FromPacked(std::span<const uint8_t> bytes);
  // Makes a skiplist of a listpack with more members than the limits allow.
  void Fit(const ZsetLimits& limits) { Expect(size(), limits); }

 private:
  friend class ZsetBuilder;
  static const ds::TablePolicy kPolicy;
  struct Tables {
    Tables() : by_member(kPolicy) {}
    ~Tables();
    ds::ScoredMember* Find(std::string_view member, uint64_t hash) const;
    // A new member comes into both.
    void Add(ds::ScoredMember* entry, uint64_t hash);
    // An entry that by_rank no longer holds is taken out of by_member and freed.
    void Discard(ds::ScoredMember* entry, uint64_t hash);
    void AfterRemoval();

    ds::TagTable by_member;
    ds::RankedTree by_rank;
  };

  ds::ListpackView pack() const { return ds::ListpackView(data_.As<uint8_t>()); }
  Tables* tables() const { return data_.As<Tables>(); }
  // Runs `change(Listpack&)` on the owned listpack.
  template <class Change>
  void ChangePack(Change&& change);
  double PackedScoreAfter(uint32_t offset) const;
  void InsertPacked(double score, std::string_view member);
  template <class Range, class Key>
  Ranks PackedRanksIn(const Range& range, Key&& key) const;
  void MakePacked();
  // Becomes a skiplist of these entries instead of the listpack that it is.
  void Become(std::unique_ptr<Tables> tables);

  bool big_ = false;
  ds::ShortPointer data_;  // of a listpack, or of Tables if it is big
};
static_assert(sizeof(Zset) == 16);

// Builds a sorted set from members in any order whose scores may still change: the results of ZUNION and its like.
//
//   ZsetBuilder builder(expected);
//   auto [entry, added] = builder.FindOrAdd(member, score);
//   if (!added) entry->set_score(entry->score() + score);
//   std::unique_ptr<Zset> result = builder.Finish();
class ZsetBuilder {
 public:
  // Room for `members` is made at once.
  explicit ZsetBuilder(size_t members);
  ~ZsetBuilder();

  struct Found {
    ds::ScoredMember* entry;
    bool added;
  };
  Found FindOrAdd(std::string_view member, double score);
  // False if it was not there.
  bool Remove(std::string_view member);
  size_t size() const { return tables_->by_member.size(); }
  // A skiplist of what was added; the builder is empty then. No score may be a NaN.
  std::unique_ptr<Zset> Finish();

 private:
  std::unique_ptr<Zset::Tables> tables_;
};

}  // namespace keyway::data
