#include "certificate.h"

#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/hash.h>

#include "connection.h"
#include "errors.h"
#include "keyway/error.hpp"
#include "keyway/tls/certificate.hpp"

namespace keyway::tls_wolfssl {

namespace {

// Calls fn(type, bytes) for each alternative name.
template <class F>
void ForEachAltName(WOLFSSL_X509* cert, F fn) {
  auto* names =
      static_cast<WOLFSSL_GENERAL_NAMES*>(wolfSSL_X509_get_ext_d2i(cert, NID_subject_alt_name, nullptr, nullptr));
  if (names == nullptr) return;
  // The library's list is back to front.
  for (int i = wolfSSL_sk_GENERAL_NAME_num(names) - 1; i >= 0; --i) {
    WOLFSSL_GENERAL_NAME* name = wolfSSL_sk_GENERAL_NAME_value(names, i);
    bool is_string = name != nullptr && (name->type == GEN_DNS || name->type == GEN_URI || name->type == GEN_EMAIL ||
                                         name->type == GEN_IPADD);
    if (!is_string || name->d.ia5 == nullptr) continue;
    const unsigned char* data = wolfSSL_ASN1_STRING_get0_data(name->d.ia5);
    int len = wolfSSL_ASN1_STRING_length(name->d.ia5);
    if (data != nullptr && len > 0)
      fn(name->type, std::string(reinterpret_cast<const char*>(data), static_cast<size_t>(len)));
  }
  wolfSSL_sk_GENERAL_NAME_pop_free(names, nullptr);
}

std::string CommonName(WOLFSSL_X509* cert) {
  WOLFSSL_X509_NAME* name = wolfSSL_X509_get_subject_name(cert);
  int last = -1;
  for (int i = wolfSSL_X509_NAME_get_index_by_NID(name, NID_commonName, -1); i >= 0;
       i = wolfSSL_X509_NAME_get_index_by_NID(name, NID_commonName, i)) {
    last = i;
  }
  if (last < 0) return {};
  WOLFSSL_ASN1_STRING* value = wolfSSL_X509_NAME_ENTRY_get_data(wolfSSL_X509_NAME_get_entry(name, last));
  if (value == nullptr) return {};
  std::string text(reinterpret_cast<const char*>(wolfSSL_ASN1_STRING_get0_data(value)),
                   static_cast<size_t>(wolfSSL_ASN1_STRING_length(value)));
  // A zero byte in a name is an attempt to be read as somebody else.
  return text.find('\0') == std::string::npos ? text : std::string();
}

std::string_view DerOf(WOLFSSL_X509* cert) {
  int len = 0;
  const unsigned char* der = wolfSSL_X509_get_der(cert, &len);
  return {reinterpret_cast<const char*>(der), der != nullptr && len > 0 ? static_cast<size_t>(len) : 0};
}

std::string Pem(const unsigned char* der, int len) {
  int size = wc_DerToPem(der, static_cast<word32>(len), nullptr, 0, CERT_TYPE);
  if (size <= 0) return {};
  std::string pem(static_cast<size_t>(size), '\0');
  size = wc_DerToPem(der, static_cast<word32>(len), reinterpret_cast<byte*>(pem.data()),
                     static_cast<word32>(pem.size()), CERT_TYPE);
  pem.resize(size > 0 ? static_cast<size_t>(size) : 0);
  return pem;
}

}  // namespace

X509Ptr FromDer(const unsigned char* der, size_t len) {
  return X509Ptr(wolfSSL_X509_d2i(nullptr, der, static_cast<int>(len)));
}

X509Ptr FromPem(std::string_view pem) {
  return X509Ptr(wolfSSL_X509_load_certificate_buffer(reinterpret_cast<const unsigned char*>(pem.data()),
                                                      static_cast<int>(pem.size()), WOLFSSL_FILETYPE_PEM));
}

CertDates DatesOf(WOLFSSL_X509* cert, const char* setting) {
  sdk::tls::CertificateText text;
  sdk::tls::ReadCertificate(DerOf(cert), &text);
  return CertDates{setting, std::move(text.subject), std::move(text.serial), text.not_before, text.not_after};
}

sdk::tls::CertNames NamesOf(WOLFSSL_X509* cert) {
  sdk::tls::CertNames out;
  ForEachAltName(cert, [&out](int type, std::string bytes) {
    if (type == GEN_DNS && bytes.find('\0') == std::string::npos) out.dns.push_back(bytes);
    if (type == GEN_IPADD) out.ip.push_back(bytes);
  });
  out.common_name = CommonName(cert);
  return out;
}

int32_t GetPeerCert(kw_conn* conn, kw_visit_peer_cert visit, void* arg, kw_error* err) noexcept {
  return sdk::Guarded(err, [&]() -> int32_t {
    Connection* c = Connection::Of(conn);
    if (!c->established) return KW_OK;
    X509Ptr cert(c->resumed_as != nullptr ? nullptr : wolfSSL_get_peer_certificate(c->ssl.get()));
    DrainErrors();
    if (!cert && c->resumed_as == nullptr) return KW_OK;
    const std::string_view der = cert ? DerOf(cert.get()) : c->resumed_as->leaf();
    sdk::tls::CertificateText text;
    sdk::tls::ReadCertificate(der, &text);
    const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
    std::string pem = Pem(bytes, static_cast<int>(der.size()));
    std::vector<const char*> san_list;
    for (const std::string& san : text.sans) san_list.push_back(san.c_str());
    kw_peer_cert shown{};
    shown.size = sizeof shown;
    shown.flags = c->verified ? KW_PEER_CERT_VERIFIED : 0;
    wc_Sha256Hash(bytes, static_cast<word32>(der.size()), shown.sha256);
    shown.not_before = text.not_before;
    shown.not_after = text.not_after;
    shown.subject = text.subject.c_str();
    shown.issuer = text.issuer.c_str();
    shown.common_name = text.common_name.empty() ? nullptr : text.common_name.c_str();
    shown.sans = san_list.empty() ? nullptr : san_list.data();
    shown.san_count = static_cast<uint32_t>(san_list.size());
    shown.serial = text.serial.c_str();
    shown.pem = kw_bytes{pem.data(), pem.size()};
    DrainErrors();
    visit(arg, &shown);
    return KW_OK;
  });
}

}  // namespace keyway::tls_wolfssl
