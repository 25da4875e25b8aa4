#include "server/data/zset.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "server/base/check.h"
#include "server/base/double_text.h"
#include "server/base/memory.h"
#include "server/base/siphash.h"

namespace keyway::data {

using ds::Listpack;
using ds::ListpackValue;
using ds::ListpackView;
using ds::ScoredMember;

namespace {

// Room that a score may need in a listpack.
constexpr size_t kScoreBytes = kMaxDoubleLength + 8;

// As strtod reads it: files may hold scores that others wrote.
double ScoreOf(const ListpackValue& value) {
  if (value.is_integer) return static_cast<double>(value.integer);
  double score;
  const char* end = value.text.data() + value.text.size();
  const auto read = std::from_chars(value.text.data(), end, score);
  if (read.ec == std::errc() && read.ptr == end) [[likely]]
    return score;
  char text[128];
  const size_t size = std::min(value.text.size(), sizeof text - 1);
  std::memcpy(text, value.text.data(), size);
  text[size] = '\0';
  return std::strtod(text, nullptr);
}

// The text of a score in a listpack, where whole numbers are integers.
std::string_view PackedScore(double score, char (&text)[kMaxDoubleLength]) {
  if (const auto whole = WholeNumber(score)) return {text, FormatInt64(*whole, text)};
  return {text, FormatDouble(score, DoubleForm::kShortest, text)};
}

uint64_t HashOfEntry(const void* entry) { return HashBytes(static_cast<const ScoredMember*>(entry)->member()); }

// What becomes of a member's score under the flags; `outcome` is kAdded where the new score is to be stored.
Zset::AddResult Decide(double current, double score, ZaddFlags flags) {
  using Outcome = Zset::AddOutcome;
  if (flags & kZaddNew) return {Outcome::kSkipped, current};
  if (flags & kZaddIncrement) {
    score += current;
    if (std::isnan(score)) return {Outcome::kNan, current};
  }
  if ((flags & kZaddLess) && score >= current) return {Outcome::kSkipped, current};
  if ((flags & kZaddGreater) && score <= current) return {Outcome::kSkipped, current};
  return {score != current ? Outcome::kUpdated : Outcome::kUnchanged, score};
}

}  // namespace

const ds::TablePolicy Zset::kPolicy = {.hash = &HashOfEntry};

Zset::Tables::~Tables() {
  for (auto at = by_rank.First(); at.valid(); at.Next()) ScoredMember::Free(at.entry());
}

ScoredMember* Zset::Tables::Find(std::string_view member, uint64_t hash) const {
  return static_cast<ScoredMember*>(by_member.Find(
      hash, [member](const void* entry) { return static_cast<const ScoredMember*>(entry)->member() == member; }));
}

void Zset::Tables::Add(ScoredMember* entry, uint64_t hash) {
  by_member.Step();
  by_member.Insert(hash, entry);
  by_rank.Insert(entry);
}

void Zset::Tables::Discard(ScoredMember* entry, uint64_t hash) {
  by_member.RemoveEntry(hash, entry);
  ScoredMember::Free(entry);
}

void Zset::Tables::AfterRemoval() {
  if (!by_member.resizing()) by_member.ShrinkIfSparse();
  by_member.Step();
}

Zset::~Zset() {
  if (big_) {
    delete tables();
  } else {
    Listpack::Adopt(data_.As<uint8_t>());
  }
}

std::unique_ptr<Zset> Zset::Create(size_t members, size_t member_bytes, const ZsetLimits& limits) {
  auto zset = std::make_unique<Zset>();
  if (members > limits.listpack_entries || member_bytes > limits.listpack_value) zset->MakeSkiplist(members);
  return zset;
}

size_t Zset::MemoryBytes(size_t samples) const {
  const size_t own = AllocationSize(sizeof(Zset));
  if (!big_) return own + AllocationSize(pack().bytes());
  size_t bytes =
      own + AllocationSize(sizeof(Tables)) + tables()->by_member.memory_bytes() + tables()->by_rank.memory_bytes();
  size_t sampled = 0, sampled_bytes = 0;
  for (auto at = tables()->by_rank.First(); at.valid() && (samples == 0 || sampled < samples); at.Next()) {
    ++sampled, sampled_bytes += at.entry()->memory_bytes();
  }
  if (sampled > 0) bytes += static_cast<size_t>(static_cast<double>(sampled_bytes) / sampled * size());
  return bytes;
}

std::unique_ptr<Object> Zset::Clone() const {
  auto copy = std::make_unique<Zset>();
  if (!big_) {
    copy->ChangePack([&](Listpack& pack) { pack = Listpack::FromBytes(this->pack().span()); });
    return copy;
  }
  copy->MakeSkiplist(size());
  for (auto at = tables()->by_rank.First(); at.valid(); at.Next()) {
    const std::string_view member = at.entry()->member();
    copy->tables()->Add(ScoredMember::Create(at.score(), member), HashBytes(member));
  }
  return copy;
}

// ---- one member ----------------------------------------------------------------------------------------------------

template <class Change>
void Zset::ChangePack(Change&& change) {
  Listpack pack = Listpack::Adopt(data_.As<uint8_t>());
  change(pack);
  data_.Set(pack.Release());
}

double Zset::PackedScoreAfter(uint32_t offset) const { return ScoreOf(pack().Get(pack().Next(offset))); }

void Zset::InsertPacked(double score, std::string_view member) {
  const ListpackView view = pack();
  char digits[kMaxIntegerLength];
  const auto is_behind = [&](uint32_t at) {
    return ds::RanksBefore(score, member, PackedScoreAfter(at), view.Get(at).TextIn(digits));
  };
  uint32_t at = 0;
  // Members often come in order.
  if (!view.empty() && is_behind(view.Seek(-2))) {
    at = view.First();
    while (!is_behind(at)) at = view.Next(view.Next(at));
  }
  char text[kMaxDoubleLength];
  ChangePack([&](Listpack& pack) { pack.InsertPair(at, member, PackedScore(score, text)); });
}

Zset::AddResult Zset::Add(double score, std::string_view member, const ZsetLimits& limits, ZaddFlags flags) {
  if (std::isnan(score)) return {AddOutcome::kNan, 0};
  if (!big_) {
    const uint32_t at = pack().Find(pack().First(), member, 1);
    if (at != 0) {
      const AddResult result = Decide(PackedScoreAfter(at), score, flags);
      if (result.outcome == AddOutcome::kUpdated) {
        ChangePack([&](Listpack& pack) { pack.EraseRange(at, 2); });
        InsertPacked(result.score, member);
      }
      return result;
    }
    if (flags & kZaddExisting) return {AddOutcome::kSkipped, 0};
    const bool fits = size() + 1 <= limits.listpack_entries && member.size() <= limits.listpack_value &&
                      pack().bytes() + member.size() + kScoreBytes <= ds::kMaxListpackBytes;
    if (fits) {
      InsertPacked(score, member);
      return {AddOutcome::kAdded, score};
    }
    MakeSkiplist(size() + 1);
  }

  const uint64_t hash = HashBytes(member);
  ScoredMember* entry = tables()->Find(member, hash);
  if (entry == nullptr) {
    if (flags & kZaddExisting) return {AddOutcome::kSkipped, 0};
    tables()->Add(ScoredMember::Create(score, member), hash);
    return {AddOutcome::kAdded, score};
  }
  const AddResult result = Decide(entry->score(), score, flags);
  if (result.outcome == AddOutcome::kUpdated) tables()->by_rank.UpdateScore(entry, result.score);
  return result;
}

bool Zset::Remove(std::string_view member) {
  if (!big_) {
    const uint32_t at = pack().Find(pack().First(), member, 1);
    if (at != 0) ChangePack([&](Listpack& pack) { pack.EraseRange(at, 2); });
    return at != 0;
  }
  const uint64_t hash = HashBytes(member);
  ScoredMember* entry = tables()->Find(member, hash);
  if (entry == nullptr) return false;
  tables()->by_rank.Remove(entry);
  tables()->Discard(entry, hash);
  tables()->AfterRemoval();
  return true;
}

std::optional<double> Zset::Score(std::string_view member) const {
  if (!big_) {
    const uint32_t at = pack().Find(pack().First(), member, 1);
    if (at == 0) return std::nullopt;
    return PackedScoreAfter(at);
  }
  const ScoredMember* entry = tables()->Find(member, HashBytes(member));
  if (entry == nullptr) return std::nullopt;
  return entry->score();
}

std::optional<Zset::Ranked> Zset::RankOf(std::string_view member) const {
  if (!big_) {
    const ListpackView view = pack();
    size_t rank = 0;
    for (uint32_t at = view.First(); at != 0; at = view.Next(view.Next(at)), ++rank) {
      if (view.Get(at).Equals(member)) return Ranked{rank, PackedScoreAfter(at)};
    }
    return std::nullopt;
  }
  const ScoredMember* entry = tables()->Find(member, HashBytes(member));
  if (entry == nullptr) return std::nullopt;
  return Ranked{tables()->by_rank.RankOf(entry), entry->score()};
}

// ---- ranges --------------------------------------------------------------------------------------------------------

template <class Range, class Key>
Zset::Ranks Zset::PackedRanksIn(const Range& range, Key&& key) const {
  Ranks ranks;
  Iterator at = First();
  for (; at.valid() && range.IsBefore(key(at)); at.Next()) ++ranks.first;
  ranks.end = ranks.first;
  for (; at.valid() && !range.IsAfter(key(at)); at.Next()) ++ranks.end;
  return ranks;
}

Zset::Ranks Zset::RanksIn(const ScoreRange& range) const {
  if (!big_) {
    return PackedRanksIn(range, [](const Iterator& at) { return at.score(); });
  }
  Ranks ranks;
  const ds::RankedTree& tree = tables()->by_rank;
  ranks.first = tree.RankWhere([&](double score, const ScoredMember*) { return range.IsBefore(score); });
  ranks.end = tree.RankWhere([&](double score, const ScoredMember*) { return !range.IsAfter(score); });
  ranks.end = std::max(ranks.first, ranks.end);
  return ranks;
}

Zset::Ranks Zset::RanksIn(const LexRange& range) const {
  if (!big_) {
    return PackedRanksIn(range, [](const Iterator& at) { return at.member(); });
  }
  Ranks ranks;
  const ds::RankedTree& tree = tables()->by_rank;
  ranks.first = tree.RankWhere([&](double, const ScoredMember* entry) { return range.IsBefore(entry->member()); });
  ranks.end = tree.RankWhere([&](double, const ScoredMember* entry) { return !range.IsAfter(entry->member()); });
  ranks.end = std::max(ranks.first, ranks.end);
  return ranks;
}

void Zset::Iterator::Next() {
  if (zset_->big_) return position_.Next();
  const ListpackView view = zset_->pack();
  offset_ = view.Next(view.Next(offset_));
}

void Zset::Iterator::Previous() {
  if (zset_->big_) return position_.Previous();
  const ListpackView view = zset_->pack();
  offset_ = view.Previous(offset_);
  if (offset_ != 0) offset_ = view.Previous(offset_);
}

Zset::Iterator Zset::At(size_t rank) const {
  Iterator at(*this);
  if (big_) {
    at.position_ = tables()->by_rank.At(rank);
  } else if (rank < size()) {
    at.offset_ = pack().Seek(static_cast<int64_t>(rank * 2));
  }
  return at;
}

void Zset::RemoveRanks(Ranks ranks) {
  ranks.end = std::min(ranks.end, size());
  if (ranks.first >= ranks.end) return;
  if (!big_) {
    ChangePack([&](Listpack& pack) { pack.EraseIndexRange(static_cast<int64_t>(ranks.first * 2), ranks.count() * 2); });
    return;
  }
  for (size_t left = ranks.count(); left > 0; --left) {
    ScoredMember* entry = tables()->by_rank.RemoveAt(ranks.first);
    tables()->Discard(entry, HashBytes(entry->member()));
  }
  tables()->AfterRemoval();
}

// ---- encodings -----------------------------------------------------------------------------------------------------

void Zset::Expect(size_t members, const ZsetLimits& limits) {
  if (!big_ && members > limits.listpack_entries) MakeSkiplist(std::max(members, size()));
}

void Zset::MakeSkiplist(size_t members) {
  if (big_) return;
  auto tables = std::make_unique<Tables>();
  tables->by_member.Reserve(std::max(members, size()));
  for (Iterator at = First(); at.valid(); at.Next()) {
    const std::string_view member = at.member();
    tables->Add(ScoredMember::Create(at.score(), member), HashBytes(member));
  }
  Become(std::move(tables));
}

void Zset::Become(std::unique_ptr<Tables> tables) {
  Listpack::Adopt(data_.As<uint8_t>());
  data_.Set(tables.release());
  big_ = true;
}

// Requires a skiplist whose members fit.
void Zset::MakePacked() {
  Listpack pack;
  char text[kMaxDoubleLength];
  for (auto at = tables()->by_rank.First(); at.valid(); at.Next()) {
    pack.AppendPair(at.entry()->member(), PackedScore(at.score(), text));
  }
  delete tables();
  data_.Set(pack.Release());
  big_ = false;
}

void Zset::Compact(const ZsetLimits& limits) {
  if (!big_ || size() > limits.listpack_entries) return;
  size_t bytes = ds::kEmptyListpackBytes;
  for (auto at = tables()->by_rank.First(); at.valid(); at.Next()) {
    const size_t length = at.entry()->member().size();
    bytes += length + kScoreBytes;
    if (length > limits.listpack_value || bytes > ds::kMaxListpackBytes) return;
  }
  MakePacked();
}

std::unique_ptr<Zset> Zset::FromPacked(std::span<const uint8_t> bytes) {
  size_t elements = 0;
  bool valid = ds::ValidateListpackElements(bytes, [&](const ListpackValue& value) {
    const bool is_score = elements++ % 2 == 1;
    return !is_score || !std::isnan(ScoreOf(value));
  });
  if (!valid || elements % 2 == 1) return nullptr;

  auto zset = std::make_unique<Zset>();
  zset->ChangePack([&](Listpack& pack) { pack = Listpack::FromBytes(bytes); });
  const ListpackView view = zset->pack();
  std::vector<std::pair<uint64_t, uint32_t>> members;  // hash and offset: equal members become neighbours
  members.reserve(elements / 2);
  bool ordered = true;
  double last_score = 0;
  std::string last_member;
  char digits[kMaxIntegerLength];
  for (uint32_t at = view.First(); at != 0; at = view.Next(view.Next(at))) {
    const std::string_view member = view.Get(at).TextIn(digits);
    const double score = zset->PackedScoreAfter(at);
    if (!members.empty() && !ds::RanksBefore(last_score, last_member, score, member)) ordered = false;
    members.emplace_back(HashBytes(member), at);
    last_score = score, last_member = member;
  }
  std::sort(members.begin(), members.end());
  for (size_t i = 1; i < members.size(); ++i) {
    // That three members share a hash, two of them equal and not neighbours, nobody can bring about.
    if (members[i].first != members[i - 1].first) continue;
    if (view.Get(members[i].second).Equals(view.Get(members[i - 1].second).ToString())) return nullptr;
  }
  if (!ordered) {
    zset->MakeSkiplist(members.size());
    zset->Compact({.listpack_entries = members.size(), .listpack_value = bytes.size()});
  }
  return zset;
}

}  // namespace keyway::data
