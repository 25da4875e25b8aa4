// MIGRATE: moves keys to another server, which restores them before they are deleted here. Nothing else runs meanwhile.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "server/command/args.h"
#include "server/command/peer_links.h"
#include "server/commands/families.h"
#include "server/commands/support.h"
#include "server/config/config.h"
#include "server/persist/payload.h"
#include "server/persist/rdb_format.h"
#include "server/resp/request_writer.h"

namespace keyway::commands {
namespace {

using command::Context;
using command::IsWord;
using command::PeerLink;
using command::Words;
using keyspace::HashedKey;
using resp::AppendRequest;
namespace errors = command::errors;

constexpr int64_t kDefaultTimeoutMs = 1000;
// Longer than anybody waits, and far from what a sum of times can hold.
constexpr int64_t kMaxTimeoutMs = int64_t{24} * 3600 * 1000;

struct MigrateOptions {
  int64_t db = 0;
  int64_t timeout_ms = kDefaultTimeoutMs;
  bool copy = false;     // the keys stay here
  bool replace = false;  // over keys that are there
  std::string_view user, password;
  bool has_password = false;
  Words keys;
};

// The words behind the fixed ones; false: it answered.
bool ParseOptionWords(Context& ctx, MigrateOptions& options) {
  const Words words = ctx.args();
  for (size_t i = 6; i < words.size(); ++i) {
    const size_t behind = words.size() - i - 1;
    if (IsWord(words[i], "COPY")) {
      options.copy = true;
    } else if (IsWord(words[i], "REPLACE")) {
      options.replace = true;
    } else if (IsWord(words[i], "AUTH") && behind >= 1) {
      options.password = words[++i], options.has_password = true;
    } else if (IsWord(words[i], "AUTH2") && behind >= 2) {
      options.user = words[i + 1], options.password = words[i + 2], options.has_password = true;
      i += 2;
    } else if (IsWord(words[i], "KEYS")) {
      if (!words[3].empty()) {
        ctx.reply().Error("ERR When using MIGRATE KEYS option, the key argument must be set to the empty string");
        return false;
      }
      options.keys = words.subspan(i + 1);
      return true;
    } else {
      ctx.reply().Error(errors::kSyntax);
      return false;
    }
  }
  return true;
}

std::optional<MigrateOptions> ParseOptions(Context& ctx) {
  MigrateOptions options;
  options.keys = ctx.args().subspan(3, 1);
  if (!ParseOptionWords(ctx, options)) return std::nullopt;
  const auto timeout_ms = command::IntegerArg(ctx, 5);
  if (!timeout_ms) return std::nullopt;
  const auto db = command::IntegerArg(ctx, 4);
  if (!db) return std::nullopt;
  options.db = *db;
  if (*timeout_ms > 0) options.timeout_ms = std::min(*timeout_ms, kMaxTimeoutMs);
  return options;
}

// One conversation with the other server.
class Migration {
 public:
  Migration(Context& ctx, const MigrateOptions& options, std::vector<std::string_view> keys)
      : ctx_(ctx), options_(options), keys_(std::move(keys)) {}

  void Run() {
    // A link that was kept may have died since: then there is a second attempt, over a new one.
    if (!Attempt() && may_retry_) Attempt();
    Finish();
  }

 private:
  // False: the link failed.
  bool Attempt() {
    may_retry_ = false;
    error_.clear();
    auto found = ctx_.services().peer_links->Get(ctx_.arg(1), ctx_.arg(2), options_.timeout_ms);
    if (!found) {
      error_ = "IOERR error or timeout connecting to the client";
      return true;
    }
    link_ = found->link;
    const bool select = link_->selected_db != options_.db;
    link_->Send(Requests(select));
    if (options_.has_password && !ReadReply(!found->is_new)) return false;
    if (select) {
      if (!ReadReply(!found->is_new && !options_.has_password)) return false;
      link_->selected_db = error_.empty() ? static_cast<int>(options_.db) : -1;
    }
    // Keys that the other side has are deleted here, whatever becomes of the others.
    const bool refused = !error_.empty();
    bool first = !options_.has_password && !select;
    for (std::string_view key : sent_) {
      restored_ = true;
      if (!ReadReply(!found->is_new && first)) return false;
      first = false;
      if (restored_ && !refused && !options_.copy) Delete(key);
    }
    if (!error_.empty()) link_->selected_db = -1;
    return true;
  }

  std::string Requests(bool select) {
    std::string out;
    if (options_.has_password && options_.user.empty()) AppendRequest(out, Words({{"AUTH", options_.password}}));
    if (options_.has_password && !options_.user.empty()) {
      AppendRequest(out, Words({{"AUTH", options_.user, options_.password}}));
    }
    if (select) AppendRequest(out, Words({{"SELECT", std::to_string(options_.db)}}));
    sent_.clear();
    for (std::string_view key : keys_) AppendRestore(out, key);
    return out;
  }

  void AppendRestore(std::string& out, std::string_view key) {
    const keyspace::Entry* entry = ctx_.db().FindRaw(HashedKey(key));
    if (entry == nullptr || ctx_.db().IsExpired(entry)) return;
    const int64_t ttl_ms = entry->has_expiry() ? std::max<int64_t>(1, entry->expire_at_ms() - ctx_.now_ms()) : 0;
    const std::string ttl = std::to_string(ttl_ms);
    const std::string payload =
        persist::WritePayload(*entry, ctx_.services().compat_70 ? persist::kRdbVersion70 : persist::kRdbVersion72,
                              SettingsOf(ctx_).rdbcompression);
    std::vector<std::string_view> words = {"RESTORE", key, ttl, payload};
    if (options_.replace) words.push_back("REPLACE");
    AppendRequest(out, words);
    sent_.push_back(key);
  }

  // Reads one reply; an error in it becomes the command's error. False: the link failed.
  bool ReadReply(bool link_may_be_stale) {
    auto reply = link_->ReadReply(options_.timeout_ms);
    if (!reply) {
      may_retry_ = link_may_be_stale && reply.error().text() != "timed out";
      ctx_.services().peer_links->Drop(*link_);
      link_ = nullptr;
      error_ = "IOERR error or timeout reading to target instance";
      return false;
    }
    if (!reply->is_error()) return true;
    restored_ = false;
    if (error_.empty()) error_ = "ERR Target instance replied with error: " + reply->text;
    return true;
  }

  void Delete(std::string_view key) {
    const HashedKey hashed(key);
    if (!ctx_.db().Delete(hashed)) return;
    ctx_.db().Changed(hashed, keyspace::EventClass::kGeneric, "del");
    deleted_.push_back(key);
  }

  void Finish() {
    if (!deleted_.empty()) {
      deleted_.insert(deleted_.begin(), "DEL");
      ctx_.PropagateAs(deleted_);
    }
    if (error_.empty()) return ctx_.reply().Ok();
    ctx_.reply().Error(error_);
  }

  Context& ctx_;
  const MigrateOptions& options_;
  const std::vector<std::string_view> keys_;
  PeerLink* link_ = nullptr;
  std::vector<std::string_view> sent_, deleted_;
  std::string error_;  // the first one
  bool restored_ = true;
  bool may_retry_ = false;
};

void Migrate(Context& ctx) {
  const auto options = ParseOptions(ctx);
  if (!options) return;
  std::vector<std::string_view> keys;
  for (std::string_view key : options->keys) {
    if (ctx.db().FindForRead(HashedKey(key)) != nullptr) keys.push_back(key);
  }
  if (keys.empty()) return ctx.reply().Simple("NOKEY");
  Migration(ctx, *options, std::move(keys)).Run();
}

constexpr command::HandlerBinding kHandlers[] = {{"migrate", Migrate}};

}  // namespace

std::span<const command::HandlerBinding> MigrateHandlers() { return kHandlers; }

}  // namespace keyway::commands
