// A plug-in's tables after they were checked: whoever holds a PluginTables may call what stands in it.
//
// The checks are those of keyway/transport.h: sizes end at a field, required pointers are there, mandatory flag bits
// are known, the major versions agree and min_host_minor is met. Everything is [any].
#pragma once

#include <cstdint>
#include <vector>

#include "keyway/ext/alpn.h"
#include "keyway/ext/cert_expiry.h"
#include "keyway/ext/crl.h"
#include "keyway/ext/hello.h"
#include "keyway/ext/ktls.h"
#include "keyway/ext/library.h"
#include "keyway/ext/peer_cert.h"
#include "keyway/ext/session.h"
#include "keyway/ext/stats.h"
#include "keyway/ext/tickets.h"
#include "keyway/transport.h"
#include "server/base/error.h"

namespace keyway::net {

// Null where the plug-in does not have one. All of their functions are there; fields beyond a table's size of ABI 0.9 are asked for
// with KW_HAS_FIELD.
struct Extensions {
  const kw_ext_alpn* alpn = nullptr;
  const kw_ext_cert_expiry* cert_expiry = nullptr;
  const kw_ext_crl* crl = nullptr;
  const kw_ext_hello* hello = nullptr;
  const kw_ext_ktls* ktls = nullptr;
  const kw_ext_library* library = nullptr;
  const kw_ext_peer_cert* peer_cert = nullptr;
  const kw_ext_session* session = nullptr;
  const kw_ext_stats* stats = nullptr;
  const kw_ext_tickets* tickets = nullptr;
};

struct PluginTables {
  const kw_transport* transport = nullptr;
  Extensions extensions;                  // filled in by ReadExtensions
  std::vector<const kw_option*> options;  // filled in by ReadOptions
};

// The most that a filter may leave in rx.
inline constexpr uint32_t kMaxRxUnconsumedLimit = 256 * 1024;
inline constexpr uint32_t kMaxOptions = 1024;

// Asks the plug-in who it is and checks all tables that are there before init. Error texts say what differs.
Result<PluginTables> QueryPlugin(kw_transport_query_fn query);

// After init.
Result<> ReadExtensions(PluginTables& tables);
Result<> ReadOptions(PluginTables& tables);

}  // namespace keyway::net
