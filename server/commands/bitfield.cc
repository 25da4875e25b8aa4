// BITFIELD and BITFIELD_RO: several integers of any width, read and changed in one string.
//
// The whole request is read before anything happens, so that a mistake at its end changes nothing. Each operation then
// sees what those before it did.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "server/base/number.h"
#include "server/command/args.h"
#include "server/commands/bit_offset.h"
#include "server/commands/families.h"
#include "server/data/bits.h"

namespace keyway::commands {
namespace {

using command::Context;
using command::IsWord;
using data::FieldOverflow;
using data::FieldType;
using keyspace::EventClass;
namespace errors = command::errors;

enum class Operation : uint8_t { kGet, kSet, kIncrBy };

struct FieldOperation {
  Operation operation;
  FieldOverflow overflow;
  FieldType type;
  uint64_t offset;
  int64_t argument;  // the value of SET, the increment of INCRBY
};

struct Request {
  std::vector<FieldOperation> operations;
  bool writes = false;
  uint64_t last_written_bit = 0;
};

// "i8", "u63", or an error reply.
std::optional<FieldType> TypeArg(Context& ctx, size_t i) {
  const std::string_view word = ctx.arg(i);
  const bool is_signed = word.starts_with('i');
  if (is_signed || word.starts_with('u')) {
    const auto bits = ParseInt64(word.substr(1));
    if (bits && *bits >= 1 && *bits <= (is_signed ? 64 : 63)) return FieldType{is_signed, static_cast<uint8_t>(*bits)};
  }
  ctx.reply().Error("ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.");
  return std::nullopt;
}

std::optional<FieldOverflow> OverflowArg(Context& ctx, size_t i) {
  if (IsWord(ctx.arg(i), "WRAP")) return FieldOverflow::kWrap;
  if (IsWord(ctx.arg(i), "SAT")) return FieldOverflow::kSaturate;
  if (IsWord(ctx.arg(i), "FAIL")) return FieldOverflow::kFail;
  ctx.reply().Error("ERR Invalid OVERFLOW type specified");
  return std::nullopt;
}

// The operation that argument i names, if enough arguments follow; else a syntax error.
std::optional<Operation> OperationArg(Context& ctx, size_t i) {
  const size_t behind = ctx.argc() - i - 1;
  if (IsWord(ctx.arg(i), "GET") && behind >= 2) return Operation::kGet;
  if (IsWord(ctx.arg(i), "SET") && behind >= 3) return Operation::kSet;
  if (IsWord(ctx.arg(i), "INCRBY") && behind >= 3) return Operation::kIncrBy;
  ctx.reply().Error(errors::kSyntax);
  return std::nullopt;
}

std::optional<Request> Parse(Context& ctx) {
  Request request;
  FieldOverflow overflow = FieldOverflow::kWrap;
  for (size_t i = 2; i < ctx.argc();) {
    if (IsWord(ctx.arg(i), "OVERFLOW") && i + 1 < ctx.argc()) {
      const auto mode = OverflowArg(ctx, i + 1);
      if (!mode) return std::nullopt;
      overflow = *mode;
      i += 2;
      continue;
    }
    const auto operation = OperationArg(ctx, i);
    if (!operation) return std::nullopt;
    const auto type = TypeArg(ctx, i + 1);
    if (!type) return std::nullopt;
    const auto offset = BitOffsetArg(ctx, i + 2, type->bits);
    if (!offset) return std::nullopt;
    int64_t argument = 0;
    if (*operation != Operation::kGet) {
      const auto value = command::IntegerArg(ctx, i + 3);
      if (!value) return std::nullopt;
      argument = *value;
      request.writes = true;
      request.last_written_bit = std::max(request.last_written_bit, *offset + type->bits - 1);
    }
    request.operations.push_back({*operation, overflow, *type, *offset, argument});
    i += *operation == Operation::kGet ? 3 : 4;
  }
  return request;
}

enum class Outcome : uint8_t { kRefused, kSame, kChanged };

// Runs SET or INCRBY with its reply.
Outcome Write(Context& ctx, std::span<char> bytes, const FieldOperation& op) {
  const int64_t old = data::ReadField({bytes.data(), bytes.size()}, op.offset, op.type);
  const bool adds = op.operation == Operation::kIncrBy;
  const data::FieldSum sum = adds ? data::AddToField(old, op.argument, op.type, op.overflow)
                                  : data::FitField(op.argument, op.type, op.overflow);
  if (sum.overflowed && op.overflow == FieldOverflow::kFail) {
    ctx.reply().Null();
    return Outcome::kRefused;
  }
  ctx.reply().Integer(adds ? sum.value : old);
  data::WriteField(bytes, op.offset, op.type, sum.value);
  return sum.value == old ? Outcome::kSame : Outcome::kChanged;
}

void RunReads(Context& ctx, const Request& request) {
  const keyspace::Entry* entry = ctx.db().FindForRead(ctx.Key(1));
  if (entry != nullptr && !entry->is_string()) return ctx.reply().Error(errors::kWrongType);
  const auto run = [&](std::string_view bytes) {
    ctx.reply().Array(static_cast<int64_t>(request.operations.size()));
    for (const FieldOperation& op : request.operations) {
      ctx.reply().Integer(data::ReadField(bytes, op.offset, op.type));
    }
  };
  if (entry == nullptr) return run({});
  run(entry->String());
}

void RunWrites(Context& ctx, const Request& request) {
  const auto string = BitStringForWrite(ctx, request.last_written_bit);
  if (!string) return;
  const std::span<char> bytes = string->bytes;
  ctx.reply().Array(static_cast<int64_t>(request.operations.size()));
  int64_t changes = 0;
  for (const FieldOperation& op : request.operations) {
    if (op.operation == Operation::kGet) {
      ctx.reply().Integer(data::ReadField({bytes.data(), bytes.size()}, op.offset, op.type));
      continue;
    }
    const Outcome outcome = Write(ctx, bytes, op);
    // In a string that was made longer every write counts, also that of the zeros which lie there.
    changes += outcome == Outcome::kChanged || (outcome == Outcome::kSame && string->grown);
  }
  if (changes > 0) {
    ctx.db().Changed(ctx.Key(1), EventClass::kString, "setbit", changes);
  } else if (string->grown) {
    // All writes were refused. The longer string stays, as in Redis, without an event; replicas and the append-only file get it.
    ctx.db().SignalModified(ctx.Key(1).view);
    ctx.db().AddDirty();
  }
}

void BitField(Context& ctx) {
  const auto request = Parse(ctx);
  if (!request) return;
  request->writes ? RunWrites(ctx, *request) : RunReads(ctx, *request);
}

void BitFieldRo(Context& ctx) {
  const auto request = Parse(ctx);
  if (!request) return;
  if (request->writes) return ctx.reply().Error("ERR BITFIELD_RO only supports the GET subcommand");
  RunReads(ctx, *request);
}

constexpr command::HandlerBinding kHandlers[] = {{"bitfield", BitField}, {"bitfield_ro", BitFieldRo}};

}  // namespace

std::span<const command::HandlerBinding> BitfieldHandlers() { return kHandlers; }

}  // namespace keyway::commands
