// Quicklist: a sequence of strings as a linked list of nodes, most of which are listpacks of many elements.
//
//   head ⇄ [listpack] ⇄ [listpack, LZF] ⇄ [plain: one big element] ⇄ … ⇄ tail
//
// - `fill` limits a node: from 0 on by elements (and 8 KB), -1 … -5 by 4 … 64 KB. A bigger element has a listpack of its
//   own; from the packed threshold on it is a plain node.
// - With a `depth` above 0 nodes are compressed, except the first and the last `depth` of them.
// - No node is empty. Neighbours that have become small are joined where an insertion split a node.
//
// Both settings are those of the moment the list was made, as in Redis. Reading does not change anything, and unpacks
// compressed nodes into memory of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "server/ds/listpack.h"
#include "server/ds/quicklist_node.h"

namespace keyway::ds {

// How much a node with that `fill` holds.
struct QuicklistNodeLimit {
  size_t bytes;
  size_t count;
  bool Allows(size_t new_bytes, size_t new_count) const { return new_bytes <= bytes && new_count <= count; }
};
QuicklistNodeLimit QuicklistNodeLimitOf(int64_t fill);

// From how many bytes on an element is a node by itself: 1 GB, what a listpack is allowed at most. DEBUG
// QUICKLIST-PACKED-THRESHOLD lowers it so that tests need no such elements; 0 restores it. One value for the process,
// because it belongs to no list and no keyspace. False, and nothing changes, if it is too high for the format. [exec]
bool SetQuicklistPackedThreshold(size_t bytes);

class Quicklist {
 public:
  using Where = Listpack::Where;

  Quicklist(int64_t fill, int64_t depth);
  ~Quicklist();
  Quicklist(const Quicklist&) = delete;
  Quicklist& operator=(const Quicklist&) = delete;
  std::unique_ptr<Quicklist> Clone() const;

  size_t size() const { return size_; }
  size_t node_count() const { return nodes_; }
  int fill() const { return fill_; }
  int depth() const { return depth_; }
  // All nodes' bytes, without compression.
  size_t uncompressed_bytes() const;
  // Memory, estimated from the first `samples` nodes (0: all).
  size_t memory_bytes(size_t samples) const;

  // ---- reading ----

  // visit(const ListpackValue&) for `count` elements from index `first` on, or backwards from there. A visitor that returns
  // bool ends it by false. The value lives during the call. The list must not be changed meanwhile.
  template <class Visit>
  void ForRange(size_t first, size_t count, bool backwards, Visit&& visit) const;
  // visit(const QuicklistNodeView&).
  template <class Visit>
  void ForEachNode(Visit&& visit) const {
    for (const QuicklistNode* node = head_; node != nullptr; node = node->next) visit(node->view());
  }

  // ---- changing: the text must not lie in the list ----

  void PushFront(std::string_view text);
  void PushBack(std::string_view text);
  // Before or after the first element that equals `pivot`; false if there is none.
  bool InsertBeside(std::string_view pivot, Where where, std::string_view text);
  // Requires index < size().
  void Replace(size_t index, std::string_view text);
  // Requires first + count <= size().
  void EraseRange(size_t first, size_t count);
  // Removes elements that equal `text`, at most `limit` of them, from the front or from the back; returns how many.
  size_t Remove(std::string_view text, size_t limit, bool backwards);

  // ---- whole nodes ----

  // At the back. The listpack must be valid and not empty.
  void AppendPacked(Listpack pack);
  void AppendPlain(std::string_view text);
  // The one node's listpack, if the list is one packed node within the limit; the list is empty then.
  std::optional<Listpack> TakeOnlyPack(const QuicklistNodeLimit& limit);

 private:
  using Node = QuicklistNode;

  Node* FindNode(size_t index, size_t* within) const;
  bool AllowsInsert(const Node* node, size_t bytes) const;
  bool AllowsMerge(const Node* left, const Node* right) const;
  void Link(Node* node, Node* neighbour, Where where);
  void Unlink(Node* node);
  void Push(Node* end, Where where, std::string_view text);
  void InsertAt(Node* node, uint32_t offset, Where where, std::string_view text);
  void InsertIntoFull(Node* node, uint32_t offset, Where where, bool at_edge, std::string_view text);
  void ReplaceByNode(Node* node, uint32_t offset, std::string_view text);
  Node* SplitAt(Node* node, uint32_t offset);
  Node* MergeWithNext(Node* left);
  void MergeAround(Node* center);
  size_t RemoveFromNode(Node* node, std::string_view text, size_t limit, bool backwards);
  void Settle(Node* touched);

  Node* head_ = nullptr;
  Node* tail_ = nullptr;
  size_t size_ = 0;
  uint32_t nodes_ = 0;
  const int16_t fill_;
  const uint16_t depth_;
};

template <class Visit>
void Quicklist::ForRange(size_t first, size_t count, bool backwards, Visit&& visit) const {
  if (first >= size_ || count == 0) return;
  size_t within;
  const QuicklistNode* node = FindNode(first, &within);
  auto index = static_cast<int64_t>(within);
  for (; node != nullptr && count > 0; node = backwards ? node->previous : node->next) {
    const QuicklistReader reader(*node);
    if (reader.plain()) {
      if (!VisitElement(visit, ListpackValue{false, 0, reader.text()})) return;
      --count;
    } else {
      const ListpackView pack = reader.pack();
      for (uint32_t at = pack.Seek(index); at != 0 && count > 0; --count) {
        if (!VisitElement(visit, pack.Get(at))) return;
        at = backwards ? pack.Previous(at) : pack.Next(at);
      }
    }
    index = backwards ? -1 : 0;
  }
}

}  // namespace keyway::ds
