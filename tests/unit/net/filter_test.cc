// Filter connections over a filter that checks the host ("strict"): the rules of the pipe, one by one.
#include "server/net/filter_connection.h"

#include <sys/socket.h>

#include "server/net/fd_stream.h"
#include "server/net/filter_session.h"
#include "server/net/stack.h"
#include "tests/unit/net/net_fixture.h"

namespace keyway::net::test {
namespace {

std::string Frame(std::string_view payload) {
  std::string frame;
  frame += static_cast<char>(payload.size());
  frame += static_cast<char>(payload.size() >> 8);
  frame += payload;
  return frame;
}

const std::string kGreeting = Frame("HI");
const std::string kGoodBye = "\xff\xff";

// A server connection over the filter; the peer is a bare descriptor that speaks frames by hand.
class FilterTest : public testing::Test {
 protected:
  void Start(const std::string& mode = "", int send_buffer = 0, int64_t timeout_ms = 10'000) {
    Settings settings;
    if (!mode.empty()) settings.emplace_back("strict.mode", mode);
    stack = MakeTestStack("strict", settings);
    ASSERT_NE(stack, nullptr);
    int fds[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    if (send_buffer > 0) setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
    auto made = std::make_unique<FilterConnection>(StackUse(stack), *loop, handler, ConnectionInfo{}, nullptr);
    made->Begin(std::make_unique<FdStream>(UniqueFd(fds[0]), nullptr), timeout_ms * 1000);
    connection = std::move(made);
    peer = std::make_unique<RawPeer>(UniqueFd(fds[1]));
  }
  void StartOpen(const std::string& mode = "", int send_buffer = 0) {
    Start(mode, send_buffer);
    peer->Write(kGreeting);
    ASSERT_TRUE(Until([&] { return handler.opens == 1 || handler.closes == 1; }));
    ASSERT_EQ(handler.opens, 1) << handler.reason.detail;
    ASSERT_TRUE(Until([&] { return peer->Read(), peer->received.size() >= kGreeting.size(); }));
    peer->received.erase(0, kGreeting.size());
  }
  bool Until(const std::function<bool()>& done) { return TurnUntil(*loop, done); }
  // What the frames that have come to the peer say; a good-bye stays in peer->received.
  const std::string& PeerText() {
    size_t at = 0;
    std::string_view bytes = peer->received;
    while (bytes.size() - at >= 2) {
      size_t size = static_cast<uint8_t>(bytes[at]) | static_cast<size_t>(static_cast<uint8_t>(bytes[at + 1])) << 8;
      if (size == 0xffff || bytes.size() - at < size + 2) break;
      peer_text += bytes.substr(at + 2, size);
      at += size + 2;
    }
    peer->received.erase(0, at);
    return peer_text;
  }

  std::unique_ptr<event::EventLoop> loop = event::test::MakeLoop(SystemClock());
  RecordingHandler handler;
  std::shared_ptr<const Stack> stack;
  std::unique_ptr<Connection> connection;
  std::unique_ptr<RawPeer> peer;
  std::string peer_text;
};

TEST_F(FilterTest, OneByteAtATime) {
  Start();
  std::string bytes = kGreeting + Frame("hello") + Frame("") + Frame(" world") + kGoodBye;
  for (char byte : bytes) {
    peer->Write({&byte, 1});
    loop->RunOnce(0);
    loop->RunOnce(0);
  }
  ASSERT_TRUE(Until([&] { return handler.end.has_value(); }));
  EXPECT_EQ(handler.received, "hello world");
  EXPECT_EQ(*handler.end, ReceiveStatus::kEnd);
}

TEST_F(FilterTest, PlaintextInTheSameBytesAsTheHandshakeIsReadAtOnce) {
  Start();
  peer->Write(kGreeting + Frame("early"));
  ASSERT_TRUE(Until([&] { return handler.received == "early"; }));
}

TEST_F(FilterTest, TheCloseMessageBehindDataIsNoticedWithoutMoreBytes) {
  StartOpen();
  peer->Write(Frame("last") + kGoodBye);
  ASSERT_TRUE(Until([&] { return handler.end.has_value(); }));
  EXPECT_EQ(handler.received, "last");
  EXPECT_EQ(*handler.end, ReceiveStatus::kEnd);
}

TEST_F(FilterTest, TheEndOfTheStreamAtEveryByteIsTruncatedAndNeverAnEnd) {
  std::string bytes = kGreeting + Frame("abc") + Frame("de");
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    SCOPED_TRACE(cut);
    handler = RecordingHandler();
    Start();
    peer->Write(std::string_view(bytes).substr(0, cut));
    peer->Close();
    ASSERT_TRUE(Until([&] { return handler.end.has_value() || handler.closes == 1; }));
    if (cut < kGreeting.size()) {
      EXPECT_EQ(handler.opens, 0);
      EXPECT_EQ(handler.closes, 1);
    } else {
      EXPECT_EQ(*handler.end, ReceiveStatus::kTruncated);
      EXPECT_EQ(handler.received, cut < 9 ? "" : cut < bytes.size() ? "abc" : "abcde");
    }
  }
}

TEST_F(FilterTest, SmallReadsLeaveTheRestWhereItIs) {
  StartOpen();
  handler.reading = false;
  std::string expected;
  std::string bytes;
  for (int i = 0; i < 50; ++i) {
    std::string text = RandomBytes(700, static_cast<uint32_t>(i));
    expected += text;
    bytes += Frame(text);
  }
  peer->Write(bytes);
  ASSERT_TRUE(Until([&] { return handler.readables > 0; }));
  // A buffer that never has more room than 100 bytes.
  std::string got;
  while (got.size() < expected.size()) {
    ReceiveBuffer buffer;
    buffer.Reserve(1);
    size_t filler = buffer.writable().size() - 100;
    buffer.Commit(filler);
    buffer.Consume(filler);
    ReceiveStatus status = connection->Receive(buffer);
    if (status == ReceiveStatus::kAgain) {
      loop->RunOnce(1'000);
      continue;
    }
    ASSERT_EQ(status, ReceiveStatus::kData);
    EXPECT_LE(buffer.readable().size(), 100u);
    got += buffer.readable();
  }
  EXPECT_TRUE(got == expected);
}

TEST_F(FilterTest, BigOutputGoesInPiecesThatTheRulesAllow) {
  StartOpen("", 20'000);
  std::string sent = RandomBytes(4'000'000);
  SendText(*connection, sent);
  EXPECT_GT(connection->unsent_bytes(), 0u);
  ASSERT_TRUE(Until([&] { return peer->Read(30'000), PeerText().size() == sent.size(); }));
  EXPECT_TRUE(PeerText() == sent);
  ASSERT_TRUE(Until([&] { return handler.drains == 1; }));
  EXPECT_EQ(connection->unsent_bytes(), 0u);
}

TEST_F(FilterTest, WhatReadsWriteIsHeldBelowTheHighMark) {
  // Each frame that comes in puts one into tx, and the peer takes none of them.
  StartOpen("echo-in-read", 10'000);
  std::string frames;
  constexpr size_t kFrames = 500'000;  // beyond what the socket and an engine's own buffers hold
  for (size_t i = 0; i < kFrames; ++i) frames += Frame("x");
  size_t written = 0;
  for (int i = 0; i < 2000; ++i) {
    written += peer->Write(std::string_view(frames).substr(written));
    loop->RunOnce(0);
  }
  EXPECT_LT(written, frames.size());  // the host has stopped reading
  // One read can add at most what one receive makes possible.
  EXPECT_LT(connection->unsent_bytes(), KW_TX_HIGH + kRxChunkBytes * 2);
  ASSERT_TRUE(Until([&] {
    written += peer->Write(std::string_view(frames).substr(written));
    peer->Read();
    return handler.received.size() == kFrames;
  }));
}

TEST_F(FilterTest, APeerThatWritesEverythingBeforeItReadsIsNotStuck) {
  StartOpen("", 10'000);
  handler.echo = true;
  std::string sent = RandomBytes(3'000'000);
  std::string frames;
  for (size_t at = 0; at < sent.size(); at += 1000) frames += Frame(std::string_view(sent).substr(at, 1000));
  size_t written = 0;
  ASSERT_TRUE(Until(
      [&] { return written += peer->Write(std::string_view(frames).substr(written)), written == frames.size(); }));
  ASSERT_TRUE(Until([&] { return handler.received_bytes == sent.size(); }));
  EXPECT_GT(connection->unsent_bytes(), 2'000'000u);
  ASSERT_TRUE(Until([&] { return peer->Read(), PeerText().size() == sent.size(); }));
  EXPECT_TRUE(PeerText() == sent);
}

TEST_F(FilterTest, AnAlertReachesThePeerBeforeTheClose) {
  StartOpen();
  handler.close_at_end = true;
  peer->Write(Frame("fine") + std::string("\xfe\xff") + "garbage");
  ASSERT_TRUE(Until([&] { return handler.closes == 1; }));
  EXPECT_EQ(handler.received, "fine");
  EXPECT_EQ(*handler.end, ReceiveStatus::kError);
  EXPECT_EQ(handler.reason.cause, CloseCause::kProtocol);
  EXPECT_EQ(handler.reason.detail, "a frame is too long");
  ASSERT_TRUE(Until([&] { return peer->Read(); }));
  EXPECT_EQ(PeerText(), "alert");
}

TEST_F(FilterTest, AFailedHandshakeSendsItsAlertToo) {
  Start();
  peer->Write(std::string("\xfe\xff") + "garbage");
  ASSERT_TRUE(Until([&] { return handler.closes == 1; }));
  EXPECT_EQ(handler.opens, 0);
  EXPECT_EQ(handler.reason.cause, CloseCause::kHandshakeFailed);
  ASSERT_TRUE(Until([&] { return peer->Read(); }));
  EXPECT_EQ(PeerText(), "HIalert");
}

TEST_F(FilterTest, CloseSendsEverythingAndThenTheCloseMessage) {
  StartOpen("", 20'000);
  std::string sent = RandomBytes(500'000);
  SendText(*connection, sent);
  connection->Close();
  ASSERT_TRUE(Until([&] { return peer->Read(20'000), peer->ended; }));
  EXPECT_TRUE(PeerText() == sent);
  EXPECT_TRUE(peer->received.ends_with(kGoodBye));
  ASSERT_TRUE(Until([&] { return handler.closes == 1; }));
}

TEST_F(FilterTest, ASilentPeerMeetsTheDeadline) {
  Start("", 0, /*timeout_ms=*/100);
  peer->Write(kGreeting.substr(0, 2));
  ASSERT_TRUE(Until([&] { return handler.closes == 1; }));
  EXPECT_EQ(handler.reason.cause, CloseCause::kHandshakeTimeout);
}

TEST_F(FilterTest, AnIdleConnectionOwnsNoBuffer) {
  StartOpen();
  peer->Write(Frame(std::string(900, 'x')));
  ASSERT_TRUE(Until([&] { return handler.received.size() == 900; }));
  SendText(*connection, std::string(50'000, 'y'));
  ASSERT_TRUE(Until([&] { return peer->Read(), PeerText().size() == 50'000; }));
  connection->ReleaseIdleMemory();
  EXPECT_LT(connection->memory_bytes(), 2000u);
  peer->Write("\x05");  // half a frame stays, and nothing else
  for (int i = 0; i < 5; ++i) loop->RunOnce(0);
  EXPECT_LT(connection->memory_bytes(), 2000u);
}

// ---- filters that break the rules ----

struct Breach {
  const char* mode;
  const char* text;
};

class FilterBreachTest : public FilterTest, public testing::WithParamInterface<Breach> {};

TEST_P(FilterBreachTest, ReadingEndsTheConnectionAndNamesTheBreach) {
  StartOpen(GetParam().mode);
  handler.close_at_end = true;
  peer->Write(std::string(20'000, 'x'));
  peer->ShutdownWrite();
  ASSERT_TRUE(Until([&] { return handler.closes == 1; }));
  EXPECT_EQ(*handler.end, ReceiveStatus::kError);
  EXPECT_NE(handler.reason.detail.find(GetParam().text), std::string::npos) << handler.reason.detail;
}

INSTANTIATE_TEST_SUITE_P(Modes, FilterBreachTest,
                         testing::Values(Breach{"leave-all", "left more bytes unread"},
                                         Breach{"read-nothing", "read answered without bytes"},
                                         Breach{"want-write", "must not give"},
                                         Breach{"wait-after-end", "after the end of the stream"},
                                         Breach{"consume-too-much", "rules of the pipe"}),
                         [](const auto& info) {
                           std::string name = info.param.mode;
                           std::erase(name, '-');
                           return name;
                         });

TEST_F(FilterTest, WritingThatBreaksTheRulesEndsTheConnection) {
  for (const char* mode : {"short-write", "want-write", "fail-write"}) {
    SCOPED_TRACE(mode);
    handler = RecordingHandler();
    handler.reading = false;
    StartOpen(mode);
    SendText(*connection, "text");
    connection->Close();
    ASSERT_TRUE(Until([&] { return handler.closes == 1; }));
    EXPECT_EQ(handler.reason.cause, CloseCause::kProtocol);
    EXPECT_NE(handler.reason.detail, "");
  }
}

TEST_F(FilterTest, AConnectionThatCannotBeMadeFailsAlone) {
  Start("no-open");
  peer->Write(kGreeting);
  ASSERT_TRUE(Until([&] { return handler.closes == 1; }));
  EXPECT_EQ(handler.reason.detail, "out of memory");
}

}  // namespace
}  // namespace keyway::net::test
