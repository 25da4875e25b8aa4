// The list type: a sequence of strings with two ends.
//
//   "listpack"   one listpack, while the list fits into one node (redis-compat 7.2)
//   "quicklist"  a linked list of such nodes (ds/quicklist.h)
//
// A list that shrinks becomes a listpack again below half of the limit, so that one at the edge does not go back and
// forth. Functions that change a list take the limits that are set now; a quicklist keeps those it was made with.
//
//   list.Push(data::ListEnd::kTail, words, limits);
//   list.ForRange(0, 10, false, [&](const ds::ListpackValue& value) { … });
//   list.EraseRange(0, 1, limits);
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "server/data/limits.h"
#include "server/data/object.h"
#include "server/ds/listpack.h"
#include "server/ds/quicklist.h"

namespace keyway::data {

enum class ListEnd : uint8_t { kHead, kTail };

class List final : public Object {
 public:
  using Where = ds::Listpack::Where;

  // Empty, in the encoding that a new list has.
  explicit List(const ListLimits& limits);

  Encoding encoding() const override { return nodes_ ? Encoding::kQuicklist : Encoding::kListpack; }
  size_t size() const override { return nodes_ ? nodes_->size() : pack_.size(); }
  size_t MemoryBytes(size_t samples) const override;
  std::unique_ptr<Object> Clone() const override;
  size_t FreeEffort() const override { return nodes_ ? nodes_->node_count() : 1; }

  // ---- reading ----

  // visit(const ds::ListpackValue&) for up to `count` elements from index `first` on, or backwards from there. A visitor that
  // returns bool ends it by false. The value lives during the call; the list must not be changed meanwhile.
  template <class Visit>
  void ForRange(size_t first, size_t count, bool backwards, Visit&& visit) const;
  template <class Visit>
  void ForEach(Visit&& visit) const {
    ForRange(0, SIZE_MAX, false, visit);
  }
  // The same for one element; negative indexes count from the tail. False if there is none.
  template <class Visit>
  bool At(int64_t index, Visit&& visit) const;

  // ---- changing: the text must not lie in the list ----

  void Push(ListEnd end, std::string_view text, const ListLimits& limits) { Push(end, {&text, 1}, limits); }
  // One after the other: the last one is at the very end.
  void Push(ListEnd end, std::span<const std::string_view> texts, const ListLimits& limits);
  // Before or after the first element that equals `pivot`; false if there is none.
  bool InsertBeside(std::string_view pivot, Where where, std::string_view text, const ListLimits& limits);
  // Negative indexes count from the tail; false if there is none.
  bool Replace(int64_t index, std::string_view text, const ListLimits& limits);
  // Requires first + count <= size().
  void EraseRange(size_t first, size_t count, const ListLimits& limits);
  // Removes up to `limit` elements that equal `text`, from the head on or backwards; returns how many.
  size_t Remove(std::string_view text, size_t limit, bool backwards, const ListLimits& limits);

  // ---- for RDB files ----

  // An empty list that takes elements (by Push) or nodes, before FinishLoading chooses the encoding.
  static std::unique_ptr<List> ForLoading(const ListLimits& limits);
  // Valid bytes (see ds::ValidateListpack) with one element at least, and an element that is a node by itself.
  void AppendPackedNode(std::span<const uint8_t> bytes);
  void AppendPlainNode(std::string_view text);
  void FinishLoading(const ListLimits& limits);
  // visit(const ds::QuicklistNodeView&): one packed node for a listpack.
  template <class Visit>
  void ForEachNode(Visit&& visit) const;

  // ---- for DEBUG ----

  // Requires the encoding of that name.
  ds::ListpackView pack() const { return pack_.view(); }
  const ds::Quicklist& nodes() const { return *nodes_; }

 private:
  List(ds::Listpack pack, std::unique_ptr<ds::Quicklist> nodes)
      : Object(ValueType::kList), pack_(std::move(pack)), nodes_(std::move(nodes)) {}
  void ConvertForGrowth(size_t more_bytes, size_t more_elements, const ListLimits& limits);
  void ConvertIfSmall(size_t divisor, const ListLimits& limits);

  // One of the two: nodes_ if it is set, and pack_ is as if moved from then; else pack_.
  ds::Listpack pack_;
  std::unique_ptr<ds::Quicklist> nodes_;
};

template <class Visit>
void List::ForRange(size_t first, size_t count, bool backwards, Visit&& visit) const {
  if (nodes_) return nodes_->ForRange(first, count, backwards, visit);
  if (first >= size()) return;
  const ds::ListpackView view = pack_.view();
  for (uint32_t at = view.Seek(static_cast<int64_t>(first)); at != 0 && count > 0; --count) {
    if (!ds::VisitElement(visit, view.Get(at))) return;
    at = backwards ? view.Previous(at) : view.Next(at);
  }
}

template <class Visit>
bool List::At(int64_t index, Visit&& visit) const {
  const auto count = static_cast<int64_t>(size());
  if (index < 0) index += count;
  if (index < 0 || index >= count) return false;
  ForRange(static_cast<size_t>(index), 1, false, visit);
  return true;
}

template <class Visit>
void List::ForEachNode(Visit&& visit) const {
  if (nodes_) return nodes_->ForEachNode(visit);
  const auto bytes = pack_.view().span();
  visit(ds::QuicklistNodeView{
      false, false, size(), bytes.size(), {reinterpret_cast<const char*>(bytes.data()), bytes.size()}});
}

}  // namespace keyway::data
