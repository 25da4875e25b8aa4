// Values of every type and encoding, as text that says what is in them; for tests that compare what went out with what
// came back.
#pragma once

#include <fmt/core.h>

#include <memory>
#include <string>
#include <vector>

#include "server/base/clock.h"
#include "server/data/hash.h"
#include "server/data/list.h"
#include "server/data/set.h"
#include "server/data/stream.h"
#include "server/data/zset.h"
#include "server/keyspace/keyspace.h"

namespace keyway::persist {

inline void DescribeStream(const data::Stream& stream, std::vector<std::string>& parts) {
  auto id = [](data::StreamId one) { return data::StreamIdText(one).str(); };
  parts.push_back(fmt::format("length={} last={} first={} deleted={} added={}", stream.length(), id(stream.last_id()),
                              id(stream.first_id()), id(stream.max_deleted_id()), stream.entries_added()));
  data::StreamReader reader(stream);
  while (reader.Next()) {
    parts.push_back(id(reader.id()));
    for (size_t i = 0; i < reader.field_count(); ++i) {
      std::string_view field, value;
      reader.ReadField(&field, &value);
      parts.push_back(std::string(field) + "=" + std::string(value));
    }
  }
  stream.ForEachGroup([&](std::string_view name, const data::ConsumerGroup& group) {
    parts.push_back(fmt::format("group {} at {} read {}", name, id(group.last_id), group.entries_read));
    for (auto at = group.pending().Begin(); at != group.pending().End(); at = group.pending().Next(at)) {
      const auto& pending = group.pending().value(at);
      parts.push_back(fmt::format("pending {} {} {} {}", id(group.pending().key(at)), pending.delivery_time_ms,
                                  pending.delivery_count, pending.consumer->name()));
    }
    for (const auto& [consumer_name, consumer] : group.consumers()) {
      parts.push_back(fmt::format("consumer {} {} {} {}", consumer_name, consumer.seen_time_ms, consumer.active_time_ms,
                                  consumer.pending().size()));
    }
  });
}

// "list quicklist: a b c", with everything that a snapshot keeps.
inline std::string Describe(const keyspace::Entry& entry) {
  std::string out = fmt::format("{} {}:", data::TypeName(entry.type()), data::EncodingName(entry.encoding()));
  const data::Object* object = entry.is_string() ? nullptr : entry.object();
  std::vector<std::string> parts;
  switch (entry.type()) {
    case data::ValueType::kString:
      return out + " " + std::string(entry.String().view());
    case data::ValueType::kList:
      static_cast<const data::List*>(object)->ForEach(
          [&](const ds::ListpackValue& value) { parts.push_back(value.ToString()); });
      break;
    case data::ValueType::kSet:
      static_cast<const data::Set*>(object)->ForEach(
          [&](const data::Set::Member& member) { parts.push_back(member.ToString()); });
      std::sort(parts.begin(), parts.end());
      break;
    case data::ValueType::kHash:
      static_cast<const data::Hash*>(object)->ForEach(
          [&](const data::Hash::Text& field, const data::Hash::Text& value) {
            parts.push_back(field.ToString() + "=" + value.ToString());
          });
      std::sort(parts.begin(), parts.end());
      break;
    case data::ValueType::kZset:
      for (auto at = static_cast<const data::Zset*>(object)->First(); at.valid(); at.Next()) {
        parts.push_back(fmt::format("{}@{}", at.member(), at.score()));
      }
      break;
    case data::ValueType::kStream:
      DescribeStream(*static_cast<const data::Stream*>(object), parts);
      break;
    case data::ValueType::kModule:
      break;
  }
  for (const std::string& part : parts) out += " " + part;
  return out;
}

inline std::unique_ptr<data::Stream> MakeStream(int messages) {
  auto stream = std::make_unique<data::Stream>();
  const data::StreamLimits limits{.node_max_bytes = 4096, .node_max_entries = 10};
  for (int i = 1; i <= messages; ++i) {
    const std::string value = fmt::format("value {}", i);
    const std::string_view same[] = {"field", value}, other[] = {"other", value, "number", "12"};
    stream->Append({static_cast<uint64_t>(i), 7}, i % 4 == 0 ? std::span<const std::string_view>(other) : same, limits);
  }
  if (messages > 5) {
    stream->Delete({3, 7});
    data::ConsumerGroup* group = stream->AddGroup("group", {4, 7}, 4);
    data::Consumer* first = group->AddConsumer("first", 1'700'000'000'123);
    data::Consumer* second = group->AddConsumer("second", 1'700'000'000'456);
    second->active_time_ms = 1'700'000'000'400;
    group->Give({1, 7}, first, 1'700'000'000'001, 1);
    group->Give({4, 7}, second, 1'700'000'000'002, 3);
    stream->AddGroup("nobody", {0, 0}, data::ConsumerGroup::kUnknownReads);
  }
  return stream;
}

// Fills a database with one key of each type and encoding. `lists_small` and `sets_packed` follow redis-compat.
inline void FillWithAllTypes(keyspace::Database& db, const data::EncodingLimits& limits) {
  auto add = [&](std::string_view name, data::Value&& value, int64_t expire_at_ms = keyspace::kNoExpiry) {
    db.Add(keyspace::HashedKey(name), std::move(value), expire_at_ms);
  };
  const std::string big(5000, 'b'), noise = [] {
    std::string text;
    for (uint32_t i = 0; i < 3000; ++i) text.push_back(static_cast<char>(i * 2654435761u >> 24));
    return text;
  }();
  add("string:int", data::Value::Integer(-70'000));
  add("string:long", data::Value::Integer(INT64_MIN));
  add("string:embstr", data::Value::Text("short"), 4'000'000'000'000);
  add("string:empty", data::Value::Text(""));
  add("string:big", data::Value::Text(big));
  add("string:noise", data::Value::Text(noise));
  for (const int count : {3, 2000}) {
    auto list = std::make_unique<data::List>(limits.list);
    auto set = std::make_unique<data::Set>();
    auto integers = std::make_unique<data::Set>();
    auto hash = std::make_unique<data::Hash>();
    auto zset = std::make_unique<data::Zset>();
    for (int i = 0; i < count; ++i) {
      const std::string text = i % 3 == 0 ? fmt::format("{}", i * 1000) : fmt::format("element {}", i);
      list->Push(data::ListEnd::kTail, text, limits.list);
      set->Add(text, limits.set);
      integers->Add(fmt::format("{}", i * 100'000'000LL), limits.set);
      hash->Set(text, fmt::format("value {}", i), limits.hash);
      zset->Add(i == 2 ? HUGE_VAL : i / 8.0 - 5, text, limits.zset);
    }
    add(fmt::format("list:{}", count), data::Value::FromObject(std::move(list)));
    add(fmt::format("set:{}", count), data::Value::FromObject(std::move(set)));
    add(fmt::format("integers:{}", count), data::Value::FromObject(std::move(integers)));
    add(fmt::format("hash:{}", count), data::Value::FromObject(std::move(hash)));
    add(fmt::format("zset:{}", count), data::Value::FromObject(std::move(zset)));
  }
  data::ListLimits compressed = limits.list;
  compressed.compress_depth = 1;
  compressed.node_size = 8;
  auto list = std::make_unique<data::List>(compressed);
  for (int i = 0; i < 100; ++i)
    list->Push(data::ListEnd::kTail, fmt::format("{} {}", i, std::string(60, 'c')), compressed);
  add("list:compressed", data::Value::FromObject(std::move(list)));
  add("stream:empty", data::Value::FromObject(MakeStream(0)));
  add("stream:small", data::Value::FromObject(MakeStream(3)));
  add("stream:big", data::Value::FromObject(MakeStream(45)));
}

}  // namespace keyway::persist
