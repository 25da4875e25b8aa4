// Strings as bitmaps: single bits, counts, searches, and operations over several.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "server/base/number.h"
#include "server/command/args.h"
#include "server/commands/bit_offset.h"
#include "server/commands/families.h"
#include "server/commands/support.h"
#include "server/config/config.h"
#include "server/data/bits.h"

namespace keyway::commands {

using command::Context;
using command::IsWord;
using data::BitOperation;
using data::Value;
using keyspace::Entry;
using keyspace::EventClass;
using keyspace::HashedKey;
namespace errors = command::errors;

std::optional<uint64_t> BitOffsetArg(Context& ctx, size_t i, unsigned field_bits) {
  std::string_view word = ctx.arg(i);
  const bool in_fields = field_bits > 0 && word.starts_with('#');
  if (in_fields) word.remove_prefix(1);
  const auto number = ParseInt64(word);
  int64_t offset = number.value_or(-1);
  if (in_fields && number && __builtin_mul_overflow(*number, int64_t{field_bits}, &offset)) offset = -1;
  const bool limited = !MustObey(ctx.client());
  if (offset < 0 || (limited && (offset >> 3) >= SettingsOf(ctx).proto_max_bulk_len)) {
    ctx.reply().Error("ERR bit offset is not an integer or out of range");
    return std::nullopt;
  }
  return static_cast<uint64_t>(offset);
}

std::optional<BitString> BitStringForWrite(Context& ctx, uint64_t last_bit) {
  const HashedKey key = ctx.Key(1);
  Entry* entry = ctx.db().FindForWrite(key);
  if (entry != nullptr && !entry->is_string()) {
    ctx.reply().Error(errors::kWrongType);
    return std::nullopt;
  }
  const size_t needed = (last_bit >> 3) + 1;
  const bool grows = entry == nullptr || entry->StringLength() < needed;
  if (entry == nullptr) entry = ctx.db().Add(key, Value::RawText(""));
  return BitString{ctx.db().MutableBytes(key, &entry, needed), grows};
}

namespace {

void SetBitCommand(Context& ctx) {
  constexpr std::string_view kNoBit = "ERR bit is not an integer or out of range";
  const auto offset = BitOffsetArg(ctx, 2);
  if (!offset) return;
  const auto bit = command::IntegerArgIn(ctx, 3, 0, 1, kNoBit);
  if (!bit) return;
  const auto string = BitStringForWrite(ctx, *offset);
  if (!string) return;
  const bool old = data::SetBit(string->bytes, *offset, *bit == 1);
  if (string->grown || old != (*bit == 1)) ctx.db().Changed(ctx.Key(1), EventClass::kString, "setbit");
  ctx.reply().Integer(old);
}

void GetBitCommand(Context& ctx) {
  const auto offset = BitOffsetArg(ctx, 2);
  if (!offset) return;
  const Entry* entry = ctx.db().FindForRead(ctx.Key(1));
  if (entry == nullptr) return ctx.reply().Integer(0);
  if (!entry->is_string()) return ctx.reply().Error(errors::kWrongType);
  ctx.reply().Integer(data::BitAt(entry->String(), *offset));
}

// A range of bits that lies within the string, first <= last.
struct BitRange {
  uint64_t first, last;
};

// A unit's word at argument i: true for BIT, false for BYTE, nothing after an error reply.
std::optional<bool> UnitArg(Context& ctx, size_t i) {
  if (IsWord(ctx.arg(i), "BIT")) return true;
  if (IsWord(ctx.arg(i), "BYTE")) return false;
  ctx.reply().Error(errors::kSyntax);
  return std::nullopt;
}

// Positions that may count from the end, in bits or bytes, as a range of bits; nothing if no part of it lies in the string.
std::optional<BitRange> ClampRange(int64_t first, int64_t last, bool in_bits, size_t size) {
  const auto length = static_cast<int64_t>(in_bits ? size * 8 : size);
  if (first < 0) first = std::max<int64_t>(length + first, 0);
  if (last < 0) last = std::max<int64_t>(length + last, 0);
  last = std::min(last, length - 1);
  if (first > last) return std::nullopt;
  const auto low = static_cast<uint64_t>(first), high = static_cast<uint64_t>(last);
  return in_bits ? BitRange{low, high} : BitRange{low * 8, high * 8 + 7};
}

void BitCount(Context& ctx) {
  const Entry* entry = ctx.db().FindForRead(ctx.Key(1));
  if (entry == nullptr) return ctx.reply().Integer(0);
  if (!entry->is_string()) return ctx.reply().Error(errors::kWrongType);
  const data::StringBytes bytes = entry->String();
  if (ctx.argc() == 2) return ctx.reply().Integer(static_cast<int64_t>(data::CountBits(bytes)));
  if (ctx.argc() != 4 && ctx.argc() != 5) return ctx.reply().Error(errors::kSyntax);

  const auto first = command::IntegerArg(ctx, 2);
  if (!first) return;
  const auto last = command::IntegerArg(ctx, 3);
  if (!last) return;
  // The wrong way round before the string's start: nothing, and Redis does not look at the unit either.
  if (*first < 0 && *last < 0 && *first > *last) return ctx.reply().Integer(0);
  bool in_bits = false;
  if (ctx.argc() == 5) {
    const auto unit = UnitArg(ctx, 4);
    if (!unit) return;
    in_bits = *unit;
  }
  const auto range = ClampRange(*first, *last, in_bits, bytes.size());
  ctx.reply().Integer(range ? static_cast<int64_t>(data::CountBits(bytes, range->first, range->last)) : 0);
}

void BitPos(Context& ctx) {
  const auto bit = command::IntegerArg(ctx, 2);
  if (!bit) return;
  if (*bit != 0 && *bit != 1) return ctx.reply().Error("ERR The bit argument must be 1 or 0.");
  const Entry* entry = ctx.db().FindForRead(ctx.Key(1));
  // A missing key is zeros without end.
  if (entry == nullptr) return ctx.reply().Integer(*bit == 1 ? -1 : 0);
  if (!entry->is_string()) return ctx.reply().Error(errors::kWrongType);
  const data::StringBytes bytes = entry->String();

  int64_t first = 0, last = -1;
  bool in_bits = false;
  if (ctx.argc() > 6) return ctx.reply().Error(errors::kSyntax);
  if (ctx.argc() > 3) {
    const auto value = command::IntegerArg(ctx, 3);
    if (!value) return;
    first = *value;
  }
  if (ctx.argc() == 6) {
    const auto unit = UnitArg(ctx, 5);
    if (!unit) return;
    in_bits = *unit;
  }
  const bool end_given = ctx.argc() > 4;
  if (end_given) {
    const auto value = command::IntegerArg(ctx, 4);
    if (!value) return;
    last = *value;
  }
  const auto range = ClampRange(first, last, in_bits, bytes.size());
  if (!range) return ctx.reply().Integer(-1);
  int64_t found = data::FindBit(bytes, *bit == 1, range->first, range->last);
  // Without an end, zeros go on behind the string.
  if (found < 0 && *bit == 0 && !end_given) found = static_cast<int64_t>(bytes.size() * 8);
  ctx.reply().Integer(found);
}

std::optional<BitOperation> OperationArg(Context& ctx) {
  const std::string_view name = ctx.arg(1);
  if (IsWord(name, "AND")) return BitOperation::kAnd;
  if (IsWord(name, "OR")) return BitOperation::kOr;
  if (IsWord(name, "XOR")) return BitOperation::kXor;
  if (IsWord(name, "NOT")) return BitOperation::kNot;
  ctx.reply().Error(errors::kSyntax);
  return std::nullopt;
}

void BitOp(Context& ctx) {
  constexpr size_t kDestination = 2, kFirstSource = 3;
  const auto operation = OperationArg(ctx);
  if (!operation) return;
  if (*operation == BitOperation::kNot && ctx.argc() != kFirstSource + 1) {
    return ctx.reply().Error("ERR BITOP NOT must be called with a single source key.");
  }
  // Integers are formatted into a place of their own, which is reserved beforehand so that it does not move.
  std::vector<std::string_view> sources;
  std::vector<IntegerText> integers;
  sources.reserve(ctx.argc() - kFirstSource), integers.reserve(ctx.argc() - kFirstSource);
  size_t size = 0;
  for (size_t i = kFirstSource; i < ctx.argc(); ++i) {
    const Entry* entry = ctx.db().FindForRead(ctx.Key(i));
    if (entry == nullptr) {
      sources.emplace_back();
      continue;
    }
    if (!entry->is_string()) return ctx.reply().Error(errors::kWrongType);
    sources.push_back(entry->is_integer() ? integers.emplace_back(entry->integer()).view() : entry->text());
    size = std::max(size, sources.back().size());
  }

  const HashedKey destination = ctx.Key(kDestination);
  if (size > 0) {
    BlobRef result(Blob::New(size, size));
    data::CombineBits(*operation, sources, {result->data(), size});
    ctx.db().Set(destination, Value::FromBlob(std::move(result)));
    ctx.db().Event(EventClass::kString, "set", destination.view);
    ctx.db().AddDirty();
  } else if (ctx.db().Delete(destination)) {
    ctx.db().Changed(destination, EventClass::kGeneric, "del");
  }
  ctx.reply().Integer(static_cast<int64_t>(size));
}

constexpr command::HandlerBinding kHandlers[] = {
    {"bitcount", BitCount}, {"bitop", BitOp}, {"bitpos", BitPos}, {"getbit", GetBitCommand}, {"setbit", SetBitCommand},
};

}  // namespace

std::span<const command::HandlerBinding> BitmapHandlers() { return kHandlers; }

}  // namespace keyway::commands
