// RankedTree: the members of a big sorted set in the order of score and name, each with its rank. It takes the place of
// Redis's skiplist: a B+-tree whose inner nodes know how many entries lie below each child.
//
//   inner, 1024 bytes, up to 31 children:  | first scores | first entries | children | entries below each |
//   leaf,   512 bytes, up to 30 entries:   | scores | entries |   and links to its neighbours
//
// Scores lie side by side in the nodes, so that a search touches an entry only where scores are equal. Against a skiplist
// with spans: 17 to 24 bytes an entry instead of about 45, and a handful of cache lines on the way instead of one for each
// step. Any operation costs O(log n), a step to the neighbour O(1).
//
// Invariants: (score, member) is strictly ascending; the first score and first entry that a parent has of a child are those
// of the child; no node but a lone root is empty. A node that falls below a quarter is merged or filled from its neighbour.
// Entries that arrive in ascending or descending order fill the nodes completely.
//
// The tree stores pointers and owns none of the entries. One thread uses it at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "server/ds/scored_member.h"

namespace keyway::ds {

class RankedTree {
  struct Leaf;
  struct Inner;

 public:
  static constexpr uint32_t kLeafCapacity = 30;
  static constexpr uint32_t kInnerCapacity = 31;

  RankedTree() = default;
  RankedTree(RankedTree&& other) noexcept { Swap(other); }
  RankedTree& operator=(RankedTree&& other) noexcept {
    RankedTree old(std::move(*this));
    Swap(other);
    return *this;
  }
  ~RankedTree() { Clear(); }
  void Swap(RankedTree& other) noexcept;

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // A place in the tree, or none. Any change of the tree invalidates it.
  class Position {
   public:
    Position() = default;
    bool valid() const { return leaf_ != nullptr; }
    ScoredMember* entry() const { return leaf_->entries[index_]; }
    double score() const { return leaf_->scores[index_]; }
    void Next() {
      if (++index_ < leaf_->count) [[likely]]
        return;
      leaf_ = leaf_->next, index_ = 0;
    }
    void Previous() {
      if (index_-- > 0) [[likely]]
        return;
      leaf_ = leaf_->previous;
      index_ = leaf_ != nullptr ? leaf_->count - 1 : 0;
    }

   private:
    friend class RankedTree;
    Position(const Leaf* leaf, uint32_t index) : leaf_(leaf), index_(index) {}
    const Leaf* leaf_ = nullptr;
    uint32_t index_ = 0;
  };
  Position First() const { return size_ == 0 ? Position() : Position(first_, 0); }
  Position Last() const { return size_ == 0 ? Position() : Position(last_, last_->count - 1); }
  // From 0 on. None if there are not so many.
  Position At(size_t rank) const;

  // Requires that the same score and member are not there, and that the score is no NaN.
  void Insert(ScoredMember* entry);
  // Requires that it is there.
  void Remove(const ScoredMember* entry);
  // Takes out and returns the entry of that rank. Requires rank < size().
  ScoredMember* RemoveAt(size_t rank);
  // Gives an entry of the tree another score, which is no NaN, and moves it to its new place.
  void UpdateScore(ScoredMember* entry, double score);
  // How many entries are before this one, which must be there.
  size_t RankOf(const ScoredMember* entry) const {
    return RankWhere([entry](double score, const ScoredMember* other) {
      return score < entry->score() || (score == entry->score() && other->member() < entry->member());
    });
  }
  // How many entries there are in front for which before(score, const ScoredMember*) holds. Requires that it holds for none
  // behind the first for which it does not; if that is not so, the result is some number up to size().
  template <class Before>
  size_t RankWhere(Before&& before) const;

  // Fills an empty tree with entries that are in order.
  void Build(std::span<ScoredMember* const> sorted);
  // Frees the nodes, not the entries.
  void Clear();

  // Of the nodes, without the entries.
  size_t memory_bytes() const;
  // Checks the invariants above; ends the process if one is broken. For tests.
  void CheckInvariants() const;

 private:
  struct Leaf {
    Leaf* previous = nullptr;
    Leaf* next = nullptr;
    uint32_t count = 0;
    double scores[kLeafCapacity];
    ScoredMember* entries[kLeafCapacity];

    static constexpr uint32_t kCapacity = kLeafCapacity;
    void Copy(uint32_t to, const Leaf& from, uint32_t at, uint32_t n);
    size_t total() const { return count; }
  };
  struct Inner {
    uint32_t count = 0;
    double scores[kInnerCapacity];
    ScoredMember* entries[kInnerCapacity];
    void* children[kInnerCapacity];  // Leaf or Inner, by level
    size_t sizes[kInnerCapacity];

    static constexpr uint32_t kCapacity = kInnerCapacity;
    void Copy(uint32_t to, const Inner& from, uint32_t at, uint32_t n);
    size_t total() const;
  };
  static_assert(sizeof(Leaf) <= 512 && sizeof(Inner) <= 1024);

  // Every level but the lowest has seven children a node, but for a few at the edges: more than enough for what fits memory.
  static constexpr int kMaxDepth = 32;
  struct Path {
    Inner* nodes[kMaxDepth];  // from the root on
    uint32_t children[kMaxDepth];
    Leaf* leaf;
    uint32_t index;
  };
  enum class Edge : uint8_t { kNone, kLeft, kRight };

  // The number of leading keys of a node for which `before` holds.
  template <class Node, class Before>
  static uint32_t Partition(const Node& node, Before&& before) {
    uint32_t low = 0, high = node.count;
    while (low < high) {
      const uint32_t middle = (low + high) / 2;
      if (before(node.scores[middle], node.entries[middle])) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
  static void SetChild(Inner& parent, uint32_t i, const Leaf& child);
  static void SetChild(Inner& parent, uint32_t i, const Inner& child);
  void RefreshChild(Inner& parent, uint32_t i, bool is_leaf);
  void RefreshKeys(const Path& path);

  void FindPath(double score, std::string_view member, Path& path) const;
  void FindPathAt(size_t rank, Path& path) const;
  void EraseAt(const Path& path);
  template <class Node>
  void Rebalance(Inner& parent, uint32_t i);
  template <class Node>
  Node* Split(Node& node, uint32_t keep);
  Leaf* NewLeafAfter(Leaf* previous);
  Leaf* InsertIntoLeaf(const Path& path, ScoredMember* entry, Edge& edge);
  Inner* InsertChild(Inner& node, uint32_t at, void* child, bool child_is_leaf, Edge edge);
  void FreeNode(Leaf* leaf);
  void FreeNode(Inner* inner);
  void FreeBelow(void* node, int level);
  void CheckNode(const void* node, int level) const;

  void* root_ = nullptr;  // a Leaf if depth_ is 0
  int depth_ = 0;         // levels of inner nodes
  uint32_t inner_nodes_ = 0;
  size_t leaves_ = 0;
  size_t size_ = 0;
  Leaf* first_ = nullptr;
  Leaf* last_ = nullptr;
};

template <class Before>
size_t RankedTree::RankWhere(Before&& before) const {
  if (size_ == 0) return 0;
  size_t rank = 0;
  const void* node = root_;
  for (int level = depth_; level > 0; --level) {
    const Inner& inner = *static_cast<const Inner*>(node);
    const uint32_t passed = Partition(inner, before);
    if (passed == 0) return rank;
    for (uint32_t i = 0; i + 1 < passed; ++i) rank += inner.sizes[i];
    node = inner.children[passed - 1];
  }
  return rank + Partition(*static_cast<const Leaf*>(node), before);
}

}  // namespace keyway::ds
