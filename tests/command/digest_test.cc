// DEBUG DIGEST and DIGEST-VALUE over every type, with the values that a Redis server gives for the same data, and what DEBUG
// OBJECT and MEMORY USAGE say about them.
#include <string>
#include <vector>

#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

class DigestTest : public CommandTest {
 protected:
  explicit DigestTest(std::string_view compat = "7.2") : CommandTest(compat) {}

  void AddOneOfEach() {
    Run({"SET", "s", "text"});
    Run({"SET", "i", "12"});
    Run({"RPUSH", "l", "a", "12", "", "b"});
    Run({"SADD", "n", "3", "1", "-2"});
    Run({"SADD", "m", "x", "12", "y"});
    Run({"HSET", "h", "f", "1", "g", "two"});
    Run({"ZADD", "z", "1", "a", "0.5", "b", "inf", "c", "1e20", "d"});
    Run({"XADD", "x", "5-1", "f", "v", "g", "12"});
    Run({"XADD", "x", "6-0", "f", "w"});
    Run({"XADD", "x", "7-0", "q", "w"});
    Run({"XDEL", "x", "6-0"});
    Run({"SET", "e", "text", "EX", "1000"});
  }
  std::string Digest(std::string_view key) { return Run({"DEBUG", "DIGEST-VALUE", std::string(key)}); }
};

class Digest70Test : public DigestTest {
 protected:
  Digest70Test() : DigestTest("7.0") {}
};

TEST_F(DigestTest, EveryType) {
  AddOneOfEach();
  EXPECT_EQ(Digest("s"), Array({Simple("2ce3f57ae020966eb041fa6a47e5221ee0d42d6b")}));
  EXPECT_EQ(Digest("i"), Array({Simple("655ac46b180ad2f61a3cee25f0b1780fa2ec879a")}));
  EXPECT_EQ(Digest("l"), Array({Simple("bd834ade38b9aa839dbddae16383d09a96328d90")}));
  EXPECT_EQ(Digest("n"), Array({Simple("cd8c572f00c448fad83a282435d6e47b31d44ec3")}));
  EXPECT_EQ(Digest("m"), Array({Simple("4dd66f11f6066141cbaaab167ff96bcb8c2c5b8a")}));
  EXPECT_EQ(Digest("h"), Array({Simple("7b57bf77b0541c5c586d58fd253ba2accedca094")}));
  EXPECT_EQ(Digest("z"), Array({Simple("41223165fef62bf44bc1aa06cc2add7c0459a509")}));
  EXPECT_EQ(Digest("x"), Array({Simple("8429c8128978f2b496fc62422548535268f0a523")}));
  EXPECT_EQ(Digest("e"), Array({Simple("ca660b853c197c3a71571192028fed85fa7a6ce8")}));
}

TEST_F(DigestTest, DoesNotDependOnTheEncoding) {
  AddOneOfEach();
  std::string packed;
  for (const char* key : {"l", "n", "m", "h", "z"}) packed += Digest(key);
  for (const char* option : {"set-max-intset-entries", "set-max-listpack-entries", "hash-max-listpack-entries",
                             "zset-max-listpack-entries", "list-max-listpack-size"}) {
    Configure(option, "1");
  }
  Run({"FLUSHALL"});
  AddOneOfEach();
  std::string unpacked;
  for (const char* key : {"l", "n", "m", "h", "z"}) unpacked += Digest(key);
  EXPECT_EQ(EncodingOf("l") + " " + EncodingOf("n") + " " + EncodingOf("h") + " " + EncodingOf("z"),
            "quicklist hashtable hashtable skiplist");
  EXPECT_EQ(unpacked, packed);
}

TEST_F(DigestTest, ScoresAreTextOfTheVersion) {
  Run({"ZADD", "f", "0.1", "a"});
  EXPECT_EQ(Digest("f"), Array({Simple("6605f56364a85f2c14bc54c5b4318ac4616eb60a")}));
}

TEST_F(Digest70Test, ScoresAreTextOfTheVersion) {
  Run({"ZADD", "f", "0.1", "a"});
  EXPECT_EQ(Digest("f"), Array({Simple("b07654932c32238dbd9b8626f0dc40f18d973527")}));
}

TEST_F(Digest70Test, TheWholeDataset) {
  AddOneOfEach();
  Run({"ZADD", "f", "0.1", "a"});
  EXPECT_EQ(Run({"DEBUG", "DIGEST"}), Simple("d18980058536d3537dbad029d3701d7266ae4d8a"));
  Run({"MOVE", "s", "3"});
  EXPECT_EQ(Run({"DEBUG", "DIGEST"}), Simple("a3bc6bbb4e2f4145514b3bc78718311a8f1a5afe"));
}

TEST_F(DigestTest, ObjectTellsAboutEveryType) {
  AddOneOfEach();
  const std::vector<std::pair<std::string, std::string>> kExpected = {
      {"s", "encoding:embstr serializedlength:5 "}, {"i", "encoding:int serializedlength:2 "},
      {"l", "encoding:listpack serializedlength:"}, {"n", "encoding:intset serializedlength:15 "},
      {"m", "encoding:listpack serializedlength:"}, {"h", "encoding:listpack serializedlength:"},
      {"z", "encoding:listpack serializedlength:"}, {"x", "encoding:stream serializedlength:"},
  };
  for (const auto& [key, text] : kExpected) {
    const std::string reply = Run({"DEBUG", "OBJECT", key});
    EXPECT_NE(reply.find("refcount:"), std::string::npos) << reply;
    EXPECT_NE(reply.find(text), std::string::npos) << reply;
    EXPECT_EQ(reply.find("serializedlength:0"), std::string::npos) << reply;
  }
  EXPECT_EQ(Run({"DEBUG", "OBJECT", "none"}), Error("ERR no such key"));
}

TEST_F(DigestTest, MemoryUsageOfEveryTypeGrowsWithIt) {
  AddOneOfEach();
  const auto usage = [&](const std::string& key, const char* samples) {
    const std::string reply = Run({"MEMORY", "USAGE", key, "SAMPLES", samples});
    EXPECT_EQ(reply[0], ':') << reply;
    return std::stoll(reply.substr(1));
  };
  const std::vector<std::pair<std::string, std::vector<std::string>>> kMore = {
      {"l", {"RPUSH", "l"}}, {"n", {"SADD", "n"}}, {"m", {"SADD", "m"}}, {"h", {"HSET", "h"}}, {"z", {"ZADD", "z"}}};
  for (const auto& [key, command] : kMore) {
    const int64_t before = usage(key, "0");
    EXPECT_GT(before, 0);
    std::vector<std::string> words = command;
    for (int i = 0; i < 2000; ++i) words.push_back(std::to_string(i));
    Run(words);
    // At least what the elements themselves are long, in each way of asking.
    EXPECT_GT(usage(key, "0"), before + 4000) << key;
    EXPECT_GT(usage(key, "5"), before + 4000) << key;
  }
  const int64_t before = usage("x", "0");
  for (int i = 0; i < 1000; ++i) Run({"XADD", "x", "*", "field", "value"});
  EXPECT_GT(usage("x", "0"), before + 5000);
}

}  // namespace
}  // namespace keyway::testing
