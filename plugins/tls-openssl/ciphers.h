// Protocol versions, ciphers and ciphersuites of an SSL_CTX.
#pragma once

#include <openssl/ssl.h>

#include "keyway/tls/options.hpp"

namespace keyway::tls_openssl {

int32_t ApplyCiphers(SSL_CTX* ctx, const sdk::tls::TlsSettings& settings, kw_error* err);

}  // namespace keyway::tls_openssl
