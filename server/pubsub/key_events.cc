#include "server/pubsub/key_events.h"

#include <fmt/format.h>

#include <iterator>

#include "server/config/settings.h"
#include "server/keyspace/database.h"

namespace keyway::pubsub {

using command::ChannelKind;
using keyspace::EventClass;

// Configure hands the option's bits over as they are.
static_assert(config::kNotifyGeneric == static_cast<uint32_t>(EventClass::kGeneric));
static_assert(config::kNotifyString == static_cast<uint32_t>(EventClass::kString));
static_assert(config::kNotifyList == static_cast<uint32_t>(EventClass::kList));
static_assert(config::kNotifySet == static_cast<uint32_t>(EventClass::kSet));
static_assert(config::kNotifyHash == static_cast<uint32_t>(EventClass::kHash));
static_assert(config::kNotifyZset == static_cast<uint32_t>(EventClass::kZset));
static_assert(config::kNotifyExpired == static_cast<uint32_t>(EventClass::kExpired));
static_assert(config::kNotifyEvicted == static_cast<uint32_t>(EventClass::kEvicted));
static_assert(config::kNotifyStream == static_cast<uint32_t>(EventClass::kStream));
static_assert(config::kNotifyKeyMiss == static_cast<uint32_t>(EventClass::kKeyMiss));
static_assert(config::kNotifyModule == static_cast<uint32_t>(EventClass::kModule));
static_assert(config::kNotifyNew == static_cast<uint32_t>(EventClass::kNew));

KeyEvents::KeyEvents(keyspace::Keyspace& keyspace, command::PubSub& pubsub) : keyspace_(keyspace), pubsub_(pubsub) {
  keyspace_.AddObserver(*this);
}

KeyEvents::~KeyEvents() { keyspace_.RemoveObserver(*this); }

void KeyEvents::Configure(uint32_t notify_bits) {
  by_key_ = (notify_bits & config::kNotifyKeyspace) != 0;
  by_event_ = (notify_bits & config::kNotifyKeyevent) != 0;
  const uint32_t classes = notify_bits & ~(config::kNotifyKeyspace | config::kNotifyKeyevent);
  keyspace_.set_wanted_events(by_key_ || by_event_ ? classes : 0);
}

void KeyEvents::OnEvent(keyspace::Database& db, EventClass, std::string_view event, std::string_view key) {
  if (pubsub_.Names(ChannelKind::kChannel) == 0 && pubsub_.Names(ChannelKind::kPattern) == 0) return;
  if (by_key_) {
    channel_.clear();
    fmt::format_to(std::back_inserter(channel_), "__keyspace@{}__:{}", db.index(), key);
    pubsub_.Publish(ChannelKind::kChannel, channel_, event);
  }
  if (by_event_) {
    channel_.clear();
    fmt::format_to(std::back_inserter(channel_), "__keyevent@{}__:{}", db.index(), event);
    pubsub_.Publish(ChannelKind::kChannel, channel_, key);
  }
}

}  // namespace keyway::pubsub
