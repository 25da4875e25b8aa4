// From wolfSSL's numbers to kw_error. The library's queue of errors (one for each thread, in builds that have one) is emptied.
#pragma once

#include <string>

#include "keyway/transport.h"
#include "wolf.h"

namespace keyway::tls_wolfssl {

void DrainErrors() noexcept;

// The library's words for one of its numbers.
std::string ErrorText(int number);

// KW_REASON_... of what a verification callback saw: an X509_V_ERR_... or one of the library's own numbers, by build.
uint32_t ReasonOfVerify(int number);

// KW_REASON_... of an error of the library when it speaks of a certificate, else KW_REASON_NONE.
uint32_t CertReason(int number);

// A setting that the library would not take: KW_E_CONFIG, "what: the library's words".
int32_t FailSetting(kw_error* err, const char* setting, const std::string& what, int number);

// What a failed handshake or read means. `number` is wolfSSL_get_error's, `cert_reason` what our own verification found,
// `plain_alert` an alert of the peer's that the library did not understand, or -1.
int32_t FailConnection(WOLFSSL* ssl, int number, uint32_t cert_reason, int plain_alert, bool is_server, kw_error* err);

}  // namespace keyway::tls_wolfssl
