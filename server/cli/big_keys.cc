// --bigkeys and --memkeys: the biggest key of each type, by elements or by memory.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "server/base/split_args.h"
#include "server/cli/interrupt.h"
#include "server/cli/key_scan.h"
#include "server/cli/reports.h"

namespace keyway::cli {
namespace {

using resp::Reply;

constexpr uint64_t kProgressEvery = 1'000'000;

struct TypeReport {
  std::string name;
  std::string size_command;  // empty: a type that only a module knows
  std::string unit;
  uint64_t count = 0, total = 0, biggest = 0;
  std::string biggest_key;  // quoted
};

class BigKeys {
 public:
  BigKeys(Session& session, const CliOptions& options)
      : session_(session), options_(options), by_memory_(options.mode == Mode::kMemKeys) {
    for (auto [name, command, unit] : {std::array{"string", "STRLEN", "bytes"},
                                       {"list", "LLEN", "items"},
                                       {"set", "SCARD", "members"},
                                       {"hash", "HLEN", "fields"},
                                       {"zset", "ZCARD", "members"},
                                       {"stream", "XLEN", "entries"}}) {
      types_.push_back({name, command, unit});
    }
  }

  Result<> Run() {
    auto total = AskDatabaseSize(session_);
    if (!total) return std::unexpected(total.error());
    fmt::print(
        "\n# Scanning the entire keyspace to find biggest keys as well as\n"
        "# average sizes per key type.  You can use -i 0.1 to sleep 0.1 sec\n"
        "# per 100 SCAN commands (not usually needed).\n\n");
    KeyScan scan(session_, options_);
    while (!scan.done() && !Interrupted()) {
      percent_ = *total > 0 ? 100.0 * static_cast<double>(sampled_) / static_cast<double>(*total) : 0;
      auto keys = scan.Next();
      if (!keys) return std::unexpected(keys.error());
      if (auto counted = CountPage(*keys); !counted) return counted;
      scan.PauseEachHundred();
    }
    PrintSummary();
    return {};
  }

 private:
  // Index of the type, or -1 for a key that is gone.
  int TypeIndex(const std::string& name) {
    if (name == "none") return -1;
    auto found = std::find_if(types_.begin(), types_.end(), [&](const TypeReport& type) { return type.name == name; });
    if (found == types_.end()) found = types_.insert(types_.end(), {name, "", "?"});
    return static_cast<int>(found - types_.begin());
  }

  Result<std::vector<int>> TypesOf(const std::vector<std::string>& keys) {
    std::vector<Arguments> commands;
    for (const std::string& key : keys) commands.push_back({"TYPE", key});
    auto replies = session_.AskAll(commands);
    if (!replies) return std::unexpected(replies.error());
    std::vector<int> out;
    for (const Reply& reply : *replies) {
      if (reply.is_error()) return Fail("TYPE returned an error: " + reply.text);
      if (!reply.is_text()) return Fail("TYPE returned no type");
      out.push_back(TypeIndex(reply.text));
    }
    return out;
  }

  Arguments SizeCommand(const TypeReport& type, const std::string& key) const {
    if (!by_memory_) return {type.size_command, key};
    Arguments command = {"MEMORY", "USAGE", key};
    if (options_.memkeys_samples >= 0) {
      command.insert(command.end(), {"SAMPLES", fmt::format("{}", options_.memkeys_samples)});
    }
    return command;
  }

  Result<std::vector<uint64_t>> SizesOf(const std::vector<std::string>& keys, const std::vector<int>& types) {
    std::vector<Arguments> commands;
    std::vector<size_t> asked;
    for (size_t i = 0; i < keys.size(); ++i) {
      if (types[i] < 0) continue;
      const TypeReport& type = types_[static_cast<size_t>(types[i])];
      if (!by_memory_ && type.size_command.empty()) continue;
      commands.push_back(SizeCommand(type, keys[i]));
      asked.push_back(i);
    }
    auto replies = session_.AskAll(commands);
    if (!replies) return std::unexpected(replies.error());
    std::vector<uint64_t> sizes(keys.size(), 0);
    for (size_t i = 0; i < asked.size(); ++i) {
      const Reply& reply = (*replies)[i];
      if (reply.kind == Reply::Kind::kInteger) {
        sizes[asked[i]] = static_cast<uint64_t>(std::max<int64_t>(reply.integer, 0));
      } else {
        fmt::print(stderr, "Warning:  {} on '{}' failed (may have changed type)\n",
                   by_memory_ ? "MEMORY USAGE" : commands[i][0], keys[asked[i]]);
      }
    }
    return sizes;
  }

  Result<> CountPage(const std::vector<std::string>& keys) {
    auto types = TypesOf(keys);
    if (!types) return std::unexpected(types.error());
    auto sizes = SizesOf(keys, *types);
    if (!sizes) return std::unexpected(sizes.error());
    for (size_t i = 0; i < keys.size(); ++i) {
      if ((*types)[i] >= 0) Count(types_[static_cast<size_t>((*types)[i])], keys[i], (*sizes)[i]);
    }
    return {};
  }

  void Count(TypeReport& type, const std::string& key, uint64_t size) {
    type.total += size;
    ++type.count;
    key_bytes_ += key.size();
    ++sampled_;
    if (size > type.biggest) {
      type.biggest = size;
      type.biggest_key = QuoteArg(key);
      fmt::print("[{:05.2f}%] Biggest {:<6} found so far '{}' with {} {}\n", percent_, type.name, type.biggest_key,
                 size, UnitOf(type));
    }
    if (sampled_ % kProgressEvery == 0) fmt::print("[{:05.2f}%] Sampled {} keys so far\n", percent_, sampled_);
  }

  std::string UnitOf(const TypeReport& type) const { return by_memory_ ? "bytes" : type.unit; }

  void PrintSummary() const {
    auto ratio = [](uint64_t part, uint64_t of) {
      return of ? static_cast<double>(part) / static_cast<double>(of) : 0;
    };
    fmt::print("\n-------- summary -------\n\n");
    if (Interrupted()) fmt::print("[{:05.2f}%] ", percent_);
    fmt::print("Sampled {} keys in the keyspace!\n", sampled_);
    fmt::print("Total key length in bytes is {} (avg len {:.2f})\n\n", key_bytes_, ratio(key_bytes_, sampled_));
    for (const TypeReport& type : types_) {
      if (type.biggest_key.empty()) continue;
      fmt::print("Biggest {:>6} found '{}' has {} {}\n", type.name, type.biggest_key, type.biggest, UnitOf(type));
    }
    fmt::print("\n");
    for (const TypeReport& type : types_) {
      fmt::print("{} {}s with {} {} ({:05.2f}% of keys, avg size {:.2f})\n", type.count, type.name, type.total,
                 UnitOf(type), 100 * ratio(type.count, sampled_), ratio(type.total, type.count));
    }
  }

  Session& session_;
  const CliOptions& options_;
  bool by_memory_;
  std::vector<TypeReport> types_;
  uint64_t sampled_ = 0, key_bytes_ = 0;
  double percent_ = 0;
};

}  // namespace

int RunBigKeys(Session& session, const CliOptions& options) {
  CatchInterrupts();
  auto done = BigKeys(session, options).Run();
  if (!done) fmt::print(stderr, "{}\n", done.error().text());
  return done ? 0 : 1;
}

}  // namespace keyway::cli
