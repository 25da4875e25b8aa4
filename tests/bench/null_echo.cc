// A yardstick: a server on Keyway's event loop and transports that answers each request of redis-benchmark with "+OK" and does
// nothing else. What a full server costs more than this one is its own doing.
//
//   null_echo STACK PORT [io-engine epoll|io_uring] [setting value]…
//   null_echo tls-openssl 7000 tls-cert-file redis.crt tls-key-file redis.key tls-ca-cert-file ca.crt tls-auth-clients no
//
// A request is taken to be a RESP array whose length the first byte after '*' gives; only its line ends are counted.
#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <unordered_map>

#include "server/base/clock.h"
#include "server/event/event_loop.h"
#include "server/net/host.h"

namespace {

using namespace keyway;

class Session final : public net::ConnectionHandler {
 public:
  explicit Session(std::unordered_map<Session*, std::unique_ptr<Session>>& all) : all_(all) {}

  std::unique_ptr<net::Connection> connection;

  void OnOpen(net::Connection&) override {}
  void OnHangup(net::Connection&) override {}
  void OnDrained(net::Connection&) override {}
  void OnClosed(net::Connection&, const net::CloseReason&) override { all_.erase(this); }

  void OnReadable(net::Connection& peer) override {
    while (true) {
      net::ReceiveStatus status = peer.Receive(in_);
      if (status == net::ReceiveStatus::kAgain) break;
      if (status != net::ReceiveStatus::kData) return peer.Close();
      TakeRequests();
    }
    if (in_.readable().empty()) in_.Release();
    if (!out_.empty()) peer.Send(out_);
  }

 private:
  // As many whole requests as are there: each has 1 + 2 × arguments lines.
  void TakeRequests() {
    for (char byte : in_.readable()) {
      if (lines_left_ == 0 && byte == '*')
        lines_left_ = -1;
      else if (lines_left_ == -1)
        lines_left_ = 1 + 2 * (byte - '0');
      if (byte == '\n' && --lines_left_ == 0) out_.Append("+OK\r\n");
    }
    in_.Consume(in_.readable().size());
  }

  std::unordered_map<Session*, std::unique_ptr<Session>>& all_;
  ReceiveBuffer in_;
  OutputBuffer out_;
  int lines_left_ = 0;
};

int Run(const std::string& stack_name, const std::string& port, event::Engine engine, const net::Settings& settings) {
  auto registry = net::Registry::Create({net::DefaultTransportDirs(), ""});
  auto stack = registry->MakeStack(stack_name, settings, net::Sides::kAccepts);
  if (!stack) return fmt::print(stderr, "{}\n", stack.error().text()), 1;
  auto loop = event::EventLoop::Create(SystemClock(), engine);
  std::unordered_map<Session*, std::unique_ptr<Session>> sessions;
  bool path = port.starts_with('/');
  auto listeners = net::Listen(*stack, path ? port : "127.0.0.1:" + port, settings, 1000, *loop,
                               [&](std::unique_ptr<net::AcceptedSocket> socket) {
                                 auto session = std::make_unique<Session>(sessions);
                                 session->connection = net::Adopt(std::move(socket), *loop, *session, 10'000);
                                 sessions[session.get()] = std::move(session);
                               });
  if (!listeners) return fmt::print(stderr, "{}\n", listeners.error().text()), 1;
  fmt::print("{} listens at {} over {}\n", stack_name, listeners->front()->address(), loop->engine());
  std::fflush(stdout);
  loop->Run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || argc % 2 == 0) {
    fmt::print(stderr, "usage: null_echo STACK PORT [setting value]...\n");
    return 2;
  }
  net::Settings settings;
  auto engine = event::Engine::kEpoll;
  for (int i = 3; i + 1 < argc; i += 2) {
    std::string name = argv[i], value = argv[i + 1];
    if (name != "io-engine") {
      settings.emplace_back(name, value);
    } else if (value == "io_uring") {
      engine = event::Engine::kUring;
    }
  }
  return Run(argv[1], argv[2], engine, settings);
}
