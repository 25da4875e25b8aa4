#include "server/client/endpoint.h"

#include <iterator>

#include "server/base/number.h"
#include "server/client/uri.h"

namespace keyway::client {

const char kTransportHelp[] = R"(Transport:
  --transport STACK     tcp, unix, tls-openssl, tls-wolfssl, tls-wolfssl+unix or any plug-in (default: by --tls and -s)
  --transport-dir DIR   look for transport plug-ins here first; may be given several times

TLS:
  --tls                 connect over TLS
  --tls-backend NAME    openssl, wolfssl or a plug-in's name (default: the first of openssl and wolfssl that is there)
  --cacert FILE         CA certificates that the server's certificate must lead to
  --cacertdir DIR       a folder of such certificates (neither given: those of the system)
  --insecure            accept any certificate
  --verify-name NAME    the server's certificate must be for this name or address as well
  --sni NAME            name that is sent to the server
  --cert FILE           certificate to show to the server
  --key FILE            its private key
  --tls-ciphers LIST    ciphers up to TLS 1.2, as an OpenSSL cipher list
  --tls-ciphersuites LIST  cipher suites of TLS 1.3, in order of preference

)";

namespace {

constexpr int64_t kMaxPort = 65535;

constexpr option kLong[] = {
    {"user", required_argument, nullptr, kUser},
    {"tls", no_argument, nullptr, kTls},
    {"sni", required_argument, nullptr, kSni},
    {"verify-name", required_argument, nullptr, kVerifyName},
    {"cacert", required_argument, nullptr, kCaCert},
    {"cacertdir", required_argument, nullptr, kCaCertDir},
    {"insecure", no_argument, nullptr, kInsecure},
    {"cert", required_argument, nullptr, kCert},
    {"key", required_argument, nullptr, kKey},
    {"tls-ciphers", required_argument, nullptr, kCiphers},
    {"tls-ciphersuites", required_argument, nullptr, kCipherSuites},
    {"transport", required_argument, nullptr, kTransport},
    {"tls-backend", required_argument, nullptr, kTlsBackend},
    {"transport-dir", required_argument, nullptr, kTransportDir},
};

Result<> StoreUri(Endpoint& out, std::string_view text) {
  auto uri = ParseServerUri(text);
  if (!uri) return std::unexpected(uri.error());
  if (uri->tls) out.tls.wanted = true;
  if (!uri->user.empty()) out.user = uri->user;
  if (uri->password) out.password = uri->password;
  if (!uri->host.empty()) out.host = uri->host;
  if (uri->port != 0) out.port = uri->port;
  if (!uri->socket.empty()) out.socket = uri->socket;
  if (uri->database) out.database = *uri->database;
  return {};
}

// Where the text of an option goes that may be any; null for the other options.
std::string* TextTarget(Endpoint& out, int code) {
  switch (code) {
    case 'h':
      return &out.host;
    case 's':
      return &out.socket;
    case kUser:
      return &out.user;
    case kSni:
      return &out.tls.sni;
    case kVerifyName:
      return &out.tls.verify_name;
    case kCaCert:
      return &out.tls.ca_file;
    case kCaCertDir:
      return &out.tls.ca_dir;
    case kCert:
      return &out.tls.cert_file;
    case kKey:
      return &out.tls.key_file;
    case kCiphers:
      return &out.tls.ciphers;
    case kCipherSuites:
      return &out.tls.ciphersuites;
    case kTlsBackend:
      return &out.tls.backend;
    case kTransport:
      return &out.transport;
    default:
      return nullptr;
  }
}

}  // namespace

std::vector<option> LongOptions(std::span<const option> own) {
  std::vector<option> all(std::begin(kLong), std::end(kLong));
  all.insert(all.end(), own.begin(), own.end());
  all.push_back({});  // getopt's end mark
  return all;
}

Result<> StoreEndpointOption(Endpoint& out, int code, const std::string& value) {
  if (std::string* target = TextTarget(out, code)) *target = value;
  switch (code) {
    case kTls:
      out.tls.wanted = true;
      return {};
    case kInsecure:
      out.tls.insecure = true;
      return {};
    case kTransportDir:
      out.transport_dirs.push_back(value);
      return {};
    case 'a':
      out.password = value;
      return {};
    case 'u':
      return StoreUri(out, value);
    case 'p': {
      auto port = ParseInt64(value);
      if (!port || *port < 0 || *port > kMaxPort) return Fail("Invalid server port.");
      out.port = static_cast<int>(*port);
      return {};
    }
    default:
      return {};
  }
}

Result<> CheckEndpoint(const Endpoint& endpoint) {
  if (endpoint.tls.insecure && !endpoint.tls.verify_name.empty()) {
    return Fail("Options --insecure and --verify-name are mutually exclusive.");
  }
  if (endpoint.tls.cert_file.empty() != endpoint.tls.key_file.empty()) {
    return Fail("Options --cert and --key go together.");
  }
  return {};
}

}  // namespace keyway::client
