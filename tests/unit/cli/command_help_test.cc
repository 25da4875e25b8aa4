// Help and completion out of replies of COMMAND DOCS, as both protocol versions carry them.
#include "server/cli/command_help.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/resp/reply_reader.h"

namespace keyway::cli {
namespace {

using resp::Reply;

Reply Text(std::string text, Reply::Kind kind = Reply::Kind::kString) {
  Reply reply;
  reply.kind = kind;
  reply.text = std::move(text);
  return reply;
}

Reply List(std::vector<Reply> elements, Reply::Kind kind = Reply::Kind::kArray) {
  Reply reply;
  reply.kind = kind;
  reply.elements = std::move(elements);
  return reply;
}

// Documentation of "set" and "config get", with maps of the given kind.
Reply Docs(Reply::Kind map) {
  Reply key = List({Text("name"), Text("key"), Text("type"), Text("key"), Text("flags"),
                    List({Text("multiple", Reply::Kind::kStatus)}, Reply::Kind::kSet)},
                   map);
  Reply nx = List({Text("name"), Text("nx"), Text("type"), Text("pure-token"), Text("token"), Text("NX")}, map);
  Reply ex = List({Text("name"), Text("seconds"), Text("type"), Text("integer"), Text("token"), Text("EX")}, map);
  Reply choice = List({Text("name"), Text("how"), Text("type"), Text("oneof"), Text("flags"),
                       List({Text("optional", Reply::Kind::kStatus)}), Text("arguments"), List({nx, ex})},
                      map);
  Reply set = List({Text("summary"), Text("Sets it."), Text("since"), Text("1.0.0"), Text("group"), Text("string"),
                    Text("arguments"), List({key, choice})},
                   map);
  Reply get = List({Text("summary"), Text("Tells options."), Text("group"), Text("server")}, map);
  Reply config = List({Text("summary"), Text("A container."), Text("group"), Text("server"), Text("subcommands"),
                       List({Text("config|get"), get}, map)},
                      map);
  return List({Text("set"), set, Text("config"), config}, map);
}

TEST(CommandHelpTest, BothProtocolVersions) {
  for (Reply::Kind map : {Reply::Kind::kMap, Reply::Kind::kArray}) {
    CommandHelp help;
    ASSERT_TRUE(help.Load(Docs(map)));
    EXPECT_EQ(help.Text({"set"}, false),
              "\n  SET key [key ...] [NX|EX seconds]\n  summary: Sets it.\n  since: 1.0.0\n  group: string\n\n");
  }
}

TEST(CommandHelpTest, TopicsAreWordsOrGroups) {
  CommandHelp help;
  ASSERT_TRUE(help.Load(Docs(Reply::Kind::kMap)));
  std::string text = help.Text({"CONFIG"}, false);
  EXPECT_NE(text.find("  CONFIG GET "), std::string::npos) << text;
  EXPECT_NE(text.find("A container."), std::string::npos) << text;
  EXPECT_EQ(help.Text({"config", "ge"}, false), "\n");  // only whole words count
  EXPECT_EQ(help.Text({"nothing"}, false), "\n");
  std::string group = help.Text({"@SERVER"}, false);
  EXPECT_NE(group.find("Tells options."), std::string::npos) << group;
  EXPECT_EQ(group.find("Sets it."), std::string::npos) << group;
  EXPECT_EQ(help.Text({}, false), CommandHelp::Overview());
}

TEST(CommandHelpTest, Completions) {
  CommandHelp help;
  ASSERT_TRUE(help.Load(Docs(Reply::Kind::kMap)));
  EXPECT_EQ(help.Completions("s"), (std::vector<std::string>{"SET"}));
  EXPECT_EQ(help.Completions("con"), (std::vector<std::string>{"CONFIG", "CONFIG GET"}));
  EXPECT_EQ(help.Completions("config g"), (std::vector<std::string>{"CONFIG GET"}));
  EXPECT_EQ(help.Completions("set k"), std::vector<std::string>());
  EXPECT_EQ(help.Completions("help @s"), (std::vector<std::string>{"help @server", "help @string"}));
  EXPECT_EQ(help.Completions("help set"), (std::vector<std::string>{"help SET"}));
  EXPECT_EQ(help.Completions("@s"), std::vector<std::string>());
  EXPECT_EQ(help.Completions("").size(), 3u);
}

TEST(CommandHelpTest, OddRepliesAreNoHelp) {
  CommandHelp help;
  EXPECT_FALSE(help.Load(Text("ERR unknown", Reply::Kind::kError)));
  EXPECT_FALSE(help.Load(List({Text("set")})));
  EXPECT_FALSE(help.loaded());
  // Parts of another shape than expected are left out.
  EXPECT_TRUE(help.Load(List({Text("odd"), Text("no map"), Text("set"),
                              List({Text("arguments"), Text("no list"), Text("subcommands"), List({Text("x")})})})));
  EXPECT_NE(help.Text({"set"}, false).find("  SET "), std::string::npos);
}

}  // namespace
}  // namespace keyway::cli
