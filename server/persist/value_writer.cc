#include "server/persist/value_writer.h"

#include "server/data/hash.h"
#include "server/data/list.h"
#include "server/data/set.h"
#include "server/data/stream.h"
#include "server/data/zset.h"
#include "server/persist/list_codec.h"
#include "server/persist/rdb_format.h"

namespace keyway::persist {
namespace {

using data::Encoding;
using data::ValueType;
using keyspace::Entry;

void WriteElement(RdbWriter& writer, const ds::ListpackValue& value) {
  if (value.is_integer) return writer.IntegerString(value.integer);
  writer.String(value.text);
}

void WriteSet(RdbWriter& writer, const data::Set& set, bool packed) {
  if (packed) return writer.String(set.packed());
  writer.Length(set.size());
  set.ForEach([&](const data::Set::Member& member) { WriteElement(writer, member); });
}

void WriteHash(RdbWriter& writer, const data::Hash& hash) {
  if (hash.encoding() == Encoding::kListpack) return writer.String(hash.packed());
  writer.Length(hash.size());
  hash.ForEach([&](const data::Hash::Text& field, const data::Hash::Text& value) {
    WriteElement(writer, field);
    WriteElement(writer, value);
  });
}

// From the greatest down: who builds a sorted structure from it puts each one at the front.
void WriteZset(RdbWriter& writer, const data::Zset& zset) {
  if (zset.encoding() == Encoding::kListpack) return writer.String(zset.packed().span());
  writer.Length(zset.size());
  for (auto at = zset.Last(); at.valid(); at.Previous()) {
    writer.String(at.member());
    writer.Double(at.score());
  }
}

// The one sets that old versions do not know are those in listpacks.
bool SetIsPacked(const data::Set& set, int version) {
  return set.encoding() == Encoding::kIntset || (set.encoding() == Encoding::kListpack && version >= kRdbVersion72);
}

uint8_t TypeOfSet(const data::Set& set, int version) {
  if (!SetIsPacked(set, version)) return kRdbSet;
  return set.encoding() == Encoding::kIntset ? kRdbSetIntset : kRdbSetListpack;
}

template <class T>
const T& ObjectOf(const Entry& entry) {
  return static_cast<const T&>(*entry.object());
}

}  // namespace

uint8_t RdbTypeOf(const Entry& entry, int version) {
  const bool packed = entry.encoding() == Encoding::kListpack;
  switch (entry.type()) {
    case ValueType::kString:
      break;
    case ValueType::kList:
      return kRdbListQuicklist2;
    case ValueType::kSet:
      return TypeOfSet(ObjectOf<data::Set>(entry), version);
    case ValueType::kZset:
      return packed ? kRdbZsetListpack : kRdbZset;
    case ValueType::kHash:
      return packed ? kRdbHashListpack : kRdbHash;
    case ValueType::kStream:
      return version >= kRdbVersion72 ? kRdbStream3 : kRdbStream2;
    case ValueType::kModule:
      KW_CHECK(false);
  }
  return kRdbString;
}

void WriteValue(RdbWriter& writer, const Entry& entry, int version) {
  switch (entry.type()) {
    case ValueType::kString:
      if (entry.is_integer()) return writer.IntegerString(entry.integer());
      return writer.String(entry.text());
    case ValueType::kList:
      return WriteList(writer, ObjectOf<data::List>(entry));
    case ValueType::kSet: {
      const auto& set = ObjectOf<data::Set>(entry);
      return WriteSet(writer, set, SetIsPacked(set, version));
    }
    case ValueType::kZset:
      return WriteZset(writer, ObjectOf<data::Zset>(entry));
    case ValueType::kHash:
      return WriteHash(writer, ObjectOf<data::Hash>(entry));
    case ValueType::kStream:
      return WriteStream(writer, ObjectOf<data::Stream>(entry), version);
    case ValueType::kModule:
      KW_CHECK(false);
  }
}

}  // namespace keyway::persist
