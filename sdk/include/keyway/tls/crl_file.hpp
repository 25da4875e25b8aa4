// tls-crl-file: all lists of the file, each checked before any counts.
#pragma once

#include <ctime>
#include <string>

#include "keyway/error.hpp"
#include "keyway/settings.hpp"
#include "keyway/tls/crl.hpp"
#include "keyway/tls/pem.hpp"

namespace keyway::sdk::tls {

inline constexpr char kCrlSetting[] = "tls-crl-file";

// verify(crl, der) says whether a configured authority has signed the list: null, or why not. A list that is out of date is refused
// unless `keep_expired`, and then it counts as it is.
template <class Verify>
int32_t ReadCrlFile(const Value& file, bool keep_expired, Verify verify, RevocationLists* out, kw_error* err) {
  out->set_keep_expired(keep_expired);
  if (!file.set()) return KW_OK;
  const std::string where = file.origin.empty() ? "" : " of " + std::string(file.origin);
  bool broken = false;
  const std::vector<std::string_view> blocks = PemBlocks(file.bytes, "X509 CRL", &broken);
  if (blocks.empty() && !broken) {
    return Fail(err, KW_E_CONFIG, KW_REASON_NONE, kCrlSetting, "there is no revocation list in the file%s",
                where.c_str());
  }
  auto refuse = [&](const char* why) {
    return Fail(err, KW_E_CONFIG, KW_REASON_NONE, kCrlSetting, "a revocation list%s %s", where.c_str(), why);
  };
  if (broken) return refuse("is broken");
  const int64_t now_s = static_cast<int64_t>(time(nullptr));
  for (std::string_view block : blocks) {
    const std::string der = PemBody(block);
    Crl crl;
    if (const char* why = ReadCrl(der, &crl); why != nullptr) return refuse(why);
    if (const char* why = verify(crl, der); why != nullptr) return refuse(why);
    if (!keep_expired && crl.next_update < now_s) return refuse("is out of date: its authority has to issue a new one");
    if (!keep_expired && crl.this_update > now_s) return refuse("is not valid yet");
    out->Add(crl);
  }
  return KW_OK;
}

}  // namespace keyway::sdk::tls
