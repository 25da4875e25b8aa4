// CONFIG, INFO, TIME, LOLWUT, SHUTDOWN, TRANSPORT.
#include <fmt/core.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

using ServerTest = CommandTest;

constexpr std::string_view kSyntax = "ERR syntax error";

TEST_F(ServerTest, ConfigGetAndSet) {
  EXPECT_EQ(Run({"CONFIG", "GET", "maxmemory-samples"}), Bulks({"maxmemory-samples", "5"}));
  EXPECT_EQ(Run({"CONFIG", "SET", "maxmemory-samples", "7", "lfu-log-factor", "3"}), Ok());
  EXPECT_EQ(Run({"CONFIG", "GET", "maxmemory-s*"}), Bulks({"maxmemory-samples", "7"}));
  EXPECT_EQ(Run({"CONFIG", "GET", "nosuch"}), Array({}));
  UseResp3();
  EXPECT_EQ(Run({"CONFIG", "GET", "lfu-log-factor"}), Map({{Bulk("lfu-log-factor"), Bulk("3")}}));
  EXPECT_EQ(Run({"CONFIG", "GET", "lfu-log-factor", "LFU-LOG-FACTOR"})[0], '%');
}

TEST_F(ServerTest, ConfigSetIsAllOrNothing) {
  EXPECT_EQ(Run({"CONFIG", "SET", "maxmemory-samples"}),
            Error("ERR wrong number of arguments for 'config|set' command"));
  EXPECT_EQ(Run({"CONFIG", "SET", "maxmemory-samples", "7", "hz"}), Error(kSyntax));
  EXPECT_EQ(Run({"CONFIG", "SET", "maxmemory-samples", "7", "nosuch", "1"}),
            Error("ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'"));
  EXPECT_EQ(Run({"CONFIG", "SET", "maxmemory-samples", "7", "hz", "x"}),
            Error("ERR CONFIG SET failed (possibly related to argument 'hz') - argument couldn't be parsed into an "
                  "integer"));
  EXPECT_EQ(Run({"CONFIG", "SET", "maxmemory-samples", "7", "maxmemory-samples", "8"}),
            Error("ERR CONFIG SET failed (possibly related to argument 'maxmemory-samples') - duplicate parameter"));
  EXPECT_EQ(Run({"CONFIG", "GET", "maxmemory-samples"}), Bulks({"maxmemory-samples", "5"}));
}

TEST_F(ServerTest, ProtectedOptionsAreForLocalClientsIfTheConfigurationSaysSo) {
  const std::string refused =
      Error("ERR CONFIG SET failed (possibly related to argument 'dbfilename') - can't set protected config");
  EXPECT_EQ(Run({"CONFIG", "SET", "dbfilename", "x.rdb"}), refused);
  config_.MutableSettings().enable_protected_configs = config::ProtectedAction::kLocal;
  EXPECT_EQ(Run({"CONFIG", "SET", "dbfilename", "x.rdb"}), refused);
  client_.flags |= command::kClientLocal;
  EXPECT_EQ(Run({"CONFIG", "SET", "dbfilename", "x.rdb"}), Ok());
}

TEST_F(ServerTest, ConfigRewrite) {
  EXPECT_EQ(Run({"CONFIG", "REWRITE"}), Error("ERR The server is running without a config file"));
  const std::string path = ::testing::TempDir() + "/keyway-rewrite-" + std::to_string(::getpid()) + ".conf";
  std::ofstream(path) << "# a comment\nhz 20\n";
  config_.set_file(path);
  Configure("hz", "30");
  EXPECT_EQ(Run({"CONFIG", "REWRITE"}), Ok());
  std::ifstream file(path);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(text.substr(0, 18), "# a comment\nhz 30\n");
  ::unlink(path.c_str());
  config_.set_file("/nonexistent/folder/keyway.conf");
  EXPECT_EQ(Run({"CONFIG", "REWRITE"}).substr(0, 28), "-ERR Rewriting config file: ");
}

TEST_F(ServerTest, ConfigResetStat) {
  Run({"GET", "k"});
  Run({"NOSUCH"});
  EXPECT_GT(counters_.commands_processed, 0u);
  EXPECT_EQ(counters_.errors.size(), 1u);
  EXPECT_EQ(Run({"CONFIG", "RESETSTAT"}), Ok());
  EXPECT_EQ(counters_.errors.size(), 0u);
  EXPECT_LE(counters_.commands_processed, 1u);
}

TEST_F(ServerTest, Info) {
  EXPECT_EQ(Run({"INFO"}), Verbatim("info"));
  EXPECT_EQ(Run({"INFO", "Server", "MEMORY"}), Verbatim("info server memory"));
  UseResp3();
  EXPECT_EQ(Run({"INFO", "everything"}), Verbatim("info everything"));
}

TEST_F(ServerTest, Time) {
  EXPECT_EQ(Run({"TIME"}), Bulks({"1700000000", "0"}));
  clock_.AdvanceMs(1'234);
  EXPECT_EQ(Run({"TIME"}), Bulks({"1700000001", "234000"}));
}

TEST_F(ServerTest, Lolwut) {
  const std::string art = Run({"LOLWUT"});
  EXPECT_NE(art.find("Redis ver. 7.2.4\n"), std::string::npos) << art;
  EXPECT_NE(Run({"LOLWUT", "VERSION", "5", "10", "3"}).find("Redis ver. 7.2.4\n"), std::string::npos);
  EXPECT_EQ(Run({"LOLWUT", "VERSION", "x"}), Error("ERR value is not an integer or out of range"));
  EXPECT_EQ(Run({"LOLWUT", "x"}), Error("ERR value is not an integer or out of range"));
  UseResp3();
  for (const char* cuts : {"1", "0", "-5", "99999999"}) {
    EXPECT_LT(Run({"LOLWUT", cuts}).size(), 2000u) << cuts;
    EXPECT_EQ(Run({"LOLWUT", cuts})[0], '=');
  }
}

TEST_F(ServerTest, Shutdown) {
  EXPECT_EQ(Run({"SHUTDOWN"}), "");
  EXPECT_EQ(Run({"SHUTDOWN", "nosave", "NOW", "force"}), "");
  EXPECT_EQ(Run({"SHUTDOWN", "SAVE"}), "");
  EXPECT_EQ(server_.orders, "shutdown; shutdown nosave now force; shutdown save");
  EXPECT_EQ(Run({"SHUTDOWN", "ABORT"}), Error("ERR No shutdown in progress."));
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"SHUTDOWN", "WHAT"}, {"SHUTDOWN", "SAVE", "NOSAVE"}, {"SHUTDOWN", "ABORT", "NOW"}}) {
    EXPECT_EQ(Run(words), Error(kSyntax));
  }
}

// ---- TRANSPORT

class TransportTest : public CommandTest {
 protected:
  TransportTest() {
    command::TransportRow tls;
    tls.name = "tls-openssl", tls.version = "1.2", tls.build = "OpenSSL 3.0", tls.roles = "filter", tls.abi = "0.9";
    tls.path = "/lib/keyway-transport-tls-openssl.so", tls.generation = 2, tls.connections = 5, tls.contexts = 1;
    tls.active = true;
    tls.options = {{"cert-file", "The certificate."}};
    tls.extra = {{"library", "OpenSSL 3.0.13"}};
    command::TransportRow tcp;
    tcp.name = "tcp", tcp.version = "1.0", tcp.roles = "carrier", tcp.generation = 1;
    server_.transports = {tcp, tls};
  }
};

TEST_F(TransportTest, List) {
  UseResp3();
  EXPECT_EQ(Run({"TRANSPORT", "LIST"}), Array({Map({{Bulk("name"), Bulk("tcp")},
                                                    {Bulk("version"), Bulk("1.0")},
                                                    {Bulk("roles"), Bulk("carrier")},
                                                    {Bulk("generation"), Integer(1)},
                                                    {Bulk("state"), Bulk("idle")},
                                                    {Bulk("connections"), Integer(0)}}),
                                               Map({{Bulk("name"), Bulk("tls-openssl")},
                                                    {Bulk("version"), Bulk("1.2")},
                                                    {Bulk("roles"), Bulk("filter")},
                                                    {Bulk("generation"), Integer(2)},
                                                    {Bulk("state"), Bulk("active")},
                                                    {Bulk("connections"), Integer(5)}})}));
}

TEST_F(TransportTest, Info) {
  EXPECT_EQ(Run({"TRANSPORT", "INFO", "tls-openssl"}),
            Map({{Bulk("name"), Bulk("tls-openssl")},
                 {Bulk("version"), Bulk("1.2")},
                 {Bulk("roles"), Bulk("filter")},
                 {Bulk("generation"), Integer(2)},
                 {Bulk("state"), Bulk("active")},
                 {Bulk("connections"), Integer(5)},
                 {Bulk("abi"), Bulk("0.9")},
                 {Bulk("build"), Bulk("OpenSSL 3.0")},
                 {Bulk("path"), Bulk("/lib/keyway-transport-tls-openssl.so")},
                 {Bulk("contexts"), Integer(1)},
                 {Bulk("library"), Bulk("OpenSSL 3.0.13")},
                 {Bulk("settings"), Map({{Bulk("cert-file"), Bulk("The certificate.")}})}}));
  EXPECT_EQ(Run({"TRANSPORT", "INFO", "vsock"}), Error("ERR No transport 'vsock' is loaded"));
}

TEST_F(TransportTest, Load) {
  EXPECT_EQ(Run({"TRANSPORT", "LOAD", "vsock"}), Ok());
  EXPECT_EQ(Run({"TRANSPORT", "LOAD", "vsock", "port", "5"}), Ok());
  EXPECT_EQ(server_.orders, "load vsock; load vsock port 5");
  EXPECT_EQ(Run({"TRANSPORT", "LOAD", "vsock", "port"}), Error(kSyntax));
  server_.load_error = "ERR vsock: no such file";
  EXPECT_EQ(Run({"TRANSPORT", "LOAD", "vsock"}), Error("ERR vsock: no such file"));
}

TEST_F(TransportTest, ReloadAndUnload) {
  EXPECT_EQ(Run({"TRANSPORT", "RELOAD", "vsock"}), Ok());
  EXPECT_EQ(Run({"TRANSPORT", "UNLOAD", "vsock"}), Ok());
  EXPECT_EQ(server_.orders, "reload vsock; unload vsock");
  for (const char* word : {"reload", "unload"}) {
    const std::string wrong = fmt::format("ERR wrong number of arguments for 'transport|{}' command", word);
    EXPECT_EQ(Run({"TRANSPORT", word}), Error(wrong));
    EXPECT_EQ(Run({"TRANSPORT", word, "vsock", "port"}), Error(wrong));
  }
  server_.load_error = "ERR vsock: it is damaged";
  EXPECT_EQ(Run({"TRANSPORT", "RELOAD", "vsock"}), Error("ERR vsock: it is damaged"));
  EXPECT_EQ(Run({"TRANSPORT", "UNLOAD", "vsock"}), Error("ERR vsock: it is damaged"));
}

TEST_F(TransportTest, ACopyThatDrains) {
  command::TransportRow old = server_.transports[1];
  old.generation = 1, old.active = false, old.draining = true;
  server_.transports.insert(server_.transports.begin() + 1, old);
  EXPECT_NE(Run({"TRANSPORT", "LIST"}).find("draining"), std::string::npos);
  const std::string info = Run({"TRANSPORT", "INFO", "tls-openssl"});
  EXPECT_EQ(info.find("draining"), std::string::npos) << info;
}

TEST_F(TransportTest, HelpNamesWhatThereIs) {
  const std::string help = Run({"TRANSPORT", "HELP"});
  for (const char* word : {"LIST", "INFO <name>", "LOAD <name>", "RELOAD <name>", "UNLOAD <name>"}) {
    EXPECT_NE(help.find(word), std::string::npos) << help;
  }
}

}  // namespace
}  // namespace keyway::testing
