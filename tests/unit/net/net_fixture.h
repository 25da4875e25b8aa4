// What the tests of connections share: a loop that is turned by hand against a deadline, a handler that records, an echo
// server, and transports from the build folder.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "server/base/clock.h"
#include "server/base/unique_fd.h"
#include "server/event/event_loop.h"
#include "server/net/host.h"
#include "tests/unit/engine_under_test.h"

namespace keyway::net::test {

// False when the deadline passed first.
inline bool TurnUntil(event::EventLoop& loop, const std::function<bool()>& done, int seconds = 20) {
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    loop.RunOnce(5'000);
  }
  return true;
}

// Records what it hears; reads at once, or when told.
class RecordingHandler : public ConnectionHandler {
 public:
  void OnOpen(Connection& connection) override {
    ++opens;
    info = connection.info();
    if (on_open) on_open(connection);
  }
  void OnReadable(Connection& connection) override {
    ++readables;
    if (reading) Drain(connection);
  }
  void OnHangup(Connection&) override { ++hangups; }
  void OnDrained(Connection&) override { ++drains; }
  void OnClosed(Connection&, const CloseReason& why) override {
    ++closes;
    reason = why;
  }

  void Drain(Connection& connection) {
    while (true) {
      ReceiveStatus status = connection.Receive(buffer);
      if (status == ReceiveStatus::kData) {
        if (echo) {
          OutputBuffer out;
          out.Append(buffer.readable());
          connection.Send(out);
          received_bytes += buffer.readable().size();
        } else {
          received += buffer.readable();
        }
        buffer.Consume(buffer.readable().size());
        buffer.Release();
        if (closes > 0) return;
        continue;
      }
      buffer.Release();
      if (status == ReceiveStatus::kAgain) return;
      end = status;
      if (close_at_end) connection.Close();
      return;
    }
  }

  int opens = 0, readables = 0, hangups = 0, drains = 0, closes = 0;
  bool reading = true, echo = false, close_at_end = false;
  std::string received;
  size_t received_bytes = 0;
  std::optional<ReceiveStatus> end;
  CloseReason reason;
  ConnectionInfo info;
  std::function<void(Connection&)> on_open;
  ReceiveBuffer buffer;
};

// Takes a connection at rest from one loop to another. False when it does not go within the deadline.
inline bool MoveTo(Connection& connection, RecordingHandler& handler, event::EventLoop& from, event::EventLoop& to) {
  const bool gone = TurnUntil(from, [&] {
    // An engine may take a turn in which nobody may read; what it has taken in already is to be read first.
    const bool reading = std::exchange(handler.reading, false);
    bool left = connection.Leave();
    for (int i = 0; i < 2 && !left; ++i) {
      from.RunOnce(0);
      left = connection.Leave();
    }
    handler.reading = reading;
    if (!left && reading) handler.Drain(connection);
    return left;
  });
  if (gone) connection.Join(to);
  return gone;
}

inline void SendText(Connection& connection, std::string_view text) {
  OutputBuffer out;
  out.Append(text);
  connection.Send(out);
}

// Reproducible bytes that are no pattern.
inline std::string RandomBytes(size_t size, uint32_t seed = 1) {
  std::mt19937_64 random(seed);
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; i += 8) {
    uint64_t word = random();
    for (size_t j = 0; j < 8 && i + j < size; ++j) bytes[i + j] = static_cast<char>(word >> (j * 8));
  }
  return bytes;
}

// A peer that is no Keyway connection: a non-blocking descriptor.
class RawPeer {
 public:
  explicit RawPeer(UniqueFd fd) : fd_(std::move(fd)) { fcntl(fd_.get(), F_SETFL, O_NONBLOCK); }

  size_t Write(std::string_view bytes) {
    ssize_t sent = send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return sent > 0 ? static_cast<size_t>(sent) : 0;
  }
  // Takes what is there; true at the end of the stream (or a reset).
  bool Read(size_t limit = SIZE_MAX) {
    char chunk[65536];
    while (limit > 0) {
      ssize_t got = recv(fd_.get(), chunk, std::min(limit, sizeof chunk), 0);
      if (got > 0) {
        received.append(chunk, static_cast<size_t>(got));
        limit -= static_cast<size_t>(got);
        continue;
      }
      if (got == 0) return ended = true;
      if (errno == ECONNRESET) return reset = ended = true;
      return false;
    }
    return false;
  }
  void ShutdownWrite() { shutdown(fd_.get(), SHUT_WR); }
  void Close() { fd_.Reset(); }
  void CloseWithReset() {
    linger now{1, 0};
    setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    fd_.Reset();
  }
  int fd() const { return fd_.get(); }

  std::string received;
  bool ended = false, reset = false;

 private:
  UniqueFd fd_;
};

// A registry over the plug-ins of the build folder; one for the process, as in the server.
inline Registry& TestRegistry() {
  static std::unique_ptr<Registry> registry = [] {
    RegistryPaths paths{DefaultTransportDirs(), ""};
    paths.transport_dirs.push_back(KW_LOOPBACK_DIR);
    paths.transport_dirs.push_back(KW_STRICT_DIR);
    return Registry::Create(std::move(paths));
  }();
  return *registry;
}

inline std::shared_ptr<const Stack> MakeTestStack(std::string_view name, const Settings& settings = {},
                                                  Sides sides = Sides::kBoth) {
  auto stack = TestRegistry().MakeStack(name, settings, sides);
  EXPECT_TRUE(stack.has_value()) << name << ": " << (stack ? "" : stack.error().text());
  return stack ? *stack : nullptr;
}

// Accepts on one address and echoes. Everything on one loop, unless `adopt_on` names another.
class EchoServer {
 public:
  struct Session {
    RecordingHandler handler;
    std::unique_ptr<Connection> connection;
  };

  EchoServer(std::shared_ptr<const Stack> stack, const std::string& address, event::EventLoop& loop,
             const Settings& settings = {}, int max_accepts = 1000)
      : loop_(loop) {
    auto listeners = Listen(std::move(stack), address, settings, max_accepts, loop,
                            [this](std::unique_ptr<AcceptedSocket> socket) { Accept(std::move(socket)); });
    if (listeners) {
      listeners_ = std::move(*listeners);
    } else {
      error_ = listeners.error().text();
    }
  }

  const std::string& error() const { return error_; }
  std::vector<std::unique_ptr<Listener>>& listeners() { return listeners_; }
  Listener& listener() { return *listeners_.front(); }
  std::string address() const { return listeners_.front()->address(); }
  std::list<Session>& sessions() { return sessions_; }
  Session& last() { return sessions_.back(); }

  bool echo = true;
  bool reading = true;
  bool close_at_end = true;
  int64_t handshake_timeout_ms = 5000;
  int accepted = 0;

 private:
  void Accept(std::unique_ptr<AcceptedSocket> socket) {
    ++accepted;
    Session& session = sessions_.emplace_back();
    session.handler.echo = echo;
    session.handler.reading = reading;
    session.handler.close_at_end = close_at_end;
    session.connection = Adopt(std::move(socket), loop_, session.handler, handshake_timeout_ms);
  }

  event::EventLoop& loop_;
  std::list<Session> sessions_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::string error_;
};

}  // namespace keyway::net::test
