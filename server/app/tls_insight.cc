#include "server/app/tls_insight.h"

#include "server/base/log.h"
#include "server/net/certificates.h"
#include "server/net/stack.h"

namespace keyway::app {

void TlsInsight::WarnOfSlowLibraries() {
  listeners_.ForEachStack([this](std::string_view, const net::Stack& stack) {
    if (!stack.has_filter()) return;
    const net::Generation& generation = stack.filter_context().generation();
    const auto& library = generation.library();
    if (!library || library->hardware_aes || !warned_.insert(generation.number()).second) return;
    LogWarning(
        "WARNING: {} {} behind transport {} does not use AES instructions of the processor. ChaCha20-Poly1305 is "
        "preferred where clients offer it, and big values are slow over TLS. docs/tls.md says how to get a faster one.",
        library->name, library->version, generation.id());
  });
}

std::vector<stats::CertificateRow> TlsInsight::Certificates() const {
  std::vector<stats::CertificateRow> rows;
  auto add = [&rows](std::string_view used_by, const net::Stack& stack) {
    for (net::CertificateInfo& cert : net::CertificatesOf(stack)) {
      rows.push_back({std::string(used_by), stack.filter_context().generation().id(), std::move(cert.setting),
                      std::move(cert.subject), std::move(cert.serial), cert.not_after});
    }
  };
  listeners_.ForEachStack(add);
  if (links_.stack() != nullptr) add("links", *links_.stack());
  return rows;
}

}  // namespace keyway::app
