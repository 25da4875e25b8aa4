// LOLWUT: a drawing, different each time, and the version. This server draws keys: a blade whose cuts are drawn at random
// under the constraint that a real key has too (neighbouring cuts differ by a few steps only, or it would not turn).
#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "server/base/random.h"
#include "server/base/version.h"
#include "server/command/args.h"
#include "server/commands/families.h"
#include "server/commands/support.h"

namespace keyway::commands {
namespace {

using command::Context;
using command::IsWord;

constexpr int64_t kDefaultCuts = 7, kMaxCuts = 40;
constexpr int kDepths = 4;   // a cut reaches 0 to kDepths - 1 rows down
constexpr int kMaxStep = 2;  // between neighbours
constexpr int kCutWidth = 4;

std::vector<int> RandomCuts(Random& random, size_t count) {
  std::vector<int> depths(count);
  int last = 1;
  for (int& depth : depths) {
    const int low = std::max(0, last - kMaxStep), high = std::min(kDepths - 1, last + kMaxStep);
    depth = last = low + static_cast<int>(random.Below(static_cast<uint64_t>(high - low + 1)));
  }
  return depths;
}

// Four rows of a bow with its hole, and how the blade goes on behind each of them.
constexpr std::string_view kBow[] = {R"(   .-------. )", R"(  /  .---.  \)", R"( |  (     )  )", R"(  \  '---'  /)",
                                     R"(   '-------' )"};

std::string DrawKey(const std::vector<int>& cuts) {
  std::string art;
  for (int row = 0; row < static_cast<int>(std::size(kBow)); ++row) {
    art += kBow[row];
    if (row == 0) {
      art += '\n';
      continue;
    }
    const int level = row - 1;  // of the blade, from its edge downwards
    for (int depth : cuts) {
      const char* part = level < depth ? "    " : level == depth ? "/--\\" : "####";
      art.append(part, kCutWidth);
    }
    art += level == kDepths - 1 ? "==>\n" : "\n";
  }
  return art;
}

// "2 0 3": by which a locksmith would make another one.
std::string Bitting(const std::vector<int>& cuts) {
  std::string text;
  for (int depth : cuts) text += fmt::format("{}{}", text.empty() ? "" : " ", depth);
  return text;
}

void Lolwut(Context& ctx) {
  size_t i = 1;
  if (ctx.argc() >= 3 && IsWord(ctx.arg(1), "VERSION")) {
    if (!command::IntegerArg(ctx, 2)) return;  // there is one drawing, whatever version is asked for
    i = 3;
  }
  int64_t count = kDefaultCuts;
  if (i < ctx.argc()) {
    const auto value = command::IntegerArg(ctx, i);
    if (!value) return;
    count = std::clamp<int64_t>(*value, 1, kMaxCuts);
  }
  const std::vector<int> cuts = RandomCuts(ctx.keyspace().random(), static_cast<size_t>(count));
  ctx.reply().Verbatim(fmt::format("{}\nA key of its own, cut {}. Keyway ver. {}.\n\nRedis ver. {}\n", DrawKey(cuts),
                                   Bitting(cuts), kKeywayVersion, AnnouncedVersion(ctx.services())),
                       "txt");
}

constexpr command::HandlerBinding kHandlers[] = {{"lolwut", Lolwut}};

}  // namespace

std::span<const command::HandlerBinding> LolwutHandlers() { return kHandlers; }

}  // namespace keyway::commands
