// What keyway-cli does with commands: connect and log in, send, follow redirections, print replies, and keep in mind what
// the commands changed (database, MULTI). All output goes to standard output, all complaints to standard error.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/cli/connection.h"
#include "server/cli/format.h"
#include "server/cli/options.h"
#include "server/client/transport.h"

namespace keyway::cli {

class Session {
 public:
  // `interactive`: commands come one after another from a prompt or from standard input, and the session outlives
  // connections. `transport` and `options` are borrowed.
  Session(const CliOptions& options, const client::Transport& transport, Format format, bool interactive);

  // Connects anew, logs in, selects the database, switches to RESP3. False after a complaint; where only the login failed,
  // the connection stays, and the server says to each command what is wrong.
  bool Connect();
  bool connected() const { return connection_.is_open(); }
  void Close() { connection_.Close(); }
  // Another server from now on: `connect HOST PORT`.
  void SetServer(std::string host, int port);

  // Runs one command and prints the reply, `repeat` times (negative: for ever), connecting first where needed. False: the
  // command got no answer, which has been complained about.
  bool Run(const Arguments& command, int64_t repeat);
  // Whether the command's last reply was an error.
  bool last_was_error() const { return last_kind_ == resp::Reply::Kind::kError; }

  // For reports: a command's reply, nothing printed. The error is for standard error, and the connection is gone.
  Result<resp::Reply> Ask(const Arguments& command);
  // The same for many commands in one go.
  Result<std::vector<resp::Reply>> AskAll(const std::vector<Arguments>& commands);
  // Ask, but connects again, each second, when the connection is lost.
  Result<resp::Reply> AskPatiently(const Arguments& command);

  // "127.0.0.1:6379[2](TX)> "
  std::string Prompt() const;
  bool in_multi() const { return in_multi_; }
  // Ctrl-C came while a command waited for its reply.
  bool interrupted() const { return interrupted_; }
  const Format& format() const { return format_; }
  Connection& connection() { return connection_; }

 private:
  enum class Outcome : uint8_t { kDone, kFailed, kRedirected };

  std::string ServerName() const;
  Result<> Dial();
  bool LogIn();
  bool SelectDatabase();
  bool SwitchProtocol();
  Outcome RunOnce(const Arguments& command, int64_t repeat);
  Outcome RunStream(bool subscription, bool plain);
  // The next reply that is no push, unless `pushes`; pushes in front of it are printed. Complains when there is none.
  Result<resp::Reply> NextReply(bool pushes);
  bool Redirect(const resp::Reply& reply);
  // Hears what came while nobody waited: pushes are printed. False when the connection is lost and with it a
  // transaction, which has been complained about.
  bool CatchUp();
  void PrintPush(const resp::Reply& reply);
  void Print(const resp::Reply& reply, bool plain);
  void NoteEffects(const Arguments& command);
  void ForgetConnectionState();

  const CliOptions& options_;
  const client::Transport& transport_;
  Format format_;
  bool interactive_;
  bool print_pushes_;
  Connection connection_;

  std::string host_;
  int port_;
  bool use_socket_;
  int wanted_database_;
  int database_ = 0;
  int database_before_multi_ = 0;
  bool in_multi_ = false;
  bool resp3_wanted_, resp3_preferred_;
  bool resp3_ = false;
  resp::Reply::Kind last_kind_ = resp::Reply::Kind::kNull;
  bool asking_ = false;
  int redirections_ = 0;
  bool shutting_down_ = false;
  bool interrupted_ = false;
};

}  // namespace keyway::cli
