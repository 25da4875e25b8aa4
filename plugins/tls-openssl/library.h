// What can be said of the library itself: library/1, and whether AES is fast here.
#pragma once

#include "keyway/ext/library.h"

namespace keyway::tls_openssl {

// Whether the library uses AES instructions of this processor. Without them ChaCha20-Poly1305 is the faster cipher. [any]
bool HasHardwareAes();

int32_t DescribeLibrary(kw_library* out, kw_error* err) noexcept;

}  // namespace keyway::tls_openssl
