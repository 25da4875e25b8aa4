// Loads the transports of this build as a server would (RTLD_NOW | RTLD_LOCAL), with a host that keeps what is logged.
//
// The build names the files in the environment: KW_TRANSPORT_<ID> for each, KW_TEST_CERTS for the folder of certificates.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "keyway/transport.h"

namespace keyway::test {

// The transport of that id, loaded and initialised at the first call; null when this build has none.
const kw_transport* Transport(const std::string& id);

// The ids of the TLS transports of this build, for parameters of tests.
std::vector<std::string> TlsBackends();

// Everything that was logged so far, one line each.
std::string LoggedText();

// The path of a test certificate, and what a file holds.
std::string CertPath(const std::string& name);
std::string ReadFile(const std::string& path);

// A kw_error that is ready to be filled in.
struct Err : kw_error {
  Err() : kw_error{} { size = sizeof(kw_error); }
};

// Settings as the host would hand them over.
class Settings {
 public:
  explicit Settings(uint32_t sides = KW_SIDES_SERVER | KW_SIDES_CLIENT) : sides_(sides) {}

  Settings& Set(const std::string& name, const std::string& value);
  // The contents of a test certificate or key.
  Settings& File(const std::string& name, const std::string& cert_name);
  Settings& Uri(const std::string& name, const std::string& uri);
  Settings& Remove(const std::string& name);

  // Valid until the next call of anything here.
  const kw_settings* abi();

 private:
  struct Item {
    std::string name, value, origin;
    uint32_t flags;
  };
  uint32_t sides_;
  std::vector<Item> items_;
  std::vector<kw_setting> settings_;
  std::vector<const kw_setting*> pointers_;
  kw_settings abi_{};
};

// redis.crt as certificate, ca.crt as CA: both sides trust each other.
Settings GoodTls(uint32_t sides = KW_SIDES_SERVER | KW_SIDES_CLIENT);

// A context that is freed at the end. Fails the test when it cannot be made.
class Context {
 public:
  Context(const kw_transport* transport, Settings settings);
  ~Context();
  Context(Context&&) = delete;
  kw_context* get() const { return ctx_; }
  const kw_transport* transport() const { return transport_; }

 private:
  const kw_transport* transport_;
  kw_context* ctx_ = nullptr;
};

}  // namespace keyway::test
