// What every write command propagates. The table has a row for each way a command can be rewritten; a bound command with
// the write flag that no row runs fails the last test.
#include <set>
#include <string>
#include <vector>

#include "server/base/crc64.h"
#include "tests/command/command_test.h"

namespace keyway::testing {
namespace {

using Words = std::vector<std::string>;

// Each row starts with s = "text", n = "10" and e = "expiring" with 1000 ms to go, at 1700000000000 ms.
struct Row {
  Words words;
  std::string propagated;
};

// What DUMP gives for the string "text".
std::string TextPayload() {
  std::string payload("\0\x04text\x0b\0", 8);
  uint64_t crc = Crc64(0, payload);
  for (int i = 0; i < 8; ++i, crc >>= 8) payload += static_cast<char>(crc);
  return payload;
}

const std::vector<Row> kRows = {
    // strings
    {{"SET", "k", "v"}, "SET k v"},
    {{"set", "k", "v", "nx"}, "set k v nx"},
    {{"SET", "s", "v", "NX"}, ""},
    {{"SET", "k", "v", "XX"}, ""},
    {{"SET", "s", "v", "KEEPTTL"}, "SET s v KEEPTTL"},
    {{"SET", "k", "v", "EX", "10"}, "SET k v PXAT 1700000010000"},
    {{"SET", "k", "v", "PX", "10", "NX", "GET"}, "SET k v PXAT 1700000000010"},
    {{"SET", "k", "v", "EXAT", "1700000001"}, "SET k v PXAT 1700000001000"},
    {{"SET", "k", "v", "PXAT", "1700000000009"}, "SET k v PXAT 1700000000009"},
    {{"SET", "k", "v", "NX", "PXAT", "1700000000009"}, "SET k v NX PXAT 1700000000009"},
    {{"SET", "s", "get", "GET", "get", "XX"}, "SET s get XX"},
    {{"SET", "s", "v", "GET", "NX"}, ""},
    {{"SETNX", "k", "v"}, "SETNX k v"},
    {{"SETNX", "s", "v"}, ""},
    {{"SETEX", "k", "10", "v"}, "SET k v PXAT 1700000010000"},
    {{"PSETEX", "k", "10", "v"}, "SET k v PXAT 1700000000010"},
    {{"GETSET", "s", "v"}, "SET s v"},
    {{"GETSET", "k", "v"}, "SET k v"},
    {{"GETDEL", "s"}, "DEL s"},
    {{"GETDEL", "k"}, ""},
    {{"GETEX", "s"}, ""},
    {{"GETEX", "s", "EX", "1"}, "PEXPIREAT s 1700000001000"},
    {{"GETEX", "s", "PX", "1"}, "PEXPIREAT s 1700000000001"},
    {{"GETEX", "s", "EXAT", "1700000001"}, "PEXPIREAT s 1700000001000"},
    {{"GETEX", "s", "PXAT", "1700000000001"}, "PEXPIREAT s 1700000000001"},
    {{"GETEX", "s", "PXAT", "1"}, "DEL s"},
    {{"GETEX", "s", "PERSIST"}, ""},
    {{"GETEX", "e", "PERSIST"}, "PERSIST e"},
    {{"MSET", "a", "1", "b", "2"}, "MSET a 1 b 2"},
    {{"MSETNX", "a", "1", "b", "2"}, "MSETNX a 1 b 2"},
    {{"MSETNX", "a", "1", "s", "2"}, ""},
    {{"APPEND", "s", "x"}, "APPEND s x"},
    {{"SETRANGE", "s", "1", "x"}, "SETRANGE s 1 x"},
    {{"SETRANGE", "s", "1", ""}, ""},
    {{"INCR", "n"}, "INCR n"},
    {{"INCR", "s"}, ""},
    {{"DECR", "n"}, "DECR n"},
    {{"INCRBY", "n", "5"}, "INCRBY n 5"},
    {{"DECRBY", "n", "5"}, "DECRBY n 5"},
    {{"INCRBYFLOAT", "n", "0.5"}, "SET n 10.5 KEEPTTL"},
    {{"INCRBYFLOAT", "k", "3.0e3"}, "SET k 3000 KEEPTTL"},
    // sorting
    {{"SORT", "k"}, ""},
    {{"SORT", "k", "STORE", "s"}, "SORT k STORE s"},
    {{"SORT", "k", "STORE", "k"}, ""},
    // bitmaps and HyperLogLogs
    {{"SETBIT", "s", "0", "1"}, "SETBIT s 0 1"},
    {{"SETBIT", "s", "0", "0"}, ""},
    {{"SETBIT", "k", "0", "0"}, "SETBIT k 0 0"},
    {{"BITOP", "NOT", "k", "s"}, "BITOP NOT k s"},
    {{"BITOP", "AND", "s", "k"}, "BITOP AND s k"},
    {{"BITOP", "AND", "k", "k"}, ""},
    {{"BITFIELD", "s", "SET", "u8", "0", "1"}, "BITFIELD s SET u8 0 1"},
    {{"BITFIELD", "s", "SET", "u8", "0", "116"}, ""},
    {{"BITFIELD", "k", "GET", "u8", "0"}, ""},
    {{"PFADD", "k", "a"}, "PFADD k a"},
    {{"PFADD", "s", "a"}, ""},
    {{"PFMERGE", "k"}, "PFMERGE k"},
    {{"PFDEBUG", "ENCODING", "k"}, ""},
    // sets
    {{"SADD", "k", "a", "b"}, "SADD k a b"},
    {{"SADD", "set", "a"}, ""},
    {{"SREM", "set", "a", "x"}, "SREM set a x"},
    {{"SREM", "set", "x"}, ""},
    {{"SMOVE", "set", "k", "a"}, "SMOVE set k a"},
    {{"SMOVE", "set", "k", "x"}, ""},
    {{"SPOP", "set"}, "SREM set a"},
    {{"SPOP", "set", "2"}, "DEL set"},
    {{"SPOP", "k", "2"}, ""},
    {{"SINTERSTORE", "k", "set"}, "SINTERSTORE k set"},
    {{"SINTERSTORE", "s", "k"}, "SINTERSTORE s k"},
    {{"SINTERSTORE", "k", "k"}, ""},
    {{"SUNIONSTORE", "k", "set"}, "SUNIONSTORE k set"},
    {{"SDIFFSTORE", "k", "set"}, "SDIFFSTORE k set"},
    // hashes
    {{"HSET", "hash", "f", "1"}, "HSET hash f 1"},
    {{"HMSET", "k", "f", "1"}, "HMSET k f 1"},
    {{"HSETNX", "hash", "g", "1"}, "HSETNX hash g 1"},
    {{"HSETNX", "hash", "f", "2"}, ""},
    {{"HDEL", "hash", "f"}, "HDEL hash f"},
    {{"HDEL", "hash", "x"}, ""},
    {{"HINCRBY", "hash", "f", "2"}, "HINCRBY hash f 2"},
    {{"HINCRBYFLOAT", "hash", "f", "0.5"}, "HSET hash f 1.5"},
    // keys
    {{"DEL", "s", "k"}, "DEL s k"},
    {{"DEL", "k"}, ""},
    {{"UNLINK", "s"}, "UNLINK s"},
    {{"RENAME", "s", "k"}, "RENAME s k"},
    {{"RENAME", "s", "s"}, ""},
    {{"RENAMENX", "s", "k"}, "RENAMENX s k"},
    {{"RENAMENX", "s", "n"}, ""},
    {{"COPY", "s", "k"}, "COPY s k"},
    {{"RESTORE", "k", "0", TextPayload()}, "RESTORE k 0 " + TextPayload()},
    {{"RESTORE", "s", "10", TextPayload(), "replace"}, "RESTORE s 1700000000010 " + TextPayload() + " replace ABSTTL"},
    {{"RESTORE", "s", "5", TextPayload(), "REPLACE", "ABSTTL"}, "DEL s"},
    {{"RESTORE", "s", "0", TextPayload()}, ""},
    {{"RESTORE-ASKING", "k", "10", TextPayload()}, "RESTORE-ASKING k 1700000000010 " + TextPayload() + " ABSTTL"},
    {{"COPY", "s", "n"}, ""},
    {{"MOVE", "s", "1"}, "MOVE s 1"},
    {{"MOVE", "k", "1"}, ""},
    {{"EXPIRE", "s", "10"}, "PEXPIREAT s 1700000010000"},
    {{"expire", "s", "10", "nx"}, "PEXPIREAT s 1700000010000 nx"},
    {{"EXPIRE", "s", "10", "XX"}, ""},
    {{"EXPIRE", "s", "-1"}, "DEL s"},
    {{"EXPIRE", "k", "10"}, ""},
    {{"PEXPIRE", "s", "10"}, "PEXPIREAT s 1700000000010"},
    {{"EXPIREAT", "s", "1700000001"}, "PEXPIREAT s 1700000001000"},
    {{"pexpireat", "s", "1700000000001"}, "pexpireat s 1700000000001"},
    {{"PEXPIREAT", "s", "1700000000000"}, "DEL s"},
    {{"PERSIST", "e"}, "PERSIST e"},
    {{"PERSIST", "s"}, ""},
    // lists: l = 1 2 1
    {{"LPUSH", "k", "a", "b"}, "LPUSH k a b"},
    {{"RPUSH", "l", "a"}, "RPUSH l a"},
    {{"LPUSHX", "k", "a"}, ""},
    {{"LPUSHX", "l", "a"}, "LPUSHX l a"},
    {{"RPUSHX", "l", "a"}, "RPUSHX l a"},
    {{"LPOP", "l"}, "LPOP l"},
    {{"RPOP", "l", "2"}, "RPOP l 2"},
    {{"RPOP", "l", "0"}, ""},
    {{"LSET", "l", "0", "a"}, "LSET l 0 a"},
    {{"LINSERT", "l", "AFTER", "2", "a"}, "LINSERT l AFTER 2 a"},
    {{"LINSERT", "l", "AFTER", "3", "a"}, ""},
    {{"LREM", "l", "0", "1"}, "LREM l 0 1"},
    {{"LREM", "l", "0", "3"}, ""},
    {{"LTRIM", "l", "1", "-1"}, "LTRIM l 1 -1"},
    {{"LTRIM", "l", "0", "-1"}, ""},
    {{"LMOVE", "l", "k", "LEFT", "LEFT"}, "LMOVE l k LEFT LEFT"},
    {{"RPOPLPUSH", "l", "l"}, "RPOPLPUSH l l"},
    {{"LMPOP", "2", "k", "l", "LEFT", "COUNT", "9"}, "LPOP l 3"},
    {{"BLPOP", "k", "l", "0"}, "LPOP l"},
    {{"BRPOP", "l", "0"}, "RPOP l"},
    {{"BLMOVE", "l", "k", "LEFT", "right", "0"}, "LMOVE l k LEFT right"},
    {{"BRPOPLPUSH", "l", "k", "0"}, "RPOPLPUSH l k"},
    {{"BLMPOP", "0", "1", "l", "RIGHT"}, "RPOP l 1"},
    // streams: st = 1-0, 2-0; group g gave 1-0 to consumer c
    {{"XADD", "st", "*", "f", "v"}, "XADD st 1700000000000-0 f v"},
    {{"XADD", "st", "2-*", "f", "v"}, "XADD st 2-1 f v"},
    {{"XADD", "st", "3-0", "f", "v"}, "XADD st 3-0 f v"},
    {{"XADD", "st", "MAXLEN", "~", "1", "*", "f", "v"}, "XADD st MAXLEN = 3 1700000000000-0 f v"},
    {{"XADD", "k", "NOMKSTREAM", "*", "f", "v"}, ""},
    {{"XTRIM", "st", "MAXLEN", "1"}, "XTRIM st MAXLEN 1"},
    {{"XTRIM", "st", "MAXLEN", "~", "0"}, "XTRIM st MAXLEN = 0"},
    {{"XTRIM", "st", "MAXLEN", "~", "1"}, ""},
    {{"XDEL", "st", "1-0"}, "XDEL st 1-0"},
    {{"XDEL", "st", "7-0"}, ""},
    {{"XSETID", "st", "9-0"}, "XSETID st 9-0"},
    {{"XGROUP", "CREATE", "st", "h", "$"}, "XGROUP CREATE st h $"},
    {{"XGROUP", "CREATE", "st", "g", "$"}, ""},
    {{"XGROUP", "SETID", "st", "g", "0"}, "XGROUP SETID st g 0"},
    {{"XGROUP", "DESTROY", "st", "g"}, "XGROUP DESTROY st g"},
    {{"XGROUP", "DESTROY", "st", "h"}, ""},
    {{"XGROUP", "CREATECONSUMER", "st", "g", "d"}, "XGROUP CREATECONSUMER st g d"},
    {{"XGROUP", "CREATECONSUMER", "st", "g", "c"}, ""},
    {{"XGROUP", "DELCONSUMER", "st", "g", "c"}, "XGROUP DELCONSUMER st g c"},
    {{"XGROUP", "DELCONSUMER", "st", "g", "d"}, ""},
    {{"XREADGROUP", "GROUP", "g", "c", "STREAMS", "st", ">"},
     "XCLAIM st g c 0 2-0 TIME 1700000000000 RETRYCOUNT 1 FORCE JUSTID LASTID 2-0"},
    {{"XREADGROUP", "GROUP", "g", "c", "NOACK", "STREAMS", "st", ">"}, "XGROUP SETID st g 2-0 ENTRIESREAD 2"},
    {{"XACK", "st", "g", "1-0"}, "XACK st g 1-0"},
    {{"XACK", "st", "g", "2-0"}, ""},
    {{"XCLAIM", "st", "g", "c", "0", "1-0"},
     "XCLAIM st g c 0 1-0 TIME 1700000000000 RETRYCOUNT 2 FORCE JUSTID LASTID 1-0"},
    {{"XCLAIM", "st", "g", "c", "9", "1-0"}, ""},
    {{"XAUTOCLAIM", "st", "g", "c", "0", "0"},
     "XCLAIM st g c 0 1-0 TIME 1700000000000 RETRYCOUNT 2 FORCE JUSTID LASTID 1-0"},
    // sorted sets
    {{"ZADD", "z", "3", "c"}, "ZADD z 3 c"},
    {{"ZADD", "z", "1", "a"}, ""},
    {{"ZADD", "z", "NX", "5", "a"}, ""},
    {{"ZINCRBY", "z", "1", "a"}, "ZINCRBY z 1 a"},
    {{"ZREM", "z", "a", "k"}, "ZREM z a k"},
    {{"ZREM", "z", "k"}, ""},
    {{"ZREMRANGEBYRANK", "z", "0", "0"}, "ZREMRANGEBYRANK z 0 0"},
    {{"ZREMRANGEBYRANK", "z", "5", "6"}, ""},
    {{"ZREMRANGEBYSCORE", "z", "1", "2"}, "ZREMRANGEBYSCORE z 1 2"},
    {{"ZREMRANGEBYLEX", "z", "-", "+"}, "ZREMRANGEBYLEX z - +"},
    {{"ZRANGESTORE", "k", "z", "0", "-1"}, "ZRANGESTORE k z 0 -1"},
    {{"ZUNIONSTORE", "k", "1", "z"}, "ZUNIONSTORE k 1 z"},
    {{"ZINTERSTORE", "k", "2", "z", "set"}, "ZINTERSTORE k 2 z set"},
    {{"ZDIFFSTORE", "k", "1", "j"}, ""},
    {{"ZPOPMIN", "z"}, "ZPOPMIN z"},
    {{"ZPOPMAX", "z", "5"}, "ZPOPMAX z 5"},
    {{"ZPOPMAX", "k"}, ""},
    {{"ZMPOP", "2", "k", "z", "MIN", "COUNT", "9"}, "ZPOPMIN z 2"},
    {{"BZMPOP", "0", "1", "z", "MAX"}, "ZPOPMAX z 1"},
    {{"BZPOPMIN", "k", "z", "0"}, "ZPOPMIN z"},
    {{"BZPOPMAX", "z", "0"}, "ZPOPMAX z"},
    // places
    {{"GEOADD", "k", "13.361389", "38.115556", "p"}, "ZADD k 3479099956230698 p"},
    {{"GEOADD", "places", "13.361389", "38.115556", "p"}, ""},
    {{"GEOSEARCHSTORE", "k", "places", "FROMMEMBER", "p", "BYRADIUS", "1", "km"},
     "GEOSEARCHSTORE k places FROMMEMBER p BYRADIUS 1 km"},
    {{"GEORADIUS", "places", "13", "38", "100", "km"}, ""},
    {{"GEORADIUS", "places", "13", "38", "100", "km", "STORE", "k"}, "GEORADIUS places 13 38 100 km STORE k"},
    {{"GEORADIUSBYMEMBER", "places", "p", "1", "km", "STORE", "k"}, "GEORADIUSBYMEMBER places p 1 km STORE k"},
    {{"MIGRATE", "127.0.0.1", "1", "k", "0", "1"}, ""},
    // databases
    {{"FLUSHDB"}, "FLUSHDB"},
    {{"FLUSHALL", "ASYNC"}, "FLUSHALL ASYNC"},
    {{"SWAPDB", "0", "1"}, "SWAPDB 0 1"},
};

class PropagationTest : public CommandTest {
 protected:
  void Prepare() {
    Run({"FLUSHALL"});
    Run({"MSET", "s", "text", "n", "10"});
    Run({"SET", "e", "expiring", "PX", "1000"});
    Run({"SADD", "set", "a"});
    Run({"HSET", "hash", "f", "1"});
    Run({"RPUSH", "l", "1", "2", "1"});
    Run({"ZADD", "z", "1", "a", "2", "b"});
    Run({"GEOADD", "places", "13.361389", "38.115556", "p"});
    Run({"XADD", "st", "1-0", "f", "v"}), Run({"XADD", "st", "2-0", "f", "v"});
    Run({"XGROUP", "CREATE", "st", "g", "0"});
    Run({"XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "STREAMS", "st", ">"});
    Propagated();
  }
};

TEST_F(PropagationTest, EachRow) {
  for (const Row& row : kRows) {
    std::string text;
    for (const std::string& word : row.words) text += word + " ";
    SCOPED_TRACE(text);
    Prepare();
    const int64_t dirty = keyspace_.dirty();
    const std::string reply = Run(row.words);
    EXPECT_EQ(Propagated(), row.propagated) << reply;
    // What is not propagated must not count as a change either.
    if (row.propagated.empty()) {
      EXPECT_EQ(keyspace_.dirty(), dirty);
    }
  }
}

TEST_F(PropagationTest, InTheClientsDatabase) {
  Run({"SELECT", "2"});
  Run({"SET", "k", "v", "EX", "1"});
  Run({"EXPIRE", "k", "5"});
  Run({"INCRBYFLOAT", "n", "1"});
  EXPECT_EQ(Propagated(), "@2 SET k v PXAT 1700000001000; @2 PEXPIREAT k 1700000005000; @2 SET n 1 KEEPTTL");
}

TEST_F(PropagationTest, AnExpiredKeyIsPropagatedBeforeTheCommandThatMetIt) {
  for (const Words& words : {Words{"SET", "e", "v"}, Words{"INCR", "e"}, Words{"APPEND", "e", "v"},
                             Words{"SETRANGE", "e", "0", "v"}, Words{"MSET", "e", "v"}, Words{"SETNX", "e", "v"}}) {
    Prepare();
    clock_.AdvanceMs(1'001);
    Run(words);
    EXPECT_EQ(Propagated().substr(0, 14), "MULTI; DEL e; ") << words[0];
  }
}

TEST_F(PropagationTest, ReadingAnExpiredKeyPropagatesItsDeletionAlone) {
  for (const Words& words : {Words{"GET", "e"}, Words{"TTL", "e"}, Words{"EXISTS", "e"}, Words{"TYPE", "e"},
                             Words{"GETRANGE", "e", "0", "1"}, Words{"TOUCH", "e"}, Words{"OBJECT", "ENCODING", "e"}}) {
    Prepare();
    clock_.AdvanceMs(1'001);
    Run(words);
    EXPECT_EQ(Propagated(), "DEL e") << words[0];
  }
}

TEST_F(PropagationTest, EveryWriteCommandHasARow) {
  std::set<std::string> tested;
  for (const Row& row : kRows) {
    const std::vector<std::string_view> views(row.words.begin(), row.words.end());
    const command::CommandSpec* spec = commands_.Lookup(views);
    ASSERT_NE(spec, nullptr) << row.words[0];
    tested.insert(std::string(spec->full_name));
  }
  for (size_t id = 0; id < commands_.size(); ++id) {
    const command::CommandSpec& spec = commands_.spec(id);
    if (spec.handler == nullptr || !spec.Has(command::kFlagWrite)) continue;
    EXPECT_TRUE(tested.contains(std::string(spec.full_name)))
        << spec.full_name << " writes: add a row that says what it propagates";
  }
}

}  // namespace
}  // namespace keyway::testing
