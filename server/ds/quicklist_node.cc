#include "server/ds/quicklist_node.h"

#include <liblzf/lzf.h>

#include <cstdlib>
#include <cstring>

#include "server/base/check.h"
#include "server/base/memory.h"

namespace keyway::ds {
namespace {

constexpr size_t kMinCompressedBytes = 48;  // smaller nodes stay as they are
constexpr size_t kMinGainBytes = 8;

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

QuicklistNode::~QuicklistNode() { std::free(data); }

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
