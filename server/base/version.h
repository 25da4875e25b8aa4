// The versions that the server tells about itself.
#pragma once

#include <string_view>

namespace keyway {

inline constexpr std::string_view kKeywayVersion = "0.1.0";

// What clients that look for a Redis version are told: the newest release whose behaviour is matched, by `redis-compat`.
constexpr std::string_view RedisVersion(bool compat_70) { return compat_70 ? "7.0.15" : "7.2.4"; }

}  // namespace keyway
