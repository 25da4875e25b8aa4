#include "server/net/plugin_tables.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <span>
#include <string>

#include "server/net/abi_error.h"

namespace keyway::net {
namespace {

constexpr uint32_t kFrozenSize = KW_END_OF(kw_transport, build_info);
constexpr size_t kMaxIdLength = 32;
constexpr uint32_t kKnownTransportFlags = KW_TRANSPORT_THREAD_AFFINE;
constexpr uint32_t kKnownRoles = KW_ROLE_FD_CARRIER | KW_ROLE_STREAM_CARRIER | KW_ROLE_FILTER;

// The places at which kw_transport and kw_carrier may end, so that "too short" and "half a field" are told apart.
constexpr uint32_t kTransportEnds[] = {
    KW_END_OF(kw_transport, size),
    KW_END_OF(kw_transport, abi_major),
    KW_END_OF(kw_transport, abi_minor),
    KW_END_OF(kw_transport, min_host_minor),
    KW_END_OF(kw_transport, id),
    KW_END_OF(kw_transport, version),
    KW_END_OF(kw_transport, build_info),
    KW_END_OF(kw_transport, roles),
    KW_END_OF(kw_transport, flags),
    KW_END_OF(kw_transport, max_rx_unconsumed),
    KW_END_OF(kw_transport, reserved),
    KW_END_OF(kw_transport, init),
    KW_END_OF(kw_transport, deinit),
    KW_END_OF(kw_transport, thread_leave),
    KW_END_OF(kw_transport, get_extension),
    KW_END_OF(kw_transport, options),
    KW_END_OF(kw_transport, check),
    KW_END_OF(kw_transport, context_create),
    KW_END_OF(kw_transport, context_free),
    KW_END_OF(kw_transport, carrier),
    KW_END_OF(kw_transport, conn_open),
    KW_END_OF(kw_transport, ops),
};

// Structures of which everything behind the flags is pointers.
bool EndsAtPointer(uint32_t size) { return size <= 8 ? size % 4 == 0 : size % sizeof(void*) == 0; }

Result<> CheckSize(std::string_view name, uint32_t size, uint32_t minimum, bool at_field_end) {
  // What lies behind the fields of this server is unknown, but no field is narrower than four bytes.
  if (!at_field_end && (size < minimum || size % 4 != 0)) {
    return Fail(fmt::format("{} of {} bytes ends in the middle of a field", name, size));
  }
  if (size < minimum) {
    return Fail(fmt::format("{} is too small: {} bytes, where transport ABI {}.{} has at least {}", name, size,
                            KW_ABI_MAJOR, KW_ABI_MINOR, minimum));
  }
  return {};
}

Result<> CheckFlags(std::string_view name, uint32_t flags, uint32_t known) {
  uint32_t unknown = flags & KW_FLAGS_MANDATORY & ~known;
  if (unknown == 0) return {};
  return Fail(fmt::format("{} has flags that this server must understand and does not: {:#x}", name, unknown));
}

Result<> CheckTable(std::string_view name, uint32_t size, uint32_t flags, uint32_t minimum) {
  if (auto result = CheckSize(name, size, minimum, EndsAtPointer(size)); !result) return result;
  return CheckFlags(name, flags, 0);
}

struct RequiredPointer {
  std::string_view name;
  bool present;
};
#define KW_POINTER(table, field) \
  RequiredPointer { #field, (table)->field != nullptr }

Result<> CheckPointers(std::string_view table, std::initializer_list<RequiredPointer> pointers) {
  for (const RequiredPointer& pointer : pointers) {
    if (!pointer.present) return Fail(fmt::format("{}.{} is null and required", table, pointer.name));
  }
  return {};
}

bool IsIdText(const char* text, size_t max_length, std::string_view more) {
  size_t length = strnlen(text, max_length + 1);
  return length > 0 && length <= max_length && std::all_of(text, text + length, [&](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || more.find(c) != more.npos;
         });
}

Result<> CheckVersions(int32_t answer, const kw_transport& transport) {
  if (transport.size < kFrozenSize) {
    return Fail(fmt::format("kw_transport is too small: {} bytes, and not even the first fields fit", transport.size));
  }
  if (transport.abi_major != KW_ABI_MAJOR) {
    return Fail(fmt::format("it needs a server with transport ABI {}.x, and this one has {}.{}", transport.abi_major,
                            KW_ABI_MAJOR, KW_ABI_MINOR));
  }
  if (transport.min_host_minor > KW_ABI_MINOR) {
    return Fail(fmt::format("it needs a server with transport ABI {}.{} or newer, and this one has {}.{}", KW_ABI_MAJOR,
                            transport.min_host_minor, KW_ABI_MAJOR, KW_ABI_MINOR));
  }
  if (answer != KW_OK) {
    return Fail(fmt::format("{} refused this server's transport ABI {}.{}: {} ({})", KW_QUERY_SYMBOL, KW_ABI_MAJOR,
                            KW_ABI_MINOR, ResultName(answer), answer));
  }
  return {};
}

Result<> CheckIdentity(const kw_transport& transport) {
  auto pointers = CheckPointers("kw_transport", {KW_POINTER(&transport, id), KW_POINTER(&transport, version),
                                                 KW_POINTER(&transport, build_info)});
  if (!pointers) return pointers;
  if (!IsIdText(transport.id, kMaxIdLength, "")) {
    return Fail(fmt::format("its id is not 1 to {} characters of a-z, 0-9 and '-'", kMaxIdLength));
  }
  return {};
}

Result<> CheckFdCarrier(const kw_carrier* carrier) {
  return CheckPointers("kw_carrier", {KW_POINTER(carrier, resolve), KW_POINTER(carrier, listen_fd),
                                      KW_POINTER(carrier, dial_fd), KW_POINTER(carrier, fd_configure),
                                      KW_POINTER(carrier, fd_describe), KW_POINTER(carrier, is_local)});
}

Result<> CheckStreamCarrier(const kw_carrier* carrier) {
  auto pointers =
      CheckPointers("kw_carrier", {KW_POINTER(carrier, resolve), KW_POINTER(carrier, stream_listen),
                                   KW_POINTER(carrier, stream_unlisten), KW_POINTER(carrier, stream_dial),
                                   KW_POINTER(carrier, stream_describe), KW_POINTER(carrier, stream_is_local)});
  if (!pointers) return pointers;
  if ((carrier->attach == nullptr) != (carrier->detach == nullptr)) {
    return Fail("kw_carrier has one of attach and detach, and needs both or none");
  }
  return {};
}

Result<> CheckCarrier(const kw_transport& transport) {
  const kw_carrier* carrier = transport.carrier;
  if (carrier == nullptr) return Fail("kw_transport.carrier is null and required for a carrier");
  auto table = CheckTable("kw_carrier", carrier->size, carrier->flags, KW_CARRIER_SIZE_0_9);
  if (!table) return table;
  if (transport.roles & KW_ROLE_FD_CARRIER) {
    if (auto result = CheckFdCarrier(carrier); !result) return result;
  }
  if (transport.roles & KW_ROLE_STREAM_CARRIER) return CheckStreamCarrier(carrier);
  return {};
}

Result<> CheckConnOps(const kw_conn_ops* ops) {
  if (ops == nullptr) return Fail("kw_transport.ops is null and required for filters and stream carriers");
  auto table = CheckTable("kw_conn_ops", ops->size, ops->flags, KW_CONN_OPS_SIZE_0_9);
  if (!table) return table;
  return CheckPointers("kw_conn_ops", {KW_POINTER(ops, handshake), KW_POINTER(ops, read), KW_POINTER(ops, writev),
                                       KW_POINTER(ops, idle), KW_POINTER(ops, shutdown), KW_POINTER(ops, close)});
}

Result<> CheckRoles(const kw_transport& transport) {
  uint32_t roles = transport.roles;
  if (roles == 0 || (roles & ~kKnownRoles) != 0) return Fail(fmt::format("its roles {:#x} are not known here", roles));
  constexpr uint32_t kBothCarriers = KW_ROLE_FD_CARRIER | KW_ROLE_STREAM_CARRIER;
  if ((roles & kBothCarriers) == kBothCarriers)
    return Fail("it wants to be an fd carrier and a stream carrier at once");
  if (roles & kBothCarriers) {
    if (auto result = CheckCarrier(transport); !result) return result;
  }
  if (roles & KW_ROLE_FILTER) {
    if (transport.conn_open == nullptr) return Fail("kw_transport.conn_open is null and required for filters");
    if (transport.max_rx_unconsumed > kMaxRxUnconsumedLimit) {
      return Fail(
          fmt::format("its max_rx_unconsumed of {} is above {}", transport.max_rx_unconsumed, kMaxRxUnconsumedLimit));
    }
  }
  if (roles & (KW_ROLE_FILTER | KW_ROLE_STREAM_CARRIER)) return CheckConnOps(transport.ops);
  return {};
}

Result<> CheckTransport(const kw_transport& transport) {
  bool at_end =
      std::find(std::begin(kTransportEnds), std::end(kTransportEnds), transport.size) != std::end(kTransportEnds);
  if (auto r = CheckSize("kw_transport", transport.size, KW_TRANSPORT_SIZE_0_9, at_end); !r) return r;
  if (auto r = CheckFlags("kw_transport", transport.flags, kKnownTransportFlags); !r) return r;
  auto pointers = CheckPointers("kw_transport", {KW_POINTER(&transport, init), KW_POINTER(&transport, deinit),
                                                 KW_POINTER(&transport, get_extension), KW_POINTER(&transport, options),
                                                 KW_POINTER(&transport, check), KW_POINTER(&transport, context_create),
                                                 KW_POINTER(&transport, context_free)});
  if (!pointers) return pointers;
  return CheckRoles(transport);
}

Result<> CheckOption(const kw_option* option, std::span<const kw_option* const> before) {
  if (option == nullptr) return Fail("its list of options holds a null pointer");
  bool at_end = option->size <= KW_END_OF(kw_option, reserved) ? option->size % 4 == 0 : option->size % 8 == 0;
  if (auto r = CheckSize("kw_option", option->size, KW_OPTION_SIZE_0_9, at_end); !r) return r;
  auto pointers = CheckPointers("kw_option", {KW_POINTER(option, name), KW_POINTER(option, help)});
  if (!pointers) return pointers;
  if (!IsIdText(option->name, sizeof(kw_error::setting) - 1, "._")) return Fail("the name of an option is malformed");
  if (auto r = CheckFlags(fmt::format("option {}", option->name), option->flags, 0); !r) return r;
  if (option->type < KW_TYPE_TEXT || option->type > KW_TYPE_BYTES) {
    return Fail(fmt::format("option {} has type {}, which is not known here", option->name, option->type));
  }
  if (option->type == KW_TYPE_CHOICE && option->choices == nullptr) {
    return Fail(fmt::format("option {} is a choice and has no choices", option->name));
  }
  for (const kw_option* other : before) {
    if (std::strcmp(other->name, option->name) == 0) return Fail(fmt::format("option {} is there twice", option->name));
  }
  return {};
}

template <class Table>
Result<> ReadExtension(const kw_transport& transport, const char* name, uint32_t minimum,
                       std::initializer_list<size_t> functions, const Table*& out) {
  const Table* table = static_cast<const Table*>(transport.get_extension(name));
  if (table == nullptr) return {};
  if (auto r = CheckSize(name, table->size, minimum, EndsAtPointer(table->size)); !r) return r;
  for (size_t offset : functions) {
    void* function;
    std::memcpy(&function, reinterpret_cast<const char*>(table) + offset, sizeof function);
    if (function == nullptr) return Fail(fmt::format("a function of its extension {} is null", name));
  }
  out = table;
  return {};
}

Result<> CheckHello(const kw_ext_hello* hello) {
  if (hello == nullptr || !KW_HAS_FIELD(hello, kw_ext_hello, broken_answer) || hello->broken_answer == nullptr)
    return {};
  const kw_bytes& answer = *hello->broken_answer;
  if (answer.len <= KW_HELLO_ANSWER_MAX && (answer.data != nullptr || answer.len == 0)) return {};
  return Fail(fmt::format("{} has a broken_answer of {} bytes{}; at most {} are taken", KW_EXT_HELLO, answer.len,
                          answer.data == nullptr ? " that is null" : "", KW_HELLO_ANSWER_MAX));
}

}  // namespace

Result<PluginTables> QueryPlugin(kw_transport_query_fn query) {
  const kw_transport* transport = nullptr;
  int32_t answer = query(KW_ABI_MAJOR, KW_ABI_MINOR, &transport);
  if (transport == nullptr) {
    return Fail(fmt::format("{} gave no kw_transport: {} ({})", KW_QUERY_SYMBOL, ResultName(answer), answer));
  }
  if (reinterpret_cast<uintptr_t>(transport) % alignof(kw_transport) != 0) {
    return Fail(fmt::format("{} gave a misaligned pointer", KW_QUERY_SYMBOL));
  }
  if (auto r = CheckVersions(answer, *transport); !r) return std::unexpected(r.error());
  if (auto r = CheckIdentity(*transport); !r) return std::unexpected(r.error());
  if (auto r = CheckTransport(*transport); !r) return std::unexpected(r.error());
  PluginTables tables;
  tables.transport = transport;
  return tables;
}

Result<> ReadExtensions(PluginTables& tables) {
  const kw_transport& t = *tables.transport;
  Extensions& e = tables.extensions;
  Result<> results[] = {
      ReadExtension(t, KW_EXT_ALPN, KW_EXT_ALPN_SIZE_0_9, {offsetof(kw_ext_alpn, selected)}, e.alpn),
      ReadExtension(t, KW_EXT_CERT_EXPIRY, KW_EXT_CERT_EXPIRY_SIZE_0_9, {offsetof(kw_ext_cert_expiry, get)},
                    e.cert_expiry),
      ReadExtension(t, KW_EXT_CRL, KW_EXT_CRL_SIZE_0_9, {offsetof(kw_ext_crl, recheck)}, e.crl),
      ReadExtension(t, KW_EXT_HELLO, KW_EXT_HELLO_SIZE_0_9, {offsetof(kw_ext_hello, inspect)}, e.hello),
      ReadExtension(t, KW_EXT_KTLS, KW_EXT_KTLS_SIZE_0_9, {offsetof(kw_ext_ktls, take)}, e.ktls),
      ReadExtension(t, KW_EXT_LIBRARY, KW_EXT_LIBRARY_SIZE_0_9, {offsetof(kw_ext_library, describe)}, e.library),
      ReadExtension(t, KW_EXT_PEER_CERT, KW_EXT_PEER_CERT_SIZE_0_9, {offsetof(kw_ext_peer_cert, get)}, e.peer_cert),
      ReadExtension(t, KW_EXT_SESSION, KW_EXT_SESSION_SIZE_0_9,
                    {offsetof(kw_ext_session, get), offsetof(kw_ext_session, put)}, e.session),
      ReadExtension(t, KW_EXT_STATS, KW_EXT_STATS_SIZE_0_9, {offsetof(kw_ext_stats, get)}, e.stats),
      ReadExtension(t, KW_EXT_TICKETS, KW_EXT_TICKETS_SIZE_0_9, {offsetof(kw_ext_tickets, set_secrets)}, e.tickets),
  };
  for (const Result<>& result : results) {
    if (!result) return result;
  }
  return CheckHello(e.hello);
}

Result<> ReadOptions(PluginTables& tables) {
  uint32_t count = 0;
  const kw_option* const* list = tables.transport->options(&count);
  if (count > kMaxOptions)
    return Fail(fmt::format("it says that it has {} options; at most {} are taken", count, kMaxOptions));
  if (count > 0 && list == nullptr) return Fail("its list of options is null");
  tables.options.clear();
  for (uint32_t i = 0; i < count; ++i) {
    if (auto r = CheckOption(list[i], tables.options); !r) return r;
    tables.options.push_back(list[i]);
  }
  return {};
}

}  // namespace keyway::net
