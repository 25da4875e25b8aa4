#include "server/client/transport.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdlib>

namespace keyway::client {
namespace {

// Where distributions keep the certificates that they trust, all in one file.
constexpr const char* kSystemCaFiles[] = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
};

std::string BackendTransport(const std::string& backend) {
  return backend == "openssl" || backend == "wolfssl" ? "tls-" + backend : backend;
}

Result<> AddSystemCas(net::Settings& settings) {
  if (const char* file = getenv("SSL_CERT_FILE"); file != nullptr && *file != 0) {
    settings.emplace_back("tls-ca-cert-file", file);
    return {};
  }
  for (const char* file : kSystemCaFiles) {
    if (access(file, R_OK) != 0) continue;
    settings.emplace_back("tls-ca-cert-file", file);
    return {};
  }
  return Fail("this system has no list of CA certificates: name one with --cacert or --cacertdir, or use --insecure");
}

}  // namespace

std::vector<std::string> StackNames(const Endpoint& endpoint) {
  if (!endpoint.transport.empty()) return {endpoint.transport};
  std::string carrier = endpoint.socket.empty() ? "" : "unix";
  if (!endpoint.tls.wanted && endpoint.tls.backend.empty()) return {carrier.empty() ? "tcp" : carrier};
  std::string suffix = carrier.empty() ? "" : "+" + carrier;
  if (!endpoint.tls.backend.empty()) return {BackendTransport(endpoint.tls.backend) + suffix};
  return {"tls-openssl" + suffix, "tls-wolfssl" + suffix};
}

Result<net::Settings> TlsSettingsOf(const TlsOptions& tls) {
  net::Settings settings;
  auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) settings.emplace_back(name, value);
  };
  add("tls-ca-cert-file", tls.ca_file);
  add("tls-ca-cert-dir", tls.ca_dir);
  add("tls-client-cert-file", tls.cert_file);
  add("tls-client-key-file", tls.key_file);
  add("tls-ciphers", tls.ciphers);
  add("tls-ciphersuites", tls.ciphersuites);
  if (!tls.insecure && tls.ca_file.empty() && tls.ca_dir.empty()) {
    if (auto added = AddSystemCas(settings); !added) return std::unexpected(added.error());
  }
  return settings;
}

net::VerifyPolicy VerifyPolicyOf(const TlsOptions& tls) {
  net::VerifyPolicy policy;
  policy.verify_chain = !tls.insecure;
  policy.check_name = !tls.verify_name.empty();
  if (policy.check_name) policy.expected_names = {tls.verify_name};
  policy.sni = tls.sni;
  return policy;
}

std::string JoinHostPort(std::string_view host, int port) {
  bool bare_ipv6 = host.find(':') != host.npos && !host.starts_with('[');
  return bare_ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

std::string AddressOf(const Endpoint& endpoint) {
  return endpoint.socket.empty() ? JoinHostPort(endpoint.host, endpoint.port) : endpoint.socket;
}

Result<Transport> MakeTransport(const Endpoint& endpoint) {
  net::RegistryPaths paths;
  paths.transport_dirs = endpoint.transport_dirs;
  for (std::string& dir : net::DefaultTransportDirs()) paths.transport_dirs.push_back(std::move(dir));
  Transport transport;
  transport.registry = net::Registry::Create(std::move(paths));

  Error first("");
  for (const std::string& name : StackNames(endpoint)) {
    std::string top = name.substr(0, name.find('+'));
    net::Settings settings;
    // What is no carrier may be TLS, and takes of the settings those that it knows.
    if (top != "tcp" && top != "unix") {
      auto tls = TlsSettingsOf(endpoint.tls);
      if (!tls) return std::unexpected(tls.error());
      settings = std::move(*tls);
    }
    bool loaded = top.find('/') == top.npos && transport.registry->Load(top).has_value();
    auto stack = transport.registry->MakeStack(name, settings, net::Sides::kDials);
    if (stack) {
      transport.stack = std::move(*stack);
      return transport;
    }
    // A backend that is there and does not like its settings is not silently replaced by another.
    if (first.text().empty() || loaded) first = stack.error();
    if (loaded) break;
  }
  return std::unexpected(first);
}

}  // namespace keyway::client
