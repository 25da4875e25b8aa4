#include "groups.h"

#include <openssl/err.h>

#include <string>
#include <vector>

#include "errors.h"
#include "keyway/tls/groups.hpp"

namespace keyway::tls_openssl {

int32_t ApplyGroups(SSL_CTX* ctx, const sdk::tls::TlsSettings& settings, kw_error* err) {
  SslCtxPtr trial(SSL_CTX_new(TLS_method()));
  auto is_there = [&trial](const sdk::tls::Group& group) {
    bool there = trial && SSL_CTX_set1_groups_list(trial.get(), group.name) == 1;
    ERR_clear_error();
    return there;
  };
  std::vector<const sdk::tls::Group*> groups;
  if (int32_t r = sdk::tls::ParseGroups(settings.groups, "this OpenSSL", is_there, &groups, err); r != KW_OK) return r;
  if (groups.empty()) return KW_OK;
  if (SSL_CTX_set1_groups_list(ctx, sdk::tls::JoinGroups(groups).c_str()) != 1) {
    return FailSetting(err, "tls-groups", "the library refuses these groups");
  }
  return KW_OK;
}

}  // namespace keyway::tls_openssl
