// Server URIs.
#include "server/client/uri.h"

#include <gtest/gtest.h>

#include <string>

namespace keyway::client {
namespace {

TEST(UriTest, Parts) {
  auto uri = ParseServerUri("rediss://us%65r:p%40ss@[::1]:7001/5");
  ASSERT_TRUE(uri.has_value());
  EXPECT_TRUE(uri->tls);
  EXPECT_EQ(uri->user, "user");
  EXPECT_EQ(uri->password, "p@ss");
  EXPECT_EQ(uri->host, "::1");
  EXPECT_EQ(uri->port, 7001);
  EXPECT_EQ(uri->database, 5);
  auto path = ParseServerUri("unix:///run/k.sock?db=2");
  ASSERT_TRUE(path.has_value());
  EXPECT_EQ(path->socket, "/run/k.sock");
  EXPECT_EQ(path->database, 2);
}

TEST(UriTest, NonsenseIsRefused) {
  for (std::string uri :
       {"http://x", "redis://host:port", "redis://h:99999", "redis://h/x", "redis://a%4@h", "redis://a%zz@h",
        "redis://[::1", "redis://[::1]x", "redis://h/-1", "unix://", "unix:///s?x=1", "unix:///s?db=x"}) {
    EXPECT_FALSE(ParseServerUri(uri).has_value()) << uri;
  }
}

}  // namespace
}  // namespace keyway::client
