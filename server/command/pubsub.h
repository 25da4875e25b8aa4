// Channels and who listens to them, as commands see them; pubsub::Channels is behind it. [exec]
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace keyway::command {

struct Client;

enum class ChannelKind : uint8_t {
  kChannel,  // SUBSCRIBE
  kPattern,  // PSUBSCRIBE
  kShard,    // SSUBSCRIBE
};
inline constexpr size_t kChannelKinds = 3;

// What one client is subscribed to. A client without any has none (Client::subscriptions is null).
class Subscriptions {
 public:
  virtual ~Subscriptions() = default;
  virtual size_t Count(ChannelKind kind) const = 0;
  virtual size_t memory_bytes() const = 0;
};

class PubSub {
 public:
  virtual ~PubSub() = default;

  // False: it was subscribed already. Sets kClientPubSub.
  virtual bool Subscribe(Client& client, ChannelKind kind, std::string_view name) = 0;
  // False: it was not subscribed. Clears kClientPubSub with the last subscription of any kind.
  virtual bool Unsubscribe(Client& client, ChannelKind kind, std::string_view name) = 0;
  // Ends all subscriptions and tells the client nothing.
  virtual void UnsubscribeAll(Client& client) = 0;
  virtual std::vector<std::string> NamesOf(const Client& client, ChannelKind kind) const = 0;

  // Sends a message to all who listen to the channel, or to a pattern that matches it if `kind` is kChannel. Returns how many copies
  // were sent. Not kPattern.
  virtual size_t Publish(ChannelKind kind, std::string_view channel, std::string_view message) = 0;

  // Names that somebody is subscribed to, and the subscribers of one.
  virtual size_t Names(ChannelKind kind) const = 0;
  virtual size_t Subscribers(ChannelKind kind, std::string_view name) const = 0;
  virtual void ForEachName(ChannelKind kind, const std::function<void(std::string_view)>& visit) const = 0;
};

}  // namespace keyway::command
