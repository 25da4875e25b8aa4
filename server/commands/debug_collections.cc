#include "server/commands/debug_collections.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "server/base/memory_size.h"
#include "server/base/split_args.h"
#include "server/command/errors.h"
#include "server/data/hash.h"
#include "server/data/list.h"
#include "server/data/set.h"
#include "server/data/zset.h"

namespace keyway::commands {

using command::Context;
using data::Encoding;
using data::ValueType;
using ds::ListpackView;
using keyspace::Entry;

namespace {

constexpr size_t kShownBytes = 40;  // of an element

const Entry* FindValue(Context& ctx) {
  const Entry* entry = ctx.db().FindForRead(ctx.Key(2), keyspace::kNoTouch | keyspace::kNoNotify);
  if (entry == nullptr) ctx.reply().Error(command::errors::kNoSuchKey);
  return entry;
}

// The listpack of a value with that encoding.
ListpackView PackOf(const Entry* entry) {
  const data::Object* object = entry->object();
  switch (entry->type()) {
    case ValueType::kHash:
      return ListpackView(static_cast<const data::Hash*>(object)->packed().data());
    case ValueType::kSet:
      return ListpackView(static_cast<const data::Set*>(object)->packed().data());
    case ValueType::kZset:
      return static_cast<const data::Zset*>(object)->packed();
    default:
      return static_cast<const data::List*>(object)->pack();
  }
}

void PrintElements(ListpackView pack) {
  size_t index = 0;
  for (uint32_t at = pack.First(); at != 0; at = pack.Next(at), ++index) {
    const ds::ListpackValue value = pack.Get(at);
    const std::string text = value.ToString();
    fmt::print("  {:4} at {:6}, {:4} bytes, {} of {}: {}{}\n", index, at, pack.EntryBytes(at),
               value.is_integer ? "integer" : "string", text.size(), QuoteArg(text.substr(0, kShownBytes)),
               text.size() > kShownBytes ? "…" : "");
  }
}

}  // namespace

void DebugListpack(Context& ctx) {
  const Entry* entry = FindValue(ctx);
  if (entry == nullptr) return;
  if (entry->encoding() != Encoding::kListpack) return ctx.reply().Error("ERR Not a listpack encoded object.");
  const ListpackView pack = PackOf(entry);
  fmt::print("listpack of {} bytes, {} elements\n", pack.bytes(), pack.size());
  PrintElements(pack);
  std::fflush(stdout);
  ctx.reply().Simple("Listpack structure printed on stdout");
}

void DebugQuicklist(Context& ctx) {
  const Entry* entry = FindValue(ctx);
  if (entry == nullptr) return;
  if (entry->encoding() != Encoding::kQuicklist) return ctx.reply().Error("ERR Not a quicklist encoded object.");
  const bool elements = ctx.argc() > 3 && std::atoi(std::string(ctx.arg(3)).c_str()) != 0;
  const ds::Quicklist& list = static_cast<const data::List*>(entry->object())->nodes();
  fmt::print("quicklist of {} nodes, {} elements, fill {}, depth {}\n", list.node_count(), list.size(), list.fill(),
             list.depth());
  size_t index = 0, first = 0;
  list.ForEachNode([&](const ds::QuicklistNodeView& node) {
    fmt::print(" node {}: {}{}, {} elements in {} bytes, {} stored\n", index++, node.plain ? "plain" : "packed",
               node.compressed ? ", compressed" : "", node.count, node.bytes, node.stored.size());
    if (elements) {
      list.ForRange(first, node.count, false, [](const ds::ListpackValue& value) {
        const std::string text = value.ToString();
        fmt::print("  {}{}\n", QuoteArg(text.substr(0, kShownBytes)), text.size() > kShownBytes ? "…" : "");
      });
    }
    first += node.count;
  });
  std::fflush(stdout);
  ctx.reply().Simple("Quicklist structure printed on stdout");
}

void DebugQuicklistPackedThreshold(Context& ctx) {
  const auto bytes = ParseMemorySize(ctx.arg(2));
  if (bytes && ds::SetQuicklistPackedThreshold(*bytes)) return ctx.reply().Ok();
  ctx.reply().Error("ERR argument must be a memory value bigger than 1 and smaller than 4gb");
}

std::string QuicklistFields(const Entry* entry) {
  if (entry->is_string() || entry->encoding() != Encoding::kQuicklist) return {};
  const ds::Quicklist& list = static_cast<const data::List*>(entry->object())->nodes();
  return fmt::format(" ql_nodes:{} ql_avg_node:{:.2f} ql_listpack_max:{} ql_compressed:{} ql_uncompressed_size:{}",
                     list.node_count(), static_cast<double>(list.size()) / static_cast<double>(list.node_count()),
                     list.fill(), list.depth() != 0 ? 1 : 0, list.uncompressed_bytes());
}

}  // namespace keyway::commands
