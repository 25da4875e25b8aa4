// What the suites about sessions share: taking a session out of one connection and putting it into another.
#pragma once

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "keyway/ext/session.h"
#include "keyway/ext/stats.h"
#include "tests/transport/support/pairs.h"

namespace keyway::test {

inline constexpr char kTicketKeys[] =
    "current k1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f\n";

class ResumingTest : public PairTest {
 protected:
  static Settings NoCert() { return Settings(KW_SIDES_CLIENT).File("tls-ca-cert-file", "ca.crt"); }

  // The session of a connection that data has flowed over; empty when there is none.
  static std::string SessionOf(End& client) {
    std::string out;
    Err err;
    auto keep = [](void* arg, const kw_bytes* s) {
      static_cast<std::string*>(arg)->assign(static_cast<const char*>(s->data), s->len);
    };
    EXPECT_EQ(client.Extension<kw_ext_session>(KW_EXT_SESSION)->get(client.conn(), keep, &out, &err), KW_OK)
        << err.text;
    return out;
  }
  // That of a full connection to a server of these settings.
  std::string SessionFrom(Settings server, Settings client) {
    Pair pair = Make(std::move(server), std::move(client));
    pair.Establish();
    ExpectDataFlows(pair.client, pair.server);
    return SessionOf(pair.client);
  }
  static int32_t Put(End& client, const std::string& session) {
    kw_bytes bytes{session.data(), session.size()};
    Err err;
    return client.Extension<kw_ext_session>(KW_EXT_SESSION)->put(client.conn(), &bytes, &err);
  }
  static uint32_t StatsFlags(End& end) {
    kw_conn_stats stats{};
    stats.size = sizeof stats;
    Err err;
    EXPECT_EQ(end.Extension<kw_ext_stats>(KW_EXT_STATS)->get(end.conn(), &stats, &err), KW_OK);
    return stats.flags;
  }
  static bool Resumed(End& end) { return (StatsFlags(end) & KW_STATS_RESUMED) != 0; }
  // wolfSSL's client of TLS 1.2 cannot go on when a server declines its ticket, so its plug-in gives none out.
  bool ClientResumes() const { return is_tls13() || client_backend() != "tls-wolfssl"; }

  // Whether a connection with that session is a resumed one. It has to work in any case.
  bool ResumesAt(Settings server, Settings client, const std::string& session) {
    Pair pair = Make(std::move(server), std::move(client));
    EXPECT_EQ(Put(pair.client, session), KW_OK);
    pair.Establish();
    ExpectDataFlows(pair.client, pair.server);
    EXPECT_EQ(Resumed(pair.server), Resumed(pair.client));
    return Resumed(pair.server);
  }
};

}  // namespace keyway::test
