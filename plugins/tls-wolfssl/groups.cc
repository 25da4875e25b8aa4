#include "groups.h"

#include <wolfssl/wolfcrypt/ecc.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "errors.h"
#include "keyway/tls/groups.hpp"

namespace keyway::tls_wolfssl {
namespace {

// The finite-field groups are left out: the library's call that holds for TLS 1.2 as well does not know them.
bool IsThere(const sdk::tls::Group& group) {
  const std::string_view name = group.name;
#ifdef HAVE_CURVE25519
  if (name == "X25519") return true;
#endif
#ifdef HAVE_CURVE448
  if (name == "X448") return true;
#endif
#ifdef HAVE_ECC
  if (name == "P-256") return wc_ecc_get_curve_idx(ECC_SECP256R1) >= 0;
  if (name == "P-384") return wc_ecc_get_curve_idx(ECC_SECP384R1) >= 0;
  if (name == "P-521") return wc_ecc_get_curve_idx(ECC_SECP521R1) >= 0;
#endif
  return false;
}

}  // namespace

int32_t ApplyGroups(WOLFSSL_CTX* ctx, const sdk::tls::TlsSettings& settings, std::vector<const sdk::tls::Group*>* out,
                    kw_error* err) {
  std::vector<const sdk::tls::Group*> groups;
  if (int32_t r = sdk::tls::ParseGroups(settings.groups, "this wolfSSL", IsThere, &groups, err); r != KW_OK) return r;
  if (groups.empty()) return KW_OK;
  if (wolfSSL_CTX_set1_curves_list(ctx, sdk::tls::JoinGroups(groups).c_str()) != WOLFSSL_SUCCESS) {
    return FailSetting(err, "tls-groups", "the library refuses these groups", 0);
  }
  *out = std::move(groups);
  return KW_OK;
}

bool UsesOneOf(const std::vector<const sdk::tls::Group*>& groups, WOLFSSL* ssl) {
  if (groups.empty()) return true;
  const char* name = wolfSSL_get_curve_name(ssl);
  const sdk::tls::Group* used = name != nullptr ? sdk::tls::FindGroup(name) : nullptr;
  return used == nullptr || std::find(groups.begin(), groups.end(), used) != groups.end();
}

}  // namespace keyway::tls_wolfssl
