#include "server/command/services.h"

#include <algorithm>

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

}  // namespace keyway::command
