// Parameters of the suites that run over every {server backend} × {client backend} × {TLS 1.2, TLS 1.3}.
#pragma once

#include <cstdlib>
#include <ctime>
#include <string>
#include <tuple>
#include <utility>

#include <gtest/gtest.h>

#include "tests/transport/support/tls_pair.h"

namespace keyway::test {

using PairParam = std::tuple<std::string, std::string, std::string>;

inline auto AllPairs() {
  return ::testing::Combine(::testing::ValuesIn(TlsBackends()), ::testing::ValuesIn(TlsBackends()),
                            ::testing::Values("TLSv1.2", "TLSv1.3"));
}

inline std::string PairName(const ::testing::TestParamInfo<PairParam>& info) {
  std::string name =
      std::get<0>(info.param) + "_server_" + std::get<1>(info.param) + "_client_" + std::get<2>(info.param);
  std::string out;
  for (char c : name) {
    if (c != '-' && c != '.') out += c;
  }
  return out;
}

class PairTest : public ::testing::TestWithParam<PairParam> {
 protected:
  const std::string& server_backend() const { return std::get<0>(GetParam()); }
  const std::string& client_backend() const { return std::get<1>(GetParam()); }
  const char* Version() const { return std::get<2>(GetParam()).c_str(); }
  bool is_tls13() const { return std::get<2>(GetParam()) == "TLSv1.3"; }

  Settings Versioned(Settings settings) const { return std::move(settings.Set("tls-protocols", Version())); }

  Pair Make(Settings server = GoodTls(), Settings client = GoodTls(), Verify verify = Verify(),
            bool hop = false) const {
    return Pair(server_backend(), client_backend(), Versioned(std::move(server)), Versioned(std::move(client)),
                std::move(verify), hop);
  }

  // Steps between two cuts of a handshake's stream, behind its first 40 bytes. KW_TEST_STRIDE=1 cuts at every byte, which takes
  // minutes with a wolfSSL that has no assembler.
  static size_t Stride() {
    const char* text = std::getenv("KW_TEST_STRIDE");
    int value = text != nullptr ? std::atoi(text) : 61;
    return value > 0 ? static_cast<size_t>(value) : 1;
  }

  static unsigned SeedOfRun() {
    const char* text = std::getenv("KW_TEST_SEED");
    return text != nullptr ? static_cast<unsigned>(std::atoi(text)) : static_cast<unsigned>(time(nullptr));
  }
};

}  // namespace keyway::test
