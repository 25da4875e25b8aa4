// Contexts that are used again because nothing that they were made of has changed.
#include <filesystem>

#include "tests/unit/net/plugin_sandbox.h"

namespace keyway::net {
namespace {

class ReuseTest : public PluginSandbox {
 protected:
  void SetUp() override {
    Install("carrier_1", "fix-carrier");
    file_ = WriteFile("value.txt", "the bytes");
    settings_ = {{"fix-text", "a"}, {"fix-file", file_}};
    present_ = MustMakeStack("fix-carrier", settings_);
  }
  // Whether the stack that is made now has the context of the present one.
  bool Reused(const Settings& settings, Sides sides = Sides::kBoth) {
    ContextReuse reuse{{present_}};
    auto made = registry_->MakeStack("fix-carrier", settings, sides, &reuse);
    if (!made) throw std::runtime_error(made.error().text());
    seen_ = reuse.seen;
    return (*made)->shared_carrier_context() == present_->shared_carrier_context();
  }

  std::string file_;
  Settings settings_;
  std::shared_ptr<const Stack> present_;
  uint64_t seen_ = 0;
};

TEST_F(ReuseTest, TheSameBytesAreTheSameContext) {
  EXPECT_TRUE(Reused(settings_));
  const uint64_t seen = seen_;
  EXPECT_TRUE(Reused(settings_));
  EXPECT_EQ(seen_, seen);
  EXPECT_EQ(registry_->Info("fix-carrier")->live_contexts, 1u);
}

TEST_F(ReuseTest, OnlyBytesCount) {
  std::filesystem::last_write_time(file_, std::filesystem::file_time_type::clock::now() + std::chrono::hours(1));
  EXPECT_TRUE(Reused(settings_)) << "touched";
  std::filesystem::remove(file_);
  WriteFile("value.txt", "the bytes");
  EXPECT_TRUE(Reused(settings_)) << "written anew";
  EXPECT_TRUE(Reused({{"fix-text", "a"}, {"fix-file", WriteFile("elsewhere.txt", "the bytes")}}));
}

TEST_F(ReuseTest, WhateverDiffersMakesANewOne) {
  EXPECT_TRUE(Reused(settings_));
  const uint64_t seen = seen_;
  EXPECT_FALSE(Reused({{"fix-text", "b"}, {"fix-file", file_}}));
  EXPECT_FALSE(Reused({{"fix-file", file_}}));
  EXPECT_FALSE(Reused(settings_, Sides::kDials));
  WriteFile("value.txt", "the bytez");
  EXPECT_FALSE(Reused(settings_));
  EXPECT_NE(seen_, seen);
  WriteFile("value.txt", "the bytes");
  EXPECT_TRUE(Reused(settings_));
}

TEST_F(ReuseTest, NamesAndValuesAreNotMixedUp) {
  present_ = MustMakeStack("fix-carrier", {{"fix-text", "fix-secret"}});
  EXPECT_FALSE(Reused({{"fix-secret", WriteFile("fix-text", "fix-text")}}));
}

TEST_F(ReuseTest, AnotherCopyOfThePluginHasContextsOfItsOwn) {
  Install("carrier_2", "fix-carrier");
  ASSERT_TRUE(registry_->Load("fix-carrier"));
  EXPECT_FALSE(Reused(settings_));
}

TEST_F(ReuseTest, FailuresTellWhatTheySaw) {
  auto seen_with = [&](const std::string& text) {
    ContextReuse reuse{{present_}};
    EXPECT_FALSE(registry_->MakeStack("fix-carrier", {{"fix-text", "refuse"}, {"fix-file", WriteFile("x", text)}},
                                      Sides::kBoth, &reuse));
    return reuse.seen;
  };
  EXPECT_EQ(seen_with("one"), seen_with("one"));
  EXPECT_NE(seen_with("one"), seen_with("two"));
}

TEST_F(ReuseTest, AFolderIsTheBytesOfItsFiles) {
  std::filesystem::create_directory(Path("ca"));
  WriteFile("ca/a.pem", "A");
  const Settings folder = {{"fix-dir", Path("ca")}};
  present_ = MustMakeStack("fix-carrier", folder);
  EXPECT_TRUE(Reused(folder));
  WriteFile("ca/b.pem", "B");
  EXPECT_FALSE(Reused(folder));
  std::filesystem::remove(Path("ca/b.pem"));
  EXPECT_TRUE(Reused(folder));
}

}  // namespace
}  // namespace keyway::net
