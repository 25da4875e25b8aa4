// Verification of the peer: the library's verdict on the chain, and our own on the name.
#pragma once

#include "wolf.h"

namespace keyway::tls_wolfssl {

// Callback of the library for each certificate that it looked at; the Connection is the callback's context.
int VerifyPeer(int chain_ok, WOLFSSL_X509_STORE_CTX* store);

}  // namespace keyway::tls_wolfssl
