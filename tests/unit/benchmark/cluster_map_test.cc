// The nodes of a cluster from CLUSTER NODES, and tags for slots.
#include "server/benchmark/cluster_map.h"

#include <gtest/gtest.h>

#include "server/base/key_slot.h"

namespace keyway::benchmark {
namespace {

TEST(ClusterMapTest, PrimariesWithTheirFirstSlots) {
  auto nodes = ParseClusterNodes(
      "aaa 127.0.0.1:7000@17000 myself,master - 0 1700 1 connected 0-5460 [93-<-bbb]\n"
      "bbb :7001@17001,box master - 0 1700 2 connected [7->-ccc] 5461 6000-10922\n"
      "ccc 127.0.0.1:7002@17002 slave aaa 0 1700 1 connected\n"
      "ddd ::1:7003@17003 master - 0 1700 3 connected\n",
      "10.0.0.1");
  ASSERT_TRUE(nodes.has_value()) << nodes.error().text();
  ASSERT_EQ(nodes->size(), 3u);
  EXPECT_EQ((*nodes)[0].id, "aaa");
  EXPECT_EQ((*nodes)[0].host, "127.0.0.1");
  EXPECT_EQ((*nodes)[0].port, 7000);
  EXPECT_EQ((*nodes)[0].first_slot, 0);
  EXPECT_EQ((*nodes)[1].host, "10.0.0.1");
  EXPECT_EQ((*nodes)[1].first_slot, 5461);
  EXPECT_EQ((*nodes)[2].host, "::1");
  EXPECT_EQ((*nodes)[2].first_slot, -1);
}

TEST(ClusterMapTest, GarbageIsRefused) {
  EXPECT_FALSE(ParseClusterNodes("what\n", "h").has_value());
  EXPECT_FALSE(ParseClusterNodes("a nocolon master - 0 1 1 connected 0-1\n", "h").has_value());
  EXPECT_FALSE(ParseClusterNodes("a h:99999@1 master - 0 1 1 connected 0-1\n", "h").has_value());
  auto odd = ParseClusterNodes("a h:1@1 master - 0 1 1 connected 99999 x-y\n", "h");
  ASSERT_TRUE(odd.has_value());
  EXPECT_EQ((*odd)[0].first_slot, -1);
}

TEST(ClusterMapTest, EverySlotHasATag) {
  for (int slot = 0; slot < kSlotCount; slot += 61) {
    Tag tag = TagOfSlot(slot);
    ASSERT_EQ(KeySlot({tag.data(), tag.size()}), slot);
  }
  Tag last = TagOfSlot(kSlotCount - 1);
  EXPECT_EQ(KeySlot({last.data(), last.size()}), kSlotCount - 1);
}

}  // namespace
}  // namespace keyway::benchmark
