// Whom a dialled connection may reach: the policy of kw_verify, the same for every backend.
//
// A name is a DNS name or an IP address, and matches the certificate if any of the given ones does. PEER without a usable
// name fails closed when the connection is opened, before one byte goes out.
#pragma once

#include <arpa/inet.h>

#include <string>
#include <string_view>
#include <vector>

#include "keyway/error.hpp"

namespace keyway::sdk::tls {

struct ExpectedName {
  std::string text;  // without brackets
  bool is_ip = false;
};

// What a connection expects of its peer; a copy, since kw_verify lives only during conn_open.
struct Expectation {
  uint32_t mode = KW_VERIFY_NONE;
  std::vector<ExpectedName> names;
  std::string server_name;  // SNI, empty for none
  std::vector<std::string> alpn;

  bool checks_chain() const { return mode != KW_VERIFY_NONE; }
  bool checks_name() const { return mode == KW_VERIFY_PEER; }

  // The names in one line, for texts of errors.
  std::string Describe() const {
    std::string out;
    for (const ExpectedName& n : names) out += (out.empty() ? "" : ", ") + n.text;
    return out;
  }
  // Equal for connections that accept the same peers: a session of one may be resumed by another only then.
  std::string Fingerprint() const {
    std::string out = std::to_string(mode) + "\n" + server_name + "\n";
    for (const ExpectedName& n : names) out += n.text + "\n";
    return out;
  }
};

inline bool IsIpAddress(const std::string& text) {
  unsigned char buf[16];
  return inet_pton(AF_INET, text.c_str(), buf) == 1 || inet_pton(AF_INET6, text.c_str(), buf) == 1;
}

namespace internal {

inline int32_t ReadAlpn(const kw_verify* v, Expectation* out, kw_error* err) {
  if (v->alpn_count > 0 && v->alpn == nullptr) {
    return Fail(err, KW_E_INTERNAL, KW_REASON_NONE, nullptr, "kw_verify has a count of protocols and no list");
  }
  for (uint32_t i = 0; i < v->alpn_count; ++i) {
    std::string_view name = v->alpn[i] != nullptr ? v->alpn[i] : "";
    if (name.empty() || name.size() > 255) {
      return Fail(err, KW_E_CONFIG, KW_REASON_NONE, nullptr, "a name of an application protocol has 1 to 255 bytes");
    }
    out->alpn.emplace_back(name);
  }
  return KW_OK;
}

inline int32_t ReadNames(const kw_verify* v, Expectation* out, kw_error* err) {
  if (v->name_count > 0 && v->names == nullptr) {
    return Fail(err, KW_E_INTERNAL, KW_REASON_NONE, nullptr, "kw_verify has a count of names and no list");
  }
  for (uint32_t i = 0; i < v->name_count; ++i) {
    std::string name = v->names[i] != nullptr ? v->names[i] : "";
    if (name.size() > 2 && name.front() == '[' && name.back() == ']') name = name.substr(1, name.size() - 2);
    if (!name.empty() && name.back() == '.') name.pop_back();
    if (name.empty()) continue;
    out->names.push_back({name, IsIpAddress(name)});
  }
  if (v->server_name != nullptr) {
    std::string sni = v->server_name;
    if (!sni.empty() && sni.back() == '.') sni.pop_back();
    if (IsIpAddress(sni) || sni.size() > 255) {
      return Fail(err, KW_E_CONFIG, KW_REASON_NONE, nullptr, "'%.80s' cannot be sent as a server name", sni.c_str());
    }
    out->server_name = sni;
  }
  return KW_OK;
}

}  // namespace internal

// Reads a kw_verify for one side. has_ca: whether the context holds CAs to check against.
inline int32_t ReadVerify(const kw_verify* v, uint32_t side, bool has_ca, Expectation* out, kw_error* err) {
  if (side != KW_SIDE_CLIENT && side != KW_SIDE_SERVER) {
    return Fail(err, KW_E_INTERNAL, KW_REASON_NONE, nullptr,
                "a connection has a client's side and a server's side only");
  }
  if (v == nullptr) {
    if (side == KW_SIDE_SERVER) return KW_OK;
    return Fail(err, KW_E_INTERNAL, KW_REASON_NONE, nullptr, "a dialled connection needs to know whom it may reach");
  }
  if (!Sound(v, KW_VERIFY_SIZE_0_9)) return Fail(err, KW_E_INTERNAL, KW_REASON_NONE, nullptr, "kw_verify is too short");
  if (!FlagsKnown(v->flags, 0)) {
    return Fail(err, KW_E_UNSUPPORTED, KW_REASON_NONE, nullptr, "kw_verify has flags that this plug-in is too old for");
  }
  if (int32_t r = internal::ReadAlpn(v, out, err); r != KW_OK) return r;
  if (side == KW_SIDE_SERVER) return KW_OK;
  if (v->mode > KW_VERIFY_PEER)
    return Fail(err, KW_E_UNSUPPORTED, KW_REASON_NONE, nullptr, "unknown mode of verification");
  out->mode = v->mode;
  if (int32_t r = internal::ReadNames(v, out, err); r != KW_OK) return r;
  if (out->checks_name() && out->names.empty()) {
    return Fail(err, KW_E_CONFIG, KW_REASON_CERT_NAME, nullptr,
                "the peer's name is to be checked, and no name was given");
  }
  if (out->checks_chain() && !has_ca) {
    return Fail(err, KW_E_CONFIG, KW_REASON_CERT_UNTRUSTED, "tls-ca-cert-file",
                "the peer is to be checked, and neither tls-ca-cert-file nor tls-ca-cert-dir is set");
  }
  return KW_OK;
}

}  // namespace keyway::sdk::tls
