#include "server/ds/quicklist.h"

#include <algorithm>
#include <atomic>

#include "server/base/check.h"
#include "server/base/memory.h"

namespace keyway::ds {
namespace {

// Limits of -1 … -5.
constexpr size_t kFillBytes[] = {4096, 8192, 16384, 32768, 65536};
// Of a node that is limited by elements.
constexpr size_t kCountedNodeBytes = 8192;
// What an element takes beside its bytes, at most; a little too much keeps nodes within the allocator's size classes.
constexpr size_t kElementOverhead = 8;
constexpr size_t kDefaultPackedThreshold = size_t{1} << 30;
// The format's lengths have 32 bits; what is needed around an element fits well into the rest.
constexpr size_t kMaxPackedThreshold = (size_t{1} << 32) - (size_t{1} << 20);

std::atomic<size_t> packed_threshold{kDefaultPackedThreshold};

// Whatever was set: no listpack takes an element beyond its own limit.
bool IsPlain(std::string_view text) {
  return text.size() >= std::min(packed_threshold.load(std::memory_order_relaxed), kDefaultPackedThreshold);
}

QuicklistNode* NewNode(std::string_view text) {
  if (IsPlain(text)) return new QuicklistNode(text);
  Listpack pack;
  pack.Append(text);
  return new QuicklistNode(std::move(pack));
}

}  // namespace

bool SetQuicklistPackedThreshold(size_t bytes) {
  if (bytes > kMaxPackedThreshold) return false;
  packed_threshold.store(bytes == 0 ? kDefaultPackedThreshold : bytes, std::memory_order_relaxed);
  return true;
}

QuicklistNodeLimit QuicklistNodeLimitOf(int64_t fill) {
  if (fill >= 0) return {kCountedNodeBytes, std::max<size_t>(static_cast<size_t>(fill), 1)};
  return {kFillBytes[std::min<int64_t>(-std::max<int64_t>(fill, -5), 5) - 1], SIZE_MAX};
}

Quicklist::Quicklist(int64_t fill, int64_t depth)
    : fill_(static_cast<int16_t>(std::clamp<int64_t>(fill, -5, INT16_MAX))),
      depth_(static_cast<uint16_t>(std::clamp<int64_t>(depth, 0, UINT16_MAX))) {}

Quicklist::~Quicklist() {
  for (Node* node = head_; node != nullptr;) delete std::exchange(node, node->next);
}

std::unique_ptr<Quicklist> Quicklist::Clone() const {
  auto copy = std::make_unique<Quicklist>(fill_, depth_);
  // The nodes are compressed as they should be already.
  for (const Node* node = head_; node != nullptr; node = node->next) {
    copy->Link(node->Clone(), copy->tail_, Where::kAfter);
  }
  copy->size_ = size_;
  return copy;
}

size_t Quicklist::uncompressed_bytes() const {
  size_t bytes = 0;
  for (const Node* node = head_; node != nullptr; node = node->next) bytes += node->bytes();
  return bytes;
}

size_t Quicklist::memory_bytes(size_t samples) const {
  size_t bytes = 0, seen = 0;
  for (const Node* node = head_; node != nullptr && (samples == 0 || seen < samples); node = node->next, ++seen) {
    bytes += node->memory_bytes();
  }
  if (seen < nodes_) bytes = static_cast<size_t>(static_cast<double>(bytes) / static_cast<double>(seen) * nodes_);
  return AllocationSize(sizeof(Quicklist)) + bytes;
}

// ---- nodes ---------------------------------------------------------------------------------------------------------

// The node with the element of that index, and how many elements of the node stand before it.
QuicklistNode* Quicklist::FindNode(size_t index, size_t* within) const {
  KW_DCHECK(index < size_);
  if (index <= size_ / 2) {
    Node* node = head_;
    for (; index >= node->count; node = node->next) index -= node->count;
    *within = index;
    return node;
  }
  Node* node = tail_;
  size_t behind = size_ - 1 - index;
  for (; behind >= node->count; node = node->previous) behind -= node->count;
  *within = node->count - 1 - behind;
  return node;
}

bool Quicklist::AllowsInsert(const Node* node, size_t bytes) const {
  return node != nullptr && !node->plain() &&
         QuicklistNodeLimitOf(fill_).Allows(node->bytes() + bytes + kElementOverhead, node->count + size_t{1});
}

bool Quicklist::AllowsMerge(const Node* left, const Node* right) const {
  return left != nullptr && right != nullptr && !left->plain() && !right->plain() &&
         QuicklistNodeLimitOf(fill_).Allows(left->bytes() + right->bytes() - kEmptyListpackBytes,
                                            size_t{left->count} + right->count);
}

// Puts a node beside another, or into an empty list; counts nodes, not elements.
void Quicklist::Link(Node* node, Node* neighbour, Where where) {
  ++nodes_;
  if (neighbour == nullptr) {
    head_ = tail_ = node;
    return;
  }
  Node* const previous = where == Where::kAfter ? neighbour : neighbour->previous;
  Node* const next = where == Where::kAfter ? neighbour->next : neighbour;
  node->previous = previous, node->next = next;
  (previous != nullptr ? previous->next : head_) = node;
  (next != nullptr ? next->previous : tail_) = node;
}

// Frees a node; the caller sees to the elements' number.
void Quicklist::Unlink(Node* node) {
  --nodes_;
  (node->previous != nullptr ? node->previous->next : head_) = node->next;
  (node->next != nullptr ? node->next->previous : tail_) = node->previous;
  delete node;
}

// Makes compression as it should be after a change: the ends readable, `touched` (if it is further inside) and the nodes
// that have just become inner ones compressed. No change adds more than two nodes.
void Quicklist::Settle(Node* touched) {
  if (depth_ == 0 || nodes_ == 0) return;
  Node *front = head_, *back = tail_;
  bool near_an_end = touched == nullptr;
  for (int i = 0; i < depth_; ++i) {
    front->Decompress(), back->Decompress();
    near_an_end |= front == touched || back == touched;
    if (front == back || front->next == back) return;
    front = front->next, back = back->previous;
  }
  if (!near_an_end) touched->Compress();
  size_t inner = nodes_ - size_t{2} * depth_;
  for (int i = 0; i < 2 && inner > 0; ++i, --inner) {
    front->Compress(), back->Compress();
    front = front->next, back = back->previous;
  }
}

// Moves the elements from `offset` on into a node of their own behind this one. Requires that elements are left in both.
QuicklistNode* Quicklist::SplitAt(Node* node, uint32_t offset) {
  Node* right = nullptr;
  node->ChangePack([&](Listpack& pack) {
    const ListpackView view = pack.view();
    uint32_t left_count = 0;
    for (uint32_t at = view.First(); at != offset; at = view.Next(at)) ++left_count;
    Listpack rest = pack.Clone();
    rest.EraseRange(view.First(), left_count);
    pack.EraseRange(offset, SIZE_MAX);
    right = new Node(std::move(rest));
    node->count = left_count;
  });
  Link(right, node, Where::kAfter);
  return right;
}

// Joins a node with the one behind it, if both are small enough. Returns the node that has all elements, or null.
QuicklistNode* Quicklist::MergeWithNext(Node* left) {
  Node* const right = left == nullptr ? nullptr : left->next;
  if (!AllowsMerge(left, right)) return nullptr;
  right->Decompress();
  left->ChangePack([&](Listpack& pack) { pack.AppendAll(right->pack()); });
  left->count += right->count;
  Unlink(right);
  Settle(left);
  return left;
}

void Quicklist::MergeAround(Node* center) {
  if (center->previous != nullptr) MergeWithNext(center->previous->previous);
  MergeWithNext(center->next);
  if (Node* joined = MergeWithNext(center->previous)) center = joined;
  MergeWithNext(center);
  Settle(center);
}

// ---- adding --------------------------------------------------------------------------------------------------------

void Quicklist::PushFront(std::string_view text) { Push(head_, Where::kBefore, text); }
void Quicklist::PushBack(std::string_view text) { Push(tail_, Where::kAfter, text); }

void Quicklist::Push(Node* end, Where where, std::string_view text) {
  ++size_;
  if (!IsPlain(text) && AllowsInsert(end, text.size())) {
    end->Push(where, text);
    return;
  }
  Node* const node = NewNode(text);
  Link(node, end, where);
  Settle(node);
}

bool Quicklist::InsertBeside(std::string_view pivot, Where where, std::string_view text) {
  for (Node* node = head_; node != nullptr; node = node->next) {
    const QuicklistReader reader(*node);
    const uint32_t offset = reader.plain() ? 0 : reader.pack().Find(reader.pack().First(), pivot);
    if (offset == 0 && !(reader.plain() && reader.text() == pivot)) continue;
    InsertAt(node, offset, where, text);
    return true;
  }
  return false;
}

// Beside the element at `offset`; of a plain node beside its only one.
void Quicklist::InsertAt(Node* node, uint32_t offset, Where where, std::string_view text) {
  ++size_;
  node->Decompress();
  const bool at_edge =
      node->plain() || (where == Where::kAfter ? node->pack().Next(offset) == 0 : offset == node->pack().First());
  if (!IsPlain(text) && AllowsInsert(node, text.size())) {
    node->ChangePack([&](Listpack& pack) { pack.Insert(offset, where, text); });
    ++node->count;
    Settle(node);
  } else {
    InsertIntoFull(node, offset, where, at_edge, text);
  }
}

void Quicklist::InsertIntoFull(Node* node, uint32_t offset, Where where, bool at_edge, std::string_view text) {
  const bool after = where == Where::kAfter;
  if (at_edge) {
    Node* const neighbour = after ? node->next : node->previous;
    if (!IsPlain(text) && AllowsInsert(neighbour, text.size())) {
      neighbour->Push(after ? Where::kBefore : Where::kAfter, text);
      Settle(neighbour);
    } else {
      Node* const fresh = NewNode(text);
      Link(fresh, node, where);
      Settle(fresh);
    }
    Settle(node);
    return;
  }
  Node* const right = SplitAt(node, after ? node->pack().Next(offset) : offset);
  if (IsPlain(text)) {
    Node* const fresh = NewNode(text);
    Link(fresh, node, Where::kAfter);
    Settle(fresh), Settle(right), Settle(node);
    return;
  }
  Node* const host = after ? right : node;
  host->Push(after ? Where::kBefore : Where::kAfter, text);
  Settle(right);
  MergeAround(node);
}

void Quicklist::Replace(size_t index, std::string_view text) {
  size_t within;
  Node* const node = FindNode(index, &within);
  node->Decompress();
  if (node->plain() && IsPlain(text)) {
    node->ReplacePlain(text);
    return Settle(node);
  }
  const uint32_t offset = node->plain() ? 0 : node->pack().Seek(static_cast<int64_t>(within));
  const bool fits =
      !node->plain() && !IsPlain(text) && node->bytes() + text.size() + kElementOverhead * 2 <= kMaxListpackBytes;
  if (!fits) return ReplaceByNode(node, offset, text);
  node->ChangePack([&](Listpack& pack) { pack.Replace(offset, text); });
  Settle(node);
}

// The element at `offset` gives way to a node with the text. The node is not compressed.
void Quicklist::ReplaceByNode(Node* node, uint32_t offset, std::string_view text) {
  Node* const fresh = NewNode(text);
  const uint32_t next = node->plain() ? 0 : node->pack().Next(offset);
  Node* const right = next == 0 ? nullptr : SplitAt(node, next);
  Link(fresh, node, Where::kAfter);
  if (node->count == 1) {
    Unlink(node);
  } else {
    node->ChangePack([&](Listpack& pack) { pack.Erase(offset); });
    --node->count;
    Settle(node);
  }
  if (right != nullptr) Settle(right);
  MergeAround(fresh);
}

void Quicklist::AppendPacked(Listpack pack) {
  auto* const node = new Node(std::move(pack));
  size_ += node->count;
  Link(node, tail_, Where::kAfter);
  Settle(node);
}

void Quicklist::AppendPlain(std::string_view text) {
  auto* const node = new Node(text);
  ++size_;
  Link(node, tail_, Where::kAfter);
  Settle(node);
}

std::optional<Listpack> Quicklist::TakeOnlyPack(const QuicklistNodeLimit& limit) {
  if (nodes_ != 1 || head_->plain() || !limit.Allows(head_->bytes(), size_)) return std::nullopt;
  Listpack pack;
  head_->ChangePack([&](Listpack& own) { std::swap(own, pack); });
  Unlink(head_);
  size_ = 0;
  return pack;
}

// ---- removing ------------------------------------------------------------------------------------------------------

void Quicklist::EraseRange(size_t first, size_t count) {
  if (count == 0) return;
  size_t within;
  Node* node = FindNode(first, &within);
  Node* changed[2] = {};  // the first and the last one may stay in part
  int changes = 0;
  size_ -= count;
  while (count > 0) {
    Node* const next = node->next;
    const size_t part = std::min<size_t>(count, node->count - within);
    if (part == node->count) {
      Unlink(node);
    } else {
      if (within == 0 || within + part == node->count) {
        node->Pop(within == 0 ? Where::kBefore : Where::kAfter, part);
      } else {
        node->ChangePack([&](Listpack& pack) { pack.EraseIndexRange(static_cast<int64_t>(within), part); });
        node->count -= static_cast<uint32_t>(part);
      }
      changed[changes++] = node;
    }
    count -= part, within = 0, node = next;
  }
  for (Node* touched : changed) Settle(touched);
}

size_t Quicklist::Remove(std::string_view text, size_t limit, bool backwards) {
  size_t removed = 0;
  for (Node* node = backwards ? tail_ : head_; node != nullptr && removed < limit;) {
    Node* const next = backwards ? node->previous : node->next;
    removed += RemoveFromNode(node, text, limit - removed, backwards);
    node = next;
  }
  return removed;
}

size_t Quicklist::RemoveFromNode(Node* node, std::string_view text, size_t limit, bool backwards) {
  size_t removed = 0;
  {
    const QuicklistReader reader(*node);
    const bool found = reader.plain() ? reader.text() == text : reader.pack().Find(reader.pack().First(), text) != 0;
    if (!found) return 0;
  }
  if (node->plain()) {
    removed = 1;
  } else {
    removed = node->ChangePack([&](Listpack& pack) { return pack.Remove(text, limit, backwards); });
  }
  size_ -= removed;
  node->count -= static_cast<uint32_t>(removed);
  if (node->count == 0) {
    Unlink(node);
    node = nullptr;
  }
  Settle(node);
  return removed;
}

}  // namespace keyway::ds
