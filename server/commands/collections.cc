#include "server/commands/collections.h"

#include <fmt/core.h>

#include <limits>

#include "server/command/args.h"

namespace keyway::commands {

std::optional<int64_t> RandomCountArg(command::Context& ctx, size_t i) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  const auto count = command::IntegerArg(ctx, i);
  if (!count || *count >= -kMax) return count;
  ctx.reply().Error(fmt::format("ERR value is out of range, value must between {} and {}", -kMax, kMax));
  return std::nullopt;
}

}  // namespace keyway::commands
