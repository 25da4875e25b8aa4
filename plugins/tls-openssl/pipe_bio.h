// The BIO through which OpenSSL sees a kw_pipe: reads take from rx, writes append to tx and are never refused.
#pragma once

#include "ssl_ptr.h"

namespace keyway::tls_openssl {

// No type number is asked of the library for it: those are few for the whole process, and every reload would use one up.
BioMethodPtr NewPipeBioMethod();

}  // namespace keyway::tls_openssl
