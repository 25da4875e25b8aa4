// What a handler says when its client is to wait for a key: BLPOP and its like, XREAD BLOCK.
//
//   if (ctx.may_block()) return ctx.Block({.keys = …, .type = ValueType::kList, .deadline_ms = *deadline});
//   ctx.reply().NullArray();
//
// The request is then run again whenever one of the keys may serve it, until it does not block any more; clients that
// wait for the same key get their turn in the order in which they began to wait. At the deadline the client gets the
// time-out reply. A handler need not remember anything: a run after a wait is a run like the first.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/data/value_type.h"

namespace keyway::command {

enum class TimeoutReply : uint8_t { kNullArray, kNull };

struct BlockRequest {
  // Copied before the handler's arguments go. Keys may repeat.
  std::vector<std::string_view> keys;
  // The request is run again when a key holds a value of this type.
  data::ValueType type;
  // Unix time in milliseconds; 0: for ever. A second run keeps the deadline of the first.
  int64_t deadline_ms = 0;
  TimeoutReply on_timeout = TimeoutReply::kNullArray;
  // Run it also when a key is deleted or holds a value of another type: XREADGROUP answers with an error then.
  bool on_removal = false;
  // The words of the next runs, when they differ from the first: XREAD writes out what "$" meant. Empty: as they came.
  std::vector<std::string> words;
};

}  // namespace keyway::command
