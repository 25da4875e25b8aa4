// The template that authors start from follows the rules itself.
#include <string>

#include <gtest/gtest.h>

#include "tests/transport/support/tls_pair.h"

namespace keyway::test {
namespace {

struct Template : ::testing::Test {
  Context ctx{Transport("example"), Settings()};
  Verify verify{KW_VERIFY_NONE, {}};
  End server{ctx, KW_SIDE_SERVER, nullptr};
  End client{ctx, KW_SIDE_CLIENT, verify.abi()};
  void Establish(size_t step = SIZE_MAX) {
    Handshaken done = RunHandshake(client, server, step);
    ASSERT_EQ(done.client, KW_OK) << client.error().text;
    ASSERT_EQ(done.server, KW_OK) << server.error().text;
  }
};

TEST_F(Template, CarriesDataAndSaysGoodbye) {
  Establish(1);
  ExpectDataFlows(client, server);
  std::string big(KW_WRITEV_MAX, 'b');
  ASSERT_EQ(client.WritePieces({"a", big.substr(1), ""}), KW_OK);
  ASSERT_EQ(client.Shutdown(), KW_OK);
  std::string got;
  while (Move(client, server, 777) > 0) got += server.Read(100);
  EXPECT_EQ(got, "a" + big.substr(1));
  EXPECT_EQ(server.last(), KW_EOF);
}

TEST_F(Template, TellsTruncationFromTheEnd) {
  Establish();
  ASSERT_EQ(client.Write("hello"), KW_OK);
  Move(client, server, 4);
  server.pipe().End();
  EXPECT_EQ(server.Read(), "he");
  EXPECT_EQ(server.last(), KW_TRUNCATED);
}

TEST_F(Template, RefusesWhatItIsNot) {
  server.pipe().Feed("GET /");
  EXPECT_EQ(server.Handshake(), KW_E_PROTO);
  EXPECT_EQ(server.error().reason, KW_REASON_NOT_THIS_PROTOCOL);
  Verify strict;
  End checked(ctx, KW_SIDE_CLIENT, strict.abi());
  EXPECT_EQ(checked.last(), KW_E_UNSUPPORTED);
  Err err;
  Settings bad = Settings().Set("example.key", "256");
  EXPECT_EQ(Transport("example")->check(bad.abi(), &err), KW_E_CONFIG);
  EXPECT_STREQ(err.setting, "example.key");
}

TEST_F(Template, AFrameThatIsTooLong) {
  Establish();
  ASSERT_EQ(client.Write("ok"), KW_OK);
  Move(client, server);
  server.pipe().Feed("\xff\xff");
  EXPECT_EQ(server.Read(), "ok");
  EXPECT_EQ(server.last(), KW_E_PROTO);
}

}  // namespace
}  // namespace keyway::test
