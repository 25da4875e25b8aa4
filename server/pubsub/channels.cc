#include "server/pubsub/channels.h"

#include <algorithm>
#include <memory>

#include "server/base/glob.h"
#include "server/config/config.h"
#include "server/pubsub/message.h"

namespace keyway::pubsub {

using command::ChannelKind;
using command::Client;

Channels::Channels(command::Services& services) : services_(services) {
  services_.pubsub = this;
  services_.clients.AddObserver(*this);
}

Channels::~Channels() {
  services_.clients.RemoveObserver(*this);
  services_.pubsub = nullptr;
}

size_t Channels::ClientLinks::memory_bytes() const {
  // A node of the map has a pointer to the next and the hash beside the pair; a channel points back.
  constexpr size_t kLinkBytes = sizeof(LinksByName::value_type) + 2 * sizeof(void*) + sizeof(Link*);
  size_t bytes = sizeof(ClientLinks);
  for (const LinksByName& kind : links) {
    bytes += kind.size() * kLinkBytes;
    if (kind.bucket_count() > 1) bytes += kind.bucket_count() * sizeof(void*);
  }
  return bytes;
}

// ---- subscriptions ----

bool Channels::Subscribe(Client& client, ChannelKind kind, std::string_view name) {
  if (!client.subscriptions) client.subscriptions = std::make_unique<ClientLinks>();
  auto& links = static_cast<ClientLinks&>(*client.subscriptions).links[static_cast<size_t>(kind)];
  if (links.contains(name)) return false;
  Table& table = tables_[static_cast<size_t>(kind)];
  auto channel = table.find(name);
  if (channel == table.end()) channel = table.emplace(std::string(name), Channel{}).first;
  std::vector<Link*>& subscribers = channel->second.links;
  Link& link = links.emplace(std::string_view(channel->first), Link{&channel->second, &client, subscribers.size()})
                   .first->second;
  subscribers.push_back(&link);
  client.flags |= command::kClientPubSub;
  return true;
}

void Channels::Cut(ChannelKind kind, std::string_view name, Link& link) {
  std::vector<Link*>& subscribers = link.channel->links;
  subscribers[link.place] = subscribers.back();
  subscribers[link.place]->place = link.place;
  subscribers.pop_back();
  if (!subscribers.empty()) return;
  Table& table = tables_[static_cast<size_t>(kind)];
  table.erase(table.find(name));
}

bool Channels::Unsubscribe(Client& client, ChannelKind kind, std::string_view name) {
  if (!client.subscriptions) return false;
  auto& all = static_cast<ClientLinks&>(*client.subscriptions).links;
  LinksByName& links = all[static_cast<size_t>(kind)];
  const auto found = links.find(name);
  if (found == links.end()) return false;
  // The map borrows the name from the channel, so the map lets go first.
  Link link = found->second;
  link.channel->links[link.place] = &link;
  links.erase(found);
  Cut(kind, name, link);
  if (std::all_of(all.begin(), all.end(), [](const LinksByName& one) { return one.empty(); })) {
    client.subscriptions.reset();
    client.flags &= ~command::kClientPubSub;
  }
  return true;
}

void Channels::UnsubscribeAll(Client& client) {
  client.flags &= ~command::kClientPubSub;
  if (!client.subscriptions) return;
  auto& all = static_cast<ClientLinks&>(*client.subscriptions).links;
  for (size_t kind = 0; kind < command::kChannelKinds; ++kind) {
    for (auto& [name, link] : all[kind]) Cut(static_cast<ChannelKind>(kind), name, link);
  }
  client.subscriptions.reset();
}

std::vector<std::string> Channels::NamesOf(const Client& client, ChannelKind kind) const {
  std::vector<std::string> names;
  if (!client.subscriptions) return names;
  const auto& links = static_cast<const ClientLinks&>(*client.subscriptions).links[static_cast<size_t>(kind)];
  names.reserve(links.size());
  for (const auto& [name, link] : links) names.emplace_back(name);
  return names;
}

size_t Channels::Subscribers(ChannelKind kind, std::string_view name) const {
  const auto found = TableOf(kind).find(name);
  return found == TableOf(kind).end() ? 0 : found->second.links.size();
}

void Channels::ForEachName(ChannelKind kind, const std::function<void(std::string_view)>& visit) const {
  for (const auto& [name, channel] : TableOf(kind)) visit(name);
}

// ---- delivery ----

size_t Channels::Publish(ChannelKind kind, std::string_view channel, std::string_view message) {
  size_t copies = 0;
  if (const auto found = TableOf(kind).find(channel); found != TableOf(kind).end()) {
    const std::string_view words[] = {kind == ChannelKind::kShard ? "smessage" : "message", channel, message};
    Deliver(found->second, words);
    copies += found->second.links.size();
  }
  if (kind == ChannelKind::kChannel) {
    for (const auto& [pattern, subscribers] : TableOf(ChannelKind::kPattern)) {
      if (!GlobMatches(pattern, channel)) continue;
      const std::string_view words[] = {"pmessage", pattern, channel, message};
      Deliver(subscribers, words);
      copies += subscribers.links.size();
    }
  }
  if (!slow_.empty()) CloseSlow();
  return copies;
}

void Channels::Deliver(const Channel& channel, std::span<const std::string_view> words) {
  constexpr auto kClass = static_cast<size_t>(command::ClientClass::kPubSub);
  const uint64_t hard_limit = services_.config.settings().client_output_buffer_limit[kClass].hard_bytes;
  Message message(words, channel.links.size());
  for (const Link* link : channel.links) {
    Client& client = *link->client;
    if (client.Has(command::kClientCloseAsap | command::kClientCloseAfterReply)) continue;
    OutputBuffer& output = client.push_output();
    message.AppendTo(output, client.reply.version());
    services_.clients.FlushSoon(client);
    if (hard_limit != 0 && output.size() >= hard_limit) slow_.push_back(&client);
  }
}

// Behind the delivery, since a client that goes gives up its links.
void Channels::CloseSlow() {
  for (Client* client : slow_) services_.clients.CheckOutputLimit(*client);
  slow_.clear();
}

}  // namespace keyway::pubsub
