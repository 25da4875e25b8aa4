// Channels: the tables of subscriptions and the delivery of messages. docs/pubsub.md has the picture. [exec]
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "server/base/string_hash.h"
#include "server/command/client.h"
#include "server/command/pubsub.h"
#include "server/command/services.h"

namespace keyway::pubsub {

class Channels final : public command::PubSub, private command::ClientObserver {
 public:
  // Enters itself into `services`, which outlives it.
  explicit Channels(command::Services& services);
  ~Channels() override;

  bool Subscribe(command::Client& client, command::ChannelKind kind, std::string_view name) override;
  bool Unsubscribe(command::Client& client, command::ChannelKind kind, std::string_view name) override;
  void UnsubscribeAll(command::Client& client) override;
  std::vector<std::string> NamesOf(const command::Client& client, command::ChannelKind kind) const override;

  size_t Publish(command::ChannelKind kind, std::string_view channel, std::string_view message) override;

  size_t Names(command::ChannelKind kind) const override { return TableOf(kind).size(); }
  size_t Subscribers(command::ChannelKind kind, std::string_view name) const override;
  void ForEachName(command::ChannelKind kind, const std::function<void(std::string_view)>& visit) const override;

 private:
  struct Channel;
  // One subscription. Lies in the map of its client; its channel points to it.
  struct Link {
    Channel* channel;
    command::Client* client;
    size_t place;  // in channel->links
  };
  struct Channel {
    std::vector<Link*> links;
  };
  // By name. Nodes stay where they are, so that links may point to channels and borrow their names.
  using Table = std::unordered_map<std::string, Channel, StringHash, std::equal_to<>>;
  using LinksByName = std::unordered_map<std::string_view, Link, StringHash, std::equal_to<>>;

  struct ClientLinks final : command::Subscriptions {
    size_t Count(command::ChannelKind kind) const override { return links[static_cast<size_t>(kind)].size(); }
    size_t memory_bytes() const override;
    std::array<LinksByName, command::kChannelKinds> links;
  };

  void OnClientGone(command::Client& client) override { UnsubscribeAll(client); }
  const Table& TableOf(command::ChannelKind kind) const { return tables_[static_cast<size_t>(kind)]; }
  // Takes the link out of its channel, and the channel out of its table when it was the last.
  void Cut(command::ChannelKind kind, std::string_view name, Link& link);
  void Deliver(const Channel& channel, std::span<const std::string_view> words);
  void CloseSlow();

  command::Services& services_;
  std::array<Table, command::kChannelKinds> tables_;
  std::vector<command::Client*> slow_;  // over their hard limit in the delivery under way
};

}  // namespace keyway::pubsub
