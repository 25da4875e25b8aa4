#include "server/command/services.h"

#include <algorithm>

#include "server/config/config.h"

namespace keyway::command {
namespace {

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

}  // namespace keyway::command
