#include "server/benchmark/server_info.h"

#include <fmt/core.h>

namespace keyway::benchmark {
namespace {

class Inquiry {
 public:
  Inquiry(const Options& options, const client::Transport& transport, const std::string& address)
      : options_(options), transport_(transport), address_(address) {}

  Result<> Open() {
    if (auto opened = connection_.Open(transport_.stack, address_, DialOptionsOf(options_)); !opened) {
      return Fail(fmt::format("Could not connect to Redis at {}: {}", address_, opened.error().text()), kUnreachable);
    }
    client::Arguments login = LoginOf(options_);
    if (login.empty()) return {};
    auto reply = Ask(login);
    if (!reply && reply.error().code() == kErrorReply) return Fail(reply.error().text(), kRefused);
    return reply ? Result<>() : std::unexpected(reply.error());
  }

  Result<resp::Reply> Ask(const client::Arguments& command) {
    connection_.Send(command);
    if (connection_.WaitReply(kConnectTimeoutMs) != client::Connection::Wait::kReply) {
      std::string why = connection_.error().empty() ? "no reply" : connection_.error();
      return Fail(fmt::format("ERROR: failed to fetch reply from {}: {}", address_, why), kUnreachable);
    }
    resp::Reply reply = connection_.TakeReply();
    if (!reply.is_error()) return reply;
    int code = reply.text.starts_with("NOAUTH") ? kRefused : kErrorReply;
    return Fail(fmt::format("Node {} replied with error:\n{}", address_, reply.text), code);
  }

  // The second element of CONFIG GET's reply.
  Result<std::string> ConfigValue(const char* name) {
    auto reply = Ask({"CONFIG", "GET", name});
    if (!reply) return std::unexpected(reply.error());
    if (reply->elements.size() < 2) return Fail("CONFIG GET knows no such option", kErrorReply);
    return reply->elements[1].text;
  }

 private:
  const Options& options_;
  const client::Transport& transport_;
  const std::string& address_;
  client::Connection connection_;
};

}  // namespace

client::Arguments LoginOf(const Options& options) {
  if (!options.password) return {};
  if (options.user.empty()) return {"AUTH", *options.password};
  return {"AUTH", options.user, *options.password};
}

net::DialOptions DialOptionsOf(const Options& options) {
  net::DialOptions dial;
  dial.timeout_ms = kConnectTimeoutMs;
  dial.verify = client::VerifyPolicyOf(options.tls);
  return dial;
}

Result<std::string> AskServer(const Options& options, const client::Transport& transport, const std::string& address,
                              const client::Arguments& command) {
  Inquiry inquiry(options, transport, address);
  if (auto opened = inquiry.Open(); !opened) return std::unexpected(opened.error());
  auto reply = inquiry.Ask(command);
  if (!reply) return std::unexpected(reply.error());
  return reply->text;
}

Result<ServerConfig> FetchServerConfig(const Options& options, const client::Transport& transport,
                                       const std::string& address) {
  Inquiry inquiry(options, transport, address);
  if (auto opened = inquiry.Open(); !opened) return std::unexpected(opened.error());
  auto save = inquiry.ConfigValue("save");
  if (!save) return std::unexpected(save.error());
  auto appendonly = inquiry.ConfigValue("appendonly");
  if (!appendonly) return std::unexpected(appendonly.error());
  return ServerConfig{.known = true, .save = *save, .appendonly = *appendonly};
}

}  // namespace keyway::benchmark
