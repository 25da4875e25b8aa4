#include "verify.h"

#include <openssl/x509v3.h>

#include <string_view>

#include "connection.h"
#include "keyway/tls/names.hpp"
#include "peer_cert.h"
#include "revocation.h"

namespace keyway::tls_openssl {

using sdk::tls::Expectation;

bool NameMatches(X509* cert, const Expectation& expected) {
  sdk::tls::CertNames names;
  auto* alt = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(cert, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(alt); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(alt, i);
    if (name->type != GEN_DNS && name->type != GEN_IPADD) continue;
    std::string bytes(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.ia5)),
                      static_cast<size_t>(ASN1_STRING_length(name->d.ia5)));
    if (name->type == GEN_IPADD) names.ip.push_back(bytes);
    if (name->type == GEN_DNS && bytes.find('\0') == std::string::npos) names.dns.push_back(bytes);
  }
  GENERAL_NAMES_free(alt);
  names.common_name = CommonName(cert);
  return sdk::tls::NameMatches(names, expected);
}

int VerifyServer(int chain_ok, X509_STORE_CTX* store) {
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* conn = static_cast<Connection*>(SSL_get_app_data(ssl));
  if (chain_ok != 1) {
    conn->verify_error = X509_STORE_CTX_get_error(store);
    return 0;
  }
  if (!PassesLists(conn, store)) return 0;
  if (X509_STORE_CTX_get_error_depth(store) != 0 || !conn->expected.checks_name()) return 1;
  try {
    conn->name_matched = NameMatches(X509_STORE_CTX_get_current_cert(store), conn->expected);
  } catch (...) {
    conn->name_matched = false;  // out of memory; no exception may pass through the library
  }
  if (conn->name_matched) return 1;
  conn->verify_error = X509_V_ERR_HOSTNAME_MISMATCH;
  X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH);
  return 0;
}

int SelectAlpn(SSL* ssl, const unsigned char** out, unsigned char* out_len, const unsigned char* in,
               unsigned int in_len, void*) {
  auto* conn = static_cast<Connection*>(SSL_get_app_data(ssl));
  for (const std::string& ours : conn->expected.alpn) {
    for (unsigned int pos = 0; pos < in_len && pos + 1 + in[pos] <= in_len; pos += 1u + in[pos]) {
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
