#include "server/ds/ranked_tree.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "server/base/check.h"
#include "server/base/memory.h"

namespace keyway::ds {

// ---- nodes ---------------------------------------------------------------------------------------------------------

namespace {

// Where entries are dense at one end, a quarter is all that a node has to hold.
template <class Node>
constexpr uint32_t kFewest = Node::kCapacity / 4;
// Two neighbours with no more than this together become one, which still has room to grow.
template <class Node>
constexpr uint32_t kMergeUpTo = Node::kCapacity * 3 / 4;

template <class T>
void MoveItems(T* to, const T* from, uint32_t n) {
  std::memmove(to, from, n * sizeof(T));
}

}  // namespace

void RankedTree::Leaf::Copy(uint32_t to, const Leaf& from, uint32_t at, uint32_t n) {
  MoveItems(scores + to, from.scores + at, n);
  MoveItems(entries + to, from.entries + at, n);
}

void RankedTree::Inner::Copy(uint32_t to, const Inner& from, uint32_t at, uint32_t n) {
  MoveItems(scores + to, from.scores + at, n);
  MoveItems(entries + to, from.entries + at, n);
  MoveItems(children + to, from.children + at, n);
  MoveItems(sizes + to, from.sizes + at, n);
}

size_t RankedTree::Inner::total() const {
  size_t sum = 0;
  for (uint32_t i = 0; i < count; ++i) sum += sizes[i];
  return sum;
}

void RankedTree::SetChild(Inner& parent, uint32_t i, const Leaf& child) {
  parent.scores[i] = child.scores[0], parent.entries[i] = child.entries[0];
  parent.sizes[i] = child.total();
}

void RankedTree::SetChild(Inner& parent, uint32_t i, const Inner& child) {
  parent.scores[i] = child.scores[0], parent.entries[i] = child.entries[0];
  parent.sizes[i] = child.total();
}

// The first key of a child that is not empty.
void RankedTree::RefreshChild(Inner& parent, uint32_t i, bool is_leaf) {
  if (is_leaf) {
    const Leaf& child = *static_cast<const Leaf*>(parent.children[i]);
    parent.scores[i] = child.scores[0], parent.entries[i] = child.entries[0];
  } else {
    const Inner& child = *static_cast<const Inner*>(parent.children[i]);
    parent.scores[i] = child.scores[0], parent.entries[i] = child.entries[0];
  }
}

void RankedTree::RefreshKeys(const Path& path) {
  for (int level = depth_ - 1; level >= 0; --level) {
    RefreshChild(*path.nodes[level], path.children[level], level == depth_ - 1);
  }
}

RankedTree::Leaf* RankedTree::NewLeafAfter(Leaf* previous) {
  auto* leaf = new Leaf();
  ++leaves_;
  leaf->previous = previous;
  leaf->next = previous != nullptr ? previous->next : nullptr;
  (leaf->previous != nullptr ? leaf->previous->next : first_) = leaf;
  (leaf->next != nullptr ? leaf->next->previous : last_) = leaf;
  return leaf;
}

void RankedTree::FreeNode(Leaf* leaf) {
  (leaf->previous != nullptr ? leaf->previous->next : first_) = leaf->next;
  (leaf->next != nullptr ? leaf->next->previous : last_) = leaf->previous;
  --leaves_;
  delete leaf;
}

void RankedTree::FreeNode(Inner* inner) {
  --inner_nodes_;
  delete inner;
}

// ---- finding -------------------------------------------------------------------------------------------------------

// To where the key is, or would be put.
void RankedTree::FindPath(double score, std::string_view member, Path& path) const {
  void* node = root_;
  for (int level = 0; level < depth_; ++level) {
    auto* inner = static_cast<Inner*>(node);
    const uint32_t passed = Partition(*inner, [&](double other_score, const ScoredMember* other) {
      return other_score < score || (other_score == score && other->member() <= member);
    });
    const uint32_t child = passed > 0 ? passed - 1 : 0;
    path.nodes[level] = inner, path.children[level] = child;
    node = inner->children[child];
  }
  path.leaf = static_cast<Leaf*>(node);
  path.index = Partition(*path.leaf, [&](double other_score, const ScoredMember* other) {
    return other_score < score || (other_score == score && other->member() < member);
  });
}

void RankedTree::FindPathAt(size_t rank, Path& path) const {
  void* node = root_;
  for (int level = 0; level < depth_; ++level) {
    auto* inner = static_cast<Inner*>(node);
    uint32_t child = 0;
    while (rank >= inner->sizes[child]) rank -= inner->sizes[child++];
    path.nodes[level] = inner, path.children[level] = child;
    node = inner->children[child];
  }
  path.leaf = static_cast<Leaf*>(node);
  path.index = static_cast<uint32_t>(rank);
}

RankedTree::Position RankedTree::At(size_t rank) const {
  if (rank >= size_) return Position();
  if (rank < first_->count) return Position(first_, static_cast<uint32_t>(rank));
  Path path;
  FindPathAt(rank, path);
  return Position(path.leaf, path.index);
}

// ---- inserting -----------------------------------------------------------------------------------------------------

// Everything from `keep` on moves to a new node behind.
template <>
RankedTree::Leaf* RankedTree::Split(Leaf& node, uint32_t keep) {
  Leaf* right = NewLeafAfter(&node);
  right->Copy(0, node, keep, node.count - keep);
  right->count = node.count - keep, node.count = keep;
  return right;
}

template <>
RankedTree::Inner* RankedTree::Split(Inner& node, uint32_t keep) {
  auto* right = new Inner();
  ++inner_nodes_;
  right->Copy(0, node, keep, node.count - keep);
  right->count = node.count - keep, node.count = keep;
  return right;
}

// Returns the new leaf behind this one if it had to be split. `edge` says whether that was at an end of the whole tree,
// where the old leaf stays full instead of half.
RankedTree::Leaf* RankedTree::InsertIntoLeaf(const Path& path, ScoredMember* entry, Edge& edge) {
  Leaf* leaf = path.leaf;
  uint32_t at = path.index;
  Leaf* right = nullptr;
  edge = Edge::kNone;
  if (leaf->count == kLeafCapacity) {
    if (leaf == last_ && at == kLeafCapacity) edge = Edge::kRight;
    if (leaf == first_ && at == 0) edge = Edge::kLeft;
    const uint32_t keep = edge == Edge::kRight ? kLeafCapacity : edge == Edge::kLeft ? 0 : kLeafCapacity / 2;
    right = Split(*leaf, keep);
    if (at > keep || edge == Edge::kRight) leaf = right, at -= keep;
  }
  leaf->Copy(at + 1, *leaf, at, leaf->count - at);
  leaf->scores[at] = entry->score(), leaf->entries[at] = entry;
  ++leaf->count;
  return right;
}

// Puts a child at that place; returns the new node behind this one if it had to be split.
RankedTree::Inner* RankedTree::InsertChild(Inner& node, uint32_t at, void* child, bool child_is_leaf, Edge edge) {
  Inner* target = &node;
  Inner* right = nullptr;
  if (node.count == kInnerCapacity) {
    const bool at_right = edge == Edge::kRight && at == kInnerCapacity;
    const bool at_left = edge == Edge::kLeft && at == 1;
    const uint32_t keep = at_right ? kInnerCapacity : at_left ? 1 : kInnerCapacity / 2;
    right = Split(node, keep);
    if (at > keep || at_right) target = right, at -= keep;
  }
  target->Copy(at + 1, *target, at, target->count - at);
  target->children[at] = child;
  ++target->count;
  if (child_is_leaf) {
    SetChild(*target, at, *static_cast<Leaf*>(child));
  } else {
    SetChild(*target, at, *static_cast<Inner*>(child));
  }
  return right;
}

void RankedTree::Insert(ScoredMember* entry) {
  KW_DCHECK(!std::isnan(entry->score()));
  if (root_ == nullptr) root_ = NewLeafAfter(nullptr);
  Path path;
  FindPath(entry->score(), entry->member(), path);
  Edge edge;
  void* right = InsertIntoLeaf(path, entry, edge);
  ++size_;
  for (int level = depth_ - 1; level >= 0; --level) {
    Inner& parent = *path.nodes[level];
    const uint32_t i = path.children[level];
    const bool is_leaf = level == depth_ - 1;
    if (right == nullptr) {
      ++parent.sizes[i];
      RefreshChild(parent, i, is_leaf);
      continue;
    }
    if (is_leaf) {
      SetChild(parent, i, *static_cast<Leaf*>(parent.children[i]));
    } else {
      SetChild(parent, i, *static_cast<Inner*>(parent.children[i]));
    }
    right = InsertChild(parent, i + 1, right, is_leaf, edge);
  }
  if (right == nullptr) return;
  KW_CHECK(depth_ < kMaxDepth);
  auto* root = new Inner();
  ++inner_nodes_;
  InsertChild(*root, 0, root_, depth_ == 0, Edge::kNone);
  InsertChild(*root, 1, right, depth_ == 0, Edge::kNone);
  root_ = root;
  ++depth_;
}

// ---- removing ------------------------------------------------------------------------------------------------------

// Child i has become small: it is joined with a neighbour, or gets entries from it.
template <class Node>
void RankedTree::Rebalance(Inner& parent, uint32_t i) {
  if (parent.count < 2) return;
  const uint32_t at = i > 0 ? i - 1 : 0;
  Node& left = *static_cast<Node*>(parent.children[at]);
  Node& right = *static_cast<Node*>(parent.children[at + 1]);
  const uint32_t total = left.count + right.count;
  if (total <= kMergeUpTo<Node>) {
    left.Copy(left.count, right, 0, right.count);
    left.count = total;
    FreeNode(&right);
    SetChild(parent, at, left);
    parent.Copy(at + 1, parent, at + 2, parent.count - at - 2);
    --parent.count;
    return;
  }
  const uint32_t half = total / 2;
  if (left.count < half) {
    const uint32_t moved = half - left.count;
    left.Copy(left.count, right, 0, moved);
    right.Copy(0, right, moved, right.count - moved);
  } else {
    const uint32_t moved = left.count - half;
    right.Copy(moved, right, 0, right.count);
    right.Copy(0, left, half, moved);
  }
  left.count = half, right.count = total - half;
  SetChild(parent, at, left);
  SetChild(parent, at + 1, right);
}

void RankedTree::EraseAt(const Path& path) {
  Leaf* leaf = path.leaf;
  leaf->Copy(path.index, *leaf, path.index + 1, leaf->count - path.index - 1);
  --leaf->count;
  --size_;
  for (int level = depth_ - 1; level >= 0; --level) {
    Inner& parent = *path.nodes[level];
    const uint32_t i = path.children[level];
    const bool is_leaf = level == depth_ - 1;
    const uint32_t left =
        is_leaf ? static_cast<Leaf*>(parent.children[i])->count : static_cast<Inner*>(parent.children[i])->count;
    --parent.sizes[i];
    if (left == 0) {
      if (is_leaf) {
        FreeNode(static_cast<Leaf*>(parent.children[i]));
      } else {
        FreeNode(static_cast<Inner*>(parent.children[i]));
      }
      parent.Copy(i, parent, i + 1, parent.count - i - 1);
      --parent.count;
      continue;
    }
    RefreshChild(parent, i, is_leaf);
    if (is_leaf && left < kFewest<Leaf>) Rebalance<Leaf>(parent, i);
    if (!is_leaf && left < kFewest<Inner>) Rebalance<Inner>(parent, i);
  }
  while (depth_ > 0 && static_cast<Inner*>(root_)->count <= 1) {
    auto* old = static_cast<Inner*>(root_);
    root_ = old->count == 1 ? old->children[0] : nullptr;
    FreeNode(old);
    depth_ = root_ != nullptr ? depth_ - 1 : 0;
  }
  if (size_ == 0) Clear();
}

void RankedTree::Remove(const ScoredMember* entry) {
  KW_CHECK(size_ > 0);
  Path path;
  FindPath(entry->score(), entry->member(), path);
  KW_CHECK(path.index < path.leaf->count && path.leaf->entries[path.index] == entry);
  EraseAt(path);
}

ScoredMember* RankedTree::RemoveAt(size_t rank) {
  KW_CHECK(rank < size_);
  Path path;
  FindPathAt(rank, path);
  ScoredMember* entry = path.leaf->entries[path.index];
  EraseAt(path);
  return entry;
}

void RankedTree::UpdateScore(ScoredMember* entry, double score) {
  KW_DCHECK(!std::isnan(score));
  Path path;
  FindPath(entry->score(), entry->member(), path);
  KW_CHECK(path.index < path.leaf->count && path.leaf->entries[path.index] == entry);
  Position before(path.leaf, path.index), after = before;
  before.Previous(), after.Next();
  const std::string_view member = entry->member();
  const bool stays = (!before.valid() || RanksBefore(before.score(), before.entry()->member(), score, member)) &&
                     (!after.valid() || RanksBefore(score, member, after.score(), after.entry()->member()));
  if (stays) {
    entry->set_score(score);
    path.leaf->scores[path.index] = score;
    RefreshKeys(path);
    return;
  }
  EraseAt(path);
  entry->set_score(score);
  Insert(entry);
}

// ---- everything ----------------------------------------------------------------------------------------------------

void RankedTree::Swap(RankedTree& other) noexcept {
  std::swap(root_, other.root_);
  std::swap(depth_, other.depth_);
  std::swap(inner_nodes_, other.inner_nodes_);
  std::swap(leaves_, other.leaves_);
  std::swap(size_, other.size_);
  std::swap(first_, other.first_);
  std::swap(last_, other.last_);
}

void RankedTree::Build(std::span<ScoredMember* const> sorted) {
  KW_DCHECK(empty());
  // In order, each goes to the end: the tree becomes dense, and only its last leaf and its right edge are touched.
  for (ScoredMember* entry : sorted) Insert(entry);
}

void RankedTree::FreeBelow(void* node, int level) {
  if (level == 0) {
    delete static_cast<Leaf*>(node);
    return;
  }
  auto* inner = static_cast<Inner*>(node);
  for (uint32_t i = 0; i < inner->count; ++i) FreeBelow(inner->children[i], level - 1);
  delete inner;
}

void RankedTree::Clear() {
  if (root_ != nullptr) FreeBelow(root_, depth_);
  root_ = nullptr, first_ = last_ = nullptr;
  depth_ = 0, inner_nodes_ = 0, leaves_ = 0, size_ = 0;
}

size_t RankedTree::memory_bytes() const {
  return leaves_ * AllocationSize(sizeof(Leaf)) + inner_nodes_ * AllocationSize(sizeof(Inner));
}

}  // namespace keyway::ds
