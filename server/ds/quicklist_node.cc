#include "server/ds/quicklist_node.h"

#include <liblzf/lzf.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "server/base/check.h"
#include "server/base/memory.h"
#include "server/ds/listpack_element.h"

namespace keyway::ds {
namespace {

constexpr size_t kMinCompressedBytes = 48;  // smaller nodes stay as they are
constexpr size_t kMinGainBytes = 8;
// Bigger listpacks have no gap: their spare bytes would not fit into its 16 bits.
constexpr size_t kMaxGappedBytes = 64 * 1024;
constexpr size_t kElementOverhead = 16;  // more than an element takes beside its text

struct Block {
  size_t bytes;   // of what is in it, without compression
  size_t stored;  // of what follows

  char* payload() { return reinterpret_cast<char*>(this + 1); }
  static Block* New(size_t bytes, size_t stored) {
    KW_CHECK(stored <= SIZE_MAX - sizeof(Block));
    auto* block = static_cast<Block*>(std::malloc(sizeof(Block) + stored));
    KW_CHECK(block != nullptr);
    block->bytes = bytes, block->stored = stored;
    return block;
  }
};

Block* BlockOf(const QuicklistNode& node) { return reinterpret_cast<Block*>(node.data); }

uint8_t* NewPlainBlock(std::string_view text) {
  Block* block = Block::New(text.size(), text.size());
  if (!text.empty()) std::memcpy(block->payload(), text.data(), text.size());
  return reinterpret_cast<uint8_t*>(block);
}

void Unpack(Block* block, void* out) {
  KW_CHECK(lzf_decompress(block->payload(), static_cast<unsigned>(block->stored), out,
                          static_cast<unsigned>(block->bytes)) == block->bytes);
}

}  // namespace

QuicklistNode::QuicklistNode(Listpack pack) : count(static_cast<uint32_t>(pack.size())), kind(Kind::kPacked) {
  data = pack.Release();
}

QuicklistNode::QuicklistNode(std::string_view text) : data(NewPlainBlock(text)), count(1), kind(Kind::kPlain) {}

static_assert(sizeof(QuicklistNode) == 32);

QuicklistNode::~QuicklistNode() { std::free(data - gap); }

QuicklistNode* QuicklistNode::Clone() const {
  auto* copy = new QuicklistNode;
  copy->count = count, copy->kind = kind, copy->compressed = compressed, copy->incompressible = incompressible;
  if (plain() || compressed) {
    Block* block = BlockOf(*this);
    Block* own = Block::New(block->bytes, block->stored);
    std::memcpy(own->payload(), block->payload(), block->stored);
    copy->data = reinterpret_cast<uint8_t*>(own);
  } else {
    copy->data = Listpack::FromBytes(pack().span()).Release();
  }
  return copy;
}

size_t QuicklistNode::bytes() const { return plain() || compressed ? BlockOf(*this)->bytes : pack().bytes(); }

size_t QuicklistNode::memory_bytes() const {
  const size_t block = plain() || compressed ? sizeof(Block) + BlockOf(*this)->stored : pack().bytes();
  return AllocationSize(sizeof(QuicklistNode)) + AllocationSize(block);
}

QuicklistNodeView QuicklistNode::view() const {
  if (plain() || compressed) {
    Block* block = BlockOf(*this);
    return {plain(), compressed, count, block->bytes, {block->payload(), block->stored}};
  }
  const size_t size = pack().bytes();
  return {false, false, count, size, {reinterpret_cast<const char*>(data), size}};
}

void QuicklistNode::Compress() {
  if (compressed || incompressible) return;
  CloseGap();
  const QuicklistNodeView raw = view();
  incompressible = true;
  if (raw.bytes < kMinCompressedBytes || raw.bytes > UINT32_MAX) return;
  const auto room = static_cast<unsigned>(raw.bytes - kMinGainBytes);
  Block* block = Block::New(raw.bytes, room);
  block->stored = lzf_compress(raw.stored.data(), static_cast<unsigned>(raw.bytes), block->payload(), room);
  if (block->stored == 0) return std::free(block);
  std::free(data);
  // Shrinking does not fail, and if it did the longer block would do.
  void* shrunk = std::realloc(block, sizeof(Block) + block->stored);
  data = static_cast<uint8_t*>(shrunk != nullptr ? shrunk : block);
  compressed = true, incompressible = false;
}

void QuicklistNode::Decompress() {
  if (!compressed) return;
  Block* block = BlockOf(*this);
  if (plain()) {
    Block* raw = Block::New(block->bytes, block->bytes);
    Unpack(block, raw->payload());
    data = reinterpret_cast<uint8_t*>(raw);
  } else {
    // With the room that an owner of a listpack relies on.
    data = static_cast<uint8_t*>(std::malloc(AllocationSize(block->bytes)));
    KW_CHECK(data != nullptr);
    Unpack(block, data);
  }
  std::free(block);
  compressed = false;
}

// ---- the ends of a listpack ----------------------------------------------------------------------------------------

void QuicklistNode::CloseGap() {
  if (gap == 0) return;
  data = static_cast<uint8_t*>(std::memmove(data - gap, data, pack().bytes()));
  gap = 0;
}

// Moves `kept` bytes from offset `from` on, behind the header, to where the allocation for them and `grows_by` more has spare
// bytes: most of them at the end that is being changed, since that end is likely to change again. In front there is then
// room for the growth, if that is the end.
void QuicklistNode::MoveForChange(Listpack::Where end, size_t from, size_t kept, size_t grows_by) {
  const bool front = end == Listpack::Where::kBefore;
  const size_t size = kListpackHeaderBytes + kept + grows_by;
  const size_t capacity = AllocationSize(size), spare = capacity - size;
  // Shared out to the last bytes, it would take more and more moves to use them up.
  const size_t other_end = spare > size / 32 ? spare / 4 : 0;
  const size_t spare_front = front ? spare - other_end : other_end;
  const size_t place = spare_front + (front ? grows_by : 0);
  uint8_t* const old_block = data - gap;
  uint8_t* block = old_block;
  uint8_t header[kListpackHeaderBytes];
  std::memcpy(header, data, sizeof(header));
  const bool moves_out = capacity != AllocationSize(pack().bytes());
  if (moves_out) {
    block = static_cast<uint8_t*>(std::malloc(capacity));
    KW_CHECK(block != nullptr);
  }
  std::memmove(block + place + kListpackHeaderBytes, data + from, kept);
  std::memcpy(block + place, header, sizeof(header));
  if (moves_out) std::free(old_block);
  data = block + place;
  gap = static_cast<uint16_t>(place);
}

void QuicklistNode::Push(Listpack::Where end, std::string_view text) {
  const bool front = end == Listpack::Where::kBefore;
  Decompress();
  const size_t old_bytes = pack().bytes();
  if ((!front && gap == 0) || old_bytes + text.size() + kElementOverhead >= kMaxGappedBytes) {
    ChangePack([&](Listpack& own) { front ? own.Prepend(text) : own.Append(text); });
    ++count;
    return;
  }
  incompressible = false;
  const listpack::Element element(text);
  const size_t more = element.bytes(), new_bytes = old_bytes + more;
  const size_t capacity = AllocationSize(new_bytes);
  const size_t room = front ? gap : capacity - gap - old_bytes;
  if (capacity != AllocationSize(old_bytes) || room < more) {
    MoveForChange(end, kListpackHeaderBytes, old_bytes - kListpackHeaderBytes, more);
  }
  if (front) {
    std::memmove(data - more, data, kListpackHeaderBytes);
    data -= more;
    gap = static_cast<uint16_t>(gap - more);
    element.Write(data + kListpackHeaderBytes);
  } else {
    *element.Write(data + old_bytes - 1) = listpack::kEnd;
  }
  listpack::StoreBytes(data, new_bytes);
  listpack::ChangeCount(data, 1);
  ++count;
}

void QuicklistNode::Pop(Listpack::Where end, size_t elements) {
  const bool front = end == Listpack::Where::kBefore;
  KW_DCHECK(elements < count);
  Decompress();
  const size_t old_bytes = pack().bytes();
  if ((!front && gap == 0) || old_bytes >= kMaxGappedBytes) {
    const int64_t first = front ? 0 : -static_cast<int64_t>(elements);
    ChangePack([&](Listpack& own) { own.EraseIndexRange(first, elements); });
    count -= static_cast<uint32_t>(elements);
    return;
  }
  incompressible = false;
  const ListpackView view = pack();
  auto at = static_cast<uint32_t>(front ? kListpackHeaderBytes : old_bytes - 1);
  for (size_t i = 0; i < elements; ++i) at = front ? at + view.EntryBytes(at) : view.Previous(at);
  const size_t fewer = front ? at - kListpackHeaderBytes : old_bytes - 1 - at;
  const size_t new_bytes = old_bytes - fewer;
  if (!front) data[at] = listpack::kEnd;
  if (AllocationSize(new_bytes) != AllocationSize(old_bytes)) {
    MoveForChange(end, front ? at : kListpackHeaderBytes, new_bytes - kListpackHeaderBytes, 0);
  } else if (front) {
    data = static_cast<uint8_t*>(std::memmove(data + fewer, data, kListpackHeaderBytes));
    gap = static_cast<uint16_t>(gap + fewer);
  }
  listpack::StoreBytes(data, new_bytes);
  listpack::ChangeCount(data, -static_cast<int64_t>(elements));
  count -= static_cast<uint32_t>(elements);
}

void QuicklistNode::ReplacePlain(std::string_view text) {
  KW_DCHECK(plain());
  uint8_t* const replacement = NewPlainBlock(text);
  std::free(data);
  data = replacement;
  compressed = incompressible = false;
}

QuicklistReader::QuicklistReader(const QuicklistNode& node) : plain_(node.plain()) {
  const QuicklistNodeView view = node.view();
  bytes_ = view.stored;
  if (!view.compressed) return;
  unpacked_ = std::make_unique_for_overwrite<char[]>(view.bytes);
  Unpack(BlockOf(node), unpacked_.get());
  bytes_ = {unpacked_.get(), view.bytes};
}

}  // namespace keyway::ds
