// peer-cert/1: what the backends tell of one and the same certificate is the same, in every field.
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "keyway/ext/peer_cert.h"
#include "tests/transport/support/pairs.h"

namespace keyway::test {
namespace {

std::string Told(const kw_peer_cert& cert) {
  std::string out = "subject=" + std::string(cert.subject) + "\nissuer=" + cert.issuer + "\nserial=" + cert.serial +
                    "\ncn=" + (cert.common_name != nullptr ? cert.common_name : "-") + "\nsha256=";
  for (uint8_t byte : cert.sha256) out += std::to_string(byte) + " ";
  out += "\nfrom=" + std::to_string(cert.not_before) + "\nuntil=" + std::to_string(cert.not_after);
  out += "\nverified=" + std::to_string((cert.flags & KW_PEER_CERT_VERIFIED) != 0);
  for (uint32_t i = 0; i < cert.san_count; ++i) out += "\nsan=" + std::string(cert.sans[i]);
  return out + "\n" + std::string(static_cast<const char*>(cert.pem.data), cert.pem.len);
}

std::string ToldBy(const End& end) {
  std::string out;
  Err err;
  auto visit = [](void* arg, const kw_peer_cert* cert) { *static_cast<std::string*>(arg) += Told(*cert); };
  EXPECT_EQ(end.Extension<kw_ext_peer_cert>(KW_EXT_PEER_CERT)->get(end.conn(), visit, &out, &err), KW_OK) << err.text;
  return out;
}

TEST(TlsIdentity, EveryBackendTellsTheSame) {
  for (const char* name : {"client", "redis", "rsa", "chain"}) {
    for (const char* version : {"TLSv1.2", "TLSv1.3"}) {
      std::map<std::string, std::string> told;  // → who said so
      for (const std::string& backend : TlsBackends()) {
        Settings client = GoodTls()
                              .Set("tls-protocols", version)
                              .File("tls-client-cert-file", std::string(name) + ".crt")
                              .File("tls-client-key-file", std::string(name) + ".key");
        Pair pair(backend, "tls-openssl", GoodTls().Set("tls-protocols", version), client);
        pair.Establish();
        std::string text = ToldBy(pair.server);
        EXPECT_NE(text.find("verified=1"), std::string::npos) << text;
        told[text] += backend + " ";
      }
      std::string all;
      for (const auto& [text, backend] : told) all += backend + "says\n" + text + "\n";
      EXPECT_EQ(told.size(), 1u) << name << " " << version << "\n" << all;
    }
  }
}

}  // namespace
}  // namespace keyway::test
