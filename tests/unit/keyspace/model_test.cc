// Random operations on a keyspace against a plain model of it.
#include <unordered_map>

#include "server/base/random.h"
#include "tests/unit/keyspace/fixture.h"

namespace keyway::keyspace {
namespace {

struct Known {
  std::string text;
  int64_t expire_at_ms = kNoExpiry;
};

class ModelTest : public KeyspaceFixture {
 protected:
  std::string RandomText() {
    switch (random_.Below(6)) {
      case 0:
        return std::to_string(static_cast<int64_t>(random_.Next()) >> random_.Below(64));
      case 1:
        return std::string(random_.Below(200), 'm');
      case 2:
        return std::string(random_.Below(3000), 'l');
      case 3:
        return std::string(120 + random_.Below(16), 'e');
      default:
        return std::string(random_.Below(50), static_cast<char>('a' + random_.Below(26)));
    }
  }
  std::string RandomKey() {
    const uint64_t number = random_.Below(2000);
    // A few long names among them.
    return "key:" + std::to_string(number) + std::string(number % 97 == 0 ? 200 : 0, 'k');
  }
  void ForgetExpired() {
    std::erase_if(model_, [&](const auto& item) {
      return item.second.expire_at_ms != kNoExpiry && now() > item.second.expire_at_ms;
    });
  }
  void Compare() {
    ForgetExpired();
    size_t live = 0;
    size_t expiring = 0;
    db().ForEach([&](Entry* entry) {
      expiring += entry->has_expiry();
      if (db().IsExpired(entry)) return;
      ++live;
      const auto known = model_.find(std::string(entry->key()));
      ASSERT_NE(known, model_.end()) << entry->key();
      ASSERT_EQ(entry->String().view(), known->second.text);
      ASSERT_EQ(entry->StringLength(), known->second.text.size());
      ASSERT_EQ(entry->expire_at_ms(), known->second.expire_at_ms);
    });
    ASSERT_EQ(live, model_.size());
    ASSERT_EQ(expiring, db().expiring_keys());
  }
  void Operate();

  Random random_{0};
  std::unordered_map<std::string, Known> model_;
};

void ModelTest::Operate() {
  const std::string name = RandomKey();
  const HashedKey key(name);
  ForgetExpired();
  const auto known = model_.find(name);
  const bool there = known != model_.end();
  switch (random_.Below(12)) {
    case 0:
    case 1:
    case 2: {
      const std::string text = RandomText();
      const int64_t at = random_.Below(3) == 0 ? now() + static_cast<int64_t>(random_.Below(500)) : kNoExpiry;
      const bool keep = random_.Below(2) == 0;
      db().Set(key, data::Value::String(text), {.keep_ttl = keep, .expire_at_ms = at});
      const int64_t old = there && keep ? known->second.expire_at_ms : kNoExpiry;
      model_[name] = {text, at != kNoExpiry ? at : old};
      break;
    }
    case 3:
      db().ExpireIfNeeded(key);
      ASSERT_EQ(db().Delete(key), there);
      if (there) model_.erase(known);
      break;
    case 4:
    case 5: {
      Entry* entry = db().FindForWrite(key);
      ASSERT_EQ(entry != nullptr, there);
      if (!there) break;
      const std::string piece = RandomText().substr(0, 100);
      db().Append(key, entry, piece);
      known->second.text += piece;
      break;
    }
    case 6: {
      Entry* entry = db().FindForWrite(key);
      if (!there) break;
      const size_t offset = random_.Below(300);
      const std::string piece = RandomText().substr(0, 40);
      db().WriteRange(key, entry, offset, piece);
      std::string& text = known->second.text;
      if (text.size() < offset + piece.size()) text.resize(offset + piece.size());
      text.replace(offset, piece.size(), piece);
      break;
    }
    case 7: {
      Entry* entry = db().FindForWrite(key);
      if (!there) break;
      if (random_.Below(2) == 0) {
        known->second.expire_at_ms = now() + static_cast<int64_t>(random_.Below(1000));
        db().SetExpiry(key, entry, known->second.expire_at_ms);
      } else {
        known->second.expire_at_ms = kNoExpiry;
        db().ClearExpiry(key, entry);
      }
      break;
    }
    case 8: {
      const std::string other = RandomKey();
      if (!db().FindForWrite(key) || other == name) break;
      const Known moved = known->second;
      db().Rename(key, HashedKey(other));
      model_.erase(name);
      model_[other] = moved;
      break;
    }
    case 9: {
      const std::string other = RandomKey();
      if (other == name) break;
      db().ExpireIfNeeded(key);
      const bool replace = random_.Below(2) == 0;
      const bool copied = db().CopyTo(db(), key, HashedKey(other), replace);
      ASSERT_EQ(copied, there && (replace || !model_.contains(other)));
      if (copied) model_[other] = model_[name];
      break;
    }
    case 10: {
      Entry* entry = db().FindForWrite(key);
      if (!there) break;
      const int64_t number = static_cast<int64_t>(random_.Next());
      db().SetInteger(key, entry, number);
      known->second.text = std::to_string(number);
      break;
    }
    default:
      ASSERT_EQ(Get(name), there ? known->second.text : "(nil)");
      break;
  }
}

TEST_F(ModelTest, TheKeyspaceDoesWhatAMapWouldDo) {
  for (int round = 0; round < 3; ++round) {
    const uint64_t seed = Random().Next();
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    random_ = Random(seed);
    for (int step = 0; step < 30000; ++step) {
      Operate();
      if (HasFatalFailure()) return;
      if (step % 50 == 0) Advance(static_cast<int64_t>(random_.Below(20)));
      if (step % 100 == 0) keyspace_.ActiveExpire(ExpiryCycle::kSlow);
      if (step % 1000 == 0) keyspace_.Maintain();
      if (step % 5000 == 0) Compare();
      if (HasFatalFailure()) return;
    }
    Compare();
    db().Flush(FreeMode::kNow);
    model_.clear();
  }
}

}  // namespace
}  // namespace keyway::keyspace
