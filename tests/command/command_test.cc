#include "tests/command/command_test.h"

#include <fmt/core.h>

#include <algorithm>

#include "server/commands/families.h"
#include "server/commands/help.h"

namespace keyway::testing {
namespace {

using command::Client;

void Join(std::string& list, std::string_view item) {
  if (!list.empty()) list += "; ";
  list += item;
}

std::string Take(std::string& text) { return std::exchange(text, {}); }

std::string TakeOutput(Client& client) {
  std::string bytes;
  iovec parts[64];
  while (!client.output.empty()) {
    const int count = client.output.Peek(parts, 64);
    size_t size = 0;
    for (int i = 0; i < count; ++i) {
      bytes.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
      size += parts[i].iov_len;
    }
    client.output.Consume(size);
  }
  return bytes;
}

command::CommandTable BuildTable() {
  command::CommandTable::Builder builder(command::AllCommandRows());
  for (const auto& family : commands::AllHandlers()) builder.Bind(family);
  builder.BindHelp(&commands::ContainerHelp);
  auto table = std::move(builder).Build();
  if (!table) throw std::runtime_error(table.error().text());
  return std::move(*table);
}

}  // namespace

// ---- replies

std::string Ok() { return "+OK\r\n"; }
std::string Simple(std::string_view text) { return fmt::format("+{}\r\n", text); }
std::string Error(std::string_view text) { return fmt::format("-{}\r\n", text); }
std::string Integer(int64_t value) { return fmt::format(":{}\r\n", value); }
std::string Bulk(std::string_view bytes) { return fmt::format("${}\r\n{}\r\n", bytes.size(), bytes); }

std::string Array(std::initializer_list<std::string> elements) {
  std::string reply = fmt::format("*{}\r\n", elements.size());
  for (const std::string& element : elements) reply += element;
  return reply;
}

std::string Bulks(std::initializer_list<std::string_view> elements) {
  std::string reply = fmt::format("*{}\r\n", elements.size());
  for (std::string_view element : elements) reply += Bulk(element);
  return reply;
}

// ---- FakeClients

Client& FakeClients::Add(uint64_t id, std::string peer, std::string_view local) {
  auto& client = clients_[id] = std::make_unique<Client>();
  client->id = id;
  client->peer = std::move(peer);
  client->local = local;
  return *client;
}

Client* FakeClients::Find(uint64_t id) {
  const auto found = clients_.find(id);
  return found == clients_.end() ? nullptr : found->second.get();
}

void FakeClients::ForEach(const std::function<void(Client&)>& visit) {
  for (auto& [id, client] : clients_) {
    if (!client->Has(command::kClientCloseAsap | command::kClientCloseAfterReply)) visit(*client);
  }
}

std::string FakeClients::Describe(Client& client) {
  return fmt::format("id={} addr={} name={} db={}", client.id, client.peer, client.labels().name, client.db);
}

void FakeClients::Note(std::string order) { Join(orders, order); }

void FakeClients::Kill(Client& client, bool after_reply) {
  client.flags |= after_reply ? command::kClientCloseAfterReply : command::kClientCloseAsap;
  Note(fmt::format("kill {}{}", client.id, after_reply ? " after reply" : ""));
}

void FakeClients::Pause(command::PauseMode mode, int64_t until_ms) {
  pause_mode_ = mode;
  Note(fmt::format("pause {} {}", mode == command::PauseMode::kAll ? "all" : "write", until_ms));
}

void FakeClients::CheckOutputLimit(Client& client) { Note(fmt::format("check {}", client.id)); }

bool FakeClients::Unblock(Client& client, bool with_error) {
  Note(fmt::format("unblock {}{}", client.id, with_error ? " error" : ""));
  client.flags &= ~command::kClientBlocked;
  return true;
}

// ---- FakeServer

void FakeServer::Note(std::string order) { Join(orders, order); }

std::string FakeServer::Info(std::span<const std::string_view> sections) {
  std::string text = "info";
  for (std::string_view section : sections) text += fmt::format(" {}", section);
  return text;
}

Result<> FakeServer::Shutdown(const command::ShutdownOptions& options) {
  if (options.abort) return Fail("ERR No shutdown in progress.");
  Note(fmt::format("shutdown{}{}{}{}", options.save ? " save" : "", options.nosave ? " nosave" : "",
                   options.now ? " now" : "", options.force ? " force" : ""));
  return {};
}

Result<> FakeServer::Authenticate(Client& client, std::string_view user, std::string_view given) {
  if (user != "default" || (!password.empty() && given != password)) {
    return Fail("WRONGPASS invalid username-password pair or user is disabled.");
  }
  client.authenticated = true;
  return {};
}

Result<std::string> FakeServer::LoadTransport(const Client&, std::string_view name,
                                              std::span<const std::string_view> settings) {
  if (!load_error.empty()) return Fail(load_error);
  std::string order = fmt::format("load {}", name);
  for (std::string_view word : settings) order += fmt::format(" {}", word);
  Note(order);
  return std::string(name);
}

Result<> FakeServer::ReloadTransport(const Client&, std::string_view name) {
  if (!load_error.empty()) return Fail(load_error);
  Note(fmt::format("reload {}", name));
  return {};
}

Result<> FakeServer::UnloadTransport(const Client&, std::string_view name) {
  if (!load_error.empty()) return Fail(load_error);
  Note(fmt::format("unload {}", name));
  return {};
}

Result<> FakeServer::Restart(bool crash_and_recover, int64_t delay_ms) {
  Note(fmt::format("{} {}", crash_and_recover ? "crash" : "restart", delay_ms));
  return Fail("ERR failed to restart the server. Check server logs.");
}

// ---- CommandTest

CommandTest::CommandTest(std::string_view compat)
    : keyspace_({}, clock_, reclaimer_),
      commands_(BuildTable()),
      services_{clock_, config_, keyspace_, commands_, clients_, server_, counters_, compat == "7.0"},
      dispatcher_(services_),
      channels_(services_),
      client_(clients_.Add(1, "127.0.0.1:50001")) {
  server_.counters = &counters_;
  services_.slow_log = &slow_log_;
  services_.latency = &latency_;
  dispatcher_.AddWriteObserver(*this);
  keyspace_.AddObserver(*this);
  keyspace_.set_wanted_events(~0u);
  config_.OnApply(config::ApplyGroup::kMemory, [this](const config::Settings&) -> Result<> {
    command::ApplyKeyspaceSettings(config_.settings(), keyspace_);
    return {};
  });
}

CommandTest::~CommandTest() { keyspace_.RemoveObserver(*this); }

std::string CommandTest::RunAs(Client& client, std::vector<std::string> words) {
  const std::vector<std::string_view> views(words.begin(), words.end());
  dispatcher_.RefreshTime();
  dispatcher_.RunWords(client, views);
  return TakeOutput(client);
}

std::string CommandTest::Received(Client& client) { return TakeOutput(client); }

void CommandTest::Configure(std::string_view name, std::string_view value) {
  const config::Config::NameValue change[] = {{name, value}};
  const auto result = config_.Set(change);
  ASSERT_TRUE(result) << result.error().text();
}

std::string CommandTest::Map(std::vector<std::pair<std::string, std::string>> pairs) const {
  std::string reply = resp3() ? fmt::format("%{}\r\n", pairs.size()) : fmt::format("*{}\r\n", pairs.size() * 2);
  for (const auto& [name, value] : pairs) reply += name, reply += value;
  return reply;
}

std::string CommandTest::Set(std::vector<std::string> elements) const {
  std::string reply = fmt::format("{}{}\r\n", resp3() ? '~' : '*', elements.size());
  for (const std::string& element : elements) reply += element;
  return reply;
}

std::string CommandTest::Double(std::string_view text) const {
  return resp3() ? fmt::format(",{}\r\n", text) : Bulk(text);
}

std::string CommandTest::Verbatim(std::string_view text) const {
  return resp3() ? fmt::format("={}\r\ntxt:{}\r\n", text.size() + 4, text) : Bulk(text);
}

std::string CommandTest::Propagated() { return Take(propagated_); }
std::string CommandTest::Events() { return Take(events_); }
std::string CommandTest::AllEvents() { return Take(all_events_); }
std::string CommandTest::Modified() { return Take(modified_); }

std::string CommandTest::EncodingOf(std::string_view key) {
  const keyspace::Entry* entry = Find(key);
  return entry == nullptr ? "none" : std::string(data::EncodingName(entry->encoding()));
}

void CommandTest::OnWrite(int db, command::Words words) {
  std::string text = db == 0 ? "" : fmt::format("@{} ", db);
  for (size_t i = 0; i < words.size(); ++i) text += (i == 0 ? "" : " "), text += words[i];
  Join(propagated_, text);
}

void CommandTest::OnModified(keyspace::Database& db, std::string_view key) {
  Join(modified_, db.index() == 0 ? std::string(key) : fmt::format("@{} {}", db.index(), key));
}

void CommandTest::OnEvent(keyspace::Database& db, keyspace::EventClass event_class, std::string_view event,
                          std::string_view key) {
  std::string text = db.index() == 0 ? "" : fmt::format("@{} ", db.index());
  text += fmt::format("{} {}", event, key);
  Join(all_events_, text);
  if (event_class != keyspace::EventClass::kNew && event_class != keyspace::EventClass::kKeyMiss) Join(events_, text);
}

}  // namespace keyway::testing
