// The harness of the command tests: everything between the words of a request and the bytes of its reply, in process.
// The keyspace, the configuration, the command table and the dispatcher are the real ones; the clock is moved by hand,
// and the server around them is a small fake that remembers what was asked of it.
//
//   EXPECT_EQ(Run({"GET", "k"}), Null());
//   EXPECT_EQ(Run({"SET", "k", "v", "EX", "10"}), Ok());
//   clock_.AdvanceMs(10'001);
//   EXPECT_EQ(Run({"GET", "k"}), Null());
//   EXPECT_EQ(Propagated(), "SET k v PXAT 1700000010000; DEL k");
//
// Replies are compared as the bytes that go to the client. What differs between the protocol versions (Null, Map, Double…)
// is a member function that follows the client's version, so that a test can run under both.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/clock.h"
#include "server/command/command_table.h"
#include "server/command/latency_monitor.h"
#include "server/command/services.h"
#include "server/command/slow_log.h"
#include "server/config/config.h"
#include "server/dispatch/dispatcher.h"
#include "server/keyspace/keyspace.h"
#include "server/pubsub/channels.h"

namespace keyway::testing {

// ---- replies that look the same in both protocol versions
std::string Ok();
std::string Simple(std::string_view text);
std::string Error(std::string_view text);
std::string Integer(int64_t value);
std::string Bulk(std::string_view bytes);
std::string Array(std::initializer_list<std::string> elements);
std::string Bulks(std::initializer_list<std::string_view> elements);  // an array of bulk strings

// The clients of the server as CLIENT sees them; keeps the orders it gets.
class FakeClients final : public command::ClientDirectory {
 public:
  command::Client& Add(uint64_t id, std::string peer, std::string_view local = "127.0.0.1:6379");

  size_t Count() const override { return clients_.size(); }
  command::Client* Find(uint64_t id) override;
  void ForEach(const std::function<void(command::Client&)>& visit) override;
  std::string Describe(command::Client& client) override;
  void Kill(command::Client& client, bool after_reply) override;
  void Pause(command::PauseMode mode, int64_t until_ms) override;
  void Unpause() override { pause_mode_ = command::PauseMode::kNone; }
  command::PauseMode pause_mode() const override { return pause_mode_; }
  bool Unblock(command::Client& client, bool with_error) override;
  void FlushSoon(command::Client&) override {}
  void CheckOutputLimit(command::Client& client) override;
  void AddObserver(command::ClientObserver&) override {}
  void RemoveObserver(command::ClientObserver&) override {}

  std::string orders;  // "kill 7; pause all 123; unblock 8 error"

 private:
  void Note(std::string order);

  std::map<uint64_t, std::unique_ptr<command::Client>> clients_;
  command::PauseMode pause_mode_ = command::PauseMode::kNone;
};

class FakeServer final : public command::ServerControl {
 public:
  std::string Info(std::span<const std::string_view> sections) override;
  void ResetStats() override { counters->Reset(); }
  Result<> Shutdown(const command::ShutdownOptions& options) override;
  Result<> Authenticate(command::Client& client, std::string_view user, std::string_view given) override;
  bool AuthenticationRequired() const override { return !password.empty(); }
  void ResetClientAuthentication(command::Client& client) override { client.authenticated = password.empty(); }
  std::vector<command::TransportRow> Transports() const override { return transports; }
  Result<std::string> LoadTransport(const command::Client& client, std::string_view name,
                                    std::span<const std::string_view> settings) override;
  Result<> ReloadTransport(const command::Client& client, std::string_view name) override;
  Result<> UnloadTransport(const command::Client& client, std::string_view name) override;
  void PauseCron(bool paused) override { Note(paused ? "pause-cron" : "resume-cron"); }
  void SetActiveExpire(bool on) override { Note(on ? "active-expire on" : "active-expire off"); }
  Result<> Restart(bool crash_and_recover, int64_t delay_ms) override;
  bool CommandIsAllowed(const command::Client&, std::string_view) const override { return true; }

  std::string orders;    // what was asked of it, "; " between
  std::string password;  // empty: none is required
  command::ServerCounters* counters = nullptr;
  std::vector<command::TransportRow> transports;
  std::string load_error;

 private:
  void Note(std::string order);
};

class CommandTest : public ::testing::Test, private command::WriteObserver, private keyspace::KeyObserver {
 protected:
  // "7.0" or "7.2"
  explicit CommandTest(std::string_view compat = "7.2");
  ~CommandTest() override;

  // Runs one command and gives the bytes of its reply.
  std::string Run(std::vector<std::string> words) { return RunAs(client_, std::move(words)); }
  std::string RunAs(command::Client& client, std::vector<std::string> words);
  // What a client that waited was answered since.
  std::string Received(command::Client& client);
  // CONFIG SET without the test's interest in its reply.
  void Configure(std::string_view name, std::string_view value);

  void UseResp3() { client_.reply.set_version(3); }
  bool resp3() const { return client_.reply.version() == 3; }
  std::string Null() const { return resp3() ? "_\r\n" : "$-1\r\n"; }
  std::string Map(std::vector<std::pair<std::string, std::string>> pairs) const;  // elements are replies
  std::string Set(std::vector<std::string> elements) const;
  std::string Double(std::string_view text) const;
  std::string Verbatim(std::string_view text) const;

  // What was propagated since the last call: "SET a b; DEL c". A command in another database than 0 has "@1 " before it.
  std::string Propagated();
  // The events since the last call: "set k; expire k". Those of new keys and misses are left out.
  std::string Events();
  // The keys that were signalled as modified since the last call.
  std::string Modified();
  // Events of new keys and misses too.
  std::string AllEvents();

  keyspace::Entry* Find(std::string_view key, int db = 0) { return keyspace_.db(db).FindRaw(keyspace::HashedKey(key)); }
  std::string EncodingOf(std::string_view key);

  ManualClock clock_;
  keyspace::ImmediateReclaimer reclaimer_;
  keyspace::Keyspace keyspace_;
  config::Config config_;
  command::CommandTable commands_;
  FakeClients clients_;
  FakeServer server_;
  command::ServerCounters counters_;
  command::SlowLog slow_log_;
  command::LatencyMonitor latency_{config_, clock_};
  command::Services services_;
  dispatch::Dispatcher dispatcher_;
  pubsub::Channels channels_;
  command::Client& client_;  // id 1

 private:
  void OnWrite(int db, command::Words words) override;
  void OnModified(keyspace::Database& db, std::string_view key) override;
  void OnEvent(keyspace::Database& db, keyspace::EventClass event_class, std::string_view event,
               std::string_view key) override;

  std::string propagated_, events_, all_events_, modified_;
};

}  // namespace keyway::testing
