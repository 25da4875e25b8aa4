// Key-exchange groups of a WOLFSSL_CTX.
#pragma once

#include <vector>

#include "keyway/tls/groups.hpp"
#include "keyway/tls/options.hpp"
#include "wolf.h"

namespace keyway::tls_wolfssl {

// `out`: those that are set; empty when the library chooses.
int32_t ApplyGroups(WOLFSSL_CTX* ctx, const sdk::tls::TlsSettings& settings, std::vector<const sdk::tls::Group*>* out,
                    kw_error* err);

// Whether an established connection uses one of `groups`, or none at all. A server of TLS 1.2 does not look at the list itself.
bool UsesOneOf(const std::vector<const sdk::tls::Group*>& groups, WOLFSSL* ssl);

}  // namespace keyway::tls_wolfssl
