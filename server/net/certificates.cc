#include "server/net/certificates.h"

#include "server/net/stack.h"

namespace keyway::net {
namespace {

constexpr size_t kMaxCertificates = 1024;

void Visit(void* arg, const kw_context_cert* cert) {
  auto& list = *static_cast<std::vector<CertificateInfo>*>(arg);
  if (list.size() == kMaxCertificates || cert->size < KW_CONTEXT_CERT_SIZE_0_9) return;
  list.push_back({cert->setting, cert->subject, cert->serial, cert->not_before, cert->not_after});
}

}  // namespace

std::vector<CertificateInfo> CertificatesOf(const Stack& stack) {
  std::vector<CertificateInfo> list;
  if (!stack.has_filter() || stack.filter_extensions().cert_expiry == nullptr) return list;
  stack.EnterThread();
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  AbiError error;
  stack.filter_extensions().cert_expiry->get(stack.filter_context().get(), Visit, &list, &error);
  return list;
}

}  // namespace keyway::net
