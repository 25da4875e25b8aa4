// Configuration files, standard input and the command line.
#include <gtest/gtest.h>
#include <unistd.h>

#include "server/config/config.h"
#include "tests/unit/config/temp_dir.h"

namespace keyway::config {
namespace {

// The message for stderr, or "".
std::string LoadInto(Config& config, const Sources& sources) {
  const auto loaded = config.Load(sources);
  return loaded ? "" : loaded.error().Render("Redis 7.0.15");
}

std::string Load(Config& config, const std::string& text) {
  return LoadInto(config, {.file = {}, .standard_input = text, .options = {}});
}

std::string Message(int line, const std::string& text, const std::string& reason) {
  return "\n*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***\nReading the configuration file, at line " +
         std::to_string(line) + "\n>>> '" + text + "'\n" + reason + "\n";
}

TEST(Loader, ReadsLines) {
  Config config;
  EXPECT_EQ(Load(config,
                 "# comment\n\n  PORT 7000  \r\nlogfile \"\"\nrequirepass 'it\\'s'\nslave-read-only no\nmasterauth "
                 "\"a\\x41\\n\"\n"
                 "hash-max-ziplist-entries 3\nlua-time-limit 9"),
            "");
  EXPECT_EQ(config.settings().port, 7000);
  EXPECT_EQ(config.settings().requirepass, "it's");
  EXPECT_FALSE(config.settings().replica_read_only);
  EXPECT_EQ(config.settings().masterauth, "aA\n");
  EXPECT_EQ(config.settings().hash_max_listpack_entries, 3);
  EXPECT_EQ(config.settings().busy_reply_threshold, 9);
}

TEST(Loader, TheLastLineWins) {
  Config config;
  EXPECT_EQ(Load(config, "port 1\ntls-port 2\nport 3\nbind a b\nbind c\ntls-port 4\n"), "");
  EXPECT_EQ(config.settings().port, 3);
  EXPECT_EQ(config.settings().tls_port, 4);
  EXPECT_EQ(config.settings().bind, std::vector<std::string>{"c"});
}

TEST(Loader, LinesOfListsAddUp) {
  Config config;
  EXPECT_EQ(Load(config,
                 "save 900 1\nsave 300 10\nlisten tcp://a:1\nlisten unix:///x tls-profile p\nloadtransport foo\n"
                 "loadtransport \"/b c.so\" k v\ntls-profile p tls-cert-file a\ntls-profile p tls-key-file b\n"
                 "client-output-buffer-limit normal 1 2 3\nclient-output-buffer-limit replica 4 5 6\n"),
            "");
  EXPECT_EQ(config.GetValue("save"), "900 1 300 10") << "the defaults are gone with the first line";
  EXPECT_EQ(config.settings().listen.size(), 2u);
  ASSERT_EQ(config.settings().loadtransport.size(), 2u);
  EXPECT_EQ(config.settings().loadtransport[1].name, "/b c.so");
  EXPECT_EQ(config.settings().loadtransport[1].settings, (SettingList{{"k", "v"}}));
  EXPECT_EQ(config.settings().tls_profile.at("p").size(), 2u);
  EXPECT_EQ(config.GetValue("client-output-buffer-limit"), "normal 1 2 3 slave 4 5 6 pubsub 33554432 8388608 60");

  Config other;
  EXPECT_EQ(Load(other, "save 900 1\nsave \"\"\n"), "");
  EXPECT_EQ(other.GetValue("save"), "");
  EXPECT_EQ(Load(other, "save \"60 5 30 6\"\n"), "") << "all words in one pair of quotes";
  EXPECT_EQ(other.GetValue("save"), "60 5 30 6");
}

TEST(Loader, SaysWhereAndWhy) {
  const std::tuple<const char*, int, const char*, const char*> cases[] = {
      {"\nport \"6379\" \"6380\"\n", 2, "port \"6379\" \"6380\"", "wrong number of arguments"},
      {"port", 1, "port", "wrong number of arguments"},
      {"# x\nfoo bar", 2, "foo bar", "Bad directive or wrong number of arguments"},
      {"port \"1", 1, "port \"1", "Unbalanced quotes in configuration line"},
      {"hz x", 1, "hz x", "argument couldn't be parsed into an integer"},
      {"include", 1, "include", "Bad directive or wrong number of arguments"},
      {"rename-command a", 1, "rename-command a", "Bad directive or wrong number of arguments"},
      {"sentinel monitor m 127.0.0.1 1 2", 1, "sentinel monitor m 127.0.0.1 1 2",
       "sentinel directive while not in sentinel mode"},
      {"bind \"a 'b\"", 1, "bind \"a 'b\"", "Unbalanced quotes in configuration line"},
      {"tls-openssl.x", 1, "tls-openssl.x", "wrong number of arguments"},
      {"dir /no/such/place", 1, "dir /no/such/place", "No such file or directory"},
      {"loadmodule /x.so", 1, "loadmodule /x.so",
       "Redis modules are not supported: remove this line (transport plug-ins are loaded with loadtransport)"}};
  for (const auto& [text, line, shown, reason] : cases) {
    Config config;
    EXPECT_EQ(Load(config, text), Message(line, shown, reason)) << text;
  }
}

TEST(Loader, ContradictionsBelongToNoLine) {
  Config config;
  EXPECT_EQ(Load(config, "cluster-enabled yes\nreplicaof a 1\n"),
            "\n*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***\nreplicaof directive not allowed in cluster mode\n");
  Config other;
  EXPECT_EQ(Load(other, "cluster-enabled yes\n"), "");
  EXPECT_EQ(other.settings().databases, 1);
  Config log;
  EXPECT_EQ(Load(log, "logfile /no/such/place/log\n"),
            "\n*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***\nCan't open the log file: No such file or directory\n");
}

TEST(Loader, ForgottenOptionsAreIgnored) {
  Config config;
  EXPECT_EQ(Load(config, "lua-replicate-commands yes\nlist-max-ziplist-entries 5\nlist-max-ziplist-value 5\n"), "");
}

TEST(Loader, KeepsTheLinesOfOthers) {
  Config config(Config::Mode::kSentinel);
  EXPECT_EQ(
      Load(config, "port 1\nUser alice on \">p w\"\nrename-command GET \"\"\nsentinel monitor m ::1 1 2\nsentinel\n"),
      "");
  ASSERT_EQ(config.directives().size(), 3u);
  EXPECT_EQ(config.directives()[0].words, (std::vector<std::string>{"user", "alice", "on", ">p w"}));
  EXPECT_EQ(config.directives()[1].words, (std::vector<std::string>{"rename-command", "GET", ""}));
  EXPECT_EQ(config.directives()[2].words[0], "sentinel");
  const LoadError error{config.directives()[1].place, "No such command in rename-command"};
  EXPECT_EQ(error.Render("Redis 7.0.15"), Message(3, "rename-command GET \"\"", "No such command in rename-command"));
}

TEST(Loader, TransportSettings) {
  Config config;
  EXPECT_EQ(Load(config, "tls-openssl.Provider fips\ntls-wolfssl.x a b\nold.y 1\nold.y \"\"\n"), "");
  EXPECT_EQ(config.settings().transport_settings,
            (std::map<std::string, std::string>{{"tls-openssl.provider", "fips"}, {"tls-wolfssl.x", "a b"}}));
}

TEST(Loader, Includes) {
  TempDir dir;
  dir.Write("conf.d/1.conf", "hz 20\nport 1\n");
  dir.Write("conf.d/2.conf", "port 2\n");
  const std::string main = dir.Write("main.conf", "port 9\ninclude " + (dir / "conf.d/*.conf") + "\ninclude " +
                                                      (dir / "none*.conf") + "\ntimeout 5\n");
  Config config;
  EXPECT_EQ(LoadInto(config, {.file = main, .standard_input = {}, .options = {}}), "");
  EXPECT_EQ(config.settings().hz, 20);
  EXPECT_EQ(config.settings().port, 2);
  EXPECT_EQ(config.settings().timeout, 5);
  EXPECT_EQ(config.file(), main);

  const std::string bad = dir.Write("bad.conf", "\nhz x\n");
  Config other;
  EXPECT_EQ(Load(other, "include " + bad), "\n*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***\nIn the included file '" +
                                               bad +
                                               "'\nReading the configuration file, at line 2\n>>> 'hz x'\n"
                                               "argument couldn't be parsed into an integer\n");
  Config missing;
  EXPECT_EQ(Load(missing, "include /no/such.conf"),
            Message(1, "include /no/such.conf",
                    "Fatal error, can't open config file '/no/such.conf': No such file or directory"));
}

TEST(Loader, IncludesOfThemselvesEnd) {
  TempDir dir;
  const std::string path = dir / "loop.conf";
  dir.Write("loop.conf", "include " + path + "\n");
  Config config;
  EXPECT_NE(LoadInto(config, {.file = path, .standard_input = {}, .options = {}}).find("nested more than 16 deep"),
            std::string::npos);
}

TEST(Loader, RelativePathsFollowDir) {
  TempDir dir;
  dir.Write("sub/more.conf", "hz 33\n");
  Config config;
  EXPECT_EQ(Load(config, "dir " + dir.path() + "\ndir ./sub\ninclude more.conf\nlogfile x.log\n"), "");
  EXPECT_EQ(config.settings().dir, dir / "sub");
  EXPECT_EQ(config.settings().hz, 33);
  EXPECT_EQ(access((dir / "sub/x.log").c_str(), F_OK), 0) << "the log file was tried";
  EXPECT_EQ(config.settings().logfile, "x.log");
}

TEST(Loader, AnUnreadableMainFile) {
  Config config;
  EXPECT_EQ(LoadInto(config, {.file = "/no/such.conf", .standard_input = {}, .options = {}}),
            "\n*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***\n"
            "Fatal error, can't open config file '/no/such.conf': No such file or directory\n");
  Config folder;
  EXPECT_NE(LoadInto(folder, {.file = "/", .standard_input = {}, .options = {}}).find("Is a directory"),
            std::string::npos);
}

TEST(Loader, LineNumbersRunOnThroughAllSources) {
  TempDir dir;
  const std::string file = dir.Write("a.conf", "port 1\nport 2\n");
  Config config;
  EXPECT_EQ(LoadInto(config, {.file = file, .standard_input = "hz 5\nbad\n", .options = {}}),
            Message(4, "bad", "Bad directive or wrong number of arguments"));
  Config other;
  EXPECT_EQ(LoadInto(other, {.file = file, .standard_input = "hz 5\n", .options = "port \"3\" \nbad \"\""}),
            Message(6, "bad \"\"", "Bad directive or wrong number of arguments"));
  EXPECT_EQ(other.settings().port, 3) << "options win";
}

std::string OptionsOf(std::vector<std::string> args) { return ParseCommandLine(args).options; }

TEST(CommandLineTest, FileStandardInputAndOptions) {
  const std::vector<std::string> args = {"/etc/k.conf", "--port", "6380", "-"};
  const CommandLine line = ParseCommandLine(args);
  EXPECT_EQ(line.file, "/etc/k.conf");
  EXPECT_TRUE(line.read_standard_input);
  EXPECT_EQ(line.options, "port \"6380\" ");

  const std::vector<std::string> first = {"-", "--port", "1"};
  EXPECT_TRUE(ParseCommandLine(first).read_standard_input);
  EXPECT_EQ(ParseCommandLine(first).file, "");
  const std::vector<std::string> middle = {"--requirepass", "-", "--port", "1"};
  EXPECT_FALSE(ParseCommandLine(middle).read_standard_input) << "a lone dash in between is a value";
  EXPECT_EQ(ParseCommandLine(middle).options, "requirepass \"-\" \nport \"1\" ");
  EXPECT_EQ(ParseCommandLine({}).options, "");
}

TEST(CommandLineTest, ValuesAreWords) {
  EXPECT_EQ(OptionsOf({"--save", "900", "1", "--hz", "5"}), "save \"900\" \"1\" \nhz \"5\" ");
  EXPECT_EQ(OptionsOf({"--port 6380", "--hz", "5"}), "port 6380 \nhz \"5\" ");
  EXPECT_EQ(OptionsOf({"--requirepass", "--secret"}), "requirepass \"--secret\" ")
      << "an option takes the next word whatever it is";
  EXPECT_EQ(OptionsOf({"--requirepass", "a\"b\n"}), "requirepass \"a\\\"b\\n\" ");
}

TEST(CommandLineTest, AnEmptySave) {
  for (const std::vector<std::string>& args :
       {std::vector<std::string>{"--save", "", "--hz", "7"}, {"--save", "--hz", "7"}, {"--hz", "7", "--save"}}) {
    Config config;
    EXPECT_EQ(LoadInto(config, {.file = {}, .standard_input = {}, .options = OptionsOf(args)}), "");
    EXPECT_EQ(config.GetValue("save"), "");
    EXPECT_EQ(config.settings().hz, 7);
  }
}

TEST(CommandLineTest, ErrorsLookLikeThoseOfFiles) {
  Config config;
  EXPECT_EQ(LoadInto(config, {.file = {}, .standard_input = {}, .options = OptionsOf({"--port", "6379", "6380"})}),
            Message(2, "port \"6379\" \"6380\"", "wrong number of arguments"));
  Config other;
  EXPECT_EQ(LoadInto(other, {.file = {},
                             .standard_input = {},
                             .options = OptionsOf({"--shutdown-on-sigint", "now force", "--bind", "127.0.0.1 ::1"})}),
            "");
  EXPECT_EQ(other.GetValue("shutdown-on-sigint"), "now force");
  EXPECT_EQ(other.settings().bind.size(), 2u);
}

TEST(Loader, SentinelArgument) {
  Config config(Config::Mode::kSentinel);
  EXPECT_EQ(LoadInto(config, {.file = {}, .standard_input = {}, .options = OptionsOf({"--sentinel", "--port", "5"})}),
            "");
  EXPECT_EQ(config.settings().port, 5);
  EXPECT_TRUE(config.directives().empty());
}

}  // namespace
}  // namespace keyway::config
