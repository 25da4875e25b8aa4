// A keyspace with a clock that is moved by hand, and an observer that writes down what it hears.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/clock.h"
#include "server/keyspace/eviction.h"
#include "server/keyspace/keyspace.h"

namespace keyway::keyspace {

using Notes = std::vector<std::string>;

// Notes "modified db:key", "event db:name:key", "added db:key", and so on.
class NotingObserver : public KeyObserver {
 public:
  void OnModified(Database& db, std::string_view key) override { Note("modified", db, key); }
  void OnEvent(Database& db, EventClass, std::string_view event, std::string_view key) override {
    Note(event, db, key);
  }
  void OnAdded(Database& db, std::string_view key, data::ValueType) override { Note("added", db, key); }
  void OnRemoved(Database& db, std::string_view key, data::ValueType) override { Note("removed", db, key); }
  void OnExpired(Database& db, std::string_view key, bool lazily) override {
    Note(lazily ? "unlink" : "propagate", db, key);
  }
  void OnEvicted(Database& db, std::string_view key, bool lazily) override {
    Note(lazily ? "evict lazily" : "evict", db, key);
  }
  void OnFlush(Database& db) override { Note("flush", db, std::to_string(db.size())); }
  void OnSwap(Database& first, Database& second) override { Note("swap", first, std::to_string(second.index())); }

  // All notes since the last call.
  Notes Take() { return std::exchange(notes_, {}); }

 private:
  void Note(std::string_view what, Database& db, std::string_view key) {
    notes_.push_back(std::string(what) + " " + std::to_string(db.index()) + ":" + std::string(key));
  }
  Notes notes_;
};

// A value that is no string, of a size that the test chooses.
class FakeObject : public data::Object {
 public:
  FakeObject(data::ValueType type, size_t effort, int* alive = nullptr) : Object(type), effort_(effort), alive_(alive) {
    if (alive_) ++*alive_;
  }
  ~FakeObject() override {
    if (alive_) --*alive_;
  }
  data::Encoding encoding() const override { return data::Encoding::kListpack; }
  size_t size() const override { return effort_; }
  size_t MemoryBytes(size_t) const override { return 1000; }
  std::unique_ptr<data::Object> Clone() const override { return std::make_unique<FakeObject>(type(), effort_, alive_); }
  size_t FreeEffort() const override { return effort_; }

 private:
  size_t effort_;
  int* alive_;
};

// Counts what it gets and frees it at once.
class NotingReclaimer : public ImmediateReclaimer {
 public:
  void Reclaim(std::unique_ptr<Garbage> garbage, size_t objects) override {
    ++calls;
    ImmediateReclaimer::Reclaim(std::move(garbage), objects);
  }
  int calls = 0;
};

class KeyspaceFixture : public testing::Test {
 protected:
  explicit KeyspaceFixture(const KeyspaceSettings& settings = {}) : keyspace_(settings, clock_, reclaimer_) {
    keyspace_.AddObserver(observer_);
    keyspace_.set_wanted_events(~0u);
  }

  Database& db(int index = 0) { return keyspace_.db(index); }
  Entry* Set(std::string_view key, std::string_view text, int64_t expire_at_ms = kNoExpiry) {
    return db().Set(HashedKey(key), data::Value::String(text), {.expire_at_ms = expire_at_ms});
  }
  Entry* SetObject(std::string_view key, size_t effort, int* alive = nullptr) {
    return db().Set(HashedKey(key),
                    data::Value::FromObject(std::make_unique<FakeObject>(data::ValueType::kSet, effort, alive)));
  }
  // The text of the key, or "(nil)".
  std::string Get(std::string_view key, int index = 0) {
    Entry* entry = db(index).FindForRead(HashedKey(key));
    return entry ? std::string(entry->String().view()) : "(nil)";
  }
  std::string EncodingOf(std::string_view key) {
    return std::string(data::EncodingName(db().FindRaw(HashedKey(key))->encoding()));
  }
  void Advance(int64_t ms) {
    clock_.AdvanceMs(ms);
    keyspace_.RefreshTime();
  }
  int64_t now() { return keyspace_.now_ms(); }

  int alive_ = 0;  // objects that count themselves; outlives the keyspace, which may still hold some at the end
  ManualClock clock_;
  NotingReclaimer reclaimer_;
  NotingObserver observer_;
  Keyspace keyspace_;
};

}  // namespace keyway::keyspace
