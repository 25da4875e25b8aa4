#include "server/commands/collection_scan.h"

#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>

#include "server/base/number.h"
#include "server/command/args.h"
#include "server/command/errors.h"

namespace keyway::commands {

using command::Context;
using command::IsWord;
namespace errors = command::errors;

// A cursor is read as strtoul reads numbers, signs included: clients hand back what they got, in whatever form.
std::optional<uint64_t> ScanCursorArg(Context& ctx, size_t i) {
  const std::string text(ctx.arg(i));
  errno = 0;
  char* end = nullptr;
  const uint64_t cursor = std::strtoull(text.c_str(), &end, 10);
  const bool blank = !text.empty() && std::isspace(static_cast<unsigned char>(text[0]));
  if (!blank && end == text.c_str() + text.size() && errno != ERANGE) return cursor;
  ctx.reply().Error(errors::kInvalidCursor);
  return std::nullopt;
}

std::optional<ScanOptions> ScanOptionsArg(Context& ctx, size_t first, bool with_type) {
  ScanOptions options;
  for (size_t i = first; i < ctx.argc(); i += 2) {
    const bool has_value = i + 1 < ctx.argc();
    if (IsWord(ctx.arg(i), "COUNT") && has_value) {
      const auto count = command::IntegerArg(ctx, i + 1);
      if (!count) return std::nullopt;
      if (*count >= 1) {
        options.count = static_cast<uint64_t>(*count);
        continue;
      }
    } else if (IsWord(ctx.arg(i), "MATCH") && has_value) {
      options.pattern.reset();
      if (ctx.arg(i + 1) != "*") options.pattern = ctx.arg(i + 1);
      continue;
    } else if (with_type && IsWord(ctx.arg(i), "TYPE") && has_value) {
      options.type = ctx.arg(i + 1);
      continue;
    }
    ctx.reply().Error(errors::kSyntax);
    return std::nullopt;
  }
  return options;
}

void ReplyEmptyScan(Context& ctx) { ctx.reply().Raw("*2\r\n$1\r\n0\r\n*0\r\n"); }

ScanReply::ScanReply(Context& ctx) : reply_(ctx.reply()), outer_(reply_.out()) { reply_.set_out(inner_); }

ScanReply::~ScanReply() {
  if (!ended_) End(0);
}

void ScanReply::End(uint64_t cursor) {
  ended_ = true;
  reply_.set_out(outer_);
  char text[kMaxIntegerLength];
  reply_.Array(2);
  reply_.Bulk({text, FormatUint64(cursor, text)});
  reply_.Array(count_);
  if (!reply_.muted()) outer_.Splice(std::move(inner_));
}

}  // namespace keyway::commands
