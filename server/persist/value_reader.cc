#include "server/persist/value_reader.h"

#include <fmt/core.h>

#include <cmath>
#include <cstdlib>

#include "server/data/hash.h"
#include "server/data/list.h"
#include "server/data/set.h"
#include "server/data/stream.h"
#include "server/data/string.h"
#include "server/data/zset.h"
#include "server/ds/intset.h"
#include "server/ds/listpack.h"
#include "server/persist/list_codec.h"
#include "server/persist/rdb_format.h"
#include "server/persist/ziplist.h"
#include "server/persist/zipmap.h"

namespace keyway::persist {
namespace {

using data::EncodingLimits;
using data::Hash;
using data::Object;
using data::Set;
using data::Zset;

// An object, or null: then the reader tells whether the input was corrupt or the collection empty.
using ObjectPtr = std::unique_ptr<Object>;

// What a stated number of elements is measured by: about what each takes in a table, so that one which is sized by a lie is no
// bigger than the input. Tables grow beyond that as elements arrive.
constexpr uint64_t kSetMemberBytes = 16, kHashPairBytes = 16, kZsetMemberBytes = 16;

std::span<const uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

ObjectPtr Refuse(RdbReader& reader, std::string reason) {
  reader.Corrupt(std::move(reason));
  return nullptr;
}

// A listpack that is right and holds nothing.
bool IsEmptyListpack(std::string_view bytes) {
  return bytes.size() == ds::kEmptyListpackBytes && ds::ValidateListpack(AsBytes(bytes), true);
}

std::string TextOf(const ZiplistElement& element) {
  return element.is_integer ? std::string(IntegerText(element.integer).view()) : std::string(element.text);
}

std::optional<data::Value> ReadText(RdbReader& reader, std::string& storage) {
  BlobRef blob;
  const std::string_view text = reader.StringOrBlob(storage, &blob, data::kMaxInlineStringBytes);
  if (!reader.ok()) return std::nullopt;
  if (blob) return data::Value::FromBlob(std::move(blob));
  return data::Value::String(text);
}

// ---- sets ----

ObjectPtr ReadPlainSet(RdbReader& reader, const EncodingLimits& limits, std::string& storage) {
  const uint64_t count = reader.Length();
  if (count == 0) return nullptr;
  auto set = Set::ForSize(reader.Fits(count, kSetMemberBytes), limits.set);
  for (uint64_t left = count; left > 0; --left) {
    const std::string_view member = reader.String(storage);
    if (!reader.ok()) return nullptr;
    if (!set->Add(member, limits.set)) return Refuse(reader, "Duplicate set members detected");
  }
  return set;
}

ObjectPtr ReadIntset(RdbReader& reader, const EncodingLimits& limits, std::string& storage) {
  const std::string_view bytes = reader.String(storage);
  if (!reader.ok()) return nullptr;
  if (!ds::ValidateIntset(AsBytes(bytes), true)) return Refuse(reader, "Intset integrity check failed.");
  return Set::FromIntset(AsBytes(bytes), limits.set);
}

// What is wrong with a listpack of different elements that was refused: `name` is the kind of value.
std::string ListpackTrouble(std::string_view name, std::string_view bytes) {
  const bool duplicates = ds::ValidateListpack(AsBytes(bytes), true);
  return fmt::format("{} listpack {}", name, duplicates ? "with dup elements" : "integrity check failed.");
}

ObjectPtr ReadPackedSet(RdbReader& reader, const EncodingLimits& limits, std::string& storage) {
  const std::string_view bytes = reader.String(storage);
  if (!reader.ok() || IsEmptyListpack(bytes)) return nullptr;
  if (!Set::ValidateListpack(AsBytes(bytes))) return Refuse(reader, ListpackTrouble("Set", bytes));
  return Set::FromListpack(AsBytes(bytes), limits.set);
}

// ---- hashes ----

ObjectPtr ReadPlainHash(RdbReader& reader, const EncodingLimits& limits, std::string& storage) {
  const uint64_t count = reader.Length();
  if (count == 0) return nullptr;
  auto hash = Hash::ForSize(reader.Fits(count, kHashPairBytes), limits.hash);
  std::string field;
  for (uint64_t left = count; left > 0; --left) {
    reader.StringInto(&field);
    const std::string_view value = reader.String(storage);
    if (!reader.ok()) return nullptr;
    if (!hash->Set(field, value, limits.hash)) return Refuse(reader, "Duplicate hash fields detected");
  }
  return hash;
}

ObjectPtr ReadZipmapHash(RdbReader& reader, const EncodingLimits& limits, std::string& storage) {
  const std::string_view bytes = reader.String(storage);
  if (!reader.ok()) return nullptr;
  auto hash = std::make_unique<Hash>();
  bool duplicate = false;
  const bool valid = ReadZipmap(bytes, [&](std::string_view field, std::string_view value) {
    duplicate = !hash->Set(field, value, limits.hash);
    return !duplicate;
  });
  if (duplicate) return Refuse(reader, "Hash zipmap with dup elements, or big length");
  if (!valid) return Refuse(reader, "Zipmap integrity check failed.");
  return hash;
}

ObjectPtr ReadZiplistHash(RdbReader& reader, const EncodingLimits& limits, std::string& storage) {
  const std::string_view bytes = reader.String(storage);
  if (!reader.ok()) return nullptr;
  auto hash = std::make_unique<Hash>();
  std::optional<std::string> field;
  const bool valid = ReadZiplist(bytes, [&](const ZiplistElement& element) {
    if (!field) {
      field = TextOf(element);
      return true;
    }
    const bool added = hash->Set(*field, TextOf(element), limits.hash);
    field.reset();
    return added;
  });
  if (!valid || field) return Refuse(reader, "Hash ziplist integrity check failed.");
  return hash->size() > 0 ? std::move(hash) : nullptr;
}

ObjectPtr ReadPackedHash(RdbReader& reader, const EncodingLimits& limits, std::string& storage) {
  const std::string_view bytes = reader.String(storage);
  if (!reader.ok() || IsEmptyListpack(bytes)) return nullptr;
  if (!Hash::ValidateListpack(AsBytes(bytes))) return Refuse(reader, ListpackTrouble("Hash", bytes));
  return Hash::FromListpack(AsBytes(bytes), limits.hash);
}

// ---- sorted sets ----

ObjectPtr ReadPlainZset(RdbReader& reader, bool text_scores, const EncodingLimits& limits) {
  const uint64_t count = reader.Length();
  if (count == 0) return nullptr;
  auto zset = Zset::Create(reader.Fits(count, kZsetMemberBytes), 0, limits.zset);
  std::string member;
  for (uint64_t left = count; left > 0; --left) {
    reader.StringInto(&member);
    const double score = text_scores ? reader.TextDouble() : reader.Double();
    if (!reader.ok()) return nullptr;
    if (std::isnan(score)) return Refuse(reader, "Zset with NAN score detected");
    if (zset->Add(score, member, limits.zset).outcome != Zset::AddOutcome::kAdded) {
      return Refuse(reader, "Duplicate zset fields detected");
    }
  }
  return zset;
}

std::optional<double> ScoreOf(const ZiplistElement& element) {
  if (element.is_integer) return static_cast<double>(element.integer);
  const std::string text(element.text);
  char* end = nullptr;
  const double score = std::strtod(text.c_str(), &end);
  if (text.empty() || end != text.c_str() + text.size() || std::isnan(score)) return std::nullopt;
  return score;
}

ObjectPtr ReadZiplistZset(RdbReader& reader, const EncodingLimits& limits, std::string& storage) {
  const std::string_view bytes = reader.String(storage);
  if (!reader.ok()) return nullptr;
  auto zset = std::make_unique<Zset>();
  std::optional<std::string> member;
  const bool valid = ReadZiplist(bytes, [&](const ZiplistElement& element) {
    if (!member) {
      member = TextOf(element);
      return true;
    }
    const auto score = ScoreOf(element);
    const bool added = score && zset->Add(*score, *member, limits.zset).outcome == Zset::AddOutcome::kAdded;
    member.reset();
    return added;
  });
  if (!valid || member) return Refuse(reader, "Zset ziplist integrity check failed.");
  return zset->size() > 0 ? std::move(zset) : nullptr;
}

ObjectPtr ReadPackedZset(RdbReader& reader, const EncodingLimits& limits, std::string& storage) {
  const std::string_view bytes = reader.String(storage);
  if (!reader.ok() || IsEmptyListpack(bytes)) return nullptr;
  auto zset = Zset::FromPacked(AsBytes(bytes));
  if (zset == nullptr) return Refuse(reader, "Zset listpack integrity check failed.");
  if (zset->size() > limits.zset.listpack_entries) zset->MakeSkiplist(zset->size());
  return zset;
}

// ---- others ----

ObjectPtr RefuseModule(RdbReader& reader) {
  const uint64_t id = reader.Length();
  if (!reader.ok()) return nullptr;
  return Refuse(reader, fmt::format("The RDB file contains module data I can't load: no matching module type '{}'",
                                    ModuleTypeName(id)));
}

ObjectPtr ReadObject(RdbReader& reader, uint8_t type, const EncodingLimits& limits, std::string& storage) {
  switch (type) {
    case kRdbList:
      return ReadPlainList(reader, limits.list, storage);
    case kRdbListZiplist:
      return ReadZiplistList(reader, limits.list, storage);
    case kRdbListQuicklist:
    case kRdbListQuicklist2:
      return ReadQuicklist(reader, type == kRdbListQuicklist2, limits.list, storage);
    case kRdbSet:
      return ReadPlainSet(reader, limits, storage);
    case kRdbSetIntset:
      return ReadIntset(reader, limits, storage);
    case kRdbSetListpack:
      return ReadPackedSet(reader, limits, storage);
    case kRdbZsetText:
    case kRdbZset:
      return ReadPlainZset(reader, type == kRdbZsetText, limits);
    case kRdbZsetZiplist:
      return ReadZiplistZset(reader, limits, storage);
    case kRdbZsetListpack:
      return ReadPackedZset(reader, limits, storage);
    case kRdbHash:
      return ReadPlainHash(reader, limits, storage);
    case kRdbHashZipmap:
      return ReadZipmapHash(reader, limits, storage);
    case kRdbHashZiplist:
      return ReadZiplistHash(reader, limits, storage);
    case kRdbHashListpack:
      return ReadPackedHash(reader, limits, storage);
    case kRdbStream:
    case kRdbStream2:
    case kRdbStream3:
      return ReadStream(reader, type, storage);
    case kRdbModuleOld:
      return Refuse(reader, "Pre-release module format not supported");
    case kRdbModule:
      return RefuseModule(reader);
    default:
      return Refuse(reader, fmt::format("Unknown RDB encoding type {}", type));
  }
}

}  // namespace

std::optional<data::Value> ReadValue(RdbReader& reader, uint8_t type, const EncodingLimits& limits,
                                     std::string& storage) {
  if (!reader.ok()) return std::nullopt;
  if (type == kRdbString) return ReadText(reader, storage);
  ObjectPtr object = ReadObject(reader, type, limits, storage);
  if (object == nullptr || !reader.ok()) return std::nullopt;
  return data::Value::FromObject(std::move(object));
}

std::string ModuleTypeName(uint64_t id) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  constexpr size_t kNameLength = 9;
  std::string name(kNameLength, '?');
  id >>= 10;  // the version of the encoding
  for (size_t i = kNameLength; i > 0; --i, id >>= 6) name[i - 1] = kLetters[id & 63];
  return name;
}

}  // namespace keyway::persist
