// library/1.
#pragma once

#include "keyway/ext/library.h"

namespace keyway::tls_wolfssl {

int32_t DescribeLibrary(kw_library* out, kw_error* err) noexcept;

}  // namespace keyway::tls_wolfssl
