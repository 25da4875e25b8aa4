#include "server/command/services.h"

#include <algorithm>

#include "server/config/config.h"
#include "server/keyspace/eviction.h"
#include "server/keyspace/keyspace.h"

namespace keyway::command {
namespace {

using config::MaxmemoryPolicy;
using keyspace::EvictionPolicy;

// The layers below know nothing of options, but their names for the policies are the same.
static_assert(int(MaxmemoryPolicy::kVolatileLru) == int(EvictionPolicy::kVolatileLru) &&
              int(MaxmemoryPolicy::kVolatileTtl) == int(EvictionPolicy::kVolatileTtl) &&
              int(MaxmemoryPolicy::kAllkeysLru) == int(EvictionPolicy::kAllkeysLru) &&
              int(MaxmemoryPolicy::kNoeviction) == int(EvictionPolicy::kNoEviction));

// Scripts can make errors with any first word; beyond this many different ones nothing new is counted.
constexpr size_t kMaxErrorKinds = 128;

}  // namespace

void ServerCounters::CountError(std::string_view first_word) {
  ++error_replies;
  auto found = std::lower_bound(errors.begin(), errors.end(), first_word,
                                [](const auto& entry, std::string_view word) { return entry.first < word; });
  if (found != errors.end() && found->first == first_word) {
    ++found->second;
  } else if (errors.size() < kMaxErrorKinds) {
    errors.insert(found, {std::string(first_word), 1});
  }
}

void ServerCounters::Reset() {
  size_t size = commands.size();
  ServerCounters fresh;
  fresh.unexpected_error_replies = unexpected_error_replies;
  fresh.protocol_errors = protocol_errors;
  fresh.startup_memory = startup_memory;
  *this = std::move(fresh);
  commands.resize(size);
}

data::EncodingLimits EncodingLimitsOf(const Services& services) {
  const config::Settings& from = services.config.settings();
  const auto count = [](int64_t setting) { return static_cast<size_t>(setting); };
  const bool small_collections = !services.compat_70;
  return {
      .list = {from.list_max_listpack_size, from.list_compress_depth, small_collections},
      .set = {count(from.set_max_intset_entries), small_collections ? count(from.set_max_listpack_entries) : 0,
              count(from.set_max_listpack_value)},
      .hash = {count(from.hash_max_listpack_entries), count(from.hash_max_listpack_value)},
      .zset = {count(from.zset_max_listpack_entries), count(from.zset_max_listpack_value)},
      .stream = {count(from.stream_node_max_bytes), count(from.stream_node_max_entries)},
  };
}

void ApplyKeyspaceSettings(const config::Settings& from, keyspace::Keyspace& keyspace) {
  keyspace::KeyspaceSettings& to = keyspace.settings();
  const auto policy = from.maxmemory_policy;
  const bool lfu = policy == MaxmemoryPolicy::kVolatileLfu || policy == MaxmemoryPolicy::kAllkeysLfu;
  const bool lru = policy == MaxmemoryPolicy::kVolatileLru || policy == MaxmemoryPolicy::kAllkeysLru;
  to.access_tracking = lfu ? keyspace::AccessTracking::kLfu : keyspace::AccessTracking::kLru;
  to.shared_integers = from.maxmemory == 0 || !(lfu || lru);
  to.lfu = {static_cast<int>(from.lfu_log_factor), static_cast<int>(from.lfu_decay_time)};
  to.lazy_expire = from.lazyfree_lazy_expire;
  to.lazy_server_del = from.lazyfree_lazy_server_del;
  to.active_expire_effort = static_cast<int>(from.active_expire_effort);
  to.hz = static_cast<int>(from.hz);
  to.active_rehashing = from.activerehashing;
  keyspace.eviction().set_settings({.max_memory = from.maxmemory,
                                    .policy = static_cast<EvictionPolicy>(policy),
                                    .samples = static_cast<int>(from.maxmemory_samples),
                                    .tenacity = static_cast<int>(from.maxmemory_eviction_tenacity),
                                    .lazily = from.lazyfree_lazy_eviction});
}

}  // namespace keyway::command
