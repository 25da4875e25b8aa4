// LCS: the longest common subsequence of two string values, as text, as a length, or as the ranges that match.
//
// The usual table: cell (i, j) holds the length for the first i bytes of one string and the first j of the other. It is
// filled row by row and then walked back from the end. Its size is bounded by proto-max-bulk-len.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "server/command/args.h"
#include "server/commands/families.h"
#include "server/commands/support.h"
#include "server/config/config.h"

namespace keyway::commands {
namespace {

using command::Context;
using command::IsWord;
using keyspace::Entry;
namespace errors = command::errors;

struct LcsOptions {
  bool length_only = false, ranges = false, with_length = false;
  int64_t min_length = 0;
};

std::optional<LcsOptions> ParseOptions(Context& ctx) {
  LcsOptions options;
  for (size_t i = 3; i < ctx.argc(); ++i) {
    if (IsWord(ctx.arg(i), "IDX")) {
      options.ranges = true;
    } else if (IsWord(ctx.arg(i), "LEN")) {
      options.length_only = true;
    } else if (IsWord(ctx.arg(i), "WITHMATCHLEN")) {
      options.with_length = true;
    } else if (IsWord(ctx.arg(i), "MINMATCHLEN") && i + 1 < ctx.argc()) {
      const auto length = command::IntegerArg(ctx, ++i);
      if (!length) return std::nullopt;
      options.min_length = std::max<int64_t>(*length, 0);
    } else {
      ctx.reply().Error(errors::kSyntax);
      return std::nullopt;
    }
  }
  if (options.length_only && options.ranges) {
    ctx.reply().Error("ERR If you want both the length and indexes, please just use IDX.");
    return std::nullopt;
  }
  return options;
}

class LcsTable {
 public:
  LcsTable(std::string_view a, std::string_view b, std::unique_ptr<uint32_t[]> cells)
      : a_(a), b_(b), cells_(std::move(cells)), width_(b.size() + 1) {
    std::fill_n(cells_.get(), width_, 0);
    for (size_t i = 1; i <= a.size(); ++i) FillRow(i);
  }

  uint32_t At(size_t i, size_t j) const { return cells_[i * width_ + j]; }
  uint32_t Length() const { return At(a_.size(), b_.size()); }
  std::string_view a() const { return a_; }
  std::string_view b() const { return b_; }

 private:
  void FillRow(size_t i) {
    const uint32_t* above = &cells_[(i - 1) * width_];
    uint32_t* row = &cells_[i * width_];
    row[0] = 0;
    for (size_t j = 1; j < width_; ++j) {
      row[j] = a_[i - 1] == b_[j - 1] ? above[j - 1] + 1 : std::max(above[j], row[j - 1]);
    }
  }

  std::string_view a_, b_;
  std::unique_ptr<uint32_t[]> cells_;
  size_t width_;
};

// A run of bytes that both strings have in common: `length` bytes from these positions on.
struct Match {
  size_t a, b, length;
};

// The runs of one longest subsequence, the last one first. Ties are resolved as Redis resolves them, so that the answer
// is the same one of several right ones: towards shorter b. A run also ends where it reaches the begin of a string.
std::vector<Match> FindMatches(const LcsTable& table) {
  std::vector<Match> matches;
  Match run{};
  const auto finish = [&] {
    if (run.length > 0) matches.push_back(run);
    run = {};
  };
  size_t i = table.a().size(), j = table.b().size();
  while (i > 0 && j > 0) {
    if (table.a()[i - 1] == table.b()[j - 1]) {
      --i, --j;
      run = {i, j, run.length + 1};
    } else {
      finish();
      table.At(i - 1, j) > table.At(i, j - 1) ? --i : --j;
    }
  }
  finish();
  return matches;
}

std::string Text(const LcsTable& table, const std::vector<Match>& matches) {
  std::string text;
  text.reserve(table.Length());
  for (auto match = matches.rbegin(); match != matches.rend(); ++match)
    text += table.a().substr(match->a, match->length);
  return text;
}

void ReplyRanges(Context& ctx, const LcsTable& table, const std::vector<Match>& all, const LcsOptions& options) {
  std::vector<Match> matches;
  std::copy_if(all.begin(), all.end(), std::back_inserter(matches),
               [&](const Match& match) { return match.length >= static_cast<uint64_t>(options.min_length); });
  resp::ReplyWriter& reply = ctx.reply();
  const auto range = [&](size_t first, size_t length) {
    reply.Array(2);
    reply.Integer(static_cast<int64_t>(first));
    reply.Integer(static_cast<int64_t>(first + length - 1));
  };
  reply.Map(2);
  reply.Bulk("matches");
  reply.Array(static_cast<int64_t>(matches.size()));
  for (const Match& match : matches) {
    reply.Array(options.with_length ? 3 : 2);
    range(match.a, match.length);
    range(match.b, match.length);
    if (options.with_length) reply.Integer(static_cast<int64_t>(match.length));
  }
  reply.Bulk("len");
  reply.Integer(table.Length());
}

// Memory for the table, or null with the error written.
std::unique_ptr<uint32_t[]> AllocateCells(Context& ctx, size_t a, size_t b) {
  if (a >= UINT32_MAX - 1 || b >= UINT32_MAX - 1) {
    ctx.reply().Error("ERR String too long for LCS");
    return nullptr;
  }
  uint64_t bytes;
  const bool overflow = __builtin_mul_overflow((a + 1) * (b + 1), sizeof(uint32_t), &bytes);
  if (!overflow && bytes > static_cast<uint64_t>(SettingsOf(ctx).proto_max_bulk_len)) {
    ctx.reply().Error("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
    return nullptr;
  }
  std::unique_ptr<uint32_t[]> cells;
  if (!overflow) cells.reset(new (std::nothrow) uint32_t[bytes / sizeof(uint32_t)]);
  if (!cells) ctx.reply().Error("ERR Insufficient memory, failed allocating transient memory for LCS");
  return cells;
}

void Compare(Context& ctx, std::string_view a, std::string_view b) {
  const auto options = ParseOptions(ctx);
  if (!options) return;
  auto cells = AllocateCells(ctx, a.size(), b.size());
  if (!cells) return;
  const LcsTable table(a, b, std::move(cells));
  if (options->length_only) return ctx.reply().Integer(table.Length());
  const std::vector<Match> matches = FindMatches(table);
  if (options->ranges) return ReplyRanges(ctx, table, matches, *options);
  ctx.reply().Bulk(Text(table, matches));
}

void Lcs(Context& ctx) {
  // Finding the second key may delete it (it expired), never change the first one, so both pointers stay good.
  const Entry* a = ctx.db().FindForRead(ctx.Key(1));
  const Entry* b = ctx.db().FindForRead(ctx.Key(2));
  if ((a != nullptr && !a->is_string()) || (b != nullptr && !b->is_string())) {
    return ctx.reply().Error("ERR The specified keys must contain string values");
  }
  if (a == nullptr && b == nullptr) return Compare(ctx, {}, {});
  if (a == nullptr) return Compare(ctx, {}, b->String().view());
  if (b == nullptr) return Compare(ctx, a->String().view(), {});
  Compare(ctx, a->String().view(), b->String().view());
}

constexpr command::HandlerBinding kHandlers[] = {{"lcs", Lcs}};

}  // namespace

std::span<const command::HandlerBinding> LcsHandlers() { return kHandlers; }

}  // namespace keyway::commands
