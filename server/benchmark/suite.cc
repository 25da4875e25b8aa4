#include "server/benchmark/suite.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <initializer_list>
#include <string_view>

#include "server/base/random.h"
#include "server/resp/request_writer.h"

namespace keyway::benchmark {
namespace {

constexpr uint64_t kDataSeed = 1234;  // the same values in each run
constexpr int kMsetKeys = 10;

std::string RandomText(int64_t bytes) {
  Random random(kDataSeed);
  std::string text(static_cast<size_t>(bytes), ' ');
  // From '0' to 'o': no mark of a pipeline can come of it.
  for (char& byte : text) byte = static_cast<char>('0' + random.Below(64));
  return text;
}

std::string RequestOf(const std::vector<std::string>& words) {
  std::string request;
  resp::AppendRequest(request, words);
  return request;
}

// Whether one of the names stands in the list of -t.
bool Selected(const Options& options, std::initializer_list<std::string_view> names) {
  if (!options.tests) return true;
  std::string list = "," + *options.tests + ",";
  for (std::string_view name : names) {
    if (list.find(fmt::format(",{},", name)) != list.npos) return true;
  }
  return false;
}

class Suite {
 public:
  explicit Suite(const Options& options)
      : options_(options), tag_(options.cluster ? ":{tag}" : ""), data_(RandomText(options.data_bytes)) {}

  std::vector<Test> Select() {
    if (Selected(options_, {"ping_inline", "ping"})) tests_.push_back({"PING_INLINE", "PING\r\n", options_.data_bytes});
    Add({"ping_mbulk", "ping"}, "PING_MBULK", {"PING"});
    const std::string key = "key" + tag_ + ":__rand_int__", list = "mylist" + tag_, set = "myset" + tag_;
    const std::string sorted = "myzset" + tag_, member = "element:__rand_int__";
    Add({"set"}, "SET", {"SET", key, data_});
    Add({"get"}, "GET", {"GET", key});
    Add({"incr"}, "INCR", {"INCR", "counter" + tag_ + ":__rand_int__"});
    Add({"lpush"}, "LPUSH", {"LPUSH", list, data_});
    Add({"rpush"}, "RPUSH", {"RPUSH", list, data_});
    Add({"lpop"}, "LPOP", {"LPOP", list});
    Add({"rpop"}, "RPOP", {"RPOP", list});
    Add({"sadd"}, "SADD", {"SADD", set, member});
    Add({"hset"}, "HSET", {"HSET", "myhash" + tag_, member, data_});
    Add({"spop"}, "SPOP", {"SPOP", set});
    Add({"zadd"}, "ZADD", {"ZADD", sorted, options_.keyspace ? "__rand_int__" : "0", member});
    Add({"zpopmin"}, "ZPOPMIN", {"ZPOPMIN", sorted});
    AddRanges(list);
    std::vector<std::string> mset = {"MSET"};
    for (int i = 0; i < kMsetKeys; ++i) mset.insert(mset.end(), {key, data_});
    Add({"mset"}, "MSET (10 keys)", mset);
    return std::move(tests_);
  }

 private:
  void Add(std::initializer_list<std::string_view> names, std::string title, const std::vector<std::string>& words) {
    if (Selected(options_, names)) tests_.push_back({std::move(title), RequestOf(words), options_.data_bytes});
  }

  void AddRanges(const std::string& list) {
    Add({"lrange", "lrange_100", "lrange_300", "lrange_500", "lrange_600"}, "LPUSH (needed to benchmark LRANGE)",
        {"LPUSH", list, data_});
    for (int count : {100, 300, 500, 600}) {
      std::string name = fmt::format("lrange_{}", count);
      Add({"lrange", name}, fmt::format("LRANGE_{} (first {} elements)", count, count),
          {"LRANGE", list, "0", fmt::format("{}", count - 1)});
    }
  }

  const Options& options_;
  std::string tag_;
  std::string data_;
  std::vector<Test> tests_;
};

}  // namespace

std::vector<Test> SelectTests(const Options& options) { return Suite(options).Select(); }

Test CommandTest(const Options& options, const std::optional<std::string>& last) {
  std::vector<std::string> words = options.command;
  if (last) words.push_back(*last);
  std::string request = RequestOf(words);
  auto bytes = static_cast<int64_t>(request.size());
  return {fmt::format("{}", fmt::join(options.command, " ")), std::move(request), bytes};
}

}  // namespace keyway::benchmark
