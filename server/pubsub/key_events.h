// KeyEvents: publishes what happens to keys, as far as notify-keyspace-events asks for it. [exec]
//
//   __keyspace@<db>__:<key>     message: the event    (K)
//   __keyevent@<db>__:<event>   message: the key      (E)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/command/pubsub.h"
#include "server/keyspace/key_observer.h"
#include "server/keyspace/keyspace.h"

namespace keyway::pubsub {

class KeyEvents final : private keyspace::KeyObserver {
 public:
  // Both outlive it.
  KeyEvents(keyspace::Keyspace& keyspace, command::PubSub& pubsub);
  ~KeyEvents() override;

  // The bits of config::Settings::notify_keyspace_events.
  void Configure(uint32_t notify_bits);

 private:
  void OnEvent(keyspace::Database& db, keyspace::EventClass event_class, std::string_view event,
               std::string_view key) override;

  keyspace::Keyspace& keyspace_;
  command::PubSub& pubsub_;
  bool by_key_ = false, by_event_ = false;
  std::string channel_;  // of the event under way; kept for its memory
};

}  // namespace keyway::pubsub
