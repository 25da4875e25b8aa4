// --pipe: standard input goes to the server as it is, and the replies are only counted. The end is a reply to an ECHO of
// random letters, sent last: once it is there, so are all others.
#include <errno.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>

#include "server/base/random.h"
#include "server/cli/reports.h"

namespace keyway::cli {
namespace {

constexpr size_t kReadBytes = 16 * 1024;
constexpr size_t kMaxUnsentBytes = 256 * 1024;
constexpr size_t kMarkBytes = 20;
constexpr int64_t kTurnMs = 1000;

class Pipe final : private event::FdHandler {
 public:
  Pipe(Connection& connection, int64_t timeout_s) : connection_(connection), timeout_us_(timeout_s * 1'000'000) {
    connection_.set_stop_when_drained(true);
  }
  ~Pipe() {
    Watch(false);
    connection_.set_stop_when_drained(false);
  }

  int Run() {
    last_reply_us_ = connection_.loop().NowUs();
    while (!done_) {
      bool room = !input_ended_ && connection_.unsent_bytes() < kMaxUnsentBytes;
      // A descriptor that cannot be watched is a file: it always has something to say.
      if (room && !Watch(true)) input_ready_ = true;
      if (!room) Watch(false);
      if (room && input_ready_ && !ReadInput()) return 1;
      if (int status = ReadReplies(room && input_ready_ ? 0 : kTurnMs); status >= 0) return status;
      if (input_ended_ && timeout_us_ > 0 && connection_.loop().NowUs() - last_reply_us_ > timeout_us_) {
        fmt::print(stderr, "No replies for {} seconds: exiting.\n", timeout_us_ / 1'000'000);
        ++errors_;
        break;
      }
    }
    fmt::print("errors: {}, replies: {}\n", errors_, replies_);
    return errors_ > 0 ? 1 : 0;
  }

 private:
  // Something is to be read, or there is room again: the wait for replies ends.
  void OnFdEvents(uint32_t /*events*/) override {
    input_ready_ = true;
    Watch(false);
    connection_.Stop();
  }

  bool Watch(bool wanted) {
    if (wanted && !watched_ && !input_ready_) {
      watched_ = connection_.loop().Add(STDIN_FILENO, event::kReadable, this, false);
      return watched_;
    }
    if (!wanted && watched_) {
      connection_.loop().Remove(STDIN_FILENO);
      watched_ = false;
    }
    return true;
  }

  // False when standard input fails.
  bool ReadInput() {
    char bytes[kReadBytes];
    ssize_t size = read(STDIN_FILENO, bytes, sizeof bytes);
    if (size < 0) {
      if (errno == EAGAIN || errno == EINTR) return true;
      fmt::print(stderr, "Error reading from stdin: {}\n", strerror(errno));
      return false;
    }
    input_ready_ = false;
    if (size > 0) {
      connection_.SendBytes({bytes, static_cast<size_t>(size)});
      return true;
    }
    input_ended_ = true;
    // Letters: should the input end in the middle of a request, the server reads the mark as a word.
    for (Random random; mark_.size() < kMarkBytes;) mark_ += static_cast<char>('a' + random.Below(26));
    // The line end in front means nothing to the server, unless the input ended in the middle of a line.
    std::string request = "\r\n";
    AppendCommand({"ECHO", mark_}, request);
    connection_.SendBytes(request);
    fmt::print("All data transferred. Waiting for the last reply...\n");
    fflush(stdout);
    return true;
  }

  // All replies that are there; waits for the first. The exit status, or -1 to go on.
  int ReadReplies(int64_t timeout_ms) {
    while (true) {
      switch (connection_.WaitReply(timeout_ms)) {
        case Connection::Wait::kReply:
          CountReply(connection_.TakeReply());
          if (done_) return -1;
          timeout_ms = 0;
          break;
        case Connection::Wait::kTimeout:
        case Connection::Wait::kStopped:
          return -1;
        case Connection::Wait::kProtocol:
          fmt::print(stderr, "Error reading replies from server\n");
          return 1;
        case Connection::Wait::kClosed:
          fmt::print(stderr, "Error: {}\n", connection_.error());
          return 1;
      }
    }
  }

  void CountReply(const resp::Reply& reply) {
    last_reply_us_ = connection_.loop().NowUs();
    if (reply.kind == resp::Reply::Kind::kPush) return;
    if (reply.is_error()) {
      fmt::print(stderr, "{}\n", reply.text);
      ++errors_;
    } else if (input_ended_ && reply.kind == resp::Reply::Kind::kString && reply.text == mark_) {
      fmt::print("Last reply received from server.\n");
      done_ = true;
      return;
    }
    ++replies_;
  }

  Connection& connection_;
  int64_t timeout_us_;
  int64_t last_reply_us_ = 0;
  bool watched_ = false;      // standard input is in the loop
  bool input_ready_ = false;  // it can be read
  bool input_ended_ = false;
  bool done_ = false;
  std::string mark_;
  int64_t errors_ = 0, replies_ = 0;
};

}  // namespace

int RunPipe(Session& session, const CliOptions& options) {
  return Pipe(session.connection(), options.pipe_timeout_s).Run();
}

}  // namespace keyway::cli
