#include "peer_cert.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <string>
#include <vector>

#include "connection.h"
#include "errors.h"
#include "keyway/error.hpp"

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

std::string IpText(const ASN1_STRING* ip) {
  char text[INET6_ADDRSTRLEN] = "";
  int len = ASN1_STRING_length(ip);
  if (len == 4) inet_ntop(AF_INET, ASN1_STRING_get0_data(ip), text, sizeof text);
  if (len == 16) inet_ntop(AF_INET6, ASN1_STRING_get0_data(ip), text, sizeof text);
  return text;
}

std::vector<std::string> AltNames(X509* cert) {
  std::vector<std::string> out;
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(cert, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    auto add = [&out](const char* kind, const ASN1_STRING* s) {
      std::string text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(s)),
                       static_cast<size_t>(ASN1_STRING_length(s)));
      if (text.find('\0') == std::string::npos) out.push_back(kind + text);
    };
    if (name->type == GEN_DNS) add("DNS:", name->d.dNSName);
    if (name->type == GEN_URI) add("URI:", name->d.uniformResourceIdentifier);
    if (name->type == GEN_EMAIL) add("email:", name->d.rfc822Name);
    if (name->type == GEN_IPADD) out.push_back("IP:" + IpText(name->d.iPAddress));
  }
  GENERAL_NAMES_free(names);
  return out;
}

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
    CertDates dates = DatesOf(cert, "");
    std::string issuer = NameText(X509_get_issuer_name(cert)), cn = CommonName(cert), pem = Pem(cert);
    std::vector<std::string> sans = AltNames(cert);
    std::vector<const char*> san_list;
    for (const std::string& san : sans) san_list.push_back(san.c_str());
    kw_peer_cert shown{};
    shown.size = sizeof shown;
    bool verified =
        SSL_get_verify_mode(c->ssl.get()) != SSL_VERIFY_NONE && SSL_get_verify_result(c->ssl.get()) == X509_V_OK;
    shown.flags = verified ? KW_PEER_CERT_VERIFIED : 0;
    X509_digest(cert, EVP_sha256(), shown.sha256, nullptr);
    shown.not_before = dates.not_before;
    shown.not_after = dates.not_after;
    shown.subject = dates.subject.c_str();
    shown.issuer = issuer.c_str();
    shown.common_name = cn.empty() ? nullptr : cn.c_str();
    shown.sans = san_list.empty() ? nullptr : san_list.data();
    shown.san_count = static_cast<uint32_t>(san_list.size());
    shown.serial = dates.serial.c_str();
    shown.pem = kw_bytes{pem.data(), pem.size()};
    ERR_clear_error();
    visit(arg, &shown);
    return KW_OK;
  });
}

}  // namespace keyway::tls_openssl
