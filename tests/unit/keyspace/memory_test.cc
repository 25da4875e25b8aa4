// Bytes of overhead a key, for keys and values of 16 bytes: what the layout of entries and tables is for.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "server/base/clock.h"
#include "server/base/memory.h"
#include "server/keyspace/keyspace.h"

namespace keyway::keyspace {
namespace {

constexpr int kPayloadBytes = 16 + 16;

double OverheadPerKey(int keys, bool expiring) {
  ManualClock clock;
  ImmediateReclaimer reclaimer;
  Keyspace keyspace({}, clock, reclaimer);
  Database& db = keyspace.db(0);
  const size_t before = UsedMemory();
  for (int i = 0; i < keys; ++i) {
    const int64_t expire_at_ms = expiring ? clock.WallMs() + 100'000'000 : kNoExpiry;
    db.Set(HashedKey(fmt::format("key:{:012}", i)), data::Value::String(fmt::format("v{:015}", i)),
           {.expire_at_ms = expire_at_ms});
  }
  for (int i = 0; i < 1000 && db.table().resizing(); ++i) keyspace.Maintain();
  const double bytes = static_cast<double>(UsedMemory() - before) / keys - kPayloadBytes;
  std::printf("%9d keys%s: %.1f bytes of overhead a key\n", keys, expiring ? " with expiry" : "", bytes);
  return bytes;
}

double Median(bool expiring) {
  std::vector<double> figures;
  for (const int keys : {700'000, 1'000'000, 1'400'000}) figures.push_back(OverheadPerKey(keys, expiring));
  std::sort(figures.begin(), figures.end());
  return figures[1];
}

TEST(KeyspaceMemory, AKeyCostsAtMost34Bytes) {
  const CountedThread counted;
  if (!AllocatorName().starts_with("jemalloc")) GTEST_SKIP() << "needs jemalloc's size classes";
  EXPECT_LE(Median(false), 34);
}

TEST(KeyspaceMemory, AKeyThatExpiresCostsAtMost38Bytes) {
  const CountedThread counted;
  if (!AllocatorName().starts_with("jemalloc")) GTEST_SKIP() << "needs jemalloc's size classes";
  EXPECT_LE(Median(true), 38);
}

}  // namespace
}  // namespace keyway::keyspace
