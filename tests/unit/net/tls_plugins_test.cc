// The TLS plug-ins of this build in the registry: side by side, and with settings that are wrong. Each backend is
// skipped where the build lacks it.
#include <algorithm>

#include "tests/unit/net/plugin_sandbox.h"

namespace keyway::net {
namespace {

const std::string kCerts = KW_TEST_CERTS_DIR;

class TlsPluginsTest : public PluginSandbox {
 protected:
  TlsPluginsTest() {
    registry_ = Registry::Create({.transport_dirs = DefaultTransportDirs(), .cache_dir = Path("cache")});
  }
  bool Have(const std::string& name) { return registry_->Load(name).has_value(); }
  static Settings Good() {
    return {{"tls-cert-file", kCerts + "/server.crt"},
            {"tls-key-file", kCerts + "/server.key"},
            {"tls-ca-cert-file", kCerts + "/ca.crt"}};
  }
  static Settings With(const std::string& name, const std::string& value) {
    Settings settings = Good();
    std::erase_if(settings, [&](const auto& setting) { return setting.first == name; });
    settings.emplace_back(name, value);
    return settings;
  }
};

TEST_F(TlsPluginsTest, BothBackendsServeSideBySide) {
  if (!Have("tls-openssl") || !Have("tls-wolfssl")) GTEST_SKIP() << "this build lacks a backend";
  std::shared_ptr<const Stack> one = MustMakeStack("tls-openssl", Good());
  std::shared_ptr<const Stack> two = MustMakeStack("tls-wolfssl", Good());
  std::shared_ptr<const Stack> three = MustMakeStack("tls-wolfssl+unix", Good());
  EXPECT_TRUE(StackIsEncrypted(*one) && StackIsEncrypted(*two) && StackIsEncrypted(*three));
  EXPECT_EQ(StackName(*one), "tls-openssl");
  EXPECT_EQ(StackName(*three), "tls-wolfssl+unix");
  EXPECT_EQ(one->plaintext_refusal(), "-ERR I/O error: this port speaks TLS only\r\n");
  EXPECT_NE(registry_->Info("tls-openssl")->build_info.find("OpenSSL"), std::string::npos);
  EXPECT_NE(registry_->Info("tls-wolfssl")->build_info.find("wolfSSL"), std::string::npos);
  EXPECT_EQ(registry_->Info("tls-wolfssl")->live_contexts, 2u);
  // With one gone the other goes on.
  one = nullptr;
  EXPECT_TRUE(Eventually([&] { return registry_->Info("tls-openssl")->live_contexts == 0; }));
  EXPECT_TRUE(registry_->MakeStack("tls-wolfssl", Good()));
}

class TlsSettingsTest : public TlsPluginsTest, public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    if (!Have(GetParam())) GTEST_SKIP() << "this build lacks the backend";
  }
  std::string Refusal(const Settings& settings) { return TextOf(registry_->MakeStack(GetParam(), settings)); }
};

// As TRANSPORT RELOAD has it: what accepts has to shake hands in memory, whatever it asks of its clients.
TEST_P(TlsSettingsTest, AContextThatIsMadeAnewShakesHands) {
  auto try_out = [&](Settings settings, bool fails) {
    ContextReuse reuse{.stacks = {}, .seen = 0, .anew = GetParam(), .candidate = nullptr};
    auto stack = registry_->MakeStack(GetParam(), settings, Sides::kAccepts, &reuse);
    EXPECT_EQ(reuse.handshake_failed, fails);
    return TextOf(stack);
  };
  EXPECT_EQ(try_out(Good(), false), "no error");
  EXPECT_EQ(try_out(With("tls-auth-clients", "no"), false), "no error");
  EXPECT_EQ(try_out(With("tls-protocols", "TLSv1.2"), false), "no error");
  EXPECT_EQ(try_out(With("tls-protocols", "TLSv1.3"), false), "no error");
  EXPECT_EQ(try_out(With("tls-session-caching", "no"), false), "no error");
  Settings dialling = With("tls-client-cert-file", kCerts + "/expired.crt");
  dialling.emplace_back("tls-client-key-file", kCerts + "/expired.key");
  EXPECT_EQ(try_out(dialling, false), "no error") << "no affair of listeners";
  Settings unfit = With("tls-protocols", "TLSv1.2");
  unfit.emplace_back("tls-ciphers", "ECDHE-RSA-AES128-GCM-SHA256");  // the certificate's key is on a curve
  EXPECT_NE(try_out(unfit, true).find("the accepting end: "), std::string::npos);
  EXPECT_TRUE(Eventually([&] { return registry_->Info(GetParam())->live_contexts == 0; }));
}

TEST_P(TlsSettingsTest, GoodOnesMakeAContextAndBadOnesNone) {
  EXPECT_EQ(Refusal(Good()), "no error");
  EXPECT_TRUE(Eventually([&] { return registry_->Info(GetParam())->live_contexts == 0; }));
  EXPECT_NE(Refusal(With("tls-key-file", kCerts + "/missing.key")), "no error");
  EXPECT_EQ(registry_->Info(GetParam())->live_contexts, 0u);
}

TEST_P(TlsSettingsTest, TheErrorNamesTheSettingAndTheReason) {
  auto expect = [&](const Settings& settings, const std::string& setting, const std::string& reason) {
    std::string text = Refusal(settings);
    EXPECT_TRUE(text.starts_with(std::string(GetParam()) + ": " + setting + ": "))
        << settings.back().second << ": " << text;
    EXPECT_NE(text.find(reason), std::string::npos) << text;
  };
  expect(With("tls-key-file", kCerts + "/missing.key"), "tls-key-file", "No such file or directory");
  expect(With("tls-key-file", kCerts + "/client.key"), "tls-key-file", "");  // another certificate's
  expect(With("tls-key-file", kCerts + "/server.crt"), "tls-key-file", "");  // no key at all
  expect(With("tls-cert-file", kCerts + "/server.key"), "tls-cert-file", "");
  expect(With("tls-ca-cert-file", WriteFile("text", "no certificate\n")), "tls-ca-cert-file", "");
  expect(With("tls-auth-clients", "maybe"), "tls-auth-clients", "the value must be one of");
  expect(With("tls-protocols", "TLSv1.7"), "tls-protocols", "");
  std::string own = std::string(GetParam()) + ".no-such-thing";
  EXPECT_EQ(Refusal(With(own, "x")), own + ": " + GetParam() + " cannot honour this setting: it has no such option");
  EXPECT_EQ(Refusal(With("tls-other.no-such-thing", "x")), "no error");  // another backend's
}

TEST_P(TlsSettingsTest, ACaFolderIsReadAtOnce) {
  std::filesystem::create_directory(Path("ca"));
  std::filesystem::copy_file(kCerts + "/ca.crt", Path("ca/ca.crt"));
  Settings settings = With("tls-ca-cert-file", "");
  settings.emplace_back("tls-ca-cert-dir", Path("ca"));
  EXPECT_EQ(Refusal(settings), "no error");
  std::filesystem::remove(Path("ca/ca.crt"));
  EXPECT_NE(Refusal(settings).find("tls-ca-cert-dir: the folder '" + Path("ca") + "' holds no file"),
            std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Backends, TlsSettingsTest, testing::Values("tls-openssl", "tls-wolfssl"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace keyway::net
