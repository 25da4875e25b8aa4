#include "peer_cert.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <string>
#include <vector>

#include "connection.h"
#include "errors.h"
#include "keyway/error.hpp"
#include "keyway/tls/certificate.hpp"

namespace keyway::tls_openssl {

std::string CommonName(X509* cert) {
  X509_NAME* name = X509_get_subject_name(cert);
  int last = -1;
  for (int i = X509_NAME_get_index_by_NID(name, NID_commonName, -1); i >= 0;
       i = X509_NAME_get_index_by_NID(name, NID_commonName, i)) {
    last = i;
  }
  if (last < 0) return {};
  unsigned char* utf8 = nullptr;
  int len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)));
  if (len < 0) return {};
  std::string text(reinterpret_cast<char*>(utf8), static_cast<size_t>(len));
  OPENSSL_free(utf8);
  // A zero byte in a name is an attempt to be read as somebody else.
  return text.find('\0') == std::string::npos ? text : std::string();
}

namespace {

std::string Pem(X509* cert) {
  BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio_X509(bio.get(), cert) != 1) return {};
  char* data = nullptr;
  long len = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(len));
}

}  // namespace

int32_t GetPeerCert(kw_conn* conn, kw_visit_peer_cert visit, void* arg, kw_error* err) noexcept {
  return sdk::Guarded(err, [&]() -> int32_t {
    Connection* c = Connection::Of(conn);
    X509* cert = c->established ? SSL_get0_peer_certificate(c->ssl.get()) : nullptr;
    if (cert == nullptr) return KW_OK;
    sdk::tls::CertificateText text;
    sdk::tls::ReadCertificate(DerOf(cert), &text);
    std::string pem = Pem(cert);
    std::vector<const char*> san_list;
    for (const std::string& san : text.sans) san_list.push_back(san.c_str());
    kw_peer_cert shown{};
    shown.size = sizeof shown;
    bool verified =
        SSL_get_verify_mode(c->ssl.get()) != SSL_VERIFY_NONE && SSL_get_verify_result(c->ssl.get()) == X509_V_OK;
    shown.flags = verified ? KW_PEER_CERT_VERIFIED : 0;
    X509_digest(cert, EVP_sha256(), shown.sha256, nullptr);
    shown.not_before = text.not_before;
    shown.not_after = text.not_after;
    shown.subject = text.subject.c_str();
    shown.issuer = text.issuer.c_str();
    shown.common_name = text.common_name.empty() ? nullptr : text.common_name.c_str();
    shown.sans = san_list.empty() ? nullptr : san_list.data();
    shown.san_count = static_cast<uint32_t>(san_list.size());
    shown.serial = text.serial.c_str();
    shown.pem = kw_bytes{pem.data(), pem.size()};
    ERR_clear_error();
    visit(arg, &shown);
    return KW_OK;
  });
}

}  // namespace keyway::tls_openssl
