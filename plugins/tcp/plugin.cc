// The tcp transport: an fd carrier over IPv4 and IPv6.
//
// A context holds the few settings, read once. Descriptors belong to the host as soon as they are returned; nothing is kept
// about them here, so every function but resolve and context_create is a handful of system calls.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "address.h"
#include "keyway/error.hpp"
#include "keyway/settings.hpp"

namespace keyway::tcp {
namespace {

using sdk::Fail;
using sdk::Guarded;
using sdk::MakeOption;

constexpr kw_option kOptions[] = {
    MakeOption("tcp-backlog", KW_TYPE_INT, "511", "Connections that may wait to be accepted.", 0, nullptr, 0,
               INT32_MAX),
    MakeOption("tcp-keepalive", KW_TYPE_INT, "300",
               "Seconds of silence after which the peer is probed; 0 switches that off.", KW_OPTION_RELOADABLE, nullptr,
               0, INT32_MAX),
    MakeOption("bind-source-addr", KW_TYPE_TEXT, nullptr,
               "Address of this machine that dialled connections come from."),
    MakeOption("socket-mark-id", KW_TYPE_INT, "0", "Mark for packets of all connections (SO_MARK); 0 sets none.", 0,
               nullptr, 0, UINT32_MAX),
    MakeOption("tcp.reuseport", KW_TYPE_BOOL, "no", "Whether several processes may listen at one port (SO_REUSEPORT).",
               0),
};
constexpr const kw_option* kOptionList[] = {&kOptions[0], &kOptions[1], &kOptions[2], &kOptions[3], &kOptions[4]};
constexpr uint32_t kOptionCount = sizeof kOptionList / sizeof kOptionList[0];

struct Source {
  sockaddr_storage sa;
  socklen_t len;
};

struct Context {
  int backlog = 511;
  int keepalive_s = 300;
  uint32_t mark = 0;
  bool reuseport = false;
  std::string source_address;   // as configured
  std::vector<Source> sources;  // what it resolves to
};

const Context& Of(kw_context* ctx) { return *reinterpret_cast<const Context*>(ctx); }

int32_t SystemError(kw_error* err, int32_t code, uint32_t reason, const char* what, const char* where, int number) {
  Fail(err, code, reason, nullptr, "%s %.120s: %s", what, where, std::strerror(number));
  sdk::SetLibCode(err, number);
  return code;
}

int32_t ReadContext(const kw_settings* settings, Context* out, kw_error* err) {
  sdk::SettingsReader reader(settings, kOptionList, kOptionCount);
  if (int32_t r = reader.CheckAll(err); r != KW_OK) return r;
  out->backlog = static_cast<int>(reader.GetInt("tcp-backlog"));
  out->keepalive_s = static_cast<int>(reader.GetInt("tcp-keepalive"));
  out->mark = static_cast<uint32_t>(reader.GetInt("socket-mark-id"));
  out->reuseport = reader.GetBool("tcp.reuseport");
  out->source_address = std::string(reader.Get("bind-source-addr").bytes);
  if (out->source_address.empty()) return KW_OK;
  auto keep = [](void* arg, const kw_address* address) {
    Source source{};
    if (ToSockaddr(address, &source.sa, &source.len)) static_cast<Context*>(arg)->sources.push_back(source);
  };
  int32_t r = Resolve(Endpoint{out->source_address, "0"}, KW_FOR_LISTEN, keep, out, err);
  if (r != KW_OK)
    return Fail(err, KW_E_CONFIG, KW_REASON_ADDRESS, "bind-source-addr", "cannot resolve '%.100s'",
                out->source_address.c_str());
  return KW_OK;
}

// A descriptor that is closed unless somebody takes it.
class NewFd {
 public:
  explicit NewFd(int fd) : fd_(fd) {}
  ~NewFd() {
    if (fd_ >= 0) close(fd_);
  }
  NewFd(const NewFd&) = delete;
  NewFd& operator=(const NewFd&) = delete;
  int get() const { return fd_; }
  int Take() {
    int fd = fd_;
    fd_ = -1;
    return fd;
  }

 private:
  int fd_;
};

bool SetInt(int fd, int level, int name, int value) { return setsockopt(fd, level, name, &value, sizeof value) == 0; }

void SetMark(const Context& ctx, int fd) {
  if (ctx.mark != 0) setsockopt(fd, SOL_SOCKET, SO_MARK, &ctx.mark, sizeof ctx.mark);
}

int OpenSocket(int family) { return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP); }

bool NoSuchFamily(int number) {
  return number == EADDRNOTAVAIL || number == EAFNOSUPPORT || number == EPROTONOSUPPORT || number == ENOPROTOOPT ||
         number == ESOCKTNOSUPPORT || number == EPFNOSUPPORT;
}

int32_t ListenFailed(kw_error* err, const char* what, const char* where, int number) {
  if (NoSuchFamily(number)) return SystemError(err, KW_E_UNSUPPORTED, KW_REASON_ADDRESS, what, where, number);
  uint32_t reason = number == EADDRINUSE ? KW_REASON_ADDRESS_IN_USE : KW_REASON_NONE;
  return SystemError(err, KW_E_CONFIG, reason, what, where, number);
}

int32_t BadAddress(kw_error* err) {
  return Fail(err, KW_E_INTERNAL, KW_REASON_ADDRESS, nullptr, "the address is not one of this transport");
}

int32_t ListenFd(kw_context* ctx, const kw_address* address, int32_t* out, kw_error* err) noexcept {
  return Guarded(err, [&]() -> int32_t {
    sockaddr_storage sa;
    socklen_t len;
    if (!ToSockaddr(address, &sa, &len)) return BadAddress(err);
    NewFd fd(OpenSocket(sa.ss_family));
    if (fd.get() < 0) return ListenFailed(err, "cannot open a socket for", address->text, errno);
    SetInt(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    if (Of(ctx).reuseport) SetInt(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1);
    // Every family has a descriptor of its own, so "*" and "[::*]" can stand side by side.
    if (sa.ss_family == AF_INET6) SetInt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
    SetMark(Of(ctx), fd.get());
    if (bind(fd.get(), reinterpret_cast<sockaddr*>(&sa), len) != 0) {
      return ListenFailed(err, "cannot bind to", address->text, errno);
    }
    if (listen(fd.get(), Of(ctx).backlog) != 0) return ListenFailed(err, "cannot listen at", address->text, errno);
    *out = fd.Take();
    return KW_OK;
  });
}

// Binds to the configured source address of the peer's family; the port is chosen by the system.
int32_t BindSource(const Context& ctx, int fd, int family, kw_error* err) {
  for (const Source& source : ctx.sources) {
    if (source.sa.ss_family != family) continue;
    SetInt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (bind(fd, reinterpret_cast<const sockaddr*>(&source.sa), source.len) == 0) return KW_OK;
    return SystemError(err, KW_E_CONFIG, KW_REASON_ADDRESS, "cannot come from", ctx.source_address.c_str(), errno);
  }
  return Fail(err, KW_E_UNSUPPORTED, KW_REASON_ADDRESS, "bind-source-addr",
              "'%.100s' is of another family than the peer", ctx.source_address.c_str());
}

int32_t DialFd(kw_context* ctx, const kw_address* address, int32_t* out, kw_error* err) noexcept {
  return Guarded(err, [&]() -> int32_t {
    sockaddr_storage sa;
    socklen_t len;
    if (!ToSockaddr(address, &sa, &len)) return BadAddress(err);
    NewFd fd(OpenSocket(sa.ss_family));
    if (fd.get() < 0) {
      int number = errno;
      return SystemError(err, NoSuchFamily(number) ? KW_E_UNSUPPORTED : KW_E_INTERNAL, KW_REASON_ADDRESS,
                         "cannot open a socket for", address->text, number);
    }
    SetMark(Of(ctx), fd.get());
    if (!Of(ctx).source_address.empty()) {
      if (int32_t r = BindSource(Of(ctx), fd.get(), sa.ss_family, err); r != KW_OK) return r;
    }
    int r = connect(fd.get(), reinterpret_cast<sockaddr*>(&sa), len);
    if (r != 0 && errno != EINPROGRESS) {
      int number = errno;
      return SystemError(err, NoSuchFamily(number) ? KW_E_UNSUPPORTED : KW_E_PEER, KW_REASON_REFUSED,
                         "cannot connect to", address->text, number);
    }
    *out = fd.Take();
    return r == 0 ? KW_OK : KW_WANT_WRITE;
  });
}

int32_t FdConfigure(kw_context* ctx, int32_t fd, uint32_t, kw_error* err) noexcept {
  const Context& c = Of(ctx);
  bool ok = SetInt(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  ok = SetInt(fd, SOL_SOCKET, SO_KEEPALIVE, c.keepalive_s > 0 ? 1 : 0) && ok;
  if (c.keepalive_s > 0) {
    // Dead after about twice the setting: three probes, a third of it apart.
    int interval_s = c.keepalive_s / 3 > 0 ? c.keepalive_s / 3 : 1;
    constexpr int kMaxSeconds = 32767;
    ok = SetInt(fd, IPPROTO_TCP, TCP_KEEPIDLE, c.keepalive_s < kMaxSeconds ? c.keepalive_s : kMaxSeconds) && ok;
    ok = SetInt(fd, IPPROTO_TCP, TCP_KEEPINTVL, interval_s < kMaxSeconds ? interval_s : kMaxSeconds) && ok;
    ok = SetInt(fd, IPPROTO_TCP, TCP_KEEPCNT, 3) && ok;
  }
  SetMark(c, fd);
  return ok ? KW_OK : SystemError(err, KW_E_INTERNAL, KW_REASON_NONE, "cannot set options of", "a connection", errno);
}

int32_t FdDescribe(kw_context*, int32_t fd, uint32_t end, kw_address* out, kw_error* err) noexcept {
  if (!sdk::Sound(out, KW_ADDRESS_SIZE_0_9)) return BadAddress(err);
  sockaddr_storage sa{};
  socklen_t len = sizeof sa;
  int r = end == KW_END_LOCAL ? getsockname(fd, reinterpret_cast<sockaddr*>(&sa), &len)
                              : getpeername(fd, reinterpret_cast<sockaddr*>(&sa), &len);
  if (r != 0) return SystemError(err, KW_E_PEER, KW_REASON_NONE, "cannot tell an end of", "a connection", errno);
  Describe(sa, len, out);
  return KW_OK;
}

int32_t IsLocal(kw_context*, int32_t fd) noexcept {
  sockaddr_storage sa{};
  socklen_t len = sizeof sa;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&sa), &len) != 0) return 0;
  if (sa.ss_family == AF_INET) {
    return (ntohl(reinterpret_cast<const sockaddr_in&>(sa).sin_addr.s_addr) >> 24) == 127 ? 1 : 0;
  }
  if (sa.ss_family != AF_INET6) return 0;
  const in6_addr& a = reinterpret_cast<const sockaddr_in6&>(sa).sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(&a) || (IN6_IS_ADDR_V4MAPPED(&a) && a.s6_addr[12] == 127) ? 1 : 0;
}

int32_t ResolveText(kw_context*, const char* text, uint32_t purpose, kw_emit_address emit, void* arg,
                    kw_error* err) noexcept {
  return Guarded(err, [&]() -> int32_t {
    Endpoint endpoint;
    if (int32_t r = SplitEndpoint(text, &endpoint, err); r != KW_OK) return r;
    return Resolve(endpoint, purpose, emit, arg, err);
  });
}

int32_t Check(const kw_settings* settings, kw_error* err) noexcept {
  return Guarded(err, [&] {
    Context ctx;
    return ReadContext(settings, &ctx, err);
  });
}

int32_t ContextCreate(const kw_settings* settings, kw_context** out, kw_error* err) noexcept {
  return Guarded(err, [&] {
    auto ctx = std::make_unique<Context>();
    int32_t r = ReadContext(settings, ctx.get(), err);
    if (r == KW_OK) *out = reinterpret_cast<kw_context*>(ctx.release());
    return r;
  });
}

void ContextFree(kw_context* ctx) noexcept { delete reinterpret_cast<Context*>(ctx); }

int32_t Init(const kw_host*, kw_error*) noexcept { return KW_OK; }
void Deinit() noexcept {}
const void* GetExtension(const char*) noexcept { return nullptr; }
const kw_option* const* Options(uint32_t* count) noexcept {
  *count = kOptionCount;
  return kOptionList;
}

constexpr kw_carrier kCarrier = {
    .size = sizeof(kw_carrier),
    .flags = 0,
    .resolve = ResolveText,
    .listen_fd = ListenFd,
    .listen_end = nullptr,
    .dial_fd = DialFd,
    .fd_configure = FdConfigure,
    .fd_describe = FdDescribe,
    .is_local = IsLocal,
    .stream_listen = nullptr,
    .stream_unlisten = nullptr,
    .stream_dial = nullptr,
    .attach = nullptr,
    .detach = nullptr,
    .stream_describe = nullptr,
    .stream_is_local = nullptr,
};

constexpr kw_transport kTransport = {
    .size = sizeof(kw_transport),
    .abi_major = KW_ABI_MAJOR,
    .abi_minor = KW_ABI_MINOR,
    .min_host_minor = 9,
    .id = "tcp",
    .version = KW_PLUGIN_VERSION,
    .build_info = "sockets, IPv4 and IPv6",
    .roles = KW_ROLE_FD_CARRIER,
    .flags = KW_TRANSPORT_UNLOADABLE,
    .max_rx_unconsumed = 0,
    .reserved = 0,
    .init = Init,
    .deinit = Deinit,
    .thread_leave = nullptr,
    .get_extension = GetExtension,
    .options = Options,
    .check = Check,
    .context_create = ContextCreate,
    .context_free = ContextFree,
    .carrier = &kCarrier,
    .conn_open = nullptr,
    .ops = nullptr,
};

}  // namespace
}  // namespace keyway::tcp

extern "C" int32_t kw_transport_query(uint32_t host_major, uint32_t host_minor, const kw_transport** out) {
  return keyway::sdk::AnswerQuery(keyway::tcp::kTransport, host_major, host_minor, out);
}
