// Slots of keys, against what CLUSTER KEYSLOT of Redis says.
#include "server/base/key_slot.h"

#include <gtest/gtest.h>

namespace keyway {
namespace {

TEST(KeySlotTest, KnownValues) {
  EXPECT_EQ(Crc16("123456789"), 0x31c3);  // the check value of CRC-16/XMODEM
  EXPECT_EQ(KeySlot("foo"), 12182);
  EXPECT_EQ(KeySlot("bar"), 5061);
  EXPECT_EQ(KeySlot(""), 0);
}

TEST(KeySlotTest, BracesChooseWhatIsHashed) {
  EXPECT_EQ(KeySlot("{user}.a"), KeySlot("user"));
  EXPECT_EQ(KeySlot("x{user}.b"), KeySlot("user"));
  EXPECT_EQ(KeySlot("a{b}{c}"), KeySlot("b"));
  EXPECT_EQ(KeySlot("{}foo"), Crc16("{}foo") & (kSlotCount - 1));
  EXPECT_EQ(KeySlot("{foo"), Crc16("{foo") & (kSlotCount - 1));
  EXPECT_EQ(KeySlot("{{b}}"), KeySlot("{b"));
}

}  // namespace
}  // namespace keyway
