// Which server a client program talks to, over what, and as whom; and the options by which its command line says so, the same ones
// for every such program.
#pragma once

#include <getopt.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/base/error.h"

namespace keyway::client {

// TLS of the client's side. Empty texts are not set.
struct TlsOptions {
  bool wanted = false;  // --tls or rediss://
  bool insecure = false;
  std::string backend;  // --tls-backend; empty: the first that is there
  std::string sni, verify_name;
  std::string ca_file, ca_dir, cert_file, key_file;
  std::string ciphers, ciphersuites;
};

struct Endpoint {
  std::string host = "127.0.0.1";
  int port = 6379;
  std::string socket;     // -s: the address as its carrier understands it; overrides host and port
  std::string transport;  // --transport: a stack's name; empty: chosen by --tls and -s
  std::vector<std::string> transport_dirs;
  TlsOptions tls;
  std::string user;
  std::optional<std::string> password;
  int database = 0;
};

// Codes of the long options below. Options that only one program has begin at kOwnOptions.
enum EndpointOption : int {
  kUser = 256,
  kTls,
  kSni,
  kVerifyName,
  kCaCert,
  kCaCertDir,
  kInsecure,
  kCert,
  kKey,
  kCiphers,
  kCipherSuites,
  kTransport,
  kTlsBackend,
  kTransportDir,
  kOwnOptions,
};

// The paragraphs of --help about them: how to connect, and TLS. Ends with an empty line.
extern const char kTransportHelp[];

// For getopt: the letters, and the table of the long options with a program's own ones.
inline constexpr char kEndpointLetters[] = "h:p:s:a:u:";
std::vector<option> LongOptions(std::span<const option> own);

// Stores one option as getopt_long gave it; nothing happens when the code is none of the above.
Result<> StoreEndpointOption(Endpoint& out, int code, const std::string& value);
// What cannot be said of one option alone.
Result<> CheckEndpoint(const Endpoint& endpoint);

}  // namespace keyway::client
