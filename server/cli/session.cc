#include "server/cli/session.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "server/base/number.h"
#include "server/cli/command_traits.h"

namespace keyway::cli {
namespace {

using resp::Reply;
using Kind = resp::Reply::Kind;

// Without -t: about as long as the system itself tries to connect.
constexpr int64_t kDefaultConnectTimeoutMs = 120'000;
constexpr int kMaxRedirections = 16;
constexpr int kMaxPort = 65535;

void Complain(std::string_view text) {
  if (!text.empty()) fmt::print(stderr, "{}\n", text);
}

// "MOVED 3999 127.0.0.1:6381" and "ASK …": where to. An empty host means the one that answered.
struct Redirection {
  bool ask = false;
  int64_t slot = 0;
  std::string host;
  int port = 0;
};

std::optional<Redirection> ParseRedirection(std::string_view text) {
  Redirection out;
  out.ask = text.starts_with("ASK ");
  if (!out.ask && !text.starts_with("MOVED ")) return std::nullopt;
  text.remove_prefix(text.find(' ') + 1);
  size_t blank = text.find(' ');
  if (blank == text.npos) return std::nullopt;
  auto slot = ParseInt64(text.substr(0, blank));
  std::string_view address = text.substr(blank + 1);
  size_t colon = address.rfind(':');
  if (!slot || colon == address.npos) return std::nullopt;
  auto port = ParseInt64(address.substr(colon + 1));
  if (!port || *port <= 0 || *port > kMaxPort) return std::nullopt;
  out.slot = *slot;
  out.host = address.substr(0, colon);
  out.port = static_cast<int>(*port);
  return out;
}

}  // namespace

Session::Session(const CliOptions& options, const client::Transport& transport, Format format, bool interactive)
    : options_(options),
      transport_(transport),
      format_(std::move(format)),
      interactive_(interactive),
      print_pushes_(options.show_pushes.value_or(false)),
      host_(options.host),
      port_(options.port),
      use_socket_(!options.socket.empty()),
      wanted_database_(options.database),
      resp3_wanted_(options.resp3),
      resp3_preferred_(options.prefer_resp3 && !options.resp2) {}

// ---- connecting

std::string Session::ServerName() const { return use_socket_ ? options_.socket : client::JoinHostPort(host_, port_); }

Result<> Session::Dial() {
  net::DialOptions dial;
  dial.timeout_ms = options_.connect_timeout_ms > 0 ? options_.connect_timeout_ms : kDefaultConnectTimeoutMs;
  dial.verify = client::VerifyPolicyOf(options_.tls);
  ForgetConnectionState();
  return connection_.Open(transport_.stack, ServerName(), std::move(dial));
}

void Session::ForgetConnectionState() {
  // A SELECT that was queued never ran.
  if (in_multi_) wanted_database_ = database_before_multi_;
  database_ = 0;
  in_multi_ = false;
  resp3_ = false;
}

bool Session::Connect() {
  // redis-cli names host and port without brackets.
  std::string shown = use_socket_ ? options_.socket : fmt::format("{}:{}", host_, port_);
  if (auto opened = Dial(); !opened) {
    Complain(fmt::format("Could not connect to Redis at {}: {}", shown, opened.error().text()));
    return false;
  }
  if (options_.verbose) {
    const net::ConnectionInfo& info = connection_.info();
    Complain(fmt::format("Connected to {} over {}{}{}{}{}", info.peer, info.transport, info.version.empty() ? "" : ", ",
                         info.version, info.cipher.empty() ? "" : ", ", info.cipher));
  }
  return LogIn() && SelectDatabase() && SwitchProtocol();
}

bool Session::LogIn() {
  if (!options_.password) return true;
  Arguments command = {"AUTH"};
  if (!options_.user.empty()) command.push_back(options_.user);
  command.push_back(*options_.password);
  auto reply = Ask(command);
  if (!reply) return Complain(reply.error().text()), false;
  if (reply->is_error()) return Complain("AUTH failed: " + reply->text), false;
  return true;
}

bool Session::SelectDatabase() {
  if (wanted_database_ == database_) return true;
  auto reply = Ask({"SELECT", fmt::format("{}", wanted_database_)});
  if (!reply) return Complain(reply.error().text()), false;
  if (reply->is_error()) return Complain(fmt::format("SELECT {} failed: {}", wanted_database_, reply->text)), false;
  database_ = wanted_database_;
  return true;
}

bool Session::SwitchProtocol() {
  if (!resp3_wanted_ && !resp3_preferred_) return true;
  auto reply = Ask({"HELLO", "3"});
  if (!reply) return Complain(reply.error().text()), false;
  if (!reply->is_error()) return resp3_ = true;
  Complain("HELLO 3 failed: " + reply->text);
  return !resp3_wanted_;
}

void Session::SetServer(std::string host, int port) {
  host_ = std::move(host);
  port_ = port;
  use_socket_ = false;
}

// ---- one command

bool Session::Run(const Arguments& command, int64_t repeat) {
  redirections_ = 0;
  if (interactive_ && !CatchUp()) return false;
  while (true) {
    if (!connected()) {
      bool complete = Connect();
      // A script must not change another database than it named.
      bool wrong_database = !interactive_ && wanted_database_ != database_;
      if (!connected() || (!complete && wrong_database)) return false;
    }
    if (std::exchange(asking_, false)) {
      auto reply = Ask({"ASKING"});
      if (!reply) return Complain(reply.error().text()), false;
      if (reply->is_error()) return Complain("ASKING failed: " + reply->text), false;
    }
    switch (RunOnce(command, repeat)) {
      case Outcome::kDone:
        return true;
      case Outcome::kFailed:
        return false;
      case Outcome::kRedirected:
        connection_.Close();
        break;
    }
  }
}

// Counts `repeat` down itself; a redirection comes before the first reply that counts.
Session::Outcome Session::RunOnce(const Arguments& command, int64_t repeat) {
  bool plain = IsPlainReport(command);
  bool subscription = IsSubscription(command);
  if (NameIs(command[0], "shutdown")) shutting_down_ = true;
  for (; repeat != 0; repeat -= repeat > 0) {
    connection_.Send(command);
    if (subscription || NameIs(command[0], "monitor")) {
      Outcome outcome = RunStream(subscription, plain);
      if (outcome != Outcome::kDone || !subscription) return outcome;
      continue;
    }
    auto reply = NextReply(resp3_ && IsUnsubscription(command));
    if (!reply) {
      // The server is gone, as was asked for.
      if (std::exchange(shutting_down_, false)) return Outcome::kDone;
      Complain(reply.error().text());
      return Outcome::kFailed;
    }
    shutting_down_ = false;
    last_kind_ = reply->kind;
    if (options_.cluster && reply->is_error() && Redirect(*reply)) return Outcome::kRedirected;
    if (!interactive_ && options_.exit_code_on_error && reply->is_error()) {
      Complain(reply->text);
      return Outcome::kFailed;
    }
    Print(*reply, plain);
    NoteEffects(command);
    if (options_.interval_us > 0) usleep(static_cast<useconds_t>(options_.interval_us));
  }
  return Outcome::kDone;
}

// Prints what comes until an error, Ctrl-C at a prompt, or the end of the connection.
Session::Outcome Session::RunStream(bool subscription, bool plain) {
  if (subscription && format_.output != Output::kRaw) {
    fmt::print("Reading messages... (press Ctrl-C to quit)\n");
    fflush(stdout);
  }
  while (true) {
    switch (connection_.WaitReply()) {
      case Connection::Wait::kReply: {
        Reply reply = connection_.TakeReply();
        last_kind_ = reply.kind;
        if (options_.cluster && reply.is_error() && Redirect(reply)) return Outcome::kRedirected;
        Print(reply, plain);
        if (reply.is_error()) return Outcome::kDone;
        break;
      }
      case Connection::Wait::kStopped:
        // Only a new connection is free of subscriptions for sure.
        connection_.Close();
        Connect();
        return Outcome::kDone;
      default:
        Complain("Error: " + connection_.error());
        return Outcome::kFailed;
    }
  }
}

Result<Reply> Session::NextReply(bool pushes) {
  while (true) {
    switch (connection_.WaitReply()) {
      case Connection::Wait::kReply: {
        Reply reply = connection_.TakeReply();
        if (reply.kind != Kind::kPush || pushes) return reply;
        PrintPush(reply);
        break;
      }
      case Connection::Wait::kStopped:
        interrupted_ = true;
        connection_.Close();
        return Fail("");
      default:
        return Fail("Error: " + connection_.error());
    }
  }
}

bool Session::CatchUp() {
  while (connected()) {
    switch (connection_.WaitReply(0)) {
      case Connection::Wait::kReply:
        PrintPush(connection_.TakeReply());
        break;
      case Connection::Wait::kTimeout:
      case Connection::Wait::kStopped:
        return true;
      default:
        // The command can go over a new connection, unless the commands before it are gone with the old one.
        if (!in_multi_) return true;
        ForgetConnectionState();
        Complain("Error: " + connection_.error());
        return false;
    }
  }
  return true;
}

void Session::PrintPush(const Reply& reply) {
  if (!print_pushes_) return;
  std::string text = FormatPush(reply, format_);
  fwrite(text.data(), 1, text.size(), stdout);
}

void Session::Print(const Reply& reply, bool plain) {
  std::string text = plain ? FormatPlain(reply, format_) : FormatReply(reply, format_);
  fwrite(text.data(), 1, text.size(), stdout);
  fflush(stdout);  // whoever reads a pipe wants to see it now
}

// Whether the error sends us elsewhere; then the session points there.
bool Session::Redirect(const Reply& reply) {
  auto redirection = ParseRedirection(reply.text);
  if (!redirection || ++redirections_ > kMaxRedirections) return false;
  if (redirection->host.empty()) redirection->host = host_;
  SetServer(redirection->host, redirection->port);
  asking_ = redirection->ask;
  if (interactive_) fmt::print("-> Redirected to slot [{}] located at {}:{}\n", redirection->slot, host_, port_);
  return true;
}

// What a command that succeeded means for the commands after it.
void Session::NoteEffects(const Arguments& command) {
  const std::string& name = command[0];
  bool failed = last_was_error();
  if (NameIs(name, "select") && command.size() == 2 && !failed) {
    if (auto number = ParseInt64(command[1])) wanted_database_ = database_ = static_cast<int>(*number);
  } else if (NameIs(name, "auth") && (command.size() == 2 || command.size() == 3)) {
    SelectDatabase();
  } else if (NameIs(name, "hello") && command.size() > 1 && !failed) {
    resp3_ = resp3_wanted_ = command[1] == "3";
    resp3_preferred_ = false;
  } else if (NameIs(name, "multi") && command.size() == 1 && !failed) {
    in_multi_ = true;
    database_before_multi_ = database_;
  } else if (NameIs(name, "exec") && command.size() == 1 && in_multi_) {
    in_multi_ = false;
    if (failed || last_kind_ == Kind::kNull) wanted_database_ = database_ = database_before_multi_;
  } else if (NameIs(name, "discard") && command.size() == 1 && !failed) {
    in_multi_ = false;
    wanted_database_ = database_ = database_before_multi_;
  } else if (NameIs(name, "reset") && command.size() == 1 && !failed) {
    ForgetConnectionState();
    wanted_database_ = 0;
    resp3_wanted_ = resp3_preferred_ = false;
  }
}

// ---- for reports

Result<Reply> Session::Ask(const Arguments& command) {
  if (!connected()) return Fail("Error: not connected");
  connection_.Send(command);
  return NextReply(false);
}

Result<std::vector<Reply>> Session::AskAll(const std::vector<Arguments>& commands) {
  if (!connected()) return Fail("Error: not connected");
  std::string requests;
  for (const Arguments& command : commands) AppendCommand(command, requests);
  connection_.SendBytes(requests);
  std::vector<Reply> replies;
  for (size_t i = 0; i < commands.size(); ++i) {
    auto reply = NextReply(false);
    if (!reply) return std::unexpected(reply.error());
    replies.push_back(std::move(*reply));
  }
  return replies;
}

Result<Reply> Session::AskPatiently(const Arguments& command) {
  for (int tries = 0;;) {
    if (connected()) {
      auto reply = Ask(command);
      if (reply) {
        if (tries > 0) fmt::print("\r\x1b[0K");
        return reply;
      }
    }
    fmt::print("\r\x1b[0KReconnecting... {}\r", ++tries);
    fflush(stdout);
    if (Dial()) {
      if (!LogIn() || !SelectDatabase()) return Fail("Error: the server does not let us in any more");
    } else {
      sleep(1);
    }
  }
}

std::string Session::Prompt() const {
  std::string text = use_socket_ ? "redis " + options_.socket : client::JoinHostPort(host_, port_);
  if (!connected()) text = "not connected";
  if (connected() && database_ != 0) text += fmt::format("[{}]", database_);
  if (connected() && in_multi_) text += "(TX)";
  return text + "> ";
}

}  // namespace keyway::cli
