// The primaries of a cluster, and for each a hash tag whose slot it has. Workers read the tags while one of them reads the table
// anew after a redirection.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/error.h"
#include "server/benchmark/pipeline.h"
#include "server/benchmark/server_info.h"

namespace keyway::benchmark {

using Tag = std::array<char, kTagBytes>;

struct ClusterNode {
  std::string id, host;
  int port = 0;
  int first_slot = -1;  // the first that it has; -1: none
  ServerConfig config;  // empty where it would not tell
};

// The primaries in the text that CLUSTER NODES answers; addresses without a host get `own_host`.
Result<std::vector<ClusterNode>> ParseClusterNodes(std::string_view text, const std::string& own_host);
// A tag whose slot is `slot`.
Tag TagOfSlot(int slot);

class ClusterMap {
 public:
  // Asks the server of `options`; nodes without slots are left out, with a warning on standard error.
  static Result<std::unique_ptr<ClusterMap>> Fetch(const Options& options, const client::Transport& transport);

  const std::vector<ClusterNode>& nodes() const { return nodes_; }
  std::string AddressOf(size_t node) const;
  // Grows whenever tags have changed. [any]
  uint64_t version() const { return version_.load(std::memory_order_acquire); }
  Tag TagOf(size_t node) const;  // [any]
  // Reads the table anew unless somebody has done so since `seen_version`. Blocks. [any]
  Result<> Refresh(uint64_t seen_version);

 private:
  ClusterMap(const Options& options, const client::Transport& transport) : options_(options), transport_(transport) {}

  const Options& options_;
  const client::Transport& transport_;
  std::vector<ClusterNode> nodes_;  // but for their slots unchanged after Fetch
  mutable std::mutex mutex_;
  std::vector<Tag> tags_;  // guarded by mutex_
  std::atomic<uint64_t> version_{1};
};

}  // namespace keyway::benchmark
