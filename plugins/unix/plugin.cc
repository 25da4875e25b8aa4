// The unix transport: an fd carrier over sockets in the file system ("/run/keyway.sock") or in Linux's abstract name space
// ("@keyway").
//
// A path that a dead server left behind is taken over; one that somebody listens at, or that is no socket, is left alone. The path
// goes at the end of the listener, not at a reload.
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "keyway/error.hpp"
#include "keyway/settings.hpp"

namespace keyway::unix_socket {
namespace {

using sdk::Fail;
using sdk::Guarded;
using sdk::MakeOption;

constexpr kw_option kOptions[] = {
    MakeOption("unixsocketperm", KW_TYPE_TEXT, "0", "Mode of the socket's path, in octal; 0 leaves it to the umask.",
               0),
    MakeOption("tcp-backlog", KW_TYPE_INT, "511", "Connections that may wait to be accepted.", 0, nullptr, 0,
               INT32_MAX),
};
constexpr const kw_option* kOptionList[] = {&kOptions[0], &kOptions[1]};
constexpr uint32_t kOptionCount = sizeof kOptionList / sizeof kOptionList[0];

struct Context {
  mode_t mode = 0;
  int backlog = 511;
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
  std::string mode(reader.Get("unixsocketperm").bytes);
  char* end = nullptr;
  unsigned long value = std::strtoul(mode.c_str(), &end, 8);
  if (mode.empty() || mode[0] == '-' || *end != '\0' || value > 0777) {
    return Fail(err, KW_E_CONFIG, KW_REASON_NONE, "unixsocketperm", "the mode is an octal number up to 777");
  }
  out->mode = static_cast<mode_t>(value);
  out->backlog = static_cast<int>(reader.GetInt("tcp-backlog"));
  return KW_OK;
}

// A socket address; a name that starts with '@' lives in the abstract name space, where a zero byte stands for it.
bool ToSockaddr(const std::string& text, sockaddr_un* out, socklen_t* len) {
  std::memset(out, 0, sizeof *out);
  out->sun_family = AF_UNIX;
  if (text.empty() || text.size() >= sizeof out->sun_path) return false;
  std::memcpy(out->sun_path, text.data(), text.size());
  if (text[0] == '@') out->sun_path[0] = '\0';
  *len = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + text.size() + (text[0] == '@' ? 0 : 1));
  return true;
}

void Describe(const sockaddr_un& sa, socklen_t len, kw_address* out) {
  kw_address a{};
  size_t path_len = len > offsetof(sockaddr_un, sun_path) ? len - offsetof(sockaddr_un, sun_path) : 0;
  std::string text(sa.sun_path, path_len);
  if (!text.empty() && text[0] == '\0') {
    text[0] = '@';
  } else {
    text = text.c_str();
  }
  std::memcpy(a.data, &sa, len);
  a.data_len = len;
  std::snprintf(a.text, sizeof a.text, "%s", text.c_str());
  std::snprintf(a.host, sizeof a.host, "%s", text.c_str());
  sdk::FillIn(out, a);
}

int32_t FromAddress(const kw_address* address, sockaddr_un* out, socklen_t* len, kw_error* err) {
  if (!sdk::Sound(address, KW_ADDRESS_SIZE_0_9) || address->data_len > sizeof *out ||
      address->data_len <= offsetof(sockaddr_un, sun_path)) {
    return Fail(err, KW_E_INTERNAL, KW_REASON_ADDRESS, nullptr, "the address is not one of this transport");
  }
  std::memset(out, 0, sizeof *out);
  std::memcpy(out, address->data, address->data_len);
  *len = address->data_len;
  if (out->sun_family != AF_UNIX) {
    return Fail(err, KW_E_INTERNAL, KW_REASON_ADDRESS, nullptr, "the address is not one of this transport");
  }
  return KW_OK;
}

int32_t Resolve(kw_context*, const char* text, uint32_t, kw_emit_address emit, void* arg, kw_error* err) noexcept {
  return Guarded(err, [&]() -> int32_t {
    sockaddr_un sa;
    socklen_t len = 0;
    if (!ToSockaddr(text, &sa, &len)) {
      return Fail(err, KW_E_CONFIG, KW_REASON_ADDRESS, nullptr, "a socket's path has 1 to %zu bytes",
                  sizeof sa.sun_path - 1);
    }
    kw_address address{};
    address.size = sizeof address;
    Describe(sa, len, &address);
    emit(arg, &address);
    return KW_OK;
  });
}

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

int OpenSocket() { return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

// Makes room at a path: nothing there, or the socket of a server that is gone.
int32_t ClearPath(const sockaddr_un& sa, socklen_t len, kw_error* err) {
  struct stat st;
  if (sa.sun_path[0] == '\0' || lstat(sa.sun_path, &st) != 0) return KW_OK;
  if (!S_ISSOCK(st.st_mode)) {
    return Fail(err, KW_E_CONFIG, KW_REASON_ADDRESS_IN_USE, nullptr, "%.120s exists and is no socket", sa.sun_path);
  }
  NewFd probe(OpenSocket());
  bool dead = probe.get() >= 0 && connect(probe.get(), reinterpret_cast<const sockaddr*>(&sa), len) != 0 &&
              errno == ECONNREFUSED;
  if (!dead) {
    return Fail(err, KW_E_CONFIG, KW_REASON_ADDRESS_IN_USE, nullptr, "cannot listen at %.120s: somebody else does",
                sa.sun_path);
  }
  unlink(sa.sun_path);
  return KW_OK;
}

int32_t ListenFd(kw_context* ctx, const kw_address* address, int32_t* out, kw_error* err) noexcept {
  return Guarded(err, [&]() -> int32_t {
    sockaddr_un sa;
    socklen_t len = 0;
    if (int32_t r = FromAddress(address, &sa, &len, err); r != KW_OK) return r;
    if (int32_t r = ClearPath(sa, len, err); r != KW_OK) return r;
    NewFd fd(OpenSocket());
    mode_t mode = Of(ctx).mode;
    if (fd.get() < 0) return SystemError(err, KW_E_INTERNAL, KW_REASON_NONE, "cannot open", "a socket", errno);
    // The path is born with no more than this mode, so nobody connects in between; chmod then adds what the umask took.
    if (mode != 0) fchmod(fd.get(), mode);
    if (bind(fd.get(), reinterpret_cast<sockaddr*>(&sa), len) != 0) {
      uint32_t reason = errno == EADDRINUSE ? KW_REASON_ADDRESS_IN_USE : KW_REASON_ADDRESS;
      return SystemError(err, KW_E_CONFIG, reason, "cannot bind to", address->text, errno);
    }
    if (mode != 0 && sa.sun_path[0] != '\0' && chmod(sa.sun_path, mode) != 0) {
      return SystemError(err, KW_E_CONFIG, KW_REASON_NONE, "cannot set the mode of", address->text, errno);
    }
    if (listen(fd.get(), Of(ctx).backlog) != 0) {
      return SystemError(err, KW_E_CONFIG, KW_REASON_ADDRESS, "cannot listen at", address->text, errno);
    }
    *out = fd.Take();
    return KW_OK;
  });
}

void ListenEnd(kw_context*, const kw_address* address, int32_t) noexcept {
  sockaddr_un sa;
  socklen_t len = 0;
  struct stat st;
  if (FromAddress(address, &sa, &len, nullptr) != KW_OK || sa.sun_path[0] == '\0') return;
  if (lstat(sa.sun_path, &st) == 0 && S_ISSOCK(st.st_mode)) unlink(sa.sun_path);
}

int32_t DialFd(kw_context*, const kw_address* address, int32_t* out, kw_error* err) noexcept {
  return Guarded(err, [&]() -> int32_t {
    sockaddr_un sa;
    socklen_t len = 0;
    if (int32_t r = FromAddress(address, &sa, &len, err); r != KW_OK) return r;
    NewFd fd(OpenSocket());
    if (fd.get() < 0) return SystemError(err, KW_E_INTERNAL, KW_REASON_NONE, "cannot open", "a socket", errno);
    int r = connect(fd.get(), reinterpret_cast<sockaddr*>(&sa), len);
    if (r != 0 && errno != EINPROGRESS) {
      return SystemError(err, KW_E_PEER, KW_REASON_REFUSED, "cannot connect to", address->text, errno);
    }
    *out = fd.Take();
    return r == 0 ? KW_OK : KW_WANT_WRITE;
  });
}

int32_t FdConfigure(kw_context*, int32_t, uint32_t, kw_error*) noexcept { return KW_OK; }

// The end of a client has no name: both ends are shown as the path that joins them.
int32_t FdDescribe(kw_context*, int32_t fd, uint32_t, kw_address* out, kw_error* err) noexcept {
  return Guarded(err, [&]() -> int32_t {
    if (!sdk::Sound(out, KW_ADDRESS_SIZE_0_9)) {
      return Fail(err, KW_E_INTERNAL, KW_REASON_NONE, nullptr, "kw_address is too short");
    }
    for (auto* name_of : {getsockname, getpeername}) {
      sockaddr_un sa{};
      socklen_t len = sizeof sa;
      if (name_of(fd, reinterpret_cast<sockaddr*>(&sa), &len) != 0) continue;
      if (len <= offsetof(sockaddr_un, sun_path)) continue;
      Describe(sa, len, out);
      return KW_OK;
    }
    Describe(sockaddr_un{}, 0, out);
    return KW_OK;
  });
}

int32_t IsLocal(kw_context*, int32_t) noexcept { return 1; }

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
    .resolve = Resolve,
    .listen_fd = ListenFd,
    .listen_end = ListenEnd,
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
    .id = "unix",
    .version = KW_PLUGIN_VERSION,
    .build_info = "sockets in the file system",
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
}  // namespace keyway::unix_socket

extern "C" int32_t kw_transport_query(uint32_t host_major, uint32_t host_minor, const kw_transport** out) {
  return keyway::sdk::AnswerQuery(keyway::unix_socket::kTransport, host_major, host_minor, out);
}
