// Nanoseconds that the keyspace takes for one operation, with keys and values of 16 bytes in random order, alone and in
// batches whose buckets and entries are prefetched; and resident bytes a key.
//
//   keyspace-bench [keys, default 1000000] [batch, default 32]
#include <fmt/core.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.h"
#include "server/base/memory.h"
#include "server/base/random.h"
#include "server/keyspace/keyspace.h"

namespace keyway::keyspace {
namespace {

constexpr size_t kKeyBytes = 16;
constexpr size_t kPayloadBytes = 32;

class Bench {
 public:
  Bench(size_t keys, size_t batch) : keyspace_({}, SystemClock(), reclaimer_), keys_(keys), batch_(batch) {
    Random random(1);
    for (size_t i = 0; i < keys_; ++i) names_ += fmt::format("key:{:012}", i);
    // Copied in the order of their use, so that reading them costs the bench no cache misses.
    for (size_t i = 0; i < keys_; ++i) shuffled_names_ += names_.substr(random.Below(keys_) * kKeyBytes, kKeyBytes);
  }

  void Run() {
    const size_t before = ResidentMemory();
    const auto insert = [&](size_t i, const HashedKey& key) { db().Set(key, data::Value::String(Name(i))); };
    Measure("insert", insert, false, true);
    const double resident = static_cast<double>(ResidentMemory() - before) / static_cast<double>(keys_);
    fmt::print("{:<28} {:8.1f} bytes\n", "resident overhead a key", resident - kPayloadBytes);
    while (db().table().resizing()) keyspace_.Maintain();
    const auto find = [&](size_t, const HashedKey& key) {
      if (Entry* entry = db().FindForRead(key)) sum_ += static_cast<uint8_t>(entry->text()[7]);
    };
    const auto overwrite = [&](size_t i, const HashedKey& key) { db().Set(key, data::Value::String(Name(i))); };
    const size_t table_bytes = db().overhead_bytes();
    fmt::print("{:<28} {:8.1f} bytes\n", "its share of the table",
               static_cast<double>(table_bytes) / static_cast<double>(keys_));
    Measure("find", find, false, false);
    Measure("find, prefetched", find, true, false);
    Measure("overwrite", overwrite, false, false);
    Measure("overwrite, prefetched", overwrite, true, false);
    const auto expire = [&](size_t, const HashedKey& key) { db().SetExpiry(key, db().FindForWrite(key), 1LL << 50); };
    Measure("set expiry, prefetched", expire, true, false);
    Measure(
        "random key", [&](size_t, const HashedKey&) { sum_ += db().RandomRawEntry()->key().size(); }, false, false);
    Measure(
        "delete, prefetched", [&](size_t, const HashedKey& key) { db().Delete(key); }, true, true);
    db().Flush(FreeMode::kNow);
    Measure("insert, prefetched", insert, true, true);
    // What the loops computed, so that no compiler leaves them out.
    std::exit(sum_ == 0 ? EXIT_FAILURE : EXIT_SUCCESS);
  }

 private:
  Database& db() { return keyspace_.db(0); }
  std::string_view Name(size_t i) const { return std::string_view(names_).substr(i * kKeyBytes, kKeyBytes); }
  std::string_view ShuffledName(size_t i) const {
    return std::string_view(shuffled_names_).substr(i * kKeyBytes, kKeyBytes);
  }

  template <class Operation>
  void Measure(const char* name, Operation operation, bool prefetch, bool in_order) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<HashedKey> batch;
    batch.reserve(batch_);
    for (size_t at = 0; at < keys_; at += batch.size()) {
      batch.clear();
      for (size_t i = at; i < keys_ && batch.size() < batch_; ++i) {
        batch.emplace_back(in_order ? Name(i) : ShuffledName(i));
        if (prefetch) db().PrefetchBucket(batch.back());
      }
      if (prefetch) {
        for (const HashedKey& key : batch) db().PrefetchEntry(key);
      }
      for (size_t i = 0; i < batch.size(); ++i) operation(at + i, batch[i]);
    }
    const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
    fmt::print("{:<28} {:8.1f} ns\n", name, taken.count() / static_cast<double>(keys_));
  }

  ImmediateReclaimer reclaimer_;
  Keyspace keyspace_;
  size_t keys_;
  size_t batch_;
  std::string names_;
  std::string shuffled_names_;
  uint64_t sum_ = 0;
};

}  // namespace
}  // namespace keyway::keyspace

int main(int argc, char** argv) {
  const long keys = argc > 1 ? std::atol(argv[1]) : 1'000'000;
  const long batch = argc > 2 ? std::atol(argv[2]) : 32;
  if (keys <= 0 || batch <= 0 || batch > 1024) {
    fmt::print(stderr, "usage: {} [keys] [batch of at most 1024]\n", argv[0]);
    return EXIT_FAILURE;
  }
  keyway::keyspace::Bench(static_cast<size_t>(keys), static_cast<size_t>(batch)).Run();
}
