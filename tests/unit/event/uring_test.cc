// The io_uring engine's sockets: order and bounds when buffers run out, nobody reads, the peer is full or gone.
#include <errno.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "server/base/clock.h"
#include "server/base/unique_fd.h"
#include "server/event/async_socket.h"
#include "server/event/event_loop.h"
#include "server/event/uring_buffers.h"

namespace keyway::event {
namespace {

struct Ends {
  explicit Ends(bool tcp = false) {
    int fds[2];
    if (!tcp) {
      EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    } else {
      UniqueFd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
      socklen_t size = sizeof address;
      EXPECT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
      EXPECT_EQ(listen(listener.get(), 1), 0);
      getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
      fds[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      EXPECT_EQ(connect(fds[1], reinterpret_cast<sockaddr*>(&address), size), 0);
      fds[0] = accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    }
    ours.Reset(fds[0]), peer.Reset(fds[1]);
  }
  UniqueFd ours, peer;
};

// One end on the loop, the other in the test's hands.
struct Open final : FdHandler {
  explicit Open(EventLoop& event_loop, bool tcp = false) : loop(event_loop), ends(tcp) {
    socket = loop.OpenSocket(ends.ours.get(), this);
    EXPECT_NE(socket, nullptr);
  }
  ~Open() {
    if (socket != nullptr) Close();
  }
  void Close() { loop.CloseSocket(std::exchange(socket, nullptr), std::move(ends.ours)); }
  void OnFdEvents(uint32_t events) override {
    seen |= events;
    if (reading) Read();
    if (on_event) on_event(events);
  }
  void Read(size_t at_a_time = 10'000) {
    std::string chunk(at_a_time, '\0');
    while (!ended) {
      ssize_t got = socket->Receive(chunk.data(), chunk.size());
      if (got == -EAGAIN) {
        EXPECT_FALSE(socket->may_receive());
        return;
      }
      if (got <= 0) {
        ended = true;
        error = static_cast<int>(-got);
        return;
      }
      received.append(chunk, 0, static_cast<size_t>(got));
    }
  }
  size_t Send(std::string_view bytes) {
    iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
    ssize_t taken = socket->Send(&piece, 1);
    return taken > 0 ? static_cast<size_t>(taken) : 0;
  }
  // What the peer gets.
  std::string PeerRead(size_t limit = SIZE_MAX) {
    std::string out;
    char chunk[65536];
    while (out.size() < limit) {
      ssize_t got = recv(ends.peer.get(), chunk, std::min(sizeof chunk, limit - out.size()), MSG_DONTWAIT);
      if (got <= 0) break;
      out.append(chunk, static_cast<size_t>(got));
    }
    return out;
  }
  size_t PeerWrite(std::string_view bytes) {
    ssize_t sent = send(ends.peer.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent > 0 ? static_cast<size_t>(sent) : 0;
  }

  EventLoop& loop;
  Ends ends;
  AsyncSocket* socket;
  uint32_t seen = 0;
  bool reading = true, ended = false;
  int error = 0;
  std::string received;
  std::function<void(uint32_t)> on_event;
};

std::string Pattern(size_t size, size_t salt = 0) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>((i * 31 + i / 251 + salt) & 0xff);
  return bytes;
}

class UringTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string why = EventLoop::WhyNot(Engine::kUring);
    if (!why.empty()) GTEST_SKIP() << why;
    loop = EventLoop::Create(SystemClock(), Engine::kUring);
  }
  bool Until(const std::function<bool()>& done) {
    auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!done()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      loop->RunOnce(5'000);
    }
    return true;
  }
  void Turns(int count) {
    for (int i = 0; i < count; ++i) loop->RunOnce(0);
  }
  std::unique_ptr<EventLoop> loop;
};

TEST_F(UringTest, EpollHasNoSocketsOfItsOwn) {
  auto epoll = EventLoop::Create(SystemClock(), Engine::kEpoll);
  Ends ends;
  Open* nobody = nullptr;
  EXPECT_EQ(epoll->OpenSocket(ends.ours.get(), nobody), nullptr);
}

TEST_F(UringTest, WhatComesInIsReadInOrderWhateverTheSizes) {
  for (bool tcp : {false, true}) {
    Open open(*loop, tcp);
    std::string sent = Pattern(3'000'000);
    size_t written = 0;
    for (size_t step = 1; written < sent.size(); step = step * 7 % 300'007) {
      written += open.PeerWrite(std::string_view(sent).substr(written, step));
      loop->RunOnce(0);
    }
    ASSERT_TRUE(Until([&] { return open.received.size() == sent.size(); }));
    EXPECT_TRUE(open.received == sent);
  }
}

TEST_F(UringTest, MoreThanAllBuffersAtOnceFromManySockets) {
  std::vector<std::unique_ptr<Open>> all;
  for (unsigned i = 0; i < UringBuffers::kCount * 2; ++i) all.push_back(std::make_unique<Open>(*loop));
  for (int round = 0; round < 3; ++round) {
    for (size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i]->PeerWrite(Pattern(20'000, i)), 20'000u);
    ASSERT_TRUE(Until([&] {
      for (auto& one : all) {
        if (one->received.size() < 20'000u) return false;
      }
      return true;
    }));
    for (size_t i = 0; i < all.size(); ++i) {
      EXPECT_TRUE(all[i]->received == Pattern(20'000, i));
      all[i]->received.clear();
    }
  }
}

TEST_F(UringTest, SocketsThatNobodyReadsTakeNoBuffersFromOthers) {
  std::vector<std::unique_ptr<Open>> idle;
  std::vector<size_t> written(50);
  for (size_t i = 0; i < written.size(); ++i) {
    idle.push_back(std::make_unique<Open>(*loop));
    idle[i]->reading = false;
  }
  Open busy(*loop);
  for (int round = 0; round < 200; ++round) {
    for (size_t i = 0; i < idle.size(); ++i) written[i] += idle[i]->PeerWrite(Pattern(30'000));
    busy.received.clear();
    ASSERT_EQ(busy.PeerWrite("ping"), 4u);
    ASSERT_TRUE(Until([&] { return busy.received == "ping"; }));
  }
  for (size_t i = 0; i < idle.size(); ++i) {
    EXPECT_LT(written[i], 2'000'000u);  // the kernel's own buffers are full: nothing is taken out of them any more
    idle[i]->reading = true;
    idle[i]->Read();
    ASSERT_TRUE(Until([&] { return idle[i]->received.size() == written[i]; }));
    // And it goes on by itself.
    idle[i]->PeerWrite("more");
    ASSERT_TRUE(Until([&] { return idle[i]->received.ends_with("more"); }));
  }
}

TEST_F(UringTest, AHangupIsToldThoughNobodyReads) {
  Open open(*loop);
  open.reading = false;
  size_t written = 0;
  for (int round = 0; round < 100; ++round) {
    written += open.PeerWrite(Pattern(30'000));
    loop->RunOnce(0);
  }
  EXPECT_FALSE(open.seen & kHangup);
  open.ends.peer.Reset();
  ASSERT_TRUE(Until([&] { return (open.seen & kHangup) != 0; }));
  open.Read();
  EXPECT_EQ(open.received.size(), written);
  EXPECT_TRUE(open.ended);
}

TEST_F(UringTest, AFullPeerGetsEverythingInOrderAndTheSenderHearsWhenThereIsRoom) {
  for (bool tcp : {false, true}) {
    for (size_t piece : {100u, 9'000u, 40'000u}) {
      Open open(*loop, tcp);
      std::string sent = Pattern(6'000'000, piece);
      size_t taken = 0;
      auto go_on = [&] {
        while (taken < sent.size()) {
          size_t now = open.Send(std::string_view(sent).substr(taken, piece));
          taken += now;
          if (now < std::min(piece, sent.size() - taken)) break;
          if (taken / 50'000 != (taken - now) / 50'000) loop->RunOnce(0);
        }
      };
      int stops = 0;
      open.on_event = [&](uint32_t events) { stops += (events & kWritable) != 0; };
      go_on();
      EXPECT_LT(taken, sent.size());
      std::string got;
      auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
      while (got.size() < sent.size() && std::chrono::steady_clock::now() < deadline) {
        got += open.PeerRead(70'000);
        loop->RunOnce(0);
        if (std::exchange(stops, 0) > 0) go_on();
      }
      EXPECT_TRUE(got == sent) << "pieces of " << piece;
    }
  }
}

TEST_F(UringTest, SeveralSendsOfATurnGoTogetherAndMoreThanTheRingHoldsGoToo) {
  std::vector<std::unique_ptr<Open>> all;
  for (int i = 0; i < 1500; ++i) all.push_back(std::make_unique<Open>(*loop));
  Turns(1);
  for (int part = 0; part < 3; ++part) {
    for (auto& one : all) EXPECT_EQ(one->Send(std::to_string(part)), 1u);
  }
  Turns(1);
  for (auto& one : all) EXPECT_EQ(one->PeerRead(), "012");
}

TEST_F(UringTest, WhatWasTakenGoesOutBeforeTheEnd) {
  Open open(*loop);
  EXPECT_EQ(open.Send("last words"), 10u);
  open.Close();
  EXPECT_EQ(open.PeerRead(), "last words");  // no turn was needed
  char byte;
  EXPECT_EQ(recv(open.ends.peer.get(), &byte, 1, MSG_DONTWAIT), 0);
}

TEST_F(UringTest, ASendToOneThatIsGoneIsTold) {
  Open open(*loop);
  open.reading = false;
  Turns(1);
  open.ends.peer.Reset();
  EXPECT_EQ(open.Send("x"), 1u);
  ASSERT_TRUE(Until([&] { return open.socket->send_error() != 0; }));
  EXPECT_EQ(open.socket->send_error(), EPIPE);
  iovec piece{const_cast<char*>("y"), 1};
  EXPECT_EQ(open.socket->Send(&piece, 1), -EPIPE);
}

TEST_F(UringTest, AResetIsAnErrorBehindTheData) {
  Open open(*loop, /*tcp=*/true);
  linger now{1, 0};
  setsockopt(open.ends.peer.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  open.ends.peer.Reset();
  ASSERT_TRUE(Until([&] { return open.ended; }));
  EXPECT_EQ(open.error, ECONNRESET);
}

TEST_F(UringTest, NumbersThatComeBackGetNoEventsOfTheirFormerOwners) {
  for (int round = 0; round < 200; ++round) {
    Open first(*loop);
    first.PeerWrite("for the first");
    if (round % 3 != 0) Turns(round % 3);
    first.received.clear();
    first.Close();
    Open second(*loop);
    EXPECT_EQ(second.seen, 0u);
    second.PeerWrite("second");
    ASSERT_TRUE(Until([&] { return !second.received.empty(); }));
    EXPECT_EQ(second.received, "second");
    EXPECT_EQ(first.received, "");
  }
}

TEST_F(UringTest, HandlersMayCloseAnySocketOfTheTurn) {
  std::vector<std::unique_ptr<Open>> all;
  for (int i = 0; i < 20; ++i) all.push_back(std::make_unique<Open>(*loop));
  int events = 0;
  for (auto& one : all) {
    one->reading = false;
    one->on_event = [&](uint32_t) {
      ++events;
      for (auto& other : all) {
        if (other->socket != nullptr) other->Close();
      }
    };
    one->PeerWrite("x");
  }
  ASSERT_TRUE(Until([&] { return events > 0; }));
  Turns(5);
  EXPECT_EQ(events, 1);
}

TEST_F(UringTest, TheParentGoesOnAfterAFork) {
  Open open(*loop);
  Turns(1);
  open.PeerWrite("before ");
  pid_t child = fork();
  if (child == 0) {
    loop->AfterForkInChild();
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  ASSERT_TRUE(Until([&] { return open.received == "before "; }));
  open.PeerWrite("after");
  ASSERT_TRUE(Until([&] { return open.received == "before after"; }));
  EXPECT_EQ(open.Send("reply"), 5u);
  Turns(1);
  EXPECT_EQ(open.PeerRead(), "reply");
}

TEST_F(UringTest, ALoopEndsWithSocketsThatAreStillClosing) {
  auto open = std::make_unique<Open>(*loop);
  Turns(1);
  open->PeerWrite("unread");
  open->Close();
  loop.reset();
  char byte;
  EXPECT_EQ(recv(open->ends.peer.get(), &byte, 1, MSG_DONTWAIT), 0);
}

TEST_F(UringTest, WakesFromOtherThreadsDuringALoad) {
  Open open(*loop);
  int ran = 0;
  std::thread other([&] {
    for (int i = 0; i < 2000; ++i) loop->Post([&] { ++ran; });
  });
  ASSERT_TRUE(Until([&] {
    open.PeerWrite("x");
    return ran == 2000;
  }));
  other.join();
}

}  // namespace
}  // namespace keyway::event
