// --stat reads INFO.
#include "server/cli/stat.h"

#include <gtest/gtest.h>

namespace keyway::cli {
namespace {

constexpr char kInfo[] =
    "# Clients\r\nconnected_clients:3\r\nmaxclients:10000\r\nblocked_clients:1\r\n# Memory\r\nused_memory:1572864\r\n"
    "used_memory_human:1.50M\r\n# Persistence\r\nloading:0\r\nrdb_bgsave_in_progress:1\r\naof_rewrite_in_progress:1\r\n"
    "# Stats\r\ntotal_connections_received:7\r\ntotal_commands_processed:150\r\n"
    "# Keyspace\r\ndb0:keys=12,expires=0,avg_ttl=0\r\ndb10:keys=30,expires=1,avg_ttl=5\r\n";

TEST(StatTest, NumbersOfInfo) {
  EXPECT_EQ(InfoNumber(kInfo, "connected_clients"), 3);
  EXPECT_EQ(InfoNumber(kInfo, "used_memory"), 1572864);
  EXPECT_EQ(InfoNumber(kInfo, "db0"), 12);
  EXPECT_EQ(InfoNumber(kInfo, "db10"), 30);
  EXPECT_EQ(InfoNumber("first:1\r\n", "first"), 1);
  EXPECT_EQ(InfoNumber(kInfo, "clients"), std::nullopt);  // only whole names
  EXPECT_EQ(InfoNumber(kInfo, "used_memory_human"), std::nullopt);
  EXPECT_EQ(InfoNumber("", "x"), std::nullopt);
}

TEST(StatTest, Bytes) {
  EXPECT_EQ(HumanBytes(0), "0B");
  EXPECT_EQ(HumanBytes(1023), "1023B");
  EXPECT_EQ(HumanBytes(1536), "1.50K");
  EXPECT_EQ(HumanBytes(-1536), "-1.50K");
  EXPECT_EQ(HumanBytes(int64_t{3} << 30), "3.00G");
  EXPECT_EQ(HumanBytes(int64_t{5} << 40), "5.00T");
}

TEST(StatTest, Lines) {
  EXPECT_EQ(StatLine(kInfo, 100), "42         1.50M    3       1       150 (+50)           7           SAVE+AOF\n");
  EXPECT_EQ(StatLine(kInfo, 0), "42         1.50M    3       1       150 (+0)            7           SAVE+AOF\n");
  EXPECT_EQ(StatLine("loading:1\r\n", 0), "0          0B       0       0       0 (+0)              0           LOAD\n");
}

}  // namespace
}  // namespace keyway::cli
