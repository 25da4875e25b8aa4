// What a handler gets: the request, the client, the keyspace, the reply, and a say in what is propagated.
//
//   void GetDel(Context& ctx) {
//     keyspace::HashedKey key = ctx.Key(1);
//     …
//     ctx.db().Delete(key);
//     ctx.PropagateAs({"DEL", ctx.arg(1)});
//   }
//
// Propagation: when a command with the write flag raised keyspace.dirty(), its words are propagated as they came. A
// handler changes that with PropagateAs (once or more: each is one command, together in MULTI/EXEC if more than one) or
// PropagateNothing. A command that changed nothing propagates nothing.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/command/blocking.h"
#include "server/command/client.h"
#include "server/command/services.h"
#include "server/command/spec.h"
#include "server/keyspace/database.h"
#include "server/keyspace/keyspace.h"
#include "server/resp/reply_writer.h"

namespace keyway::command {

// What one command propagates.
struct Propagation {
  enum class Mode : uint8_t { kVerbatim, kReplaced, kNothing };
  struct Command {
    int db;
    std::vector<std::string> words;
  };
  Mode mode = Mode::kVerbatim;
  bool forced = false;  // although the keyspace did not change
  bool wanted = false;  // somebody observes writes; set by the dispatcher, not cleared
  std::vector<Command> commands;
  void Clear() { mode = Mode::kVerbatim, forced = false, commands.clear(); }
};

class Context {
 public:
  Context(Services& services, Client& client, Propagation& propagation)
      : services_(services), client_(client), propagation_(propagation) {}

  // ---- the request; views are valid while the handler runs
  Words args() const { return words_; }
  size_t argc() const { return words_.size(); }
  std::string_view arg(size_t i) const { return words_[i]; }
  const CommandSpec& spec() const { return *spec_; }
  // Argument i as a key: its hash was computed with the request when i is the command's first key.
  keyspace::HashedKey Key(size_t i) const {
    return i == key_position_ ? keyspace::HashedKey(words_[i], key_hash_) : keyspace::HashedKey(words_[i]);
  }

  // ---- whom and what it acts on
  Client& client() { return client_; }
  resp::ReplyWriter& reply() { return client_.reply; }
  Services& services() { return services_; }
  keyspace::Keyspace& keyspace() { return services_.keyspace; }
  keyspace::Database& db() { return *db_; }
  int64_t now_ms() const { return now_ms_; }  // one moment for the whole command
  // Limits of the compact encodings, as they are set now.
  data::EncodingLimits limits() const { return EncodingLimitsOf(services_); }

  // ---- waiting for a key
  // False inside MULTI and scripts and for clients without a connection: a blocking command answers as if time had run out.
  bool may_block() const { return !client_.Has(kClientMulti | kClientNoLoop | kClientCloseAsap); }
  // The client waits when the handler has returned; the handler writes no reply. Requires may_block().
  void Block(BlockRequest request) { block_ = std::move(request); }
  // Whether this run follows a wait.
  bool is_rerun() const { return is_rerun_; }

  // ---- what is propagated instead of the words as they came
  void PropagateAs(std::initializer_list<std::string_view> words) {
    PropagateAs(std::span(words.begin(), words.size()));
  }
  void PropagateAs(Words words);
  void PropagateAsIn(int db, Words words);
  void PropagateNothing() { propagation_.mode = Propagation::Mode::kNothing; }
  void ForcePropagation() { propagation_.forced = true; }  // verbatim, although nothing changed

  // ---- for the dispatcher
  void Begin(Words words, const CommandSpec& spec, keyspace::Database& db, size_t key_position, uint64_t key_hash,
             int64_t now_ms, bool is_rerun) {
    words_ = words, spec_ = &spec, db_ = &db, key_position_ = key_position, key_hash_ = key_hash, now_ms_ = now_ms;
    is_rerun_ = is_rerun;
    client_.reply.set_double_form(services_.compat_70 ? DoubleForm::kSeventeenDigits : DoubleForm::kShortest);
  }
  std::optional<BlockRequest>& block() { return block_; }

 private:
  Words words_;
  const CommandSpec* spec_ = nullptr;
  keyspace::Database* db_ = nullptr;
  size_t key_position_ = 0;  // 0: no key was hashed
  uint64_t key_hash_ = 0;
  int64_t now_ms_ = 0;
  bool is_rerun_ = false;
  std::optional<BlockRequest> block_;
  Services& services_;
  Client& client_;
  Propagation& propagation_;
};

}  // namespace keyway::command
