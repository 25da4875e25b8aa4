#include "certificate.h"

#include <arpa/inet.h>

#include <chrono>
#include <cstring>

#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/hash.h>

#include "connection.h"
#include "errors.h"
#include "keyway/error.hpp"

namespace keyway::tls_wolfssl {

namespace {

// Seconds since 1970 of YYMMDDhhmmssZ (50 to 99: the last century) or YYYYMMDDhhmmssZ, as certificates have it; 0 for anything
// else. The library's own function asks the C library for the time zone, under a lock that all threads share.
int64_t UnixTime(WOLFSSL_ASN1_TIME* time) {
  if (time == nullptr) return 0;
  std::string_view text(reinterpret_cast<const char*>(wolfSSL_ASN1_TIME_get_data(time)),
                        static_cast<size_t>(wolfSSL_ASN1_TIME_get_length(time)));
  if ((text.size() != 13 && text.size() != 15) || text.back() != 'Z') return 0;
  int fields[7] = {};  // pairs of digits: [century,] year, month, day, hour, minute, second
  const size_t count = text.size() / 2, first = 7 - count;
  for (size_t i = 0; i < count; ++i) {
    const char high = text[2 * i], low = text[2 * i + 1];
    if (high < '0' || high > '9' || low < '0' || low > '9') return 0;
    fields[first + i] = (high - '0') * 10 + (low - '0');
  }
  if (first > 0) fields[0] = fields[1] >= 50 ? 19 : 20;
  const std::chrono::year_month_day date{std::chrono::year(fields[0] * 100 + fields[1]),
                                         std::chrono::month(static_cast<unsigned>(fields[2])),
                                         std::chrono::day(static_cast<unsigned>(fields[3]))};
  if (!date.ok()) return 0;
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return ((days * 24 + fields[4]) * 60 + fields[5]) * 60 + fields[6];
}

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

std::string NameText(WOLFSSL_X509_NAME* name) {
  // Written out here: the library's own form differs between its versions in order, blanks and escapes.
  std::string text;
  for (int i = wolfSSL_X509_NAME_entry_count(name) - 1; i >= 0; --i) {
    WOLFSSL_X509_NAME_ENTRY* entry = wolfSSL_X509_NAME_get_entry(name, i);
    WOLFSSL_ASN1_STRING* value = entry != nullptr ? wolfSSL_X509_NAME_ENTRY_get_data(entry) : nullptr;
    if (value == nullptr) continue;
    const char* kind = wolfSSL_OBJ_nid2sn(wolfSSL_OBJ_obj2nid(wolfSSL_X509_NAME_ENTRY_get_object(entry)));
    text += (text.empty() ? "" : ",") + std::string(kind != nullptr ? kind : "?") + "=";
    std::string bytes(reinterpret_cast<const char*>(wolfSSL_ASN1_STRING_get0_data(value)),
                      static_cast<size_t>(wolfSSL_ASN1_STRING_length(value)));
    for (size_t at = 0; at < bytes.size(); ++at) {
      char c = bytes[at];
      bool special = std::strchr(",+\"\\<>;", c) != nullptr || (at == 0 && (c == '#' || c == ' ')) ||
                     (at + 1 == bytes.size() && c == ' ');
      if (c == '\0') {
        text += "\\00";
        continue;
      }
      if (special) text += '\\';
      text += c;
    }
  }
  return text;
}

CertDates DatesOf(WOLFSSL_X509* cert, const char* setting) {
  unsigned char raw[64];
  int len = sizeof raw;
  std::string serial;
  if (wolfSSL_X509_get_serial_number(cert, raw, &len) == WOLFSSL_SUCCESS) {
    static constexpr char kHex[] = "0123456789ABCDEF";
    for (int i = 0; i < len; ++i) {
      serial += kHex[raw[i] >> 4];
      serial += kHex[raw[i] & 15];
    }
  }
  return CertDates{setting, NameText(wolfSSL_X509_get_subject_name(cert)), serial,
                   UnixTime(wolfSSL_X509_get_notBefore(cert)), UnixTime(wolfSSL_X509_get_notAfter(cert))};
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

std::vector<std::string> AltNameTexts(WOLFSSL_X509* cert) {
  std::vector<std::string> out;
  ForEachAltName(cert, [&out](int type, std::string bytes) {
    if (type == GEN_IPADD) {
      char text[INET6_ADDRSTRLEN] = "";
      if (bytes.size() == 4) inet_ntop(AF_INET, bytes.data(), text, sizeof text);
      if (bytes.size() == 16) inet_ntop(AF_INET6, bytes.data(), text, sizeof text);
      out.push_back("IP:" + std::string(text));
      return;
    }
    if (bytes.find('\0') != std::string::npos) return;
    out.push_back((type == GEN_DNS ? "DNS:" : type == GEN_URI ? "URI:" : "email:") + bytes);
  });
  return out;
}

int32_t GetPeerCert(kw_conn* conn, kw_visit_peer_cert visit, void* arg, kw_error* err) noexcept {
  return sdk::Guarded(err, [&]() -> int32_t {
    Connection* c = Connection::Of(conn);
    X509Ptr cert(c->established ? wolfSSL_get_peer_certificate(c->ssl.get()) : nullptr);
    DrainErrors();
    if (!cert) return KW_OK;
    CertDates dates = DatesOf(cert.get(), "");
    int der_len = 0;
    const unsigned char* der = wolfSSL_X509_get_der(cert.get(), &der_len);
    std::string issuer = NameText(wolfSSL_X509_get_issuer_name(cert.get())), cn = CommonName(cert.get()),
                pem = Pem(der, der_len);
    std::vector<std::string> sans = AltNameTexts(cert.get());
    std::vector<const char*> san_list;
    for (const std::string& san : sans) san_list.push_back(san.c_str());
    kw_peer_cert shown{};
    shown.size = sizeof shown;
    shown.flags = c->verified ? KW_PEER_CERT_VERIFIED : 0;
    wc_Sha256Hash(der, static_cast<word32>(der_len), shown.sha256);
    shown.not_before = dates.not_before;
    shown.not_after = dates.not_after;
    shown.subject = dates.subject.c_str();
    shown.issuer = issuer.c_str();
    shown.common_name = cn.empty() ? nullptr : cn.c_str();
    shown.sans = san_list.empty() ? nullptr : san_list.data();
    shown.san_count = static_cast<uint32_t>(san_list.size());
    shown.serial = dates.serial.c_str();
    shown.pem = kw_bytes{pem.data(), pem.size()};
    DrainErrors();
    visit(arg, &shown);
    return KW_OK;
  });
}

}  // namespace keyway::tls_wolfssl
