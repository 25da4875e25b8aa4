// library/1: what each TLS backend says of its library, and the cipher that it picks where AES is slow.
#include <cstring>
#include <string>

#include <gtest/gtest.h>

#include "keyway/ext/library.h"
#include "keyway/ext/stats.h"
#include "tests/transport/support/tls_pair.h"

namespace keyway::test {
namespace {

class TlsLibrary : public ::testing::TestWithParam<std::string> {
 protected:
  const kw_transport* transport() const { return Transport(GetParam()); }
  kw_library Describe() const {
    kw_library library{};
    library.size = sizeof library;
    Err err;
    auto* table = static_cast<const kw_ext_library*>(transport()->get_extension(KW_EXT_LIBRARY));
    EXPECT_EQ(table->describe(&library, &err), KW_OK) << err.text;
    return library;
  }
};
INSTANTIATE_TEST_SUITE_P(Backends, TlsLibrary, ::testing::ValuesIn(TlsBackends()),
                         [](const auto& info) { return info.param == "tls-wolfssl" ? "wolfssl" : "openssl"; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(TlsLibrary);

TEST_P(TlsLibrary, NamesItself) {
  const kw_library library = Describe();
  EXPECT_EQ(std::string(library.name), GetParam() == "tls-wolfssl" ? "wolfSSL" : "OpenSSL");
  EXPECT_TRUE(library.version[0] >= '0' && library.version[0] <= '9') << library.version;
  EXPECT_NE(std::strchr(library.version, '.'), nullptr) << library.version;
}

TEST_P(TlsLibrary, FillsInNoMoreThanThereIsRoomFor) {
  auto* table = static_cast<const kw_ext_library*>(transport()->get_extension(KW_EXT_LIBRARY));
  Err err;
  struct {
    kw_library library;
    unsigned char tail[16];
  } room{};
  std::memset(room.tail, 0x5a, sizeof room.tail);
  room.library.size = sizeof room;
  EXPECT_EQ(table->describe(&room.library, &err), KW_OK);
  EXPECT_EQ(room.tail[0], 0x5a) << "the tail belongs to the caller";
  room.library.size = KW_LIBRARY_SIZE_0_9 - 1;
  EXPECT_EQ(table->describe(&room.library, &err), KW_E_INTERNAL);
  EXPECT_EQ(table->describe(nullptr, &err), KW_E_INTERNAL);
}

// The client here puts AES first, as all do that have the instructions.
TEST_P(TlsLibrary, WithoutAesInstructionsChaChaIsTakenFromWhoeverOffersIt) {
  const bool slow = (Describe().flags & KW_LIBRARY_HARDWARE_AES) == 0;
  struct Case {
    const char* version;
    const char* setting;
    const char* client;
  };
  for (const Case& c :
       {Case{"TLSv1.3", "tls-ciphersuites", "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256"},
        Case{"TLSv1.2", "tls-ciphers", "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305"}}) {
    auto cipher_with = [&](Settings server) {
      Pair pair(GetParam(), GetParam(), std::move(server.Set("tls-protocols", c.version)),
                std::move(GoodTls().Set("tls-protocols", c.version).Set(c.setting, c.client)));
      pair.Establish();
      kw_conn_stats stats{};
      stats.size = sizeof stats;
      Err err;
      EXPECT_EQ(pair.server.Extension<kw_ext_stats>(KW_EXT_STATS)->get(pair.server.conn(), &stats, &err), KW_OK);
      return std::string(stats.cipher);
    };
    const std::string by_default = cipher_with(GoodTls());
    EXPECT_EQ(by_default.find("CHACHA20") != std::string::npos, slow) << c.version << ": " << by_default;
    // Who names ciphers gets the usual rule: the client's order.
    const std::string named = cipher_with(GoodTls().Set(c.setting, c.client));
    EXPECT_EQ(named.find("CHACHA20"), std::string::npos) << c.version << ": " << named;
  }
}

}  // namespace
}  // namespace keyway::test
