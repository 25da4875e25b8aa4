#include "server/persist/list_codec.h"

#include "server/base/number.h"
#include "server/ds/listpack.h"
#include "server/persist/rdb_format.h"
#include "server/persist/ziplist.h"

namespace keyway::persist {
namespace {

using data::List;
using data::ListEnd;
using data::ListLimits;
using ListPtr = std::unique_ptr<List>;

ListPtr Refuse(RdbReader& reader, const char* reason) {
  reader.Corrupt(reason);
  return nullptr;
}

ListPtr Finish(ListPtr list, const ListLimits& limits) {
  if (list->size() == 0) return nullptr;
  list->FinishLoading(limits);
  return list;
}

bool AppendZiplist(List& list, std::string_view bytes, const ListLimits& limits) {
  return ReadZiplist(bytes, [&](const ZiplistElement& element) {
    const IntegerText digits(element.integer);
    list.Push(ListEnd::kTail, element.is_integer ? digits.view() : element.text, limits);
    return true;
  });
}

bool AppendListpack(List& list, std::string_view bytes) {
  const std::span<const uint8_t> pack(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  if (!ds::ValidateListpack(pack, true)) return false;
  // Old servers could write empty nodes; nobody misses them.
  if (!ds::ListpackView(pack.data()).empty()) list.AppendPackedNode(pack);
  return true;
}

}  // namespace

void WriteList(RdbWriter& writer, const List& list) {
  writer.Length(list.encoding() == data::Encoding::kListpack ? 1 : list.nodes().node_count());
  list.ForEachNode([&](const ds::QuicklistNodeView& node) {
    writer.Length(node.plain ? kNodePlain : kNodePacked);
    if (node.compressed) return writer.CompressedString(node.stored, node.bytes);
    writer.String(node.stored);
  });
}

ListPtr ReadPlainList(RdbReader& reader, const ListLimits& limits, std::string& storage) {
  ListPtr list = List::ForLoading(limits);
  for (uint64_t left = reader.Length(); left > 0; --left) {
    const std::string_view text = reader.String(storage);
    if (!reader.ok()) return nullptr;
    list->Push(ListEnd::kTail, text, limits);
  }
  return Finish(std::move(list), limits);
}

ListPtr ReadZiplistList(RdbReader& reader, const ListLimits& limits, std::string& storage) {
  ListPtr list = List::ForLoading(limits);
  const std::string_view bytes = reader.String(storage);
  if (!reader.ok()) return nullptr;
  if (!AppendZiplist(*list, bytes, limits)) return Refuse(reader, "List ziplist integrity check failed.");
  return Finish(std::move(list), limits);
}

ListPtr ReadQuicklist(RdbReader& reader, bool second, const ListLimits& limits, std::string& storage) {
  ListPtr list = List::ForLoading(limits);
  for (uint64_t left = reader.Length(); left > 0; --left) {
    const uint64_t container = second ? reader.Length() : kNodePacked;
    if (reader.ok() && container != kNodePlain && container != kNodePacked) {
      return Refuse(reader, "Quicklist integrity check failed.");
    }
    const std::string_view bytes = reader.String(storage);
    if (!reader.ok()) return nullptr;
    if (bytes.empty()) return Refuse(reader, "Quicklist node is empty");
    if (container == kNodePlain) {
      list->AppendPlainNode(bytes);
    } else if (!second) {
      if (!AppendZiplist(*list, bytes, limits)) return Refuse(reader, "Ziplist integrity check failed.");
    } else if (!AppendListpack(*list, bytes)) {
      return Refuse(reader, "Listpack integrity check failed.");
    }
  }
  return Finish(std::move(list), limits);
}

}  // namespace keyway::persist
