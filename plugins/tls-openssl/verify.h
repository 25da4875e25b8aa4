// Verification of the server by a dialled connection, and the choice of an application protocol.
#pragma once

#include <openssl/ssl.h>

#include <string>

#include "keyway/tls/verify.hpp"

namespace keyway::tls_openssl {

// Whether one of the expected names is in the certificate.
bool NameMatches(X509* cert, const sdk::tls::Expectation& expected);

// Callback of SSL_set_verify on dialled connections: the library's verdict on the chain, and our own on the name.
int VerifyServer(int chain_ok, X509_STORE_CTX* store);

// Callback of servers: the first protocol of ours that the client has; none in common goes on without.
int SelectAlpn(SSL* ssl, const unsigned char** out, unsigned char* out_len, const unsigned char* in,
               unsigned int in_len, void*);

// A list of protocols as on the wire.
std::string AlpnWire(const sdk::tls::Expectation& expected);

}  // namespace keyway::tls_openssl
