// Plain connections over socket pairs: receiving, sending, ends and errors.
#include "server/net/connection.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <memory>
#include <string>

#include "server/net/fd_stream.h"
#include "server/net/plain_connection.h"
#include "tests/unit/net/net_fixture.h"

namespace keyway::net::test {
namespace {

class PlainConnectionTest : public testing::Test {
 protected:
  PlainConnectionTest() {
    int fds[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    auto connection = std::make_unique<PlainConnection>(std::nullopt, *loop, handler, ConnectionInfo{});
    connection->Begin(std::make_unique<FdStream>(UniqueFd(fds[0]), nullptr), -1);
    connection_ = std::move(connection);
    peer = std::make_unique<RawPeer>(UniqueFd(fds[1]));
  }

  bool Until(const std::function<bool()>& done) { return TurnUntil(*loop, done); }
  void Open() {
    ASSERT_TRUE(Until([&] { return handler.opens == 1; }));
  }

  std::unique_ptr<event::EventLoop> loop = event::test::MakeLoop(SystemClock());
  RecordingHandler handler;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<RawPeer> peer;
};

TEST_F(PlainConnectionTest, OpensFromTheLoopAndNotFromWithinTheCall) {
  EXPECT_EQ(handler.opens, 0);
  Open();
  EXPECT_EQ(handler.closes, 0);
}

TEST_F(PlainConnectionTest, DataThatWaitsAlreadyComesAfterOnOpen) {
  peer->Write("hello");
  bool opened_first = false;
  handler.on_open = [&](Connection&) { opened_first = handler.readables == 0; };
  ASSERT_TRUE(Until([&] { return handler.received == "hello"; }));
  EXPECT_TRUE(opened_first);
}

TEST_F(PlainConnectionTest, AReceiveThatWasPutOffFindsTheDataLater) {
  Open();
  handler.reading = false;
  peer->Write("one");
  ASSERT_TRUE(Until([&] { return handler.readables == 1; }));
  EXPECT_EQ(handler.received, "");
  handler.Drain(*connection_);
  EXPECT_EQ(handler.received, "one");
  ReceiveBuffer buffer;
  EXPECT_EQ(connection_->Receive(buffer), ReceiveStatus::kAgain);
  EXPECT_FALSE(buffer.owns_memory());  // nothing there: no chunk is taken
}

TEST_F(PlainConnectionTest, ReceiveBringsNoMoreThanTheRoom) {
  Open();
  handler.reading = false;
  std::string sent = RandomBytes(50'000);
  ASSERT_EQ(peer->Write(sent), sent.size());
  ASSERT_TRUE(Until([&] { return handler.readables > 0; }));
  std::string got;
  ReceiveBuffer buffer;
  int rounds = 0;
  while (connection_->Receive(buffer) == ReceiveStatus::kData) {
    EXPECT_LE(buffer.readable().size(), ReceiveBuffer::kChunkBytes);
    got += buffer.readable();
    buffer.Release();
    ++rounds;
  }
  EXPECT_EQ(got, sent);
  EXPECT_EQ(rounds, 4);
}

TEST_F(PlainConnectionTest, SendsManySegmentsInOrder) {
  Open();
  OutputBuffer out;
  std::string expected;
  static const std::string kShared(3000, 's');
  int released = 0;
  for (int i = 0; i < 300; ++i) {
    std::string piece = "piece " + std::to_string(i) + "\n";
    out.Append(piece);
    out.AppendShared(std::string_view(kShared).substr(0, 10), &released,
                     [](void* count) { ++*static_cast<int*>(count); });
    expected += piece + kShared.substr(0, 10);
  }
  connection_->Send(out);
  EXPECT_TRUE(out.empty());
  ASSERT_TRUE(Until([&] { return peer->Read(), peer->received.size() == expected.size(); }));
  EXPECT_EQ(peer->received, expected);
  EXPECT_EQ(connection_->unsent_bytes(), 0u);
  EXPECT_EQ(released, 300);
  EXPECT_EQ(handler.drains, 0);  // nothing ever waited
}

TEST_F(PlainConnectionTest, ASlowReaderGetsEverythingAndTheOwnerHearsWhenItIsGone) {
  Open();
  std::string sent = RandomBytes(8'000'000);
  SendText(*connection_, sent);
  EXPECT_GT(connection_->unsent_bytes(), 0u);
  SendText(*connection_, "the end");
  sent += "the end";
  EXPECT_EQ(handler.drains, 0);
  ASSERT_TRUE(Until([&] { return peer->Read(100'000), peer->received.size() == sent.size(); }));
  EXPECT_TRUE(peer->received == sent);
  ASSERT_TRUE(Until([&] { return handler.drains > 0; }));
  EXPECT_EQ(handler.drains, 1);
  EXPECT_EQ(connection_->unsent_bytes(), 0u);
}

TEST_F(PlainConnectionTest, ALargeTransferComesInWhole) {
  Open();
  std::string sent = RandomBytes(10'000'000, 7);
  size_t written = 0;
  ASSERT_TRUE(Until([&] {
    written += peer->Write(std::string_view(sent).substr(written));
    return handler.received.size() == sent.size();
  }));
  EXPECT_TRUE(handler.received == sent);
}

TEST_F(PlainConnectionTest, TheEndComesAfterTheData) {
  Open();
  peer->Write("last words");
  peer->Close();
  ASSERT_TRUE(Until([&] { return handler.end.has_value(); }));
  EXPECT_EQ(handler.received, "last words");
  EXPECT_EQ(*handler.end, ReceiveStatus::kEnd);
  EXPECT_EQ(connection_->close_reason().cause, CloseCause::kPeerClosed);
  EXPECT_EQ(handler.closes, 0);  // the owner decides
  connection_->Close();
  EXPECT_EQ(handler.closes, 0);  // not from within the call
  ASSERT_TRUE(Until([&] { return handler.closes == 1; }));
  EXPECT_EQ(handler.reason.cause, CloseCause::kPeerClosed);
}

TEST_F(PlainConnectionTest, AHalfClosedPeerStillGetsItsReply) {
  Open();
  peer->Write("question");
  peer->ShutdownWrite();
  ASSERT_TRUE(Until([&] { return handler.end.has_value(); }));
  SendText(*connection_, "answer");
  connection_->Close();
  ASSERT_TRUE(Until([&] { return peer->Read(); }));
  EXPECT_EQ(peer->received, "answer");
}

TEST_F(PlainConnectionTest, AHangupIsHeardWhileNobodyReads) {
  Open();
  handler.reading = false;
  peer->Write("not read yet");
  peer->Close();
  ASSERT_TRUE(Until([&] { return handler.hangups == 1; }));
  EXPECT_FALSE(handler.end.has_value());
  handler.Drain(*connection_);
  EXPECT_EQ(handler.received, "not read yet");
  EXPECT_EQ(*handler.end, ReceiveStatus::kEnd);
}

TEST_F(PlainConnectionTest, CloseSendsWhatIsLeftFirst) {
  Open();
  std::string sent = RandomBytes(3'000'000);
  SendText(*connection_, sent);
  ASSERT_GT(connection_->unsent_bytes(), 0u);
  connection_->Close();
  SendText(*connection_, "too late");
  ASSERT_TRUE(Until([&] { return peer->Read(50'000), peer->ended; }));
  EXPECT_TRUE(peer->received == sent);
  ASSERT_TRUE(Until([&] { return handler.closes == 1; }));
  EXPECT_EQ(handler.reason.cause, CloseCause::kLocal);
}

TEST(PlainConnection, CloseWithAPeerThatNeverReadsEndsAtTheDeadline) {
  ManualClock clock;
  auto loop = event::test::MakeLoop(clock);
  int fds[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
  UniqueFd peer(fds[1]);
  RecordingHandler handler;
  PlainConnection connection(std::nullopt, *loop, handler, {});
  connection.Begin(std::make_unique<FdStream>(UniqueFd(fds[0]), nullptr), -1);
  loop->RunOnce(0);
  SendText(connection, RandomBytes(3'000'000));
  connection.Close();
  for (int i = 0; i < 10; ++i) loop->RunOnce(0);
  EXPECT_EQ(handler.closes, 0);
  clock.AdvanceMs(kCloseDeadlineUs / 1000);
  for (int i = 0; i < 3; ++i) loop->RunOnce(0);
  EXPECT_EQ(handler.closes, 1);
  EXPECT_EQ(connection.unsent_bytes(), 0u);
}

TEST_F(PlainConnectionTest, AbortSendsNothingMoreAndTellsLater) {
  Open();
  SendText(*connection_, RandomBytes(3'000'000));
  connection_->Abort();
  EXPECT_EQ(handler.closes, 0);
  EXPECT_EQ(connection_->unsent_bytes(), 0u);
  ASSERT_TRUE(Until([&] { return handler.closes == 1; }));
  ASSERT_TRUE(Until([&] { return peer->Read(); }));
  EXPECT_LT(peer->received.size(), 3'000'000u);
  connection_->Close();  // over already
  connection_->Abort();
  loop->RunOnce(0);
  EXPECT_EQ(handler.closes, 1);
}

TEST_F(PlainConnectionTest, ASendThatFailsLeavesWhatCameBeforeReadable) {
  Open();
  handler.reading = false;
  handler.close_at_end = false;
  peer->Write("SET a b");
  ASSERT_TRUE(Until([&] { return handler.readables == 1; }));
  peer->Close();
  SendText(*connection_, "reply");  // EPIPE
  SendText(*connection_, "another");
  EXPECT_EQ(connection_->unsent_bytes(), 0u);
  EXPECT_EQ(handler.closes, 0);
  handler.reading = true;
  ASSERT_TRUE(Until([&] { return handler.closes == 1; }));
  EXPECT_EQ(handler.received, "SET a b");
  EXPECT_EQ(handler.reason.cause, CloseCause::kReset);
  EXPECT_NE(handler.reason.detail, "");
}

TEST_F(PlainConnectionTest, MovesBetweenLoops) {
  Open();
  handler.echo = true;
  auto other = event::test::MakeLoop(SystemClock());
  event::EventLoop *here = loop.get(), *there = other.get();
  std::string expected;
  for (int i = 0; i < 50; ++i) {
    const std::string text = RandomBytes(static_cast<size_t>(i) * 700 + 1, static_cast<uint32_t>(i));
    expected += text;
    if (i % 2 == 1) peer->Write(text);  // on its way while it moves
    ASSERT_TRUE(MoveTo(*connection_, handler, *here, *there));
    EXPECT_EQ(&connection_->loop(), there);
    if (i % 2 == 0) peer->Write(text);
    ASSERT_TRUE(TurnUntil(*there, [&] { return peer->Read() || peer->received.size() == expected.size(); }));
    ASSERT_TRUE(peer->received == expected) << "round " << i;
    std::swap(here, there);
  }
  peer->Close();
  ASSERT_TRUE(TurnUntil(*here, [&] { return handler.end.has_value(); }));
  connection_->Close();
  ASSERT_TRUE(TurnUntil(*here, [&] { return handler.closes == 1; }));
  connection_.reset();
}

TEST_F(PlainConnectionTest, DoesNotMoveWithUnsentBytesOrBeforeItIsOpen) {
  EXPECT_FALSE(connection_->Leave());
  Open();
  SendText(*connection_, RandomBytes(20'000'000));
  for (int i = 0; i < 5; ++i) {
    loop->RunOnce(0);
    EXPECT_FALSE(connection_->Leave());
  }
  ASSERT_TRUE(Until([&] { return peer->Read() || peer->received.size() == 20'000'000; }));
  auto other = event::test::MakeLoop(SystemClock());
  EXPECT_TRUE(MoveTo(*connection_, handler, *loop, *other));
  connection_.reset();
}

TEST_F(PlainConnectionTest, MayBeDestroyedBetweenLoops) {
  Open();
  handler.reading = false;
  ASSERT_TRUE(Until([&] { return connection_->Leave(); }));
  connection_.reset();
  ASSERT_TRUE(Until([&] { return peer->Read(); }));
}

TEST_F(PlainConnectionTest, CallbacksMayDestroyTheConnection) {
  handler.on_open = [&](Connection&) { connection_.reset(); };
  peer->Write("x");
  ASSERT_TRUE(Until([&] { return peer->Read(); }));
  EXPECT_EQ(handler.readables, 0);
  EXPECT_EQ(handler.closes, 0);  // destroyed by its owner: nothing more comes
}

TEST_F(PlainConnectionTest, AForkedChildDoesNotKeepThePeerWaiting) {
  Open();
  int release[2];
  ASSERT_EQ(pipe(release), 0);
  pid_t child = fork();
  if (child == 0) {
    char byte;
    close(release[1]);
    [[maybe_unused]] ssize_t got = read(release[0], &byte, 1);
    _exit(0);
  }
  connection_->Close();
  EXPECT_TRUE(Until([&] { return peer->Read(); }));  // although the child holds the socket
  close(release[1]);
  close(release[0]);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
}

}  // namespace
}  // namespace keyway::net::test
