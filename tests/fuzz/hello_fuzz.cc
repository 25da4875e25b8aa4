// What a TLS port is sent first: bytes of any kind to the parser of hellos. A verdict may not change when more bytes come, and
// what it says of the insides keeps to its bounds.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "keyway/tls/hello.hpp"
#include "tests/fuzz/target.h"

namespace {

void Check(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

int32_t Inspect(const uint8_t* data, size_t size, kw_hello& hello) {
  hello = kw_hello{};
  hello.size = sizeof hello;
  kw_error error{};
  error.size = sizeof error;
  return keyway::sdk::tls::InspectHello(data, size, &hello, &error);
}

void Append(std::string& out, size_t value, int bytes) {
  while (bytes-- > 0) out += static_cast<char>(value >> (8 * bytes));
}

std::string Vector(const std::string& body, int width) {
  std::string out;
  Append(out, body.size(), width);
  return out + body;
}

std::string Extension(size_t type, const std::string& body) {
  std::string out;
  Append(out, type, 2);
  return out + Vector(body, 2);
}

// A hello in records of `record` bytes.
std::string Hello(const std::string& extensions, size_t record) {
  std::string body = "\x03\x03" + std::string(32, 'r') + Vector(std::string(32, 's'), 1) +
                     Vector("\x13\x01\x13\x02", 2) + Vector(std::string(1, '\0'), 1) + Vector(extensions, 2);
  std::string message = "\x01" + Vector(body, 3), out;
  for (size_t at = 0; at < message.size(); at += record) out += "\x16\x03\x01" + Vector(message.substr(at, record), 2);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  kw_hello hello;
  const int32_t result = Inspect(data, size, hello);
  Check(result == KW_OK || result == KW_WANT_READ || result == KW_E_PROTO, "a result that the ABI does not have");
  if (result == KW_OK) {
    const size_t name = strnlen(hello.server_name, sizeof hello.server_name);
    Check(name < sizeof hello.server_name, "the name does not end");
    for (size_t i = 0; i < name; ++i) {
      const char c = hello.server_name[i];
      Check(c > 0x20 && c < 0x7f && !(c >= 'A' && c <= 'Z'), "the name has a character that it must not have");
    }
    Check(hello.alpn_len <= sizeof hello.alpn, "the protocols go beyond their room");
    size_t at = 0;
    while (at < hello.alpn_len) at += 1 + hello.alpn[at];
    Check(at == hello.alpn_len, "the protocols end within one");
  }
  // From the front: once it is no hello it never becomes one, and once it is whole it stays the same.
  int32_t before = KW_WANT_READ;
  const size_t step = 1 + size / 64;
  for (size_t n = 0; n < size; n += step) {
    kw_hello part;
    const int32_t verdict = Inspect(data, n, part);
    Check(before == KW_WANT_READ || verdict == before, "a verdict changed");
    if (verdict == KW_OK)
      Check(result == KW_OK && std::memcmp(&part, &hello, sizeof part) == 0, "a whole hello changed");
    before = verdict;
  }
  Check(before == KW_WANT_READ || result == before, "the last verdict changed");
  return 0;
}

std::vector<std::string> FuzzSeeds() {
  const std::string name = Extension(0, Vector(std::string(1, '\0') + Vector("Some.example", 2), 2));
  const std::string alpn = Extension(16, Vector(Vector("redis", 1) + Vector("h2", 1), 2));
  const std::string versions = Extension(43, Vector("\x0a\x0a\x03\x04\x03\x03", 1));
  const std::string long_name = Extension(0, Vector(std::string(1, '\0') + Vector(std::string(300, 'x'), 2), 2));
  return {Hello(name + alpn + versions, 16384),
          Hello(versions + alpn + name, 7),
          Hello(name, 1),
          Hello("", 16384),
          Hello(long_name + name + name, 100),
          Hello(Extension(21, std::string(12'000, '\0')) + name, 4000),
          "*1\r\n$4\r\nPING\r\n",
          "GET / HTTP/1.0\r\n\r\n",
          std::string("\x16\x03\x01\x40\x00\x01\xff\xff\xff", 9),
          std::string("\x16\x03\x01\x00\x00\x16\x03\x01\x00\x00", 10)};
}
