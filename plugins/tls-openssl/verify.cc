#include "verify.h"

#include <openssl/x509v3.h>

#include <string_view>

#include "connection.h"

namespace keyway::tls_openssl {

using sdk::tls::ExpectedName;
using sdk::tls::Expectation;

bool NameMatches(X509* cert, const Expectation& expected) {
  for (const ExpectedName& name : expected.names) {
    int r = name.is_ip ? X509_check_ip_asc(cert, name.text.c_str(), 0)
                       : X509_check_host(cert, name.text.data(), name.text.size(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, nullptr);
    if (r == 1) return true;
  }
  return false;
}

int VerifyServer(int chain_ok, X509_STORE_CTX* store) {
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* conn = static_cast<Connection*>(SSL_get_app_data(ssl));
  if (chain_ok != 1) {
    conn->verify_error = X509_STORE_CTX_get_error(store);
    return 0;
  }
  if (X509_STORE_CTX_get_error_depth(store) != 0 || !conn->expected.checks_name()) return 1;
  if (NameMatches(X509_STORE_CTX_get_current_cert(store), conn->expected)) {
    conn->name_matched = true;
    return 1;
  }
  conn->verify_error = X509_V_ERR_HOSTNAME_MISMATCH;
  X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH);
  return 0;
}

int SelectAlpn(SSL* ssl, const unsigned char** out, unsigned char* out_len, const unsigned char* in, unsigned int in_len, void*) {
  auto* conn = static_cast<Connection*>(SSL_get_app_data(ssl));
  for (const std::string& ours : conn->expected.alpn) {
    for (unsigned int pos = 0; pos + 1 + in[pos] <= in_len; pos += 1u + in[pos]) {
      std::string_view theirs(reinterpret_cast<const char*>(in + pos + 1), in[pos]);
      if (theirs != ours) continue;
      *out = in + pos + 1;
      *out_len = in[pos];
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_NOACK;
}

std::string AlpnWire(const Expectation& expected) {
  std::string wire;
  for (const std::string& name : expected.alpn) {
    wire.push_back(static_cast<char>(name.size()));
    wire += name;
  }
  return wire;
}

}  // namespace keyway::tls_openssl
