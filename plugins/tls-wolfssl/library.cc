#include "library.h"

#include <cstdio>

#include "keyway/error.hpp"
#include "wolf.h"

#ifdef HAVE_FIPS
#include <wolfssl/wolfcrypt/fips_test.h>
#endif

namespace keyway::tls_wolfssl {

int32_t DescribeLibrary(kw_library* out, kw_error* err) noexcept {
  return sdk::Guarded(err, [&]() -> int32_t {
    if (!sdk::Sound(out, KW_LIBRARY_SIZE_0_9)) {
      return sdk::Fail(err, KW_E_INTERNAL, KW_REASON_NONE, nullptr, "kw_library is too short");
    }
    kw_library library{};
    if (!kAesIsSlow) library.flags |= KW_LIBRARY_HARDWARE_AES;
#ifdef HAVE_FIPS
    if (wolfCrypt_GetStatus_fips() == 0) library.flags |= KW_LIBRARY_FIPS;
#endif
    std::snprintf(library.name, sizeof library.name, "wolfSSL");
    std::snprintf(library.version, sizeof library.version, "%s", wolfSSL_lib_version());
    sdk::FillIn(out, library);
    return KW_OK;
  });
}

}  // namespace keyway::tls_wolfssl
