// Keys of requests. In the examples a word that begins with '*' is a key (without the star), '~' a shard channel.
#include "server/command/key_finder.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "server/command/command_table.h"

namespace keyway::command {
namespace {

// clang-format off
constexpr const char* kExamples[] = {
    // strings
    "append *k v", "decr *k", "decrby *k 1", "get *k", "getdel *k", "getex *k EX 1", "getrange *k 0 1", "getset *k v",
    "incr *k", "incrby *k 1", "incrbyfloat *k 1", "lcs *a *b LEN", "mget *a *b *c", "mset *a 1 *b 2", "msetnx *a 1 *b 2",
    "psetex *k 1 v", "set *k v NX", "setex *k 1 v", "setnx *k v", "setrange *k 0 v", "strlen *k", "substr *k 0 1",
    // bitmaps, HyperLogLogs
    "bitcount *k 0 1", "bitfield *k GET u8 0", "bitfield_ro *k GET u8 0", "bitop AND *d *a *b", "bitpos *k 1", "getbit *k 0",
    "setbit *k 0 1", "pfadd *k a b", "pfcount *a *b", "pfdebug GETREG *k", "pfmerge *d *a *b",
    // lists
    "blmove *a *b LEFT RIGHT 0", "blmpop 0 2 *a *b LEFT", "blpop *a *b 0", "brpop *a *b 0", "brpoplpush *a *b 0", "lindex *k 0",
    "linsert *k BEFORE a b", "llen *k", "lmove *a *b LEFT LEFT", "lmpop 2 *a *b RIGHT COUNT 2", "lpop *k 2", "lpos *k a",
    "lpush *k a b", "lpushx *k a", "lrange *k 0 1", "lrem *k 0 a", "lset *k 0 a", "ltrim *k 0 1", "rpop *k", "rpoplpush *a *b",
    "rpush *k a", "rpushx *k a",
    // sets
    "sadd *k a b", "scard *k", "sdiff *a *b", "sdiffstore *d *a *b", "sinter *a *b", "sintercard 2 *a *b LIMIT 1",
    "sinterstore *d *a *b", "sismember *k a", "smembers *k", "smismember *k a b", "smove *a *b m", "spop *k", "srandmember *k 2",
    "srem *k a", "sscan *k 0", "sunion *a *b", "sunionstore *d *a *b",
    // sorted sets
    "bzmpop 0 2 *a *b MIN", "bzpopmax *a *b 0", "bzpopmin *a 0", "zadd *k 1 a 2 b", "zcard *k", "zcount *k 0 1",
    "zdiff 2 *a *b WITHSCORES", "zdiffstore *d 2 *a *b", "zincrby *k 1 a", "zinter 2 *a *b", "zintercard 1 *a",
    "zinterstore *d 2 *a *b WEIGHTS 1 2", "zlexcount *k - +", "zmpop 1 *a MIN", "zmscore *k a", "zpopmax *k", "zpopmin *k",
    "zrandmember *k", "zrange *k 0 1", "zrangebylex *k - +", "zrangebyscore *k 0 1", "zrangestore *d *s 0 1", "zrank *k a",
    "zrem *k a", "zremrangebylex *k - +", "zremrangebyrank *k 0 1", "zremrangebyscore *k 0 1", "zrevrange *k 0 1",
    "zrevrangebylex *k + -", "zrevrangebyscore *k 1 0", "zrevrank *k a", "zscan *k 0", "zscore *k a", "zunion 1 *a",
    "zunionstore *d 3 *a *b *c AGGREGATE MAX",
    // hashes
    "hdel *k f", "hexists *k f", "hget *k f", "hgetall *k", "hincrby *k f 1", "hincrbyfloat *k f 1", "hkeys *k", "hlen *k",
    "hmget *k f g", "hmset *k f v", "hrandfield *k", "hscan *k 0", "hset *k f v", "hsetnx *k f v", "hstrlen *k f", "hvals *k",
    // streams
    "xack *k g 1-1", "xadd *k MAXLEN 3 * f v", "xautoclaim *k g c 0 0", "xclaim *k g c 0 1-1", "xdel *k 1-1",
    "xgroup create *k g $", "xgroup createconsumer *k g c", "xgroup delconsumer *k g c", "xgroup destroy *k g",
    "xgroup setid *k g $", "xinfo consumers *k g", "xinfo groups *k", "xinfo stream *k FULL", "xlen *k", "xpending *k g",
    "xrange *k - +", "xread COUNT 1 STREAMS *a *b 0 0", "xreadgroup GROUP g c STREAMS *a *b > >", "xrevrange *k + -",
    "xsetid *k 1-1", "xtrim *k MAXLEN 0",
    // geo
    "geoadd *k 1 2 m", "geodist *k a b", "geohash *k a", "geopos *k a", "georadius *k 1 2 3 m", "georadius_ro *k 1 2 3 m",
    "georadius *k 1 2 3 m STORE *d", "georadiusbymember *k a 3 m STOREDIST *d", "georadiusbymember_ro *k a 3 m",
    "geosearch *k FROMMEMBER a BYRADIUS 1 m", "geosearchstore *d *s FROMMEMBER a BYRADIUS 1 m",
    // keys of any type
    "copy *a *b DB 1", "del *a *b", "dump *k", "exists *a *a", "expire *k 1", "expireat *k 1", "expiretime *k",
    "migrate h 1 *k 0 0", "migrate h 1  0 0 COPY AUTH keys KEYS *a *b", "migrate h 1  0 0 AUTH2 keys keys KEYS *a", "move *k 1",
    "object encoding *k", "object freq *k", "object idletime *k", "object refcount *k", "persist *k", "pexpire *k 1",
    "pexpireat *k 1", "pexpiretime *k", "pttl *k", "rename *a *b", "renamenx *a *b", "restore *k 0 v", "restore-asking *k 0 v",
    "sort *k", "sort *k BY store GET STORE LIMIT 0 1 STORE *d", "sort *k STORE x STORE *d", "sort_ro *k BY nosort",
    "touch *a *b", "ttl *k", "type *k", "unlink *a *b", "memory usage *k SAMPLES 1", "watch *a *b",
    // scripts
    "eval s 2 *a *b x", "eval_ro s 1 *a", "evalsha s 1 *a x", "evalsha_ro s 1 *a", "fcall f 1 *a", "fcall_ro f 2 *a *b",
    // shard channels
    "spublish ~c m", "ssubscribe ~c ~d", "sunsubscribe ~c",
};
// clang-format on

void Noop(Context&) {}

const CommandTable& Table() {
  static const CommandTable table = [] {
    static std::vector<std::string> names;
    std::vector<HandlerBinding> bindings;
    for (const auto& group : AllCommandRows()) {
      for (const CommandRow& row : group) {
        names.push_back(row.container.empty() ? std::string(row.name)
                                              : std::string(row.container) + "|" + std::string(row.name));
      }
    }
    for (const std::string& name : names) bindings.push_back({name, Noop});
    CommandTable::Builder builder(AllCommandRows());
    builder.Bind(bindings);
    return std::move(std::move(builder).Build().value());
  }();
  return table;
}

// A request as words, and which of them are marked. Two blanks in a row make an empty word.
struct Request {
  std::vector<std::string> text;
  std::vector<std::string_view> words;
  std::vector<std::size_t> keys;
  std::vector<std::size_t> channels;
};

Request Parse(std::string_view line) {
  Request request;
  std::size_t begin = 0;
  while (begin <= line.size()) {
    const std::size_t end = std::min(line.find(' ', begin), line.size());
    std::string_view word = line.substr(begin, end - begin);
    if (word.size() > 1 && word[0] == '*') request.keys.push_back(request.text.size()), word.remove_prefix(1);
    if (word.size() > 1 && word[0] == '~') request.channels.push_back(request.text.size()), word.remove_prefix(1);
    request.text.emplace_back(word);
    begin = end + 1;
  }
  request.words.assign(request.text.begin(), request.text.end());
  return request;
}

std::vector<std::size_t> Positions(const KeyList& keys) {
  std::vector<std::size_t> positions;
  for (const KeyReference& key : keys) positions.push_back(key.position);
  return positions;
}

KeyList Find(const Request& request, bool include_not_keys = false) {
  KeyList keys = {{99, 0}};  // is cleared
  FindKeysOf(*Table().Lookup(request.words), request.words, keys, include_not_keys);
  return keys;
}

KeyList FindIn(std::string_view line) { return Find(Parse(line)); }

TEST(KeyFinder, FindsTheKeysOfExamples) {
  for (const char* line : kExamples) {
    const Request request = Parse(line);
    ASSERT_NE(Table().Lookup(request.words), nullptr) << line;
    const CommandSpec& spec = *Table().Lookup(request.words);
    EXPECT_TRUE(spec.ArityAccepts(request.words.size())) << line;
    EXPECT_EQ(Positions(Find(request)), request.keys) << line;
    EXPECT_EQ(FirstKey(spec, request.words), request.keys.empty() ? 0 : request.keys[0]) << line;
    if (request.keys.empty()) {
      EXPECT_EQ(Positions(Find(request, true)), request.channels) << line;
    }
  }
}

TEST(KeyFinder, EveryCommandWithKeysHasAnExample) {
  std::set<const CommandSpec*> shown;
  for (const char* line : kExamples) shown.insert(Table().Lookup(Parse(line).words));
  for (std::size_t id = 0; id < Table().size(); ++id) {
    const CommandSpec& spec = Table().spec(id);
    if (!spec.row->keys.empty()) {
      EXPECT_TRUE(shown.contains(&spec)) << spec.full_name;
    }
    if (spec.row->keys.empty()) {
      EXPECT_FALSE(MayHaveKeys(spec)) << spec.full_name;
    }
  }
}

TEST(KeyFinder, NoByteOfARequestBreaksIt) {
  // Cut short or with numbers that are none: fewer keys or none, but nothing outside the request.
  for (const char* line : kExamples) {
    const Request whole = Parse(line);
    const CommandSpec& spec = *Table().Lookup(whole.words);
    const std::size_t names = spec.container == nullptr ? 1 : 2;
    for (std::size_t count = names; count <= whole.words.size(); ++count) {
      for (const char* replacement :
           {"", "-1", "0", "9223372036854775807", "99999999999999999999", "x", "STREAMS", "STORE", "KEYS"}) {
        for (std::size_t replaced = names; replaced < count; ++replaced) {
          std::vector<std::string_view> words(whole.words.begin(),
                                              whole.words.begin() + static_cast<std::ptrdiff_t>(count));
          words[replaced] = replacement;
          KeyList keys;
          FindKeysOf(spec, words, keys, true);
          for (const KeyReference& key : keys) ASSERT_LT(key.position, count) << line;
          ASSERT_LT(FirstKey(spec, words), count) << line;
        }
      }
    }
  }
}

TEST(KeyFinder, CommandsWithoutKeys) {
  for (const char* name :
       {"ping", "config|get", "keys", "scan", "publish", "subscribe", "script|load", "wait", "multi"}) {
    EXPECT_FALSE(MayHaveKeys(*Table().FindFullName(name))) << name;
  }
  EXPECT_FALSE(MayHaveKeys(*Table().FindFullName("spublish"))) << "a shard channel is no key";
  EXPECT_TRUE(MayHaveKeys(*Table().FindFullName("get")));
  EXPECT_TRUE(MayHaveKeys(*Table().FindFullName("sort")));
}

TEST(KeyFinder, SetFlagsDependOnGet) {
  EXPECT_EQ(FindIn("set k v"), (KeyList{{1, kKeyOw | kKeyUpdate}}));
  EXPECT_EQ(FindIn("set k v EX 10"), (KeyList{{1, kKeyOw | kKeyUpdate}}));
  EXPECT_EQ(FindIn("set k v NX get"), (KeyList{{1, kKeyRw | kKeyAccess | kKeyUpdate}}));
  EXPECT_EQ(FindIn("set get get"), (KeyList{{1, kKeyOw | kKeyUpdate}})) << "key and value may be called so";
}

TEST(KeyFinder, BitFieldFlagsDependOnOperations) {
  const KeyList reads = {{1, kKeyRo | kKeyAccess}};
  const KeyList writes = {{1, kKeyRw | kKeyAccess | kKeyUpdate}};
  EXPECT_EQ(FindIn("bitfield k"), reads);
  EXPECT_EQ(FindIn("bitfield k GET u8 0 get u8 8"), reads);
  EXPECT_EQ(FindIn("bitfield k OVERFLOW SAT GET u8 0"), reads);
  EXPECT_EQ(FindIn("bitfield k SET u8 0 1"), writes);
  EXPECT_EQ(FindIn("bitfield k GET u8 0 INCRBY u8 0 1"), writes);
  EXPECT_EQ(FindIn("bitfield k GET u8"), writes) << "an error asks for the stricter right";
}

TEST(KeyFinder, SortReadsOneKeyAndStoresAnother) {
  EXPECT_EQ(FindIn("sort k STORE d"), (KeyList{{1, kKeyRo | kKeyAccess}, {3, kKeyOw | kKeyUpdate}}));
  EXPECT_EQ(FindIn("sort k STORE"), (KeyList{{1, kKeyRo | kKeyAccess}}));
  EXPECT_EQ(FindIn("sort_ro k STORE d"), (KeyList{{1, kKeyRo | kKeyAccess}}));
}

TEST(KeyFinder, MigrateForms) {
  const KeyFlags flags = kKeyRw | kKeyAccess | kKeyDelete;
  EXPECT_EQ(FindIn("migrate h 1 k 0 0"), (KeyList{{3, flags}}));
  EXPECT_EQ(FindIn("migrate h 1 k 0 0 COPY AUTH keys"), (KeyList{{3, flags}}));
  EXPECT_EQ(FindIn("migrate h 1  0 0 KEYS a b"), (KeyList{{7, flags}, {8, flags}}));
  EXPECT_TRUE(FindIn("migrate h 1 k 0 0 KEYS a").empty()) << "one form at a time";
}

TEST(KeyFinder, FlagsOfSeveralSpecs) {
  EXPECT_EQ(FindIn("rename a b"), (KeyList{{1, kKeyRw | kKeyAccess | kKeyDelete}, {2, kKeyOw | kKeyUpdate}}));
  EXPECT_EQ(FindIn("georadius k 1 2 3 m COUNT 1 STOREDIST d"),
            (KeyList{{1, kKeyRo | kKeyAccess}, {9, kKeyOw | kKeyUpdate}}));
  EXPECT_EQ(FindIn("georadius k 1 2 3 m STORE"), (KeyList{{1, kKeyRo | kKeyAccess}}));
}

TEST(KeyFinder, NumberOfKeysMustFit) {
  EXPECT_TRUE(FindIn("eval s 0").empty());
  EXPECT_TRUE(FindIn("eval s 0 a b").empty());
  EXPECT_TRUE(FindIn("eval s 3 a b").empty());
  EXPECT_TRUE(FindIn("eval s -1 a b").empty());
  EXPECT_TRUE(FindIn("eval s two a b").empty());
  EXPECT_TRUE(FindIn("zunionstore d 9223372036854775807 a").empty());
  EXPECT_EQ(Positions(FindIn("zunionstore d 1 a b")), (std::vector<std::size_t>{1, 3})) << "destination first";
}

TEST(KeyFinder, StreamsKeyword) {
  EXPECT_EQ(Positions(FindIn("xread STREAMS a b c 1 2 3")), (std::vector<std::size_t>{2, 3, 4}));
  EXPECT_EQ(Positions(FindIn("xreadgroup GROUP streams c COUNT 1 STREAMS a >")), (std::vector<std::size_t>{7}))
      << "a group may be called so";
  EXPECT_TRUE(FindIn("xread COUNT 1 BLOCK 0").empty());
  EXPECT_TRUE(FindIn("xread COUNT 1 STREAMS").empty());
}

}  // namespace
}  // namespace keyway::command
