// Whole snapshots in memory, and the forked child.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <map>

#include "server/persist/byte_sink.h"
#include "server/persist/byte_source.h"
#include "server/persist/child.h"
#include "server/persist/rdb_format.h"
#include "server/persist/snapshot_reader.h"
#include "server/persist/snapshot_writer.h"
#include "tests/unit/persist/values.h"

namespace keyway::persist {
namespace {

using Contents = std::map<std::string, std::string>;

class SnapshotTest : public ::testing::Test {
 protected:
  static Contents ContentsOf(keyspace::Keyspace& keyspace) {
    Contents contents;
    for (int i = 0; i < keyspace.databases(); ++i) {
      keyspace.db(i).ForEach([&](const keyspace::Entry* entry) {
        contents[fmt::format("{} {} {}", i, entry->key(), entry->expire_at_ms())] = Describe(*entry);
      });
    }
    return contents;
  }
  std::string Write(SnapshotFacts facts = {}, bool checksum = true) {
    facts.version = kRdbVersion72;
    facts.redis_version = "7.2.4";
    std::string out;
    StringSink sink(out);
    RdbWriter writer(sink, {.checksum = checksum});
    EXPECT_TRUE(WriteSnapshot(writer, keyspace_, facts, checksum));
    return out;
  }
  // Empty: it was loaded. Else what is wrong.
  std::string Load(const std::string& bytes, LoadOptions options = {}) {
    options.now_ms = clock_.WallMs();
    MemorySource source(bytes);
    RdbReader reader(source, {.checksum = true, .buffer_bytes = 64});
    outcome_ = LoadOutcome();
    auto done = LoadSnapshot(reader, other_, options, outcome_);
    return done ? "" : done.error().text();
  }
  void Add(std::string_view name, std::string_view text, int64_t expire_at_ms = keyspace::kNoExpiry, int db = 0) {
    keyspace_.db(db).Add(keyspace::HashedKey(name), data::Value::String(text), expire_at_ms);
  }

  ManualClock clock_;
  keyspace::ImmediateReclaimer reclaimer_;
  keyspace::Keyspace keyspace_{{}, clock_, reclaimer_}, other_{{}, clock_, reclaimer_};
  LoadOutcome outcome_;
};

TEST_F(SnapshotTest, EverythingComesBack) {
  FillWithAllTypes(keyspace_.db(0), {});
  FillWithAllTypes(keyspace_.db(9), {});
  EXPECT_EQ(Load(Write()), "");
  EXPECT_EQ(ContentsOf(other_), ContentsOf(keyspace_));
  EXPECT_EQ(outcome_.keys_loaded, keyspace_.total_keys());
  EXPECT_EQ(other_.dirty(), 0);
}

TEST_F(SnapshotTest, FactsComeBack) {
  const std::string libraries[] = {"#!lua name=a\n", "#!lua name=b\n"};
  SnapshotFacts facts;
  facts.used_memory = 12345;
  facts.replication_id = std::string(40, 'a');
  facts.replication_offset = 77;
  facts.stream_db = 3;
  facts.function_libraries = libraries;
  EXPECT_EQ(Load(Write(facts)), "");
  EXPECT_EQ(outcome_.used_memory, 12345u);
  EXPECT_EQ(outcome_.replication_id, facts.replication_id);
  EXPECT_EQ(outcome_.replication_offset, 77);
  EXPECT_EQ(outcome_.stream_db, 3);
  EXPECT_EQ(outcome_.function_libraries, (std::vector<std::string>{libraries[0], libraries[1]}));
}

TEST_F(SnapshotTest, ExpiredKeysAreLeftOut) {
  Add("dead", "x", clock_.WallMs() - 1), Add("alive", "x", clock_.WallMs() + 1000);
  const std::string bytes = Write();
  EXPECT_EQ(Load(bytes), "");
  EXPECT_EQ(outcome_.keys_expired, 1u);
  EXPECT_EQ(other_.total_keys(), 1u);
  other_.FlushAll(keyspace::FreeMode::kNow);
  EXPECT_EQ(Load(bytes, {.drop_expired = false}), "");
  EXPECT_EQ(other_.total_keys(), 2u);
}

TEST_F(SnapshotTest, IdleTimesAndFrequencies) {
  Add("k", "x");
  clock_.AdvanceMs(100'000);
  keyspace_.RefreshTime(), other_.RefreshTime();
  SnapshotFacts facts;
  facts.usage = SnapshotFacts::Usage::kIdleTime;
  EXPECT_EQ(Load(Write(facts)), "");
  EXPECT_EQ(other_.IdleMs(other_.db(0).FindRaw(keyspace::HashedKey("k"))) / 1000, 100);

  keyspace_.settings().access_tracking = other_.settings().access_tracking = keyspace::AccessTracking::kLfu;
  keyspace_.SetFrequency(keyspace_.db(0).FindRaw(keyspace::HashedKey("k")), 200);
  facts.usage = SnapshotFacts::Usage::kFrequency;
  EXPECT_EQ(Load(Write(facts), {.merge = true}), "");
  EXPECT_EQ(other_.Frequency(other_.db(0).FindRaw(keyspace::HashedKey("k"))), 200);
}

TEST_F(SnapshotTest, ANameThatIsThereTwice) {
  Add("k", "new");
  other_.db(0).Add(keyspace::HashedKey("k"), data::Value::Text("old"));
  EXPECT_EQ(Load(Write()), "RDB has duplicated key 'k' in DB 0");
  EXPECT_EQ(Load(Write(), {.merge = true}), "");
  EXPECT_EQ(ContentsOf(other_), ContentsOf(keyspace_));
}

TEST_F(SnapshotTest, Checksums) {
  Add("k", std::string(100, 'v'));
  std::string bytes = Write();
  bytes[bytes.size() - 1] ^= 1;
  EXPECT_EQ(Load(bytes), "RDB CRC error");
  other_.FlushAll(keyspace::FreeMode::kNow);
  EXPECT_EQ(Load(bytes, {.check_checksum = false}), "");
  other_.FlushAll(keyspace::FreeMode::kNow);
  const std::string unchecked = Write({}, false);
  EXPECT_EQ(unchecked.substr(unchecked.size() - 8), std::string(8, '\0'));
  EXPECT_EQ(Load(unchecked), "");
}

TEST_F(SnapshotTest, HeadsThatAreNone) {
  EXPECT_EQ(Load("RODIS0011"), "Wrong signature trying to load DB from file");
  EXPECT_EQ(Load("REDIS0012"), "Can't handle RDB format version 12");
  EXPECT_EQ(Load("REDIS0000"), "Can't handle RDB format version 0");
  EXPECT_EQ(Load(""), "Unexpected EOF reading RDB file");
  EXPECT_EQ(Load(std::string("REDIS0011\xfe\x10", 11)), "There is no database 16");
  EXPECT_EQ(Load("REDIS0011\xf6"), "Pre-release function format not supported.");
  EXPECT_EQ(Load("REDIS0011\xf7\x05"),
            "The RDB file contains AUX module data I can't load: no matching module 'AAAAAAAAA'");
}

TEST_F(SnapshotTest, OldVersionsHaveNoChecksum) {
  EXPECT_EQ(Load(std::string("REDIS0001\xfe\x02\xfd\x00\x00\x00\x7f\x00\x01k\x01v\xff", 22)), "");
  const keyspace::Entry* entry = other_.db(2).FindRaw(keyspace::HashedKey("k"));
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->expire_at_ms(), int64_t{0x7f000000} * 1000);
}

TEST_F(SnapshotTest, EveryShortFileIsRefused) {
  FillWithAllTypes(keyspace_.db(0), {.list = {}, .set = {}, .hash = {}, .zset = {}, .stream = {}});
  for (const char* big : {"list:2000", "set:2000", "integers:2000", "hash:2000", "zset:2000", "string:noise"}) {
    keyspace_.db(0).Delete(keyspace::HashedKey(big));
  }
  const std::string bytes = Write();
  for (size_t size = 0; size < bytes.size(); size += 7) {
    other_.FlushAll(keyspace::FreeMode::kNow);
    EXPECT_NE(Load(bytes.substr(0, size)), "") << size;
  }
}

// ---- the child ----

ChildEnd WaitFor(Child& child, ChildEnd& end) {
  for (int i = 0; i < 10'000 && child.running(); ++i) child.Poll(), usleep(1000);
  EXPECT_FALSE(child.running());
  return end;
}

TEST(ChildTest, WorksReportsAndEnds) {
  Child child(SystemClock());
  ChildEnd end;
  std::string title;
  child.set_prepare([](std::string_view) {});
  ASSERT_TRUE(child.Start({.purpose = ChildPurpose::kSnapshot,
                           .title = "child",
                           .work =
                               [](ChildReporter& reporter) {
                                 reporter.Finish(42);
                                 return true;
                               },
                           .done = [&](const ChildEnd& how) { end = how; },
                           .keys_total = 42}));
  EXPECT_EQ(child.purpose(), ChildPurpose::kSnapshot);
  EXPECT_EQ(child.figures().keys_total, 42u);
  EXPECT_FALSE(child.Start({})) << "one at a time";
  WaitFor(child, end);
  EXPECT_TRUE(end.ok());
  EXPECT_EQ(child.figures().forks, 1u);
  EXPECT_GT(child.figures().last_copied_bytes, 0u);
  EXPECT_EQ(child.figures().keys_total, 0u);
}

TEST(ChildTest, FailureAndDeathAreTold) {
  Child child(SystemClock());
  ChildEnd end;
  auto start = [&](bool (*work)(ChildReporter&)) {
    ASSERT_TRUE(
        child.Start({.purpose = ChildPurpose::kLog, .work = work, .done = [&](const ChildEnd& how) { end = how; }}));
  };
  start([](ChildReporter&) { return false; });
  WaitFor(child, end);
  EXPECT_FALSE(end.ok());
  EXPECT_EQ(end.exit_code, 1);
  start([](ChildReporter&) {
    pause();
    return true;
  });
  child.Kill();
  WaitFor(child, end);
  EXPECT_EQ(end.signal, SIGUSR1);
  start([](ChildReporter&) {
    pause();
    return true;
  });
  child.KillAndWait();
  EXPECT_FALSE(child.running());
  EXPECT_EQ(end.signal, SIGUSR1);
}

// A socket that the parent closes must be closed: its peer sees that at once.
TEST(ChildTest, KeepsNothingOpen) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  Child child(SystemClock());
  ChildEnd end;
  ASSERT_TRUE(child.Start({.work =
                               [](ChildReporter&) {
                                 pause();
                                 return true;
                               },
                           .done = [&](const ChildEnd& how) { end = how; }}));
  close(ends[1]);
  char byte;
  EXPECT_EQ(read(ends[0], &byte, 1), 0) << "end of file, although the child lives";
  close(ends[0]);
  child.KillAndWait();
}

}  // namespace
}  // namespace keyway::persist
