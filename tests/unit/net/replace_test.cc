// A copy of a plug-in that takes the place of another: loaded beside it, tried, and installed or not; and transports that go.
#include "tests/unit/net/plugin_sandbox.h"

namespace keyway::net {
namespace {

class ReplaceTest : public PluginSandbox {
 protected:
  void SetUp() override {
    Install("carrier_1", "fix-carrier");
    Install("rot13", "rot13");
    auto present = registry_->MakeStack("rot13+fix-carrier", {}, Sides::kAccepts);
    if (!present) throw std::runtime_error(present.error().text());
    present_ = *present;
  }
  std::shared_ptr<Generation> MustLoadBeside(std::string_view id) {
    auto candidate = registry_->LoadBeside(id);
    if (!candidate) throw std::runtime_error(candidate.error().text());
    return *candidate;
  }
  // With a copy of `id` that is not in use yet; null: with the present one.
  Result<std::shared_ptr<const Stack>> MakeAnew(const std::string& id, std::shared_ptr<const Generation> candidate,
                                                Sides sides = Sides::kAccepts) {
    ContextReuse reuse{.stacks = {present_}, .seen = 0, .anew = id, .candidate = std::move(candidate)};
    auto stack = registry_->MakeStack("rot13+fix-carrier", {}, sides, &reuse);
    handshake_failed_ = reuse.handshake_failed;
    return stack;
  }
  uint64_t Current(const std::string& id) { return registry_->Info(id)->generation; }

  std::shared_ptr<const Stack> present_;
  bool handshake_failed_ = false;
};

TEST_F(ReplaceTest, NobodyGetsACandidateBeforeItIsInstalled) {
  Install("rot13_hello", "rot13");
  std::shared_ptr<Generation> candidate = MustLoadBeside("rot13");
  ASSERT_NE(candidate, nullptr);
  const uint64_t old = Current("rot13");
  EXPECT_NE(candidate->number(), old);
  EXPECT_EQ(registry_->List().size(), 2u);
  EXPECT_EQ(&MustMakeStack("rot13+fix-carrier")->filter_context().generation(),
            &present_->filter_context().generation());

  auto made = MakeAnew("rot13", candidate);
  ASSERT_TRUE(made) << TextOf(made);
  EXPECT_EQ(&(*made)->filter_context().generation(), candidate.get());
  EXPECT_EQ((*made)->shared_carrier_context(), present_->shared_carrier_context()) << "the carrier stays";
  EXPECT_EQ(Current("rot13"), old);

  registry_->Install(candidate);
  EXPECT_EQ(Current("rot13"), candidate->number());
  EXPECT_TRUE(present_->filter_context().generation().retired());
  EXPECT_EQ(&MustMakeStack("rot13+fix-carrier")->filter_context().generation(), candidate.get());
  EXPECT_EQ(registry_->List().size(), 3u) << "the old one drains";
}

TEST_F(ReplaceTest, TheSameContentIsNoCandidate) {
  EXPECT_EQ(MustLoadBeside("rot13"), nullptr);
  auto made = MakeAnew("rot13", nullptr);
  ASSERT_TRUE(made) << TextOf(made);
  EXPECT_EQ(&(*made)->filter_context().generation(), &present_->filter_context().generation());
  EXPECT_NE((*made)->shared_filter_context(), present_->shared_filter_context()) << "made anew";
  EXPECT_EQ((*made)->shared_carrier_context(), present_->shared_carrier_context());
}

TEST_F(ReplaceTest, AHandshakeThatFailsIsFoundBeforeAnybodyDependsOnIt) {
  for (auto [fixture, why] : {std::pair("rot13_fails", "rot13: the accepting end: it has forgotten how"),
                              {"rot13_waits", "rot13: each end waits for the other"}}) {
    Install(fixture, "rot13");
    std::shared_ptr<Generation> candidate = MustLoadBeside("rot13");
    EXPECT_EQ(TextOf(MakeAnew("rot13", candidate)), why);
    EXPECT_TRUE(handshake_failed_);
    EXPECT_TRUE(MakeAnew("rot13", candidate, Sides::kDials)) << "there is nobody to shake hands with";
    EXPECT_FALSE(handshake_failed_);
    EXPECT_TRUE(MakeAnew("fix-carrier", nullptr)) << "the present one is not concerned";
  }
}

TEST_F(ReplaceTest, NothingIsLeftOfAHandshakeInMemory) {
  const fixture& probe = ProbeOf(present_->filter_context());
  ASSERT_TRUE(MakeAnew("rot13", nullptr));
  EXPECT_EQ(probe.connections, 0);
  EXPECT_TRUE(Eventually([&] { return __atomic_load_n(&probe.contexts, __ATOMIC_ACQUIRE) == 1; }));
}

TEST_F(ReplaceTest, FilesThatCannotBeLoaded) {
  const std::string path = Install("rot13", "rot13");
  EXPECT_EQ(TextOf(registry_->LoadBeside("nowhere")), "no transport 'nowhere' is loaded");
  WriteFile("plugins/keyway-transport-rot13.so", "damaged");
  EXPECT_NE(TextOf(registry_->LoadBeside("rot13")).find("not an ELF file"), std::string::npos);
  Install("carrier_1", "rot13");
  EXPECT_NE(TextOf(registry_->LoadBeside("rot13")).find("its id is 'fix-carrier'"), std::string::npos);
  std::filesystem::remove(path);
  EXPECT_NE(TextOf(registry_->LoadBeside("rot13")).find("No such file"), std::string::npos);
  EXPECT_EQ(registry_->List().size(), 2u);
}

TEST_F(ReplaceTest, UnloadedTransportsGoWithTheirLastHolder) {
  const fixture& probe = ProbeOf(present_->filter_context());
  const uint64_t old = Current("rot13");
  std::shared_ptr<const Generation> copy = registry_->Unload("rot13");
  ASSERT_NE(copy, nullptr);
  EXPECT_EQ(TextOf(registry_->Info("rot13")), "no transport 'rot13' is loaded");
  EXPECT_EQ(registry_->Unload("rot13"), nullptr);
  EXPECT_EQ(__atomic_load_n(&probe.deinits, __ATOMIC_ACQUIRE), 0);
  LeaveGeneration(*copy);
  copy = nullptr;
  present_ = nullptr;
  EXPECT_TRUE(Eventually([&] { return __atomic_load_n(&probe.deinits, __ATOMIC_ACQUIRE) == 1; }));
  EXPECT_GT(__atomic_load_n(&probe.leaves, __ATOMIC_ACQUIRE), 0);
  MustMakeStack("rot13+fix-carrier");
  EXPECT_GT(Current("rot13"), old) << "loaded again";
}

TEST_F(ReplaceTest, StacksKnowWhatTheyAreMadeOf) {
  EXPECT_TRUE(StackUses(*present_, "rot13"));
  EXPECT_TRUE(StackUses(*present_, "fix-carrier"));
  EXPECT_FALSE(StackUses(*present_, "tcp"));
}

}  // namespace
}  // namespace keyway::net
