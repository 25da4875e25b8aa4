#include "server/base/check.h"
#include "server/ds/ranked_tree.h"

namespace keyway::ds {

void RankedTree::CheckNode(const void* node, int level) const {
  if (level == 0) {
    const Leaf& leaf = *static_cast<const Leaf*>(node);
    KW_CHECK(leaf.count > 0 && leaf.count <= kLeafCapacity);
    for (uint32_t i = 0; i < leaf.count; ++i) KW_CHECK(leaf.scores[i] == leaf.entries[i]->score());
    return;
  }
  const Inner& inner = *static_cast<const Inner*>(node);
  KW_CHECK(inner.count > 0 && inner.count <= kInnerCapacity);
  for (uint32_t i = 0; i < inner.count; ++i) {
    CheckNode(inner.children[i], level - 1);
    Inner expected;
    if (level == 1) {
      SetChild(expected, 0, *static_cast<const Leaf*>(inner.children[i]));
    } else {
      SetChild(expected, 0, *static_cast<const Inner*>(inner.children[i]));
    }
    KW_CHECK(inner.sizes[i] == expected.sizes[0] && inner.entries[i] == expected.entries[0]);
    KW_CHECK(inner.scores[i] == expected.scores[0]);
  }
}

void RankedTree::CheckInvariants() const {
  KW_CHECK((root_ == nullptr) == (size_ == 0) && (size_ > 0 || (first_ == nullptr && last_ == nullptr)));
  if (size_ == 0) return;
  CheckNode(root_, depth_);
  if (depth_ > 0) KW_CHECK(static_cast<const Inner*>(root_)->count > 1);
  size_t entries = 0, leaves = 0;
  const ScoredMember* before = nullptr;
  for (const Leaf* leaf = first_; leaf != nullptr; leaf = leaf->next) {
    KW_CHECK((leaf->previous != nullptr ? leaf->previous->next : first_) == leaf);
    KW_CHECK((leaf->next != nullptr ? leaf->next->previous : last_) == leaf);
    ++leaves, entries += leaf->count;
    for (uint32_t i = 0; i < leaf->count; ++i) {
      const ScoredMember* entry = leaf->entries[i];
      KW_CHECK(before == nullptr || RanksBefore(before->score(), before->member(), entry->score(), entry->member()));
      before = entry;
    }
  }
  KW_CHECK(entries == size_ && leaves == leaves_);
}

}  // namespace keyway::ds
