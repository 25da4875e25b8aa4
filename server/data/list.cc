#include "server/data/list.h"

#include "server/base/memory.h"

namespace keyway::data {
namespace {

std::unique_ptr<ds::Quicklist> NewNodes(const ListLimits& limits) {
  return std::make_unique<ds::Quicklist>(limits.node_size, limits.compress_depth);
}

}  // namespace

List::List(const ListLimits& limits)
    : List(limits.small_is_listpack ? ds::Listpack() : ds::Listpack::Adopt(nullptr),
           limits.small_is_listpack ? nullptr : NewNodes(limits)) {}

size_t List::MemoryBytes(size_t samples) const {
  return AllocationSize(sizeof(List)) + (nodes_ ? nodes_->memory_bytes(samples) : pack_.memory_bytes());
}

std::unique_ptr<Object> List::Clone() const {
  return std::unique_ptr<Object>(nodes_ ? new List(ds::Listpack::Adopt(nullptr), nodes_->Clone())
                                        : new List(pack_.Clone(), nullptr));
}

// Before something is added: `more_bytes` of text in `more_elements` elements.
void List::ConvertForGrowth(size_t more_bytes, size_t more_elements, const ListLimits& limits) {
  if (nodes_) return;
  if (ds::QuicklistNodeLimitOf(limits.node_size).Allows(pack_.bytes() + more_bytes, pack_.size() + more_elements))
    return;
  nodes_ = NewNodes(limits);
  if (!pack_.empty()) nodes_->AppendPacked(std::move(pack_));
  pack_ = ds::Listpack::Adopt(nullptr);
}

void List::ConvertIfSmall(size_t divisor, const ListLimits& limits) {
  if (!nodes_ || !limits.small_is_listpack || nodes_->node_count() != 1) return;
  ds::QuicklistNodeLimit limit = ds::QuicklistNodeLimitOf(limits.node_size);
  // "No limit" stays none.
  if (limits.node_size >= 0) limit.bytes = SIZE_MAX, limit.count /= divisor;
  if (limits.node_size < 0) limit.bytes /= divisor;
  if (auto pack = nodes_->TakeOnlyPack(limit)) {
    pack_ = std::move(*pack);
    nodes_.reset();
  }
}

void List::Push(ListEnd end, std::span<const std::string_view> texts, const ListLimits& limits) {
  if (!nodes_) {
    size_t bytes = 0;
    for (std::string_view text : texts) bytes += text.size();
    ConvertForGrowth(bytes, texts.size(), limits);
  }
  const bool at_head = end == ListEnd::kHead;
  for (std::string_view text : texts) {
    if (nodes_) {
      at_head ? nodes_->PushFront(text) : nodes_->PushBack(text);
    } else {
      at_head ? pack_.Prepend(text) : pack_.Append(text);
    }
  }
}

bool List::InsertBeside(std::string_view pivot, Where where, std::string_view text, const ListLimits& limits) {
  ConvertForGrowth(text.size(), 1, limits);
  if (nodes_) return nodes_->InsertBeside(pivot, where, text);
  const uint32_t at = pack_.view().Find(pack_.view().First(), pivot);
  if (at == 0) return false;
  pack_.Insert(at, where, text);
  return true;
}

bool List::Replace(int64_t index, std::string_view text, const ListLimits& limits) {
  ConvertForGrowth(text.size(), 1, limits);
  if (nodes_) {
    const auto count = static_cast<int64_t>(nodes_->size());
    if (index < 0) index += count;
    if (index < 0 || index >= count) return false;
    nodes_->Replace(static_cast<size_t>(index), text);
    ConvertIfSmall(2, limits);
    return true;
  }
  const uint32_t at = pack_.view().Seek(index);
  if (at == 0) return false;
  pack_.Replace(at, text);
  return true;
}

void List::EraseRange(size_t first, size_t count, const ListLimits& limits) {
  if (nodes_) {
    nodes_->EraseRange(first, count);
    ConvertIfSmall(2, limits);
  } else {
    pack_.EraseIndexRange(static_cast<int64_t>(first), count);
  }
}

size_t List::Remove(std::string_view text, size_t limit, bool backwards, const ListLimits& limits) {
  if (nodes_) {
    const size_t removed = nodes_->Remove(text, limit, backwards);
    if (removed > 0) ConvertIfSmall(2, limits);
    return removed;
  }
  return pack_.Remove(text, limit, backwards);
}

std::unique_ptr<List> List::ForLoading(const ListLimits& limits) {
  return std::unique_ptr<List>(new List(ds::Listpack::Adopt(nullptr), NewNodes(limits)));
}

void List::AppendPackedNode(std::span<const uint8_t> bytes) { nodes_->AppendPacked(ds::Listpack::FromBytes(bytes)); }
void List::AppendPlainNode(std::string_view text) { nodes_->AppendPlain(text); }
void List::FinishLoading(const ListLimits& limits) { ConvertIfSmall(1, limits); }

}  // namespace keyway::data
