// From OpenSSL's error queue and verification results to kw_error. Each of these leaves the calling thread's queue empty.
#pragma once

#include <openssl/ssl.h>

#include <string>

#include "keyway/transport.h"

namespace keyway::tls_openssl {

// The KW_REASON_... of an X509_V_ERR_... code.
uint32_t ReasonOfVerify(long verify_error);

// The oldest entry of the queue as text ("no shared cipher"), or an empty string.
std::string TakeError(unsigned long* code);

// A setting that the library would not take: KW_E_CONFIG, "what: the library's words".
int32_t FailSetting(kw_error* err, const char* setting, const std::string& what);

// What a failed handshake, read or write of `ssl` means. `verify_error` is what the connection's own checks found, or X509_V_OK.
int32_t FailConnection(SSL* ssl, long verify_error, bool is_server, kw_error* err);

}  // namespace keyway::tls_openssl
