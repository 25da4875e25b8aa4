// The options that every TLS plug-in has under the same names and meanings, and their values in one structure.
//
// A plug-in puts KW_TLS_COMMON_OPTIONS into its own table, adds options named "<id>.<name>", and reads a TlsSettings.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "keyway/settings.hpp"
#include "keyway/tls/protocols.hpp"

namespace keyway::sdk::tls {

inline constexpr uint32_t kFileFlags = KW_OPTION_RELOADABLE;
inline constexpr uint32_t kKeyFlags = KW_OPTION_RELOADABLE | KW_OPTION_SECRET;
inline constexpr uint32_t kKeyFileFlags = kKeyFlags | KW_OPTION_URI;

inline constexpr kw_option kCommonOptions[] = {
    MakeOption("tls-cert-file", KW_TYPE_FILE, nullptr,
               "Certificate that this server shows, in PEM, followed by its intermediate CAs.", kFileFlags),
    MakeOption("tls-key-file", KW_TYPE_FILE, nullptr, "Private key of tls-cert-file, in PEM.", kKeyFileFlags),
    MakeOption("tls-key-file-pass", KW_TYPE_TEXT, nullptr, "Password of tls-key-file when that is encrypted.",
               kKeyFlags),
    MakeOption("tls-client-cert-file", KW_TYPE_FILE, nullptr,
               "Certificate for connections that this server dials; without it tls-cert-file serves there too.",
               kFileFlags),
    MakeOption("tls-client-key-file", KW_TYPE_FILE, nullptr, "Private key of tls-client-cert-file, in PEM.",
               kKeyFileFlags),
    MakeOption("tls-client-key-file-pass", KW_TYPE_TEXT, nullptr,
               "Password of tls-client-key-file when that is encrypted.", kKeyFlags),
    MakeOption("tls-ca-cert-file", KW_TYPE_FILE, nullptr, "CA certificates that peers are checked against, in PEM.",
               kFileFlags),
    MakeOption("tls-ca-cert-dir", KW_TYPE_DIR, nullptr,
               "Folder of CA certificates, all of which are read when it is set.", kFileFlags),
    MakeOption("tls-auth-clients", KW_TYPE_CHOICE, "yes",
               "Whether clients must show a certificate (yes), may (optional) or are not asked (no).", kFileFlags,
               "yes no optional"),
    MakeOption("tls-protocols", KW_TYPE_TEXT, nullptr,
               "Versions of TLS that are spoken; TLSv1.2 and TLSv1.3 when empty.", kFileFlags),
    MakeOption("tls-ciphers", KW_TYPE_TEXT, nullptr, "Ciphers for TLS 1.2 and before, as an OpenSSL cipher list.",
               kFileFlags),
    MakeOption("tls-ciphersuites", KW_TYPE_TEXT, nullptr,
               "Ciphersuites for TLS 1.3, by IANA name, in order of preference.", kFileFlags),
    MakeOption("tls-prefer-server-ciphers", KW_TYPE_BOOL, "no", "Whether the server's order of ciphers decides.",
               kFileFlags),
    MakeOption("tls-dh-params-file", KW_TYPE_FILE, nullptr,
               "Diffie-Hellman parameters for DHE ciphers of TLS 1.2, in PEM.", kFileFlags),
    MakeOption("tls-session-caching", KW_TYPE_BOOL, "yes",
               "Whether clients may resume sessions, by ticket or from the cache.", kFileFlags),
    MakeOption("tls-session-cache-size", KW_TYPE_INT, "20480",
               "Sessions kept in memory for clients that use no tickets.", kFileFlags, nullptr, 0, INT32_MAX),
    MakeOption("tls-session-cache-timeout", KW_TYPE_INT, "300", "Seconds for which a session can be resumed.",
               kFileFlags, nullptr, 0, INT32_MAX),
    MakeOption("tls-session-ticket-keys", KW_TYPE_BYTES, nullptr,
               "Secrets for session tickets: lines of a role (previous, current, next), an id and hexadecimal digits.",
               kKeyFlags),
    MakeOption("tls-crl-file", KW_TYPE_FILE, nullptr,
               "Revocation lists, in PEM; each authority of a peer's chain needs one in the file.", kFileFlags),
    MakeOption("tls-groups", KW_TYPE_TEXT, nullptr,
               "Key-exchange groups in order of preference, as OpenSSL names them: X25519:P-256.", kFileFlags),
    MakeOption("tls-session-ticket-key-file", KW_TYPE_FILE, nullptr,
               "Secrets for session tickets that several processes share: lines of an id and 96 hexadecimal digits.",
               kKeyFlags | KW_OPTION_PRIVATE),
};
inline constexpr uint32_t kCommonOptionCount = sizeof kCommonOptions / sizeof kCommonOptions[0];

enum class AuthClients { kYes, kNo, kOptional };

// One certificate with its key.
struct Identity {
  Value cert;
  Value key;
  Value pass;
  const char* cert_setting = "";
  const char* key_setting = "";
  const char* pass_setting = "";

  bool set() const { return cert.set(); }
};

// The values as written, checked for form and for what belongs together. Views into the kw_settings.
struct TlsSettings {
  uint32_t sides = 0;
  Identity server;
  Identity client;  // what dialled connections show: the client certificate, else the server's
  Value ca_file;
  std::vector<Value> ca_dir;
  Value crl;
  AuthClients auth = AuthClients::kYes;
  uint32_t protocols = kDefaultProtocols;
  std::string_view ciphers;
  std::string_view ciphersuites;
  std::string_view groups;
  bool prefer_server_ciphers = false;
  Value dh_params;
  bool session_caching = true;
  int64_t session_cache_size = 0;
  int64_t session_timeout_s = 0;
  std::string_view ticket_keys;  // the host's secrets
  Value ticket_key_file;         // the user's, in their place

  bool has_ca() const { return ca_file.set() || !ca_dir.empty(); }
  bool accepts() const { return (sides & KW_SIDES_SERVER) != 0; }
  bool dials() const { return (sides & KW_SIDES_CLIENT) != 0; }
};

namespace internal {

inline int32_t PairIsWhole(const Identity& id, kw_error* err) {
  if (id.cert.set() && !id.key.set()) {
    return Fail(err, KW_E_CONFIG, KW_REASON_NONE, id.key_setting, "%s is set, but %s is not", id.cert_setting,
                id.key_setting);
  }
  if (!id.cert.set() && id.key.set()) {
    return Fail(err, KW_E_CONFIG, KW_REASON_NONE, id.cert_setting, "%s is set, but %s is not", id.key_setting,
                id.cert_setting);
  }
  return KW_OK;
}

inline Identity ReadIdentity(const SettingsReader& reader, const char* cert, const char* key, const char* pass) {
  return Identity{reader.Get(cert), reader.Get(key), reader.Get(pass), cert, key, pass};
}

}  // namespace internal

inline int32_t ReadTlsSettings(const kw_settings* settings, const kw_option* const* options, uint32_t option_count,
                               TlsSettings* out, kw_error* err) {
  SettingsReader reader(settings, options, option_count);
  if (int32_t r = reader.CheckAll(err); r != KW_OK) return r;
  out->sides = settings->sides;
  if ((out->sides & (KW_SIDES_SERVER | KW_SIDES_CLIENT)) == 0 ||
      (out->sides & ~(KW_SIDES_SERVER | KW_SIDES_CLIENT)) != 0) {
    return Fail(err, KW_E_INTERNAL, KW_REASON_NONE, nullptr, "the host does not say which sides the context serves");
  }
  out->server = internal::ReadIdentity(reader, "tls-cert-file", "tls-key-file", "tls-key-file-pass");
  out->client =
      internal::ReadIdentity(reader, "tls-client-cert-file", "tls-client-key-file", "tls-client-key-file-pass");
  for (const Identity* id : {&out->server, &out->client}) {
    if (int32_t r = internal::PairIsWhole(*id, err); r != KW_OK) return r;
  }
  if (!out->client.set()) out->client = out->server;
  out->ca_file = reader.Get("tls-ca-cert-file");
  out->ca_dir = reader.GetAll("tls-ca-cert-dir");
  out->crl = reader.Get("tls-crl-file");
  std::string_view auth = reader.Get("tls-auth-clients").bytes;
  out->auth = auth == "no" ? AuthClients::kNo : auth == "optional" ? AuthClients::kOptional : AuthClients::kYes;
  if (int32_t r = ParseProtocols(reader.Get("tls-protocols").bytes, &out->protocols, err); r != KW_OK) return r;
  out->ciphers = reader.Get("tls-ciphers").bytes;
  out->ciphersuites = reader.Get("tls-ciphersuites").bytes;
  out->groups = reader.Get("tls-groups").bytes;
  out->prefer_server_ciphers = reader.GetBool("tls-prefer-server-ciphers");
  out->dh_params = reader.Get("tls-dh-params-file");
  out->session_caching = reader.GetBool("tls-session-caching");
  out->session_cache_size = reader.GetInt("tls-session-cache-size");
  out->session_timeout_s = reader.GetInt("tls-session-cache-timeout");
  out->ticket_keys = reader.Get("tls-session-ticket-keys").bytes;
  out->ticket_key_file = reader.Get("tls-session-ticket-key-file");
  if (out->crl.set() && !out->has_ca()) {
    return Fail(err, KW_E_CONFIG, KW_REASON_NONE, "tls-crl-file",
                "revocation lists have to be signed by an authority: tls-ca-cert-file or tls-ca-cert-dir must be set");
  }
  if (out->accepts() && !out->server.set()) {
    return Fail(err, KW_E_CONFIG, KW_REASON_NONE, "tls-cert-file",
                "tls-cert-file is not set: a TLS listener needs a certificate");
  }
  if (out->accepts() && out->auth != AuthClients::kNo && !out->has_ca()) {
    return Fail(err, KW_E_CONFIG, KW_REASON_NONE, "tls-ca-cert-file",
                "tls-auth-clients checks certificates of clients: tls-ca-cert-file or tls-ca-cert-dir must be set");
  }
  return KW_OK;
}

}  // namespace keyway::sdk::tls
