#include "library.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "keyway/error.hpp"

namespace keyway::tls_openssl {

// The library tells what it uses as its own settings show it, those that the environment changed included:
// "OPENSSL_ia32cap=0x…:0x…" or "OPENSSL_armcap=0x…". Nothing at all means a build without assembler.
bool HasHardwareAes() {
  const char* told = OPENSSL_info(OPENSSL_INFO_CPU_SETTINGS);
  if (told == nullptr) return false;
  struct Place {
    const char* name;
    int bit;
  };
  static constexpr Place kPlaces[] = {{"OPENSSL_ia32cap=", 57}, {"OPENSSL_armcap=", 2}};
  for (const Place& place : kPlaces) {
    const char* found = std::strstr(told, place.name);
    if (found == nullptr) continue;
    const unsigned long long bits = std::strtoull(found + std::strlen(place.name), nullptr, 16);
    return (bits >> place.bit & 1) != 0;
  }
  // POWER and z/Architecture: what runs this server has them.
  return true;
}

int32_t DescribeLibrary(kw_library* out, kw_error* err) noexcept {
  return sdk::Guarded(err, [&]() -> int32_t {
    if (!sdk::Sound(out, KW_LIBRARY_SIZE_0_9)) {
      return sdk::Fail(err, KW_E_INTERNAL, KW_REASON_NONE, nullptr, "kw_library is too short");
    }
    kw_library library{};
    if (HasHardwareAes()) library.flags |= KW_LIBRARY_HARDWARE_AES;
    if (EVP_default_properties_is_fips_enabled(nullptr) == 1) library.flags |= KW_LIBRARY_FIPS;
    std::snprintf(library.name, sizeof library.name, "OpenSSL");
    std::snprintf(library.version, sizeof library.version, "%s", OpenSSL_version(OPENSSL_VERSION_STRING));
    ERR_clear_error();
    sdk::FillIn(out, library);
    return KW_OK;
  });
}

}  // namespace keyway::tls_openssl
