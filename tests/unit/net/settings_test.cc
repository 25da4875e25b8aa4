// What reaches a plug-in of the settings that a user wrote, and what is said when one is wrong.
#include <unistd.h>

#include "server/base/log.h"
#include "tests/unit/net/plugin_sandbox.h"

namespace keyway::net {
namespace {

class SettingsTest : public PluginSandbox {
 protected:
  void SetUp() override {
    Install("carrier_1", "fix-carrier");
    Install("rot13", "rot13");
  }
  // What the carrier was given.
  std::string Given(const Settings& settings) {
    std::shared_ptr<const Stack> stack = MustMakeStack("fix-carrier", settings);
    return stack ? ProbeOf(stack->carrier_context()).settings : "";
  }
  std::string Refusal(const Settings& settings) { return TextOf(registry_->MakeStack("fix-carrier", settings)); }
};

TEST_F(SettingsTest, TextsGoThroughInOrder) {
  EXPECT_EQ(Given({{"fix-text", "a b"}, {"fix-int", "-5"}, {"fix-bool", "yes"}, {"fix-choice", "green"}}),
            "fix-text=a b;fix-int=-5;fix-bool=yes;fix-choice=green;");
}

TEST_F(SettingsTest, TheLastOfANameCountsAndEmptyMeansNotSet) {
  EXPECT_EQ(Given({{"fix-text", "one"}, {"fix-int", ""}, {"fix-text", "two"}}), "fix-text=two;");
  EXPECT_EQ(Given({{"fix-text", "one"}, {"fix-text", ""}}), "");
}

TEST_F(SettingsTest, TheStackIsThePurpose) {
  std::shared_ptr<const Stack> stack = MustMakeStack("fix-carrier");
  EXPECT_STREQ(ProbeOf(stack->carrier_context()).purpose, "fix-carrier");
}

TEST_F(SettingsTest, FilesArriveAsBytesWithTheirOrigin) {
  std::string path = WriteFile("value.txt", "the bytes");
  EXPECT_EQ(Given({{"fix-file", path}}), "fix-file=the bytes@" + path + ";");
}

TEST_F(SettingsTest, FilesThatCannotBeRead) {
  EXPECT_EQ(Refusal({{"fix-file", Path("missing")}}),
            "fix-carrier: fix-file: cannot open '" + Path("missing") + "': No such file or directory");
  EXPECT_EQ(Refusal({{"fix-file", root_}}), "fix-carrier: fix-file: '" + root_ + "' is not a regular file");
  EXPECT_EQ(Refusal({{"fix-file", WriteFile("empty", "")}}), "fix-carrier: fix-file: '" + Path("empty") + "' is empty");
  if (geteuid() != 0) {
    EXPECT_EQ(Refusal({{"fix-file", WriteFile("closed", "x", 0)}}),
              "fix-carrier: fix-file: cannot open '" + Path("closed") + "': Permission denied");
  }
}

TEST_F(SettingsTest, FoldersArriveAsOneSettingAFileSortedAndWithoutTwins) {
  std::filesystem::create_directory(Path("ca"));
  std::filesystem::create_directory(Path("ca/inner"));
  WriteFile("ca/b.pem", "B");
  WriteFile("ca/a.pem", "A");
  WriteFile("ca/.hidden", "H");
  WriteFile("ca/empty", "");
  std::filesystem::create_symlink("a.pem", Path("ca/c0ffee.0"));  // as c_rehash makes them
  EXPECT_EQ(Given({{"fix-dir", Path("ca")}}), "fix-dir=A@" + Path("ca/a.pem") + ";fix-dir=B@" + Path("ca/b.pem") + ";");
  std::filesystem::create_directory(Path("none"));
  EXPECT_EQ(Refusal({{"fix-dir", Path("none")}}),
            "fix-carrier: fix-dir: the folder '" + Path("none") + "' holds no file");
  EXPECT_EQ(Refusal({{"fix-dir", Path("nowhere")}}),
            "fix-carrier: fix-dir: cannot open the folder '" + Path("nowhere") + "': No such file or directory");
}

TEST_F(SettingsTest, UrisGoThroughAsText) {
  EXPECT_EQ(Given({{"fix-secret", "pkcs11:token=a;object=b"}}), "fix-secret=pkcs11:token=a;object=b(uri);");
  EXPECT_EQ(Refusal({{"fix-file", "pkcs11:token=a"}}),  // this one takes no URI
            "fix-carrier: fix-file: cannot open 'pkcs11:token=a': No such file or directory");
}

TEST_F(SettingsTest, ValuesAreCheckedBeforeThePluginSeesThem) {
  EXPECT_EQ(Refusal({{"fix-int", "11"}}), "fix-carrier: fix-int: the value must be between -5 and 10");
  EXPECT_EQ(Refusal({{"fix-int", "1x"}}), "fix-carrier: fix-int: the value is not an integer");
  EXPECT_EQ(Refusal({{"fix-int", "99999999999999999999"}}), "fix-carrier: fix-int: the value is not an integer");
  EXPECT_EQ(Refusal({{"fix-bool", "true"}}), "fix-carrier: fix-bool: the value must be 'yes' or 'no'");
  EXPECT_EQ(Refusal({{"fix-choice", "gree"}}), "fix-carrier: fix-choice: the value must be one of: red green blue");
  EXPECT_EQ(Refusal({{"fix-choice", "red green"}}),
            "fix-carrier: fix-choice: the value must be one of: red green blue");
  EXPECT_EQ(Refusal({{"fix-text", std::string("a\0b", 3)}}), "fix-carrier: fix-text: the value contains a zero byte");
}

TEST_F(SettingsTest, ThePluginsRefusalNamesSettingAndReason) {
  EXPECT_EQ(Refusal({{"fix-text", "refuse"}}), "fix-carrier: fix-text: this carrier refuses that text");
  EXPECT_EQ(registry_->Info("fix-carrier")->live_contexts, 0u);
}

TEST_F(SettingsTest, WhatIsMeantForThePluginAndUnknownToItIsAnError) {
  EXPECT_EQ(Given({{"fix-carrier.own", "x"}, {"other.thing", "y"}, {"tcp-backlog", "511"}}), "fix-carrier.own=x;");
  EXPECT_EQ(Refusal({{"fix-carrier.unknown", "x"}}),
            "fix-carrier.unknown: fix-carrier cannot honour this setting: it has no such option");
  // The fixture has a tls- option, so tls- settings are meant for it; their usual defaults ask for nothing.
  EXPECT_EQ(
      Given({{"tls-known", "x"}, {"tls-auth-clients", "yes"}, {"tls-session-caching", "yes"}, {"tls-groups", ""}}),
      "tls-known=x;");
  EXPECT_EQ(Refusal({{"tls-auth-clients", "no"}}),
            "tls-auth-clients: fix-carrier cannot honour this setting: it has no such option");
}

TEST_F(SettingsTest, EachPluginOfAStackGetsItsOwn) {
  // rot13 refuses to be given any setting.
  std::shared_ptr<const Stack> stack = MustMakeStack("rot13+fix-carrier", {{"fix-text", "below"}});
  ASSERT_TRUE(stack);
  EXPECT_STREQ(ProbeOf(stack->carrier_context()).settings, "fix-text=below;");
  EXPECT_STREQ(ProbeOf(stack->carrier_context()).purpose, "rot13+fix-carrier");
}

TEST_F(SettingsTest, AListenersOwnSettingsMakeAnotherContextOfTheCarrier) {
  std::shared_ptr<const Stack> stack = MustMakeStack("rot13+fix-carrier", {{"fix-text", "one"}});
  auto context = MakeCarrierContext(*stack, {{"fix-text", "two"}, {"unixsocketperm", "700"}});
  ASSERT_TRUE(context) << context.error().text();
  EXPECT_STREQ(ProbeOf(**context).settings, "fix-text=two;");
  EXPECT_NE((*context)->get(), stack->carrier_context().get());
}

TEST_F(SettingsTest, APrivateFileOfOthersIsRefused) {
  std::string path = WriteFile("private", "secret", 0600);
  EXPECT_EQ(Given({{"fix-private", path}}), "fix-private=secret@" + path + ";");
  for (mode_t mode : {0640, 0604, 0620, 0644, 0660}) {
    chmod(path.c_str(), mode);
    EXPECT_NE(Refusal({{"fix-private", path}}).find("it has to be of mode 0600"), std::string::npos) << mode;
  }
  chmod(path.c_str(), 0400);
  EXPECT_EQ(Given({{"fix-private", path}}), "fix-private=secret@" + path + ";");
}

TEST_F(SettingsTest, AnOpenSecretIsLoggedAndTaken) {
  LogSettings before = CurrentLogSettings();
  LogSettings to_file = before;
  to_file.file = Path("log");
  ConfigureLog(to_file);
  std::string path = WriteFile("key.pem", "secret", 0600);
  EXPECT_EQ(Given({{"fix-secret", path}}), "fix-secret=secret@" + path + ";");
  EXPECT_EQ(ReadFile(Path("log")).find("holds a secret"), std::string::npos);
  chmod(path.c_str(), 0644);
  EXPECT_EQ(Given({{"fix-secret", path}}), "fix-secret=secret@" + path + ";");
  ConfigureLog(before);
  EXPECT_NE(
      ReadFile(Path("log")).find("fix-secret: '" + path + "' holds a secret and can be read or written by everybody"),
      std::string::npos);
}

TEST_F(SettingsTest, LogLinesOfPluginsNameThemAndStayOneLine) {
  LogSettings before = CurrentLogSettings();
  LogSettings to_file = before;
  to_file.file = Path("log");
  to_file.level = LogLevel::kDebug;
  ConfigureLog(to_file);
  MustMakeStack("fix-carrier");
  ConfigureLog(before);
  EXPECT_NE(ReadFile(Path("log")).find("transport fix-carrier: hello from init\n"), std::string::npos);
}

}  // namespace
}  // namespace keyway::net
