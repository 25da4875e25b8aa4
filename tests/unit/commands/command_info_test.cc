// The shapes of COMMAND INFO and COMMAND DOCS in both protocol versions.
#include "server/commands/command_info.h"

#include <gtest/gtest.h>
#include <sys/uio.h>

#include <string>

#include "server/command/command_table.h"

namespace keyway::commands {
namespace {

using command::AllCommandRows;
using command::CommandTable;

void Noop(command::Context&) {}

CommandTable Table() {
  static constexpr command::HandlerBinding kBindings[] = {
      {"get", Noop},         {"set", Noop},  {"setnx", Noop},      {"object|encoding", Noop},
      {"object|freq", Noop}, {"sort", Noop}, {"sintercard", Noop}, {"xread", Noop},
  };
  CommandTable::Builder builder(AllCommandRows());
  builder.Bind(kBindings);
  return std::move(std::move(builder).Build().value());
}

// The reply with its line ends taken out, which makes it readable; lengths of bulk strings are dropped.
template <class Write>
std::string Reply(int version, Write write) {
  OutputBuffer out;
  resp::ReplyWriter reply(out);
  reply.set_version(version);
  write(reply);
  std::string bytes;
  iovec parts[64];
  while (!out.empty()) {
    const int count = out.Peek(parts, 64);
    std::size_t size = 0;
    for (int i = 0; i < count; ++i) {
      bytes.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
      size += parts[i].iov_len;
    }
    out.Consume(size);
  }
  std::string text;
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t end = bytes.find("\r\n", i);
    const bool is_bulk_header = bytes[i] == '$' && bytes[i + 1] != '-';
    if (!is_bulk_header) text += (text.empty() ? "" : " ") + bytes.substr(i, end - i);
    i = end + 2;
  }
  return text;
}

std::string Info(std::string_view name, int version) {
  const CommandTable table = Table();
  return Reply(version, [&](resp::ReplyWriter& reply) { WriteCommandInfo(reply, table.FindFullName(name)); });
}

std::string Docs(std::string_view name, int version) {
  const CommandTable table = Table();
  return Reply(version, [&](resp::ReplyWriter& reply) { WriteCommandDocs(reply, *table.FindFullName(name)); });
}

TEST(CommandInfo, InResp2) {
  EXPECT_EQ(Info("get", 2),
            "*10 get :2 *2 +readonly +fast :1 :1 :1 *3 +@read +@string +@fast *0 *1 "
            "*6 flags *2 +RO +access "
            "begin_search *4 type index spec *2 index :1 "
            "find_keys *4 type range spec *6 lastkey :0 keystep :1 limit :0 "
            "*0");
}

TEST(CommandInfo, InResp3) {
  EXPECT_EQ(Info("get", 3),
            "*10 get :2 ~2 +readonly +fast :1 :1 :1 ~3 +@read +@string +@fast ~0 ~1 "
            "%3 flags ~2 +RO +access "
            "begin_search %2 type index spec %1 index :1 "
            "find_keys %2 type range spec %3 lastkey :0 keystep :1 limit :0 "
            "~0");
}

TEST(CommandInfo, NoCommand) {
  EXPECT_EQ(Info("nosuch", 2), "$-1");
  EXPECT_EQ(Info("nosuch", 3), "_");
}

TEST(CommandInfo, OfAContainerHoldsItsSubcommands) {
  const std::string info = Info("object", 3);
  EXPECT_EQ(info.find("*10 object :-2 ~0 :0 :0 :0 ~1 +@slow ~0 ~0 *2 *10 object|encoding :3 ~1 +readonly :2 :2 :1"), 0u)
      << info;
  EXPECT_NE(info.find("*10 object|freq :3"), std::string::npos) << info;
  EXPECT_EQ(Info("object|freq", 3).find("*10 object|freq :3"), 0u);
}

TEST(CommandInfo, AllKindsOfKeySpecs) {
  const std::string sort = Info("sort", 3);
  EXPECT_NE(sort.find("+movablekeys"), std::string::npos) << sort;
  EXPECT_NE(sort.find("begin_search %2 type unknown spec %0 find_keys %2 type unknown spec %0"), std::string::npos)
      << sort;
  EXPECT_NE(sort.find("%4 notes "), std::string::npos) << sort;
  const std::string num = Info("sintercard", 3);
  EXPECT_NE(num.find("find_keys %2 type keynum spec %3 keynumidx :0 firstkey :1 keystep :1"), std::string::npos) << num;
  const std::string keyword = Info("xread", 3);
  EXPECT_NE(keyword.find("begin_search %2 type keyword spec %2 keyword STREAMS startfrom :1 "
                         "find_keys %2 type range spec %3 lastkey :-1 keystep :1 limit :2"),
            std::string::npos)
      << keyword;
}

TEST(CommandDocs, Fields) {
  const std::string docs = Docs("get", 3);
  EXPECT_EQ(docs.find("%5 summary "), 0u) << docs;
  EXPECT_NE(docs.find(" since 1.0.0 group string complexity O(1) "
                      "arguments *1 %4 name key type key display_text key key_spec_index :0"),
            std::string::npos)
      << docs;
}

TEST(CommandDocs, HistoryAndNestedArguments) {
  const std::string resp3 = Docs("set", 3);
  EXPECT_NE(resp3.find("history ~4 *2 2.6.12 "), std::string::npos) << resp3;
  EXPECT_NE(resp3.find("%5 name condition type oneof since 2.6.12 flags ~1 +optional arguments *2 "
                       "%4 name nx type pure-token display_text nx token NX"),
            std::string::npos)
      << resp3;
  const std::string resp2 = Docs("set", 2);
  EXPECT_NE(resp2.find("history *4 *2 2.6.12 "), std::string::npos) << resp2;
  EXPECT_NE(resp2.find("*10 name condition type oneof since 2.6.12 flags *1 +optional arguments *2 *8 name nx"),
            std::string::npos)
      << resp2;
}

TEST(CommandDocs, DeprecatedCommands) {
  const std::string docs = Docs("setnx", 3);
  EXPECT_EQ(docs.find("%8 "), 0u) << docs;
  EXPECT_NE(docs.find("doc_flags ~1 +deprecated deprecated_since 2.6.12 replaced_by "), std::string::npos) << docs;
}

TEST(CommandDocs, SubcommandsAreAMap) {
  const std::string docs = Docs("object", 3);
  EXPECT_NE(docs.find("subcommands %2 object|encoding %5 summary "), std::string::npos) << docs;
  EXPECT_NE(docs.find(" object|freq %5 summary "), std::string::npos) << docs;
}

TEST(CommandInfo, KeyFlags) {
  const auto write = [](resp::ReplyWriter& reply) { WriteKeyFlags(reply, command::kKeyOw | command::kKeyUpdate); };
  EXPECT_EQ(Reply(2, write), "*2 +OW +update");
  EXPECT_EQ(Reply(3, write), "~2 +OW +update");
}

}  // namespace
}  // namespace keyway::commands
