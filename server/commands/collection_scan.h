// What SCAN, SSCAN, HSCAN and ZSCAN have in common: the cursor, MATCH, COUNT, their errors, and the reply.
//
//   void SScan(Context& ctx) {
//     const auto cursor = ScanCursorArg(ctx, 2);
//     if (!cursor) return;
//     const data::Set* set = …;                                  // absent: ReplyEmptyScan(ctx); WRONGTYPE comes before bad options
//     const auto options = ScanOptionsArg(ctx, 3);
//     if (!options) return;
//     ScanReply list(ctx);
//     const uint64_t next = ScanInSteps(*cursor, *options, [&](uint64_t at, uint64_t* met) {
//       return set->Scan(at, [&](const Member& member) {
//         ++*met;
//         if (options->Matches(text)) list.Add(text);
//       });
//     });
//     list.End(next);
//   }
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "server/base/glob.h"
#include "server/base/output_buffer.h"
#include "server/command/context.h"

namespace keyway::commands {

struct ScanOptions {
  uint64_t count = 10;                      // elements to meet in one call; a hint, at least 1
  std::optional<std::string_view> pattern;  // none if it is "*", which matches everything
  std::optional<std::string_view> type;     // SCAN alone

  bool Matches(std::string_view name) const { return !pattern || GlobMatches(*pattern, name); }
};

// The cursor in argument i, or nothing: then it answered with an error.
std::optional<uint64_t> ScanCursorArg(command::Context& ctx, size_t i);
// The options from argument `first` on; TYPE is one of them `with_type`. Nothing: it answered with an error.
std::optional<ScanOptions> ScanOptionsArg(command::Context& ctx, size_t first, bool with_type = false);
// The reply for a key that is absent.
void ReplyEmptyScan(command::Context& ctx);

// Calls step(cursor, &met), which visits a few elements, adds the number that it met to `met` and returns the next cursor, until
// enough were met. Returns the cursor for the client, 0 at the end. In a sparse table, so many empty steps an element that was asked
// for are made before the client is asked to come again.
template <class Step>
uint64_t ScanInSteps(uint64_t cursor, const ScanOptions& options, Step&& step) {
  constexpr uint64_t kStepsPerElement = 10;
  constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
  uint64_t steps = options.count > kMax / kStepsPerElement ? kMax : options.count * kStepsPerElement;
  uint64_t met = 0;
  do {
    cursor = step(cursor, &met);
  } while (cursor != 0 && steps-- > 0 && met < options.count);
  return cursor;
}

// The reply: elements are written while they are found, the cursor that stands before them at the end. While it exists,
// everything that is written into ctx.reply() becomes part of the list.
class ScanReply {
 public:
  explicit ScanReply(command::Context& ctx);
  ~ScanReply();
  ScanReply(const ScanReply&) = delete;
  ScanReply& operator=(const ScanReply&) = delete;

  void Add(std::string_view bytes) {
    reply_.Bulk(bytes);
    ++count_;
  }
  // Counts elements that were written into ctx.reply() by other means.
  void Count(int64_t elements = 1) { count_ += elements; }
  void End(uint64_t cursor);

 private:
  resp::ReplyWriter& reply_;
  OutputBuffer& outer_;
  OutputBuffer inner_;
  int64_t count_ = 0;
  bool ended_ = false;
};

}  // namespace keyway::commands
