// What others learn about changes of the keyspace: WATCH, client-side caching, keyspace notifications, blocked clients,
// propagation of expiry. Observers are called in the order they were added, on the exec thread, inside the change.
// They may read the keyspace but must not change it.
#pragma once

#include <cstdint>
#include <string_view>

#include "server/data/value_type.h"

namespace keyway::keyspace {

class Database;

// The class of an event: the letters of notify-keyspace-events.
enum class EventClass : uint32_t {
  kGeneric = 1 << 2,   // g
  kString = 1 << 3,    // $
  kList = 1 << 4,      // l
  kSet = 1 << 5,       // s
  kHash = 1 << 6,      // h
  kZset = 1 << 7,      // z
  kExpired = 1 << 8,   // x
  kEvicted = 1 << 9,   // e
  kStream = 1 << 10,   // t
  kKeyMiss = 1 << 11,  // m
  kModule = 1 << 13,   // d
  kNew = 1 << 14,      // n
};

class KeyObserver {
 public:
  virtual ~KeyObserver() = default;
  // The value or the expiry of a key changed, or the key came or went.
  virtual void OnModified(Database& /*db*/, std::string_view /*key*/) {}
  // Something to notify about: "set", "del", "expired", "evicted", "keymiss", … Called for the classes of
  // Keyspace::wanted_events() only. Raised by Database::Event.
  virtual void OnEvent(Database& /*db*/, EventClass /*event_class*/, std::string_view /*event*/,
                       std::string_view /*key*/) {}
  // A key was added that was absent, or the value was replaced by one of another type: clients that block on it may
  // be served.
  virtual void OnAdded(Database& /*db*/, std::string_view /*key*/, data::ValueType /*type*/) {}
  // A key was removed, or its value replaced by one of another type.
  virtual void OnRemoved(Database& /*db*/, std::string_view /*key*/, data::ValueType /*type*/) {}
  // A key was deleted because its time had come; DEL (or UNLINK, if `lazily`) is to be propagated. OnRemoved, OnEvent and
  // OnModified are called for it too.
  virtual void OnExpired(Database& /*db*/, std::string_view /*key*/, bool /*lazily*/) {}
  // A key was deleted to make room (maxmemory); DEL (or UNLINK, if `lazily`) is to be propagated. OnRemoved, OnModified and
  // OnEvent are called for it too.
  virtual void OnEvicted(Database& /*db*/, std::string_view /*key*/, bool /*lazily*/) {}
  // The database is about to be emptied.
  virtual void OnFlush(Database& /*db*/) {}
  // The contents of two databases are about to be exchanged.
  virtual void OnSwap(Database& /*first*/, Database& /*second*/) {}
};

}  // namespace keyway::keyspace
