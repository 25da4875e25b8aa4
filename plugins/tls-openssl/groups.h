// Key-exchange groups of a SSL_CTX.
#pragma once

#include "keyway/tls/options.hpp"
#include "ssl_ptr.h"

namespace keyway::tls_openssl {

int32_t ApplyGroups(SSL_CTX* ctx, const sdk::tls::TlsSettings& settings, kw_error* err);

}  // namespace keyway::tls_openssl
