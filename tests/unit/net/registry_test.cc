// Which plug-ins the registry loads, which it refuses and with what words, and what it makes of names of stacks.
#include <unistd.h>

#include "tests/unit/net/plugin_sandbox.h"

namespace keyway::net {
namespace {

class RegistryTest : public PluginSandbox {
 protected:
  std::string LoadText(const std::string& name_or_path) { return TextOf(registry_->Load(name_or_path)); }
  // What loading the fixture says.
  std::string LoadFixture(const std::string& fixture) { return LoadText(WriteFile("one.so", Fixture(fixture))); }
};

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << "is: " << (text)

TEST_F(RegistryTest, LoadsByNameAndTellsWhatItLoaded) {
  std::string path = Install("carrier_1", "fix-carrier");
  auto id = registry_->Load("fix-carrier");
  ASSERT_TRUE(id) << id.error().text();
  EXPECT_EQ(*id, "fix-carrier");

  auto info = registry_->Info("fix-carrier");
  ASSERT_TRUE(info);
  EXPECT_EQ(info->version, "1.0");
  EXPECT_EQ(info->build_info, "test build 1");
  EXPECT_EQ(info->roles, "fd-carrier");
  EXPECT_EQ(info->path, path);
  EXPECT_EQ(info->abi_minor, KW_ABI_MINOR);
  EXPECT_FALSE(info->draining);
  EXPECT_EQ(info->options.at(0).first, "fix-text");
  EXPECT_EQ(registry_->List().size(), 1u);
}

TEST_F(RegistryTest, LeavesNoCopyBehind) {
  Install("carrier_1", "fix-carrier");
  ASSERT_TRUE(registry_->Load("fix-carrier"));
  EXPECT_TRUE(std::filesystem::is_empty(Path("cache")));
  struct stat info;
  ASSERT_EQ(stat(Path("cache").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0700u);
}

TEST_F(RegistryTest, RefusesACacheFolderThatOthersMayEnter) {
  std::filesystem::create_directory(Path("cache"));
  chmod(Path("cache").c_str(), 0755);
  EXPECT_HAS(LoadFixture("carrier_1"), "must belong to the user of this server and have mode 0700");
}

TEST_F(RegistryTest, RefusesACacheFolderThatOthersMayExchange) {
  std::filesystem::create_directory(Path("open"));
  chmod(Path("open").c_str(), 0777);
  Install("carrier_1", "fix-carrier");
  registry_ = Registry::Create({.transport_dirs = {Path("plugins")}, .cache_dir = Path("open/cache")});
  EXPECT_HAS(LoadText("fix-carrier"), "the folder '" + Path("open") + "' can be written by others (mode 0777)");
}

TEST_F(RegistryTest, SameContentIsTheSameGeneration) {
  std::string path = Install("carrier_1", "fix-carrier");
  ASSERT_TRUE(registry_->Load(path));
  uint64_t generation = registry_->Info("fix-carrier")->generation;
  ASSERT_TRUE(registry_->Load(path));
  ASSERT_TRUE(registry_->Load("fix-carrier"));
  EXPECT_EQ(registry_->Info("fix-carrier")->generation, generation);
  EXPECT_EQ(registry_->List().size(), 1u);
}

TEST_F(RegistryTest, ChangedContentIsANewGenerationAndTheOldOneDrains) {
  Install("carrier_1", "fix-carrier");
  std::shared_ptr<const Stack> old_stack = MustMakeStack("fix-carrier");
  const fixture& old_probe = ProbeOf(old_stack->carrier_context());

  Install("carrier_2", "fix-carrier");
  ASSERT_TRUE(registry_->Load("fix-carrier"));
  std::shared_ptr<const Stack> new_stack = MustMakeStack("fix-carrier");
  EXPECT_EQ(old_probe.version, 1u);
  EXPECT_EQ(ProbeOf(new_stack->carrier_context()).version, 2u);
  EXPECT_EQ(registry_->Info("fix-carrier")->version, "2.0");
  std::vector<PluginInfo> list = registry_->List();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_TRUE(list[0].draining);
  EXPECT_EQ(list[0].live_contexts, 1u);
  EXPECT_FALSE(list[1].draining);

  EXPECT_EQ(__atomic_load_n(&old_probe.deinits, __ATOMIC_ACQUIRE), 0);
  old_stack = nullptr;
  EXPECT_TRUE(Eventually([&] { return __atomic_load_n(&old_probe.deinits, __ATOMIC_ACQUIRE) == 1; }));
  EXPECT_EQ(old_probe.contexts, 0);
  EXPECT_TRUE(Eventually([&] { return registry_->List().size() == 1; }));
}

TEST_F(RegistryTest, OverwritingALoadedFileInPlaceDoesNoHarm) {
  std::string path = Install("carrier_1", "fix-carrier");
  std::shared_ptr<const Stack> stack = MustMakeStack("fix-carrier");
  WriteFile("plugins/keyway-transport-fix-carrier.so", std::string(100'000, '\xcc'));
  EXPECT_EQ(ProbeOf(stack->carrier_context()).version, 1u);
  EXPECT_TRUE(MustMakeStack("fix-carrier"));  // calls into the copy
  EXPECT_HAS(LoadText(path), "it is not an ELF file");
  EXPECT_TRUE(MustMakeStack("fix-carrier"));  // what was loaded before serves on
}

TEST_F(RegistryTest, TwoFilesWithOneIdAreAnError) {
  Install("carrier_1", "fix-carrier");
  ASSERT_TRUE(registry_->Load("fix-carrier"));
  std::string text = LoadText(WriteFile("other.so", Fixture("carrier_2")));
  EXPECT_HAS(text, "a transport with the id 'fix-carrier' is loaded already, from '" +
                       Path("plugins/keyway-transport-fix-carrier.so"));
  EXPECT_EQ(registry_->Info("fix-carrier")->version, "1.0");
}

TEST_F(RegistryTest, FileNameAndIdMustAgree) {
  Install("carrier_1", "other");
  EXPECT_HAS(LoadText("other"), "its id is 'fix-carrier', and its file name says 'other'");
}

TEST_F(RegistryTest, NamesThatAreNone) {
  EXPECT_HAS(LoadText("nowhere"), "there is no keyway-transport-nowhere.so in " + Path("plugins"));
  EXPECT_HAS(LoadText(Path("nowhere.so")), "No such file or directory");
  EXPECT_HAS(LoadText(""), "is neither a transport's name nor a path");
  EXPECT_HAS(LoadText(".."), "is neither a transport's name nor a path");
  EXPECT_HAS(LoadText("TCP"), "is neither a transport's name nor a path");
  EXPECT_HAS(LoadText(root_ + "/"), "does not name a file");
  EXPECT_EQ(TextOf(registry_->Info("nowhere")), "no transport 'nowhere' is loaded");
}

TEST_F(RegistryTest, TwoRegistriesDoNotShareCopies) {
  Install("carrier_1", "fix-carrier");
  std::unique_ptr<Registry> other = MakeRegistry();
  std::shared_ptr<const Stack> one = MustMakeStack("fix-carrier");
  auto two = other->MakeStack("fix-carrier", {});
  ASSERT_TRUE(two);
  EXPECT_NE(&ProbeOf(one->carrier_context()), &ProbeOf((*two)->carrier_context()));
}

// ---- files and who may write them

TEST_F(RegistryTest, RefusesAFileThatOthersCanWrite) {
  std::string path = Install("carrier_1", "fix-carrier");
  chmod(path.c_str(), 0646);
  EXPECT_HAS(LoadText(path), "keyway-transport-fix-carrier.so' can be written by others (mode 0646)");
  EXPECT_HAS(LoadText("fix-carrier"), "can be written by others");
  chmod(path.c_str(), 0644);
  EXPECT_EQ(LoadText(path), "no error");
}

TEST_F(RegistryTest, RefusesAFolderThatOthersCanWrite) {
  std::string path = Install("carrier_1", "fix-carrier");
  chmod(Path("plugins").c_str(), 0777);
  EXPECT_HAS(LoadText(path), "the folder '" + Path("plugins") + "' can be written by others (mode 0777)");
  chmod(Path("plugins").c_str(), 01777);  // a sticky bit does not help here: others could put the file there
  EXPECT_HAS(LoadText(path), "can be written by others (mode 1777)");
  chmod(Path("plugins").c_str(), 0755);
  chmod(root_.c_str(), 0707);
  EXPECT_HAS(LoadText(path), "the folder '" + root_ + "' can be written by others (mode 0707)");
  chmod(root_.c_str(), 0700);
  EXPECT_EQ(LoadText(path), "no error");
}

TEST_F(RegistryTest, RefusesOwnersWhoAreNeitherRootNorTheUser) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  std::string path = Install("carrier_1", "fix-carrier");
  ASSERT_EQ(chown(path.c_str(), 12345, 0), 0);
  EXPECT_HAS(LoadText(path), "belongs to user 12345, who is neither root nor the user of this server");
  ASSERT_EQ(chown(path.c_str(), 0, 0), 0);
  ASSERT_EQ(chown(Path("plugins").c_str(), 12345, 0), 0);
  EXPECT_HAS(LoadText(path), "the folder '" + Path("plugins") + "' belongs to user 12345");
}

TEST_F(RegistryTest, RefusesFilesOfAGroupThatCanWriteThem) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  std::string path = Install("carrier_1", "fix-carrier");
  ASSERT_EQ(chown(path.c_str(), 0, 54321), 0);  // a group that nobody knows
  ASSERT_EQ(chmod(path.c_str(), 0664), 0);
  EXPECT_HAS(LoadText(path), "can be written by others (mode 0664)");
}

TEST_F(RegistryTest, RefusesLinksFoldersAndPipes) {
  std::string path = Install("carrier_1", "fix-carrier");
  std::filesystem::create_symlink(path, Path("link.so"));
  EXPECT_HAS(LoadText(Path("link.so")), "is a symbolic link");
  std::filesystem::create_directory(Path("folder.so"));
  EXPECT_HAS(LoadText(Path("folder.so")), "is not a regular file");
  ASSERT_EQ(mkfifo(Path("pipe.so").c_str(), 0600), 0);
  EXPECT_HAS(LoadText(Path("pipe.so")), "is not a regular file");
  // A link among the folders is followed, and the folders that it leads to are checked.
  std::filesystem::create_directory_symlink(Path("plugins"), Path("linked"));
  EXPECT_EQ(LoadText(Path("linked/keyway-transport-fix-carrier.so")), "no error");
  EXPECT_EQ(registry_->Info("fix-carrier")->path, path);
}

TEST_F(RegistryTest, RefusesAFileThatItMayNotRead) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  std::string path = Install("carrier_1", "fix-carrier");
  chmod(path.c_str(), 0);
  EXPECT_HAS(LoadText(path), "Permission denied");
}

// ---- ELF

TEST_F(RegistryTest, RefusesWhatIsNoSharedObject) {
  EXPECT_HAS(LoadText(WriteFile("one.so", "")), "it is not an ELF file");
  EXPECT_HAS(LoadText(WriteFile("one.so", "\x7f")), "it is not an ELF file");
  EXPECT_HAS(LoadText(WriteFile("one.so", "Dear server, please load me.\n")), "it is not an ELF file");
  std::string program = ReadFile("/proc/self/exe");
  std::string text = LoadText(WriteFile("one.so", program));
  EXPECT_TRUE(text.find("it is a program") != text.npos || text.find("no shared object") != text.npos) << text;
}

TEST_F(RegistryTest, RefusesElfFilesOfOtherMachines) {
  std::string file = Fixture("carrier_1");
  file[4] = 1;  // EI_CLASS: 32-bit
  EXPECT_HAS(LoadText(WriteFile("one.so", file)), "for another machine: not 64-bit");
  file = Fixture("carrier_1");
  file[5] = static_cast<char>(3 - file[5]);  // EI_DATA
  EXPECT_HAS(LoadText(WriteFile("one.so", file)), "for another machine: of the other byte order");
  file = Fixture("carrier_1");
  file[18] = static_cast<char>(file[18] ^ 0x55);  // e_machine
  EXPECT_HAS(LoadText(WriteFile("one.so", file)), "for another machine: number");
}

// Cut anywhere, the file is refused or, when only what the loader does not need is gone, loaded; never a crash.
TEST_F(RegistryTest, SurvivesTruncationAnywhere) {
  std::string file = Fixture("odd_nothing");
  for (size_t length = 0; length < file.size(); length += length < 1024 ? 64 : 1021) {
    std::string text = LoadText(WriteFile("one.so", file.substr(0, length)));
    if (length < 1024) {
      EXPECT_NE(text, "no error") << length;
    }
  }
}

TEST_F(RegistryTest, RefusesWhatCannotBeCopiedOrReplaced) {
  EXPECT_HAS(LoadFixture("odd_no_symbol"), "it does not export kw_transport_query");
  EXPECT_HAS(LoadFixture("odd_origin"), "its run path contains $ORIGIN");
  EXPECT_HAS(LoadFixture("odd_static_tls"), "it uses the static TLS model");
#ifdef __x86_64__
  EXPECT_HAS(LoadFixture("odd_text_relocation"), "it has text relocations");
#endif
}

// ---- negotiation

TEST_F(RegistryTest, TakesWhatMayBeOdd) {
  EXPECT_EQ(LoadFixture("odd_nothing"), "no error");
  EXPECT_EQ(LoadFixture("odd_larger"), "no error");
  EXPECT_EQ(LoadFixture("odd_high_flag"), "no error");
}

TEST_F(RegistryTest, RefusesOtherVersionsOfTheAbi) {
  std::string here = std::to_string(KW_ABI_MAJOR) + "." + std::to_string(KW_ABI_MINOR);
  EXPECT_HAS(LoadFixture("odd_major"), "it needs a server with transport ABI 7.x, and this one has " + here);
  EXPECT_HAS(LoadFixture("odd_min_host_minor"), ".42 or newer, and this one has " + here);
  EXPECT_HAS(LoadFixture("odd_refuses"), "refused this server's transport ABI " + here);
}

TEST_F(RegistryTest, RefusesMalformedTables) {
  EXPECT_HAS(LoadFixture("odd_garbage"), "gave no kw_transport: unknown result (12345)");
  EXPECT_HAS(LoadFixture("odd_tiny"), "not even the first fields fit");
  EXPECT_HAS(LoadFixture("odd_small"), "kw_transport is too small");
  EXPECT_HAS(LoadFixture("odd_half_field"), "ends in the middle of a field");
  EXPECT_HAS(LoadFixture("odd_half_unknown_field"), "ends in the middle of a field");
  EXPECT_HAS(LoadFixture("odd_pointer_null"), "kw_transport.check is null and required");
  EXPECT_HAS(LoadFixture("odd_low_flag"), "flags that this server must understand and does not: 0x8000");
  EXPECT_HAS(LoadFixture("odd_id"), "its id is not 1 to 32 characters");
  EXPECT_HAS(LoadFixture("odd_role"), "its roles 0x40 are not known");
  EXPECT_HAS(LoadFixture("odd_conn_open_null"), "conn_open is null and required for filters");
  EXPECT_HAS(LoadFixture("odd_carrier_null"), "carrier is null and required for a carrier");
  EXPECT_HAS(LoadFixture("odd_carrier_half_field"), "kw_carrier of");
  EXPECT_HAS(LoadFixture("odd_carrier_flag"), "kw_carrier has flags");
  EXPECT_HAS(LoadFixture("odd_carrier_pointer_null"), "kw_carrier.dial_fd is null and required");
  EXPECT_HAS(LoadFixture("odd_extension_null"), "its extension stats/1 is null");
  EXPECT_HAS(LoadFixture("odd_option_twice"), "option odd-text is there twice");
  EXPECT_HAS(LoadFixture("odd_options_null"), "its list of options is null");
  EXPECT_HAS(LoadFixture("odd_init_fails"), "it does not start: the card is not in its slot");
  EXPECT_TRUE(registry_->List().empty());
}

TEST_F(RegistryTest, RefusesContextsThatAreNone) {
  Install("odd_context_null", "odd");
  EXPECT_EQ(TextOf(registry_->MakeStack("odd", {})), "odd: it made no context and reported no error");
  Install("odd_context_state", "odd");
  ASSERT_TRUE(registry_->Load("odd"));
  EXPECT_EQ(TextOf(registry_->MakeStack("odd", {})), "odd: KW_WANT_READ");
}

// ---- stacks

TEST_F(RegistryTest, NamesOfStacks) {
  Install("carrier_1", "fix-carrier");
  Install("rot13", "rot13");
  std::shared_ptr<const Stack> plain = MustMakeStack("fix-carrier");
  EXPECT_EQ(StackName(*plain), "fix-carrier");
  EXPECT_FALSE(plain->has_filter());
  EXPECT_FALSE(StackIsEncrypted(*plain));
  EXPECT_EQ(plain->plaintext_refusal(), "");

  std::shared_ptr<const Stack> filtered = MustMakeStack("rot13+fix-carrier");
  EXPECT_EQ(StackName(*filtered), "rot13+fix-carrier");
  EXPECT_TRUE(filtered->has_filter());
  EXPECT_EQ(filtered->plaintext_refusal(), "-ERR I/O error: this port speaks rot13 only\r\n");
  EXPECT_EQ(filtered->max_rx_unconsumed(), 0u);

  EXPECT_HAS(TextOf(registry_->MakeStack("fix-carrier+rot13", {})), "fix-carrier carries bytes itself");
  EXPECT_HAS(TextOf(registry_->MakeStack("rot13+rot13", {})), "rot13 is a filter, and a filter goes over a carrier");
  EXPECT_HAS(TextOf(registry_->MakeStack("rot13+rot13+fix-carrier", {})),
             "'rot13+fix-carrier' is not a transport's name");
  EXPECT_HAS(TextOf(registry_->MakeStack("", {})), "'' is not a transport's name");
  EXPECT_HAS(TextOf(registry_->MakeStack("rot13", {})), "no transport 'tcp'");  // over tcp, which is not there
}

TEST_F(RegistryTest, MakesStacksFromManyThreads) {
  Install("carrier_1", "fix-carrier");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      for (int n = 0; n < 20; ++n) {
        auto stack = registry_->MakeStack("fix-carrier", {});
        ASSERT_TRUE(stack);
        StackUse use(*stack);
        registry_->List();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(registry_->List().size(), 1u);
  EXPECT_TRUE(Eventually([&] { return registry_->Info("fix-carrier")->live_contexts == 0; }));
}

}  // namespace
}  // namespace keyway::net
