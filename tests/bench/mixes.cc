#include "tests/bench/mixes.h"

#include <fmt/core.h>

namespace keyway::bench {
namespace {

constexpr size_t kMembers = 64;  // of a collection
constexpr std::string_view kValue = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

std::string Key(std::string_view prefix, size_t keys, Random& random) {
  return fmt::format("{}:{:08}", prefix, random.Below(keys));
}

std::string Member(Random& random) { return fmt::format("member:{}", random.Below(kMembers)); }
std::string Number(Random& random, uint64_t below) { return fmt::format("{}", random.Below(below)); }

void Strings(size_t, size_t keys, Random& random, std::vector<Words>& out) {
  std::string value(kValue);
  out.push_back({"SET", Key("s", keys, random), value});
  out.push_back({"GET", Key("s", keys, random)});
  out.push_back({"GET", Key("s", keys, random)});
  out.push_back({"MSET", Key("s", keys, random), value, Key("s", keys, random), value});
  out.push_back({"MGET", Key("s", keys, random), Key("s", keys, random), Key("s", keys, random)});
  out.push_back({"GETRANGE", Key("s", keys, random), "8", "23"});
  out.push_back({"EXISTS", Key("s", keys, random)});
  out.push_back({"DEL", Key("s", keys, random)});
}

void Counters(size_t, size_t keys, Random& random, std::vector<Words>& out) {
  out.push_back({"INCR", Key("n", keys, random)});
  out.push_back({"INCRBY", Key("n", keys, random), Number(random, 1000)});
  out.push_back({"DECR", Key("n", keys, random)});
  out.push_back({"INCRBYFLOAT", Key("f", keys, random), "0.5"});
}

void Lists(size_t i, size_t keys, Random& random, std::vector<Words>& out) {
  std::string key = fmt::format("l:{:08}", i % (keys / kMembers + 1));
  out.push_back({"RPUSH", key, "one", "two", "three"});
  out.push_back({"LPUSH", key, std::string(kValue)});
  out.push_back({"LRANGE", key, "0", "9"});
  out.push_back({"LINDEX", key, "2"});
  out.push_back({"LLEN", key});
  out.push_back({"LPOP", key});
  out.push_back({"RPOP", key, "2"});
  out.push_back({"LPOS", key, "two"});
  if (random.Below(16) == 0) out.push_back({"LTRIM", key, "0", "63"});
}

void Hashes(size_t, size_t keys, Random& random, std::vector<Words>& out) {
  std::string key = Key("h", keys / kMembers + 1, random);
  out.push_back({"HSET", key, Member(random), std::string(kValue)});
  out.push_back({"HGET", key, Member(random)});
  out.push_back({"HMGET", key, Member(random), Member(random)});
  out.push_back({"HINCRBY", key, "counter", "1"});
  out.push_back({"HEXISTS", key, Member(random)});
  out.push_back({"HLEN", key});
  out.push_back({"HDEL", key, Member(random)});
  if (random.Below(8) == 0) out.push_back({"HGETALL", key});
}

void Sets(size_t, size_t keys, Random& random, std::vector<Words>& out) {
  std::string key = Key("t", keys / kMembers + 1, random);
  out.push_back({"SADD", key, Member(random), Member(random)});
  out.push_back({"SISMEMBER", key, Member(random)});
  out.push_back({"SADD", "i" + key, Number(random, 512), Number(random, 512)});
  out.push_back({"SISMEMBER", "i" + key, Number(random, 512)});
  out.push_back({"SREM", key, Member(random)});
  out.push_back({"SCARD", key});
  if (random.Below(8) == 0) out.push_back({"SINTER", key, Key("t", keys / kMembers + 1, random)});
}

void SortedSets(size_t, size_t keys, Random& random, std::vector<Words>& out) {
  std::string key = Key("z", keys / kMembers + 1, random);
  out.push_back({"ZADD", key, Number(random, 1000), Member(random)});
  out.push_back({"ZADD", "big", Number(random, 100000), Key("m", keys, random)});
  out.push_back({"ZSCORE", key, Member(random)});
  out.push_back({"ZINCRBY", key, "3", Member(random)});
  out.push_back({"ZRANK", "big", Key("m", keys, random)});
  out.push_back({"ZRANGE", key, "0", "9", "WITHSCORES"});
  out.push_back({"ZRANGEBYSCORE", "big", Number(random, 100000), "+inf", "LIMIT", "0", "10"});
  out.push_back({"ZREM", key, Member(random)});
}

void Streams(size_t i, size_t, Random&, std::vector<Words>& out) {
  std::string key = fmt::format("x:{}", i % 8);
  std::string id = fmt::format("{}-0", i + 1);
  out.push_back({"XADD", key, "MAXLEN", "~", "1000", id, "temperature", "21.5", "humidity", "40"});
  out.push_back({"XLEN", key});
  out.push_back({"XREVRANGE", key, "+", "-", "COUNT", "4"});
  out.push_back({"XRANGE", key, id, "+", "COUNT", "2"});
}

void Expiry(size_t, size_t keys, Random& random, std::vector<Words>& out) {
  out.push_back(
      {"SET", Key("e", keys, random), std::string(kValue), "EX", fmt::format("{}", 100 + random.Below(1000))});
  out.push_back({"EXPIRE", Key("e", keys, random), "100"});
  out.push_back({"TTL", Key("e", keys, random)});
  out.push_back({"GETEX", Key("e", keys, random), "PX", "50000"});
  out.push_back({"PERSIST", Key("e", keys, random)});
}

void Transactions(size_t, size_t keys, Random& random, std::vector<Words>& out) {
  out.push_back({"MULTI"});
  out.push_back({"INCR", Key("n", keys, random)});
  out.push_back({"SET", Key("s", keys, random), "value"});
  out.push_back({"EXEC"});
}

}  // namespace

const std::vector<Mix>& AllMixes() {
  static const std::vector<Mix> kMixes = {
      {"strings", Strings},  {"counters", Counters}, {"lists", Lists},   {"hashes", Hashes},      {"sets", Sets},
      {"zsets", SortedSets}, {"streams", Streams},   {"expiry", Expiry}, {"multi", Transactions},
  };
  return kMixes;
}

}  // namespace keyway::bench
