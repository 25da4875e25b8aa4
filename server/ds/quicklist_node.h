// The node of a Quicklist: a listpack of several elements, or one big element by itself ("plain"); either may be
// compressed with LZF.
//
//   packed              | gap | listpack … | room |, data → listpack
//   plain, compressed   data → | bytes, size_t | stored bytes, size_t | the bytes, or their compressed form |
//
// A listpack's allocation is as large as that of any Listpack, AllocationSize of its bytes, but here the spare bytes of the
// size class may lie in front as well: the gap. So elements come and go at either end without moving the others until the
// class changes, and no byte more is needed. Who changes the listpack elsewhere gets it without a gap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "server/ds/listpack.h"

namespace keyway::ds {

// How the bytes of a node lie in memory: what is written to RDB files.
struct QuicklistNodeView {
  bool plain;
  bool compressed;
  size_t count;             // elements
  size_t bytes;             // without compression
  std::string_view stored;  // the listpack or the element, compressed if so
};

struct QuicklistNode {
  enum class Kind : uint8_t { kPacked, kPlain };

  explicit QuicklistNode(Listpack pack);
  explicit QuicklistNode(std::string_view plain);
  ~QuicklistNode();
  QuicklistNode(const QuicklistNode&) = delete;
  QuicklistNode& operator=(const QuicklistNode&) = delete;
  // A copy that is in no list.
  QuicklistNode* Clone() const;

  bool plain() const { return kind == Kind::kPlain; }
  // Without compression.
  size_t bytes() const;
  size_t memory_bytes() const;
  QuicklistNodeView view() const;

  // Leaves the node as it is if there is little to gain.
  void Compress();
  void Decompress();

  // Requires a node that is packed and not compressed.
  ListpackView pack() const { return ListpackView(data); }
  // Adds or removes elements at an end of the listpack, which is decompressed before, and counts them. Push requires that the
  // node may take the text, Pop that elements are left.
  void Push(Listpack::Where end, std::string_view text);
  void Pop(Listpack::Where end, size_t elements);
  // Changes the listpack, decompressed before; the caller sees to the count.
  template <class Change>
  auto ChangePack(Change&& change) {
    Decompress();
    incompressible = false;
    CloseGap();
    PackLoan loan{this, Listpack::Adopt(data)};
    return change(loan.pack);
  }
  // Another big element in a plain node.
  void ReplacePlain(std::string_view text);

  QuicklistNode* previous = nullptr;
  QuicklistNode* next = nullptr;
  uint8_t* data;
  uint32_t count;  // elements
  Kind kind;
  bool compressed : 1 = false;
  bool incompressible : 1 = false;  // tried in vain since the last change
  uint16_t gap = 0;                 // unused bytes of the allocation in front of `data`

 private:
  // Gives the listpack back to the node whatever happened to it.
  struct PackLoan {
    QuicklistNode* node;
    Listpack pack;
    ~PackLoan() { node->data = pack.Release(); }
  };
  QuicklistNode() = default;
  void CloseGap();
  void MoveForChange(Listpack::Where end, size_t from, size_t kept, size_t grows_by);
};

// The elements of a node, for reading. A compressed node stays so: its bytes are unpacked into memory of the reader.
class QuicklistReader {
 public:
  explicit QuicklistReader(const QuicklistNode& node);

  bool plain() const { return plain_; }
  // Requires !plain().
  ListpackView pack() const { return ListpackView(reinterpret_cast<const uint8_t*>(bytes_.data())); }
  // Requires plain().
  std::string_view text() const { return bytes_; }

 private:
  bool plain_;
  std::string_view bytes_;
  std::unique_ptr<char[]> unpacked_;
};

}  // namespace keyway::ds
