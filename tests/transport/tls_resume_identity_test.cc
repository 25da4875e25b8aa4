// Resumption by clients that are known by certificates: whoever comes back is who he was, or shakes hands in full.
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "keyway/ext/crl.h"
#include "keyway/ext/peer_cert.h"
#include "keyway/tls/der.hpp"
#include "tests/transport/support/resuming.h"

namespace keyway::test {
namespace {

Settings Identity(const std::string& name) {
  return Settings(KW_SIDES_CLIENT)
      .File("tls-ca-cert-file", "ca.crt")
      .File("tls-client-cert-file", name + ".crt")
      .File("tls-client-key-file", name + ".key");
}

// Everything that a server is told of its client; empty when it has shown no certificate.
std::string Told(End& server) {
  std::string out;
  Err err;
  auto visit = [](void* arg, const kw_peer_cert* cert) {
    auto& text = *static_cast<std::string*>(arg);
    text = std::string(cert->subject) + "\n" + cert->issuer + "\n" + cert->serial + "\n" + cert->common_name + "\n" +
           std::string(reinterpret_cast<const char*>(cert->sha256), sizeof cert->sha256) +
           std::to_string(cert->not_after) + ((cert->flags & KW_PEER_CERT_VERIFIED) != 0 ? " verified " : " claimed ") +
           std::string(static_cast<const char*>(cert->pem.data), cert->pem.len);
    for (uint32_t i = 0; i < cert->san_count; ++i) text += std::string("\n") + cert->sans[i];
  };
  EXPECT_EQ(server.Extension<kw_ext_peer_cert>(KW_EXT_PEER_CERT)->get(server.conn(), visit, &out, &err), KW_OK);
  return out;
}

class TlsResumeIdentity : public ResumingTest {
 protected:
  static Settings Asking(const std::string& auth = "yes") {
    return GoodTls().Set("tls-auth-clients", auth).Set("tls-session-ticket-keys", kTicketKeys);
  }
  bool wolf_server() const { return server_backend() == "tls-wolfssl"; }

  // What tls-wolfssl remembers lives as long as a context of the policy, as it does in a server.
  std::unique_ptr<Context> Keep(Settings server) {
    return std::make_unique<Context>(Transport(server_backend()), Versioned(std::move(server)));
  }
  struct Visit {
    std::string told, session;
    bool resumed = false;
  };
  Visit VisitAt(Settings server, Settings client, const std::string& session = {}) {
    Pair pair = Make(std::move(server), std::move(client));
    if (!session.empty()) {
      EXPECT_EQ(Put(pair.client, session), KW_OK);
    }
    pair.Establish();
    ExpectDataFlows(pair.client, pair.server);
    EXPECT_EQ(Resumed(pair.server), Resumed(pair.client));
    EXPECT_EQ((StatsFlags(pair.server) & KW_STATS_PEER_CERT) != 0, !Told(pair.server).empty());
    return {Told(pair.server), SessionOf(pair.client), Resumed(pair.server)};
  }
};
INSTANTIATE_TEST_SUITE_P(Backends, TlsResumeIdentity, AllPairs(), PairName);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(TlsResumeIdentity);

TEST_P(TlsResumeIdentity, IsThatOfTheOriginal) {
  if (!ClientResumes()) GTEST_SKIP() << "this client does not resume";
  using Names = std::vector<const char*>;
  for (const auto& [auth, names] : {std::pair<const char*, Names>("yes", {"client", "rsa", "chain"}),
                                    std::pair<const char*, Names>("optional", {"client"})}) {
    for (const char* name : names) {
      auto kept = Keep(Asking(auth));
      Visit visit = VisitAt(Asking(auth), Identity(name));
      const std::string original = visit.told;
      std::string session = visit.session;
      EXPECT_NE(original.find(" verified "), std::string::npos);
      ASSERT_FALSE(session.empty());
      // By the ticket of a resumed connection, too, or by the first one again where the client keeps no other.
      for (int i = 0; i < 3; ++i) {
        visit = VisitAt(Asking(auth), Identity(name), session);
        EXPECT_TRUE(visit.resumed) << auth << " " << name << " " << i;
        EXPECT_EQ(visit.told, original) << auth << " " << name << " " << i;
        if (!visit.session.empty()) session = visit.session;
      }
    }
  }
}

TEST_P(TlsResumeIdentity, TicketsOfSeveralClientsAreNotMixedUp) {
  if (!ClientResumes()) GTEST_SKIP() << "this client does not resume";
  auto kept = Keep(Asking());
  Visit one = VisitAt(Asking(), Identity("client")), two = VisitAt(Asking(), Identity("redis"));
  ASSERT_NE(one.told, two.told);
  Visit again = VisitAt(Asking(), Identity("client"), one.session);
  EXPECT_TRUE(again.resumed);
  EXPECT_EQ(again.told, one.told);
  again = VisitAt(Asking(), Identity("redis"), two.session);
  EXPECT_TRUE(again.resumed);
  EXPECT_EQ(again.told, two.told);
}

TEST_P(TlsResumeIdentity, NobodyStaysNobody) {
  if (!ClientResumes()) GTEST_SKIP() << "this client does not resume";
  auto kept = Keep(Asking("optional"));
  Visit visit = VisitAt(Asking("optional"), NoCert());
  EXPECT_EQ(visit.told, "");
  visit = VisitAt(Asking("optional"), NoCert(), visit.session);
  EXPECT_TRUE(visit.resumed);
  EXPECT_EQ(visit.told, "");
  // Neither by that ticket nor by that of a listener that asks for nothing.
  for (const char* auth : {"optional", "no"}) {
    Visit elsewhere = VisitAt(Asking(auth), NoCert());
    Pair pair = Make(Asking(), NoCert());
    ASSERT_EQ(Put(pair.client, elsewhere.session), KW_OK);
    EXPECT_EQ(RunHandshake(pair.client, pair.server).server, KW_E_AUTH) << auth;
    EXPECT_EQ(pair.server.error().reason, KW_REASON_CERT_MISSING);
    EXPECT_FALSE(VisitAt(Asking(), Identity("client"), elsewhere.session).resumed) << auth;
  }
}

TEST_P(TlsResumeIdentity, NotByAnotherPolicy) {
  if (!ClientResumes()) GTEST_SKIP() << "this client does not resume";
  auto kept = Keep(Asking());
  Visit visit = VisitAt(Asking(), Identity("client"));
  for (const Settings& other : {Asking("optional"), Asking().File("tls-ca-cert-dir", "unknown-ca.crt"),
                                Asking().File("tls-crl-file", "empty.crl")}) {
    auto other_kept = Keep(other);
    Visit first = VisitAt(other, Identity("client"));
    Visit second = VisitAt(other, Identity("client"), visit.session);
    EXPECT_FALSE(second.resumed);
    EXPECT_EQ(second.told, visit.told) << "by a full handshake";
  }
}

TEST_P(TlsResumeIdentity, WolfsslDeclinesWhomItDoesNotRemember) {
  if (!ClientResumes()) GTEST_SKIP() << "this client does not resume";
  // As in another process that has the same keys: there is no table of the policy any more.
  Visit visit = VisitAt(Asking(), Identity("client"));
  Visit again = VisitAt(Asking(), Identity("client"), visit.session);
  EXPECT_EQ(again.resumed, !wolf_server());
  EXPECT_EQ(again.told, visit.told);
  // It has seen the client as well: then both know whom the ticket means.
  auto kept = Keep(Asking());
  VisitAt(Asking(), Identity("client"));
  again = VisitAt(Asking(), Identity("client"), visit.session);
  EXPECT_TRUE(again.resumed);
  EXPECT_EQ(again.told, visit.told);
}

TEST_P(TlsResumeIdentity, TheCacheSizeLimitsWhomWolfsslRemembers) {
  if (!ClientResumes()) GTEST_SKIP() << "this client does not resume";
  const Settings server = Asking().Set("tls-session-cache-size", "2");
  auto kept = Keep(server);
  Visit first = VisitAt(server, Identity("client")), second = VisitAt(server, Identity("redis"));
  EXPECT_TRUE(VisitAt(server, Identity("client"), first.session).resumed);
  VisitAt(server, Identity("rsa"));
  Visit again = VisitAt(server, Identity("redis"), second.session);
  EXPECT_EQ(again.resumed, !wolf_server()) << "it was the one that had been away for longest";
  EXPECT_EQ(again.told, second.told);
  const Settings unlimited = Asking().Set("tls-session-cache-size", "0");
  VisitAt(unlimited, Identity("chain"));
  VisitAt(unlimited, Identity("client"));
  EXPECT_TRUE(VisitAt(unlimited, Identity("redis"), second.session).resumed);
}

TEST_P(TlsResumeIdentity, WhoIsRevokedSinceIsFound) {
  if (!ClientResumes()) GTEST_SKIP() << "this client does not resume";
  Context leaf(Transport(server_backend()), Versioned(GoodTls().File("tls-crl-file", "ca.crl")));
  Context authority(
      Transport(server_backend()),
      Versioned(
          GoodTls().Remove("tls-ca-cert-file").File("tls-ca-cert-file", "cas.crt").File("tls-crl-file", "chain.crl")));
  auto kept = Keep(Asking());
  auto recheck = [&](const char* name, const Context& lists) {
    Visit visit = VisitAt(Asking(), Identity(name));
    Pair pair = Make(Asking(), Identity(name));
    EXPECT_EQ(Put(pair.client, visit.session), KW_OK);
    pair.Establish();
    EXPECT_TRUE(Resumed(pair.server)) << name;
    Err err;
    return pair.server.Extension<kw_ext_crl>(KW_EXT_CRL)->recheck(pair.server.conn(), lists.get(), &err);
  };
  EXPECT_EQ(recheck("client", leaf), KW_OK);
  EXPECT_EQ(recheck("revoked", leaf), KW_E_AUTH);
  // OpenSSL's tickets hold the client's own certificate only.
  EXPECT_EQ(recheck("chain", authority), wolf_server() ? KW_E_AUTH : KW_OK);
}

// Where the ticket stands in the session of an OpenSSL client: [10] of the library's form, a DER sequence.
bool FindTicket(const std::string& session, size_t* at, size_t* size) {
  using namespace sdk::tls;
  const size_t start = session.find("\x30\x82", 8);
  if (start == session.npos) return false;
  der::Item all, field, ticket;
  if (!der::Reader(std::string_view(session).substr(start)).Next(der::kSequence, &all)) return false;
  der::Reader fields(all.body);
  while (fields.Next(&field)) {
    if (field.tag != 0xaa || !der::Reader(field.body).Next(der::kOctets, &ticket)) continue;
    *at = static_cast<size_t>(ticket.body.data() - session.data());
    *size = ticket.body.size();
    return true;
  }
  return false;
}

TEST_P(TlsResumeIdentity, DamagedTicketsOpenNothing) {
  if (client_backend() != "tls-openssl") GTEST_SKIP() << "the form of its sessions is not known";
  const unsigned seed = SeedOfRun();
  SCOPED_TRACE("KW_TEST_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  auto kept = Keep(Asking());
  Visit visit = VisitAt(Asking(), Identity("client"));
  size_t at = 0, size = 0;
  ASSERT_TRUE(FindTicket(visit.session, &at, &size));
  ASSERT_GT(size, 100u);
  for (int i = 0; i < 25; ++i) {
    std::string damaged = visit.session;
    for (unsigned flips = random() % 3 + 1; flips > 0; --flips) {
      damaged[at + random() % size] ^= static_cast<char>(random() % 255 + 1);
    }
    if (damaged == visit.session) continue;
    Visit again = VisitAt(Asking(), Identity("client"), damaged);
    EXPECT_FALSE(again.resumed) << i;
    EXPECT_EQ(again.told, visit.told) << i;
  }
  // Each byte at the ends and at the borders of the parts.
  for (size_t byte = 0; byte < size; byte = byte < 40 || byte + 40 >= size ? byte + 3 : size - 40) {
    std::string damaged = visit.session;
    damaged[at + byte] = static_cast<char>(damaged[at + byte] ^ 1);
    EXPECT_FALSE(VisitAt(Asking(), Identity("client"), damaged).resumed) << byte;
  }
  EXPECT_TRUE(VisitAt(Asking(), Identity("client"), visit.session).resumed);
}

TEST_P(TlsResumeIdentity, FromManyThreadsAtOnce) {
  if (!ClientResumes()) GTEST_SKIP() << "this client does not resume";
  const Settings strict = Asking().Set("tls-session-cache-size", "2");
  Context server(Transport(server_backend()), Versioned(strict));
  auto work = [&](const char* name) {
    Context client(Transport(client_backend()), Versioned(Identity(name)));
    std::string session, told;
    for (int i = 0; i < 8; ++i) {
      Verify verify;
      End s(server, KW_SIDE_SERVER, nullptr), c(client, KW_SIDE_CLIENT, verify.abi());
      if (!session.empty()) {
        EXPECT_EQ(Put(c, session), KW_OK);
      }
      Handshaken done = RunHandshake(c, s);
      EXPECT_EQ(done.server, KW_OK) << s.error().text;
      EXPECT_EQ(done.client, KW_OK) << c.error().text;
      if (done.server != KW_OK || done.client != KW_OK) break;
      ExpectDataFlows(c, s);
      if (told.empty()) told = Told(s);
      EXPECT_EQ(Told(s), told);
      if (std::string newer = SessionOf(c); !newer.empty()) session = newer;
    }
    for (const std::string& id : {server_backend(), client_backend()}) {
      if (Transport(id)->thread_leave != nullptr) Transport(id)->thread_leave();
    }
  };
  std::vector<std::thread> threads;
  for (const char* name : {"client", "redis", "rsa", "chain"}) threads.emplace_back(work, name);
  for (std::thread& thread : threads) thread.join();
}

TEST_P(TlsResumeIdentity, NotWithoutCaching) {
  if (!ClientResumes()) GTEST_SKIP() << "this client does not resume";
  auto kept = Keep(Asking());
  Visit visit = VisitAt(Asking(), Identity("client"));
  const Settings without = Asking().Set("tls-session-caching", "no");
  Visit off = VisitAt(without, Identity("client"), visit.session);
  EXPECT_FALSE(off.resumed);
  EXPECT_EQ(off.told, visit.told);
  EXPECT_TRUE(VisitAt(without, Identity("client")).session.empty());
}

}  // namespace
}  // namespace keyway::test
