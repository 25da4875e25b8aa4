// Key-exchange groups of a WOLFSSL_CTX.
#pragma once

#include "keyway/tls/options.hpp"
#include "wolf.h"

namespace keyway::tls_wolfssl {

int32_t ApplyGroups(WOLFSSL_CTX* ctx, const sdk::tls::TlsSettings& settings, kw_error* err);

}  // namespace keyway::tls_wolfssl
