#include "server/benchmark/cluster_map.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>

#include "server/base/key_slot.h"
#include "server/base/number.h"

namespace keyway::benchmark {
namespace {

constexpr std::string_view kTagLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
// The fields of a line of CLUSTER NODES: id, address, flags, primary, ping, pong, epoch, link, slots…
constexpr size_t kAddressField = 1, kFlagsField = 2, kFirstSlotField = 8;

std::vector<std::string_view> SplitOn(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

// "host:port@bus,name" → host and port.
bool ParseAddress(std::string_view text, ClusterNode& out) {
  text = text.substr(0, text.find_first_of("@,"));
  size_t colon = text.rfind(':');
  if (colon == text.npos) return false;
  auto port = ParseInt64(text.substr(colon + 1));
  if (!port || *port < 0 || *port > 65535) return false;
  out.host = text.substr(0, colon);
  out.port = static_cast<int>(*port);
  return true;
}

// "100", "0-5460"; slots that move ("[93-<-id]") are not the node's for certain.
int FirstSlot(std::string_view range) {
  if (range.starts_with('[')) return -1;
  auto slot = ParseInt64(range.substr(0, range.find('-')));
  return slot && *slot >= 0 && *slot < kSlotCount ? static_cast<int>(*slot) : -1;
}

}  // namespace

Result<std::vector<ClusterNode>> ParseClusterNodes(std::string_view text, const std::string& own_host) {
  std::vector<ClusterNode> nodes;
  for (std::string_view line : SplitOn(text, '\n')) {
    auto fields = SplitOn(line.substr(0, line.find('\r')), ' ');
    if (fields.size() < kFirstSlotField) return Fail("Invalid CLUSTER NODES reply: a line is too short.");
    if (fields[kFlagsField].find("slave") != std::string_view::npos) continue;
    ClusterNode node;
    node.id = fields[0];
    if (!ParseAddress(fields[kAddressField], node)) return Fail("Invalid CLUSTER NODES reply: missing addr.");
    if (node.host.empty()) node.host = own_host;
    for (size_t i = kFirstSlotField; i < fields.size() && node.first_slot < 0; ++i)
      node.first_slot = FirstSlot(fields[i]);
    nodes.push_back(std::move(node));
  }
  return nodes;
}

Tag TagOfSlot(int slot) {
  Tag tag{};
  for (char first : kTagLetters) {
    for (char second : kTagLetters) {
      for (char third : kTagLetters) {
        tag = {first, second, third};
        if (KeySlot({tag.data(), tag.size()}) == slot) return tag;
      }
    }
  }
  return tag;
}

Result<std::unique_ptr<ClusterMap>> ClusterMap::Fetch(const Options& options, const client::Transport& transport) {
  auto text = AskServer(options, transport, client::AddressOf(options), {"CLUSTER", "NODES"});
  if (!text) return std::unexpected(text.error());
  auto nodes = ParseClusterNodes(*text, options.host);
  if (!nodes) return std::unexpected(nodes.error());
  std::unique_ptr<ClusterMap> map(new ClusterMap(options, transport));
  for (ClusterNode& node : *nodes) {
    if (node.first_slot < 0) {
      fmt::print(stderr, "WARNING: Master node {}:{} has no slots, skipping...\n", node.host, node.port);
      continue;
    }
    map->tags_.push_back(TagOfSlot(node.first_slot));
    map->nodes_.push_back(std::move(node));
  }
  if (map->nodes_.size() <= 1) return Fail(fmt::format("Invalid cluster: {} node(s).", map->nodes_.size()));
  for (ClusterNode& node : map->nodes_) {
    auto config = FetchServerConfig(options, transport, client::JoinHostPort(node.host, node.port));
    if (config) {
      node.config = std::move(*config);
    } else {
      fmt::print(stderr, "WARNING: Could not fetch node CONFIG {}:{}\n", node.host, node.port);
    }
  }
  return map;
}

std::string ClusterMap::AddressOf(size_t node) const {
  return client::JoinHostPort(nodes_[node].host, nodes_[node].port);
}

Tag ClusterMap::TagOf(size_t node) const {
  std::lock_guard lock(mutex_);
  return tags_[node];
}

Result<> ClusterMap::Refresh(uint64_t seen_version) {
  std::lock_guard lock(mutex_);
  if (version() != seen_version) return {};
  fmt::print(stderr, "WARNING: Cluster slots configuration changed, fetching new one...\n");
  auto text = AskServer(options_, transport_, AddressOf(0), {"CLUSTER", "NODES"});
  if (!text) return std::unexpected(text.error());
  auto now = ParseClusterNodes(*text, nodes_[0].host);
  if (!now) return std::unexpected(now.error());
  for (size_t i = 0; i < nodes_.size(); ++i) {
    auto found = std::find_if(now->begin(), now->end(), [&](const ClusterNode& one) { return one.id == nodes_[i].id; });
    if (found == now->end() || found->first_slot < 0) {
      return Fail(
          fmt::format("Failed to update cluster slots configuration: node {} has no slots any more", nodes_[i].id));
    }
    tags_[i] = TagOfSlot(found->first_slot);
  }
  version_.fetch_add(1, std::memory_order_release);
  return {};
}

}  // namespace keyway::benchmark
