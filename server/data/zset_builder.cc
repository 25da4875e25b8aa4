#include <algorithm>
#include <vector>

#include "server/base/siphash.h"
#include "server/data/zset.h"

namespace keyway::data {

using ds::ScoredMember;

ZsetBuilder::ZsetBuilder(size_t members) : tables_(std::make_unique<Zset::Tables>()) {
  tables_->by_member.Reserve(members);
}

ZsetBuilder::~ZsetBuilder() {
  // The entries are not in the tree yet, which would free them.
  tables_->by_member.ForEach([](void* entry) { ScoredMember::Free(static_cast<ScoredMember*>(entry)); });
}

ZsetBuilder::Found ZsetBuilder::FindOrAdd(std::string_view member, double score) {
  const uint64_t hash = HashBytes(member);
  tables_->by_member.Step();
  if (ScoredMember* entry = tables_->Find(member, hash)) return {entry, false};
  ScoredMember* entry = ScoredMember::Create(score, member);
  tables_->by_member.Insert(hash, entry);
  return {entry, true};
}

bool ZsetBuilder::Remove(std::string_view member) {
  const uint64_t hash = HashBytes(member);
  ScoredMember* entry = tables_->Find(member, hash);
  if (entry == nullptr) return false;
  tables_->Discard(entry, hash);
  return true;
}

std::unique_ptr<Zset> ZsetBuilder::Finish() {
  std::vector<ScoredMember*> entries;
  entries.reserve(size());
  tables_->by_member.ForEach([&](void* entry) { entries.push_back(static_cast<ScoredMember*>(entry)); });
  std::sort(entries.begin(), entries.end(), [](const ScoredMember* a, const ScoredMember* b) {
    return ds::RanksBefore(a->score(), a->member(), b->score(), b->member());
  });
  tables_->by_rank.Build(entries);
  auto zset = std::make_unique<Zset>();
  zset->Become(std::exchange(tables_, std::make_unique<Zset::Tables>()));
  return zset;
}

}  // namespace keyway::data
