// Channels, what is sent to their subscribers and when, and the events of keys.
#include "server/command/pubsub.h"

#include <fmt/core.h>

#include "server/config/settings.h"
#include "server/pubsub/key_events.h"
#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

using command::Client;

class PubSubTest : public CommandTest {
 protected:
  PubSubTest() : other_(clients_.Add(2, "127.0.0.1:50002")) {}

  static std::string Confirm(std::string_view word, std::string_view name, int64_t count) {
    return "*3\r\n" + Bulk(word) + Bulk(name) + Integer(count);
  }
  static std::string Pushed(std::initializer_list<std::string_view> words) {
    std::string text = Bulks(words);
    text[0] = '>';
    return text;
  }
  Client& other_;
};

TEST_F(PubSubTest, ConfirmsEachName) {
  EXPECT_EQ(Run({"SUBSCRIBE", "a", "b", "a"}),
            Confirm("subscribe", "a", 1) + Confirm("subscribe", "b", 2) + Confirm("subscribe", "a", 2));
  EXPECT_EQ(Run({"PSUBSCRIBE", "p*"}), Confirm("psubscribe", "p*", 3));
  EXPECT_EQ(Run({"SSUBSCRIBE", "s"}), Confirm("ssubscribe", "s", 1));
  EXPECT_EQ(Run({"UNSUBSCRIBE", "b", "nosuch"}), Confirm("unsubscribe", "b", 2) + Confirm("unsubscribe", "nosuch", 2));
  EXPECT_EQ(Run({"PUNSUBSCRIBE"}), Confirm("punsubscribe", "p*", 1));
  EXPECT_EQ(Run({"SUNSUBSCRIBE"}), Confirm("sunsubscribe", "s", 0));
  EXPECT_TRUE(client_.Has(command::kClientPubSub));
  EXPECT_EQ(Run({"UNSUBSCRIBE"}), Confirm("unsubscribe", "a", 0));
  EXPECT_FALSE(client_.Has(command::kClientPubSub));
  EXPECT_EQ(client_.subscriptions, nullptr);
  EXPECT_EQ(Run({"UNSUBSCRIBE"}), "*3\r\n" + Bulk("unsubscribe") + "$-1\r\n" + Integer(0));
  EXPECT_EQ(Run({"SUNSUBSCRIBE"}), "*3\r\n" + Bulk("sunsubscribe") + "$-1\r\n" + Integer(0));
}

TEST_F(PubSubTest, ConfirmsByPushInResp3) {
  UseResp3();
  EXPECT_EQ(Run({"SUBSCRIBE", "a"}), ">3\r\n" + Bulk("subscribe") + Bulk("a") + Integer(1));
  EXPECT_EQ(Run({"PUNSUBSCRIBE"}), ">3\r\n" + Bulk("punsubscribe") + "_\r\n" + Integer(1));
}

TEST_F(PubSubTest, ChannelsThenPatterns) {
  RunAs(other_, {"PSUBSCRIBE", "news.*", "*.it", "other.*"});
  RunAs(other_, {"SUBSCRIBE", "news.it"});
  EXPECT_EQ(Run({"PUBLISH", "news.it", "hello"}), Integer(3));
  const std::string received = Received(other_);
  EXPECT_TRUE(received.starts_with(Bulks({"message", "news.it", "hello"}))) << received;
  for (std::string_view pattern : {"news.*", "*.it"}) {
    EXPECT_NE(received.find(Bulks({"pmessage", pattern, "news.it", "hello"})), std::string::npos) << pattern;
  }
  EXPECT_EQ(received.find("other"), std::string::npos);
  EXPECT_EQ(Run({"PUBLISH", "nobody", "hello"}), Integer(0));
}

TEST_F(PubSubTest, ShardChannelsAreAWorldOfTheirOwn) {
  RunAs(other_, {"SSUBSCRIBE", "c"});
  EXPECT_EQ(Run({"PUBLISH", "c", "x"}), Integer(0));
  RunAs(other_, {"PSUBSCRIBE", "*"}), RunAs(other_, {"SUBSCRIBE", "c"});
  EXPECT_EQ(Run({"SPUBLISH", "c", "x"}), Integer(1));
  EXPECT_EQ(Received(other_), Bulks({"smessage", "c", "x"}));
}

TEST_F(PubSubTest, WhoLeavesInTheMiddleChangesNothingForTheRest) {
  std::vector<Client*> subscribers;
  for (uint64_t id = 10; id < 30; ++id) {
    subscribers.push_back(&clients_.Add(id, fmt::format("127.0.0.1:{}", id)));
    RunAs(*subscribers.back(), {"SUBSCRIBE", "c", "d"});
  }
  for (size_t i = 0; i < subscribers.size(); i += 3) RunAs(*subscribers[i], {"UNSUBSCRIBE", "c"});
  channels_.UnsubscribeAll(*subscribers[1]);
  EXPECT_EQ(Run({"PUBLISH", "c", "x"}), Integer(12));
  for (size_t i = 0; i < subscribers.size(); ++i) {
    const bool hears = i % 3 != 0 && i != 1;
    EXPECT_EQ(Received(*subscribers[i]), hears ? Bulks({"message", "c", "x"}) : "") << i;
  }
  EXPECT_EQ(Run({"PUBSUB", "NUMSUB", "c", "d", "e"}),
            "*6\r\n" + Bulk("c") + Integer(12) + Bulk("d") + Integer(19) + Bulk("e") + Integer(0));
}

TEST_F(PubSubTest, OnlyASubscribersCommandsInResp2) {
  Run({"SUBSCRIBE", "c"});
  EXPECT_EQ(
      Run({"GET", "k"}),
      Error("ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in "
            "this context"));
  EXPECT_EQ(Run({"PING"}), Bulks({"pong", ""}));
  EXPECT_EQ(Run({"PING", "x"}), Bulks({"pong", "x"}));
  Run({"UNSUBSCRIBE", "c"});
  EXPECT_EQ(Run({"PING"}), Simple("PONG"));
  UseResp3();
  Run({"SUBSCRIBE", "c"});
  EXPECT_EQ(Run({"GET", "k"}), Null());
  EXPECT_EQ(Run({"PING"}), Simple("PONG"));
}

TEST_F(PubSubTest, APushWaitsForTheReply) {
  UseResp3();
  Run({"SUBSCRIBE", "c"});
  EXPECT_EQ(Run({"PUBLISH", "c", "x"}), Integer(1) + Pushed({"message", "c", "x"}));
  Run({"MULTI"}), Run({"PING", "a"}), Run({"PUBLISH", "c", "y"}), Run({"PING", "b"});
  EXPECT_EQ(Run({"EXEC"}), "*3\r\n" + Bulk("a") + Integer(1) + Bulk("b") + Pushed({"message", "c", "y"}));
}

TEST_F(PubSubTest, SubscribingInATransaction) {
  Run({"MULTI"}), Run({"SUBSCRIBE", "c"}), Run({"SSUBSCRIBE", "c"});
  EXPECT_EQ(Run({"EXEC"}),
            "*2\r\n" + Confirm("subscribe", "c", 1) + Error("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client"));
  EXPECT_EQ(RunAs(other_, {"PUBLISH", "c", "x"}), Integer(1));
  EXPECT_EQ(Received(client_), Bulks({"message", "c", "x"}));
}

TEST_F(PubSubTest, WithoutAConnectionThereIsNoSubscribing) {
  client_.flags |= command::kClientNoLoop;
  EXPECT_EQ(Run({"PSUBSCRIBE", "c"}), Error("ERR PSUBSCRIBE isn't allowed for a DENY BLOCKING client"));
  EXPECT_EQ(channels_.Names(command::ChannelKind::kPattern), 0u);
}

TEST_F(PubSubTest, SilencedRepliesSilenceNoMessage) {
  UseResp3();
  EXPECT_EQ(Run({"CLIENT", "REPLY", "OFF"}), "");
  EXPECT_EQ(Run({"SUBSCRIBE", "c"}), ">3\r\n" + Bulk("subscribe") + Bulk("c") + Integer(1));
  EXPECT_EQ(Run({"PING"}), "");
  EXPECT_EQ(Run({"PUBLISH", "c", "x"}), Pushed({"message", "c", "x"}));
  EXPECT_EQ(Run({"CLIENT", "REPLY", "ON"}), Ok());
  EXPECT_EQ(Run({"CLIENT", "REPLY", "SKIP"}), "");
  EXPECT_EQ(Run({"PUBLISH", "c", "y"}), Pushed({"message", "c", "y"}));
  EXPECT_EQ(Run({"PING"}), Simple("PONG"));
}

TEST_F(PubSubTest, ResetEndsSubscriptions) {
  Run({"SUBSCRIBE", "a"}), Run({"PSUBSCRIBE", "b"}), Run({"SSUBSCRIBE", "c"});
  EXPECT_EQ(Run({"RESET"}), Simple("RESET"));
  EXPECT_EQ(RunAs(other_, {"PUBLISH", "a", "x"}), Integer(0));
  EXPECT_EQ(RunAs(other_, {"SPUBLISH", "c", "x"}), Integer(0));
  EXPECT_EQ(Run({"GET", "k"}), Null());
}

TEST_F(PubSubTest, LooksAtSubscriptions) {
  RunAs(other_, {"SUBSCRIBE", "aa"}), RunAs(other_, {"PSUBSCRIBE", "p1", "p2"}), RunAs(other_, {"SSUBSCRIBE", "sa"});
  EXPECT_EQ(Run({"PUBSUB", "CHANNELS"}), Bulks({"aa"}));
  EXPECT_EQ(Run({"PUBSUB", "CHANNELS", "a?"}), Bulks({"aa"}));
  EXPECT_EQ(Run({"PUBSUB", "CHANNELS", "b*"}), "*0\r\n");
  EXPECT_EQ(Run({"PUBSUB", "SHARDCHANNELS"}), Bulks({"sa"}));
  EXPECT_EQ(Run({"PUBSUB", "SHARDNUMSUB", "sa", "aa"}), "*4\r\n" + Bulk("sa") + Integer(1) + Bulk("aa") + Integer(0));
  EXPECT_EQ(Run({"PUBSUB", "NUMPAT"}), Integer(2));
  EXPECT_EQ(Run({"PUBSUB", "NUMSUB"}), "*0\r\n");
  EXPECT_EQ(Run({"PUBSUB", "CHANNELS", "a", "b"}),
            Error("ERR unknown subcommand or wrong number of arguments for 'CHANNELS'. Try PUBSUB HELP."));
  EXPECT_EQ(Run({"PUBSUB", "NUMPAT", "x"}), Error("ERR wrong number of arguments for 'pubsub|numpat' command"));
  EXPECT_EQ(Run({"PUBLISH", "c"}), Error("ERR wrong number of arguments for 'publish' command"));
}

TEST_F(PubSubTest, IsPropagatedThoughNothingChanged) {
  Run({"PUBLISH", "c", "x"}), Run({"SPUBLISH", "c", "y"});
  EXPECT_EQ(Propagated(), "PUBLISH c x; SPUBLISH c y");
  EXPECT_EQ(keyspace_.dirty(), 0);
  Run({"MULTI"}), Run({"PUBLISH", "c", "x"}), Run({"SET", "k", "v"});
  Run({"EXEC"});
  EXPECT_EQ(Propagated(), "MULTI; PUBLISH c x; SET k v; EXEC");
}

TEST_F(PubSubTest, WhoIsOverTheLimitIsLookedAtBehindTheDelivery) {
  Configure("client-output-buffer-limit", "pubsub 100000 0 0");
  RunAs(other_, {"SUBSCRIBE", "c"});
  Client& third = clients_.Add(3, "127.0.0.1:50003");
  RunAs(third, {"SUBSCRIBE", "c"});
  const std::string big(60'000, 'x');
  Run({"PUBLISH", "c", big});
  EXPECT_EQ(clients_.orders, "");
  Received(third);
  Run({"PUBLISH", "c", big});
  EXPECT_EQ(clients_.orders, "check 2");
  other_.flags |= command::kClientCloseAsap;
  Run({"PUBLISH", "c", big});
  EXPECT_EQ(Received(third).size(), 2 * (Bulks({"message", "c", big}).size()));
}

// ---- events of keys

class KeyEventsTest : public PubSubTest {
 protected:
  void Listen(std::string_view classes) {
    Configure("notify-keyspace-events", classes);
    key_events_.Configure(config_.settings().notify_keyspace_events);
    RunAs(other_, {"PSUBSCRIBE", "*"});
  }
  static std::string KeySpace(std::string_view key, std::string_view event, int db = 0) {
    return Bulks({"pmessage", "*", fmt::format("__keyspace@{}__:{}", db, key), event});
  }
  static std::string KeyEvent(std::string_view event, std::string_view key, int db = 0) {
    return Bulks({"pmessage", "*", fmt::format("__keyevent@{}__:{}", db, event), key});
  }
  pubsub::KeyEvents key_events_{keyspace_, channels_};
};

TEST_F(KeyEventsTest, BothWays) {
  Listen("KEA");
  Run({"SET", "k", "v"});
  EXPECT_EQ(Received(other_), KeySpace("k", "set") + KeyEvent("set", "k"));
  Run({"SELECT", "3"}), Run({"LPUSH", "l", "x"});
  EXPECT_EQ(Received(other_), KeySpace("l", "lpush", 3) + KeyEvent("lpush", "l", 3));
}

TEST_F(KeyEventsTest, NobodyAsked) {
  Listen("");
  Run({"SET", "k", "v"});
  EXPECT_EQ(Received(other_), "");
  Listen("A");  // neither K nor E: there is no channel for it
  Run({"SET", "k", "v"});
  EXPECT_EQ(Received(other_), "");
  EXPECT_EQ(keyspace_.wanted_events(), 0u);
}

TEST_F(KeyEventsTest, ClassesAreChosen) {
  Listen("E$x");
  Run({"SET", "k", "v", "PX", "10"}), Run({"LPUSH", "l", "x"}), Run({"DEL", "l"});
  clock_.AdvanceMs(11);
  Run({"GET", "k"});
  EXPECT_EQ(Received(other_), KeyEvent("set", "k") + KeyEvent("expired", "k"));
}

TEST_F(KeyEventsTest, NewAndMissedKeysAreAskedForByName) {
  Listen("EA");
  Run({"SET", "k", "v"}), Run({"GET", "nosuch"});
  EXPECT_EQ(Received(other_), KeyEvent("set", "k"));
  Listen("Enm");
  Run({"SET", "k2", "v"}), Run({"SET", "k2", "w"}), Run({"GET", "nosuch"});
  EXPECT_EQ(Received(other_), KeyEvent("new", "k2") + KeyEvent("keymiss", "nosuch"));
}

TEST_F(KeyEventsTest, AreNotPropagated) {
  Listen("KEA");
  Run({"SET", "k", "v"});
  EXPECT_EQ(Propagated(), "SET k v");
}

}  // namespace
}  // namespace keyway::testing
