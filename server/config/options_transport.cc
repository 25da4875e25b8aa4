// Rows: transport plug-ins and TLS.
#include <algorithm>
#include <cctype>

#include "server/config/kinds.h"

namespace keyway::config {
namespace {

constexpr EnumName kProtectedNames[] = {
    {"no", int(ProtectedAction::kNo)}, {"yes", int(ProtectedAction::kYes)}, {"local", int(ProtectedAction::kLocal)}};
constexpr EnumName kAuthNames[] = {
    {"no", int(TlsAuthClients::kNo)}, {"yes", int(TlsAuthClients::kYes)}, {"optional", int(TlsAuthClients::kOptional)}};
constexpr EnumName kAuthUserNames[] = {{"off", int(TlsAuthClientsUser::kOff)},
                                       {"CN", int(TlsAuthClientsUser::kCn)},
                                       {"URI", int(TlsAuthClientsUser::kUri)},
                                       {"DNS", int(TlsAuthClientsUser::kDns)},
                                       {"fingerprint", int(TlsAuthClientsUser::kFingerprint)}};
constexpr EnumName kModeNames[] = {
    {"require", int(TlsMode::kRequire)}, {"prefer", int(TlsMode::kPrefer)}, {"allow", int(TlsMode::kAllow)}};

const char* CheckBackend(std::string_view name) {
  return name.empty() ? "tls-backend must name a transport plug-in" : nullptr;
}

// Of a DNS name or an address; what no certificate may have as a name would close all links.
constexpr size_t kMaxPeerName = 253;

const char* CheckPeerName(std::string_view name) {
  const bool possible =
      !name.empty() && name.size() <= kMaxPeerName && name.front() != '.' &&
      std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return std::isalnum(c) || c == '.' || c == '-' || c == '_' || c == ':' || c == '[' || c == ']';
      });
  return possible ? nullptr : "argument must be 'yes', 'no' or a name";
}

constexpr uint32_t kFile = kVolatile | kProfile;  // the file's content may have changed under an unchanged name

void AddCertificates(Rows& rows) {
  const Traits file = {.flags = kFile, .group = ApplyGroup::kTls};
  rows.String("tls-cert-file", &Settings::tls_cert_file, "", file, "The server's certificate and its chain, in PEM.");
  rows.String("tls-key-file", &Settings::tls_key_file, "", file, "The private key of tls-cert-file, in PEM.");
  rows.String("tls-key-file-pass", &Settings::tls_key_file_pass, "",
              {.flags = kSensitive | kProfile, .group = ApplyGroup::kTls},
              "The password of tls-key-file, if it has one.");
  rows.String("tls-client-cert-file", &Settings::tls_client_cert_file, "", file,
              "The certificate for links that this server opens; without it tls-cert-file serves there too.");
  rows.String("tls-client-key-file", &Settings::tls_client_key_file, "", file,
              "The private key of tls-client-cert-file.");
  rows.String("tls-client-key-file-pass", &Settings::tls_client_key_file_pass, "",
              {.flags = kSensitive | kProfile, .group = ApplyGroup::kTls}, "The password of tls-client-key-file.");
  rows.String("tls-ca-cert-file", &Settings::tls_ca_cert_file, "", file,
              "The certificates of the authorities that clients and peers are checked against, in PEM.");
  rows.String("tls-ca-cert-dir", &Settings::tls_ca_cert_dir, "", file, "The same as a directory of PEM files.");
  rows.String("tls-crl-file", &Settings::tls_crl_file, "", file,
              "The revocation lists of the authorities, in PEM. Connections of newly revoked peers are closed.");
  rows.String("tls-dh-params-file", &Settings::tls_dh_params_file, "", file,
              "Diffie-Hellman parameters for TLS 1.2, in PEM; seldom needed today.");
}

void AddPolicy(Rows& rows) {
  const Traits plain = {.flags = kProfile, .group = ApplyGroup::kTls};
  rows.Enum(
      "tls-auth-clients", &Settings::tls_auth_clients, kAuthNames, TlsAuthClients::kYes, plain,
      "Whether clients must show a certificate (yes), need none (no), or are checked only when they do (optional).");
  rows.Enum(
      "tls-auth-clients-user", &Settings::tls_auth_clients_user, kAuthUserNames, TlsAuthClientsUser::kOff, plain,
      "The field of a client's certificate that names its user: the common name, the first URI or DNS name, or the "
      "SHA-256 fingerprint. CLIENT LIST shows the name as cert-user.");
  rows.Bool("tls-replication", &Settings::tls_replication, false,
            {.group = ApplyGroup::kTls, .waits_for = kWaitsForReplication},
            "Use TLS for the links to primaries, and of Sentinels. replication-transport overrides it.");
  rows.Bool("tls-cluster", &Settings::tls_cluster, false, {.group = ApplyGroup::kTls},
            "Use TLS for the cluster bus and for MIGRATE. cluster-transport overrides it.");
  rows.String("tls-protocols", &Settings::tls_protocols, "", plain,
              "The protocol versions, for example \"TLSv1.2 TLSv1.3\", which is also what an empty value means.");
  rows.String(
      "tls-ciphers", &Settings::tls_ciphers, "", plain,
      "The ciphers up to TLS 1.2 in order of preference, joined by colons. Names unknown to the backend are refused.");
  rows.String("tls-ciphersuites", &Settings::tls_ciphersuites, "", plain,
              "The cipher suites of TLS 1.3 in order of preference.");
  rows.String("tls-groups", &Settings::tls_groups, "", plain,
              "The key exchange groups in order of preference, for example X25519:P-256.");
  rows.Bool("tls-prefer-server-ciphers", &Settings::tls_prefer_server_ciphers, false, plain,
            "Choose among common ciphers by the server's order instead of the client's.");
  rows.Bool("tls-session-caching", &Settings::tls_session_caching, true, plain,
            "Let clients resume a session with a short handshake. no also means that no tickets are issued.");
  rows.Int(
      "tls-session-cache-size", &Settings::tls_session_cache_size, {.initial = 20480}, plain,
      "How many sessions of TLS 1.2 without tickets are remembered (openssl), or certificates of clients that hold "
      "tickets (wolfssl).");
  rows.Int("tls-session-cache-timeout", &Settings::tls_session_cache_timeout, {.initial = 300}, plain,
           "For how many seconds a session can be resumed.");
  rows.String(
      "tls-session-ticket-key-file", &Settings::tls_session_ticket_key_file, "",
      {.flags = kFile, .group = ApplyGroup::kTls},
      "Keys for session tickets that several servers share: lines of an id and 48 bytes in hex, previous, current and "
      "next, in a file of mode 0600. Without it each process makes its own and changes them.");
  rows.String(
      "tls-verify-peer-name", &Settings::tls_verify_peer_name, "yes", {.group = ApplyGroup::kTls},
      "Check on links that this server opens that the peer's certificate bears its host name: yes where the peer is "
      "known by name and not by address, no, or the one name or address that every peer's certificate must bear.",
      CheckPeerName);
  rows.Int("tls-auto-reload-interval", &Settings::tls_auto_reload_interval, {}, {},
           "Look every so many seconds whether the files of TLS settings hold something new, and take it; 0: never.");
}

void AddHandshakes(Rows& rows) {
  rows.Int("tls-handshake-timeout", &Settings::tls_handshake_timeout, {.initial = 10000},
           {.flags = kProfile, .group = ApplyGroup::kConnections},
           "Close a connection whose handshake takes longer than this many milliseconds; 0: never.");
  rows.Int("tls-handshake-concurrency", &Settings::tls_handshake_concurrency, {.min = 1, .max = 65536, .initial = 256},
           {.group = ApplyGroup::kConnections}, "How many handshakes are under way at once; further connections wait.");
  rows.Enum(
      "tls-mode", &Settings::tls_mode, kModeNames, TlsMode::kRequire, {.flags = kProfile, .group = ApplyGroup::kTls},
      "What TLS ports and links do with plaintext: require accepts TLS only; prefer accepts both and dials TLS; allow "
      "accepts both and dials plaintext. For moving a fleet to TLS step by step.");
  rows.Bool("tls-mode-plaintext-auth", &Settings::tls_mode_plaintext_auth, false,
            {.flags = kProfile, .group = ApplyGroup::kTls},
            "Accept plaintext on such a port even though tls-auth-clients is yes.");
  rows.Special(
      "tls-profile", TlsProfileKind(),
      {.flags = kMultiWord | kQuotedWords | kAccumulates | kSensitive, .group = ApplyGroup::kTls},
      "A named set of TLS settings for listeners that need others than the server's own: tls-profile web "
      "tls-cert-file /etc/web.crt. server-name lists the names in the client's hello that choose the profile.");
  rows.String("tls-port-profile", &Settings::tls_port_profile, "", {.group = ApplyGroup::kTls},
              "The TLS profiles that clients of tls-port may choose by the server name in their hello, separated by "
              "blanks. A listen line names its own: listen tls://*:7000 tls-profile \"web api\".");
}

}  // namespace

void AddTransportOptions(std::vector<Option>& options) {
  Rows rows(options, Section::kTransports);
  rows.Special(
      "loadtransport", LoadTransportKind(), {.flags = kImmutable | kMultiWord | kQuotedWords | kAccumulates},
      "Load a transport plug-in at start, one a line: a bare name is looked for in transport-dir. The server loads "
      "the transports that its listeners and links name by itself.");
  rows.String("transport-dir", &Settings::transport_dir, "", {.flags = kImmutable},
              "The directory of transport plug-ins; empty: the one beside the program, or that of the installation.");
  rows.String("transport-cache-dir", &Settings::transport_cache_dir, "", {.flags = kImmutable},
              "Where plug-ins are copied to before they are loaded; empty: the runtime directory, or memory.");
  rows.Enum("enable-transport-command", &Settings::enable_transport_command, kProtectedNames, ProtectedAction::kNo,
            {.flags = kImmutable},
            "Who may load code with TRANSPORT LOAD, RELOAD and UNLOAD: nobody, everybody, or clients of this machine "
            "(local).");
  rows.String("tls-backend", &Settings::tls_backend, "openssl", {.flags = kProfile, .group = ApplyGroup::kTls},
              "The transport plug-in that provides TLS: openssl, wolfssl, or another's name. A change holds for new "
              "connections.",
              CheckBackend);
  rows.String("replication-transport", &Settings::replication_transport, "", {.waits_for = kWaitsForReplication},
              "The stack of transports for links to primaries; empty: tcp, or TLS with tls-replication.");
  rows.String("cluster-transport", &Settings::cluster_transport, "", {},
              "The stack of transports for the cluster bus and for MIGRATE; empty: tcp, or TLS with tls-cluster.");
  rows.String("sentinel-transport", &Settings::sentinel_transport, "", {.waits_for = kWaitsForSentinel},
              "The stack of transports for links of a Sentinel; empty: tcp, or TLS with tls-replication.");
}

void AddTlsOptions(std::vector<Option>& options) {
  Rows rows(options, Section::kTls);
  AddCertificates(rows);
  AddPolicy(rows);
  AddHandshakes(rows);
}

}  // namespace keyway::config
