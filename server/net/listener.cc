// net::Listen, and listening over fd carriers. The descriptor is the host's: it outlives stacks, contexts and plug-in generations.
//
// A turn accepts at most `max_accepts_per_turn` connections; the descriptor is watched level-triggered, so the rest follow in
// the next turn. When the process has no descriptor left the listener rests for a while instead of spinning on an event that
// it cannot take.
#include "server/net/listener.h"

#include <errno.h>
#include <fmt/core.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "server/base/check.h"
#include "server/base/log.h"
#include "server/net/accepted_socket.h"
#include "server/net/address.h"
#include "server/net/fd_stream.h"
#include "server/net/stream_listener.h"

namespace keyway::net {
namespace {

constexpr int64_t kRestUs = 100'000;           // after running out of descriptors
constexpr int64_t kLogIntervalUs = 1'000'000;  // of the line that says so

}  // namespace

FdListener::FdListener(std::shared_ptr<const Stack> stack, ListenerOptions options, kw_address address, UniqueFd fd)
    : stack_(std::move(stack)),
      options_(std::move(options)),
      hold_(options_.carrier->shared_generation(), Held::kListener),
      listen_address_(address),
      fd_(std::move(fd)) {
  FdAddress bound = DescribeFd(*options_.carrier, fd_.get(), KW_END_LOCAL);
  address_ = bound.text.empty() ? AddressText(address) : bound.text;
  port_ = bound.port;
  if (port_ == 0) port_ = static_cast<uint16_t>(address.port);
  watched_ = options_.loop->Add(fd_.get(), event::kReadable, this, /*edge_triggered=*/false);
}

FdListener::~FdListener() {
  if (gone_ != nullptr) *gone_ = true;
  if (rest_timer_ != 0) options_.loop->Cancel(rest_timer_);
  if (watched_) options_.loop->Remove(fd_.get());
}

void FdListener::SetStack(std::shared_ptr<const Stack> stack) {
  KW_DCHECK(!stack->is_stream());
  // A newer copy of the carrier takes the descriptor over; the address means the same to it.
  if (&stack->carrier_context().generation() != &options_.carrier->generation()) {
    auto context = MakeCarrierContext(*stack, options_.settings);
    if (context) {
      options_.carrier = std::move(*context);
      hold_ = GenerationHold(options_.carrier->shared_generation(), Held::kListener);
    } else {
      LogWarning("{}: the listener keeps the carrier that it has: {}", address_, context.error().text());
    }
  }
  stack_ = std::move(stack);
}

void FdListener::Pause(bool paused) {
  paused_ = paused;
  Watch();
}

void FdListener::Watch() {
  if (!watched_) return;
  options_.loop->Modify(fd_.get(), paused_ || rest_timer_ != 0 ? 0 : event::kReadable);
}

void FdListener::Unlink() {
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  const kw_carrier& carrier = *options_.carrier->transport().carrier;
  if (std::exchange(unlinked_, true) || carrier.listen_end == nullptr) return;
  carrier.listen_end(options_.carrier->get(), &listen_address_, fd_.get());
}

void FdListener::OnFdEvents(uint32_t /*events*/) {
  bool gone = false;
  bool* outer = std::exchange(gone_, &gone);  // set when a callback lets the loop turn
  for (int i = 0; i < options_.max_accepts_per_turn && !paused_; ++i) {
    UniqueFd fd(accept4(fd_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd.valid()) {
      if (!AcceptFailed(errno)) break;
      continue;
    }
    Accepted(std::move(fd));
    if (gone) {
      if (outer != nullptr) *outer = true;
      return;
    }
  }
  gone_ = outer;
}

void FdListener::Accepted(UniqueFd fd) {
  const PluginContext& carrier = stack_->carrier_context();
  FdAddress peer = DescribeFd(carrier, fd.get(), KW_END_PEER);
  bool local = FdIsLocal(carrier, fd.get());
  auto stream = std::make_unique<FdStream>(std::move(fd), stack_.get());
  auto socket = std::make_unique<AcceptedConnection>(stack_, std::move(stream), std::move(peer.text), local, nullptr);
  options_.on_accept(std::move(socket));
}

// Whether to go on.
bool FdListener::AcceptFailed(int errno_value) {
  switch (errno_value) {
    case EAGAIN:
      return false;
    case EINTR:
    case ECONNABORTED:
      return true;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      Rest(errno_value);
      return false;
    // Errors of the connection that could not be accepted (accept(2)), not of the listener.
    default:
      LogVerbose("Accepting on {}: {}", address_, strerror(errno_value));
      return false;
  }
}

void FdListener::Rest(int errno_value) {
  int64_t now_us = options_.loop->NowUs();
  if (now_us >= next_log_us_) {
    LogWarning("Accepting on {}: {}", address_, strerror(errno_value));
    next_log_us_ = now_us + kLogIntervalUs;
  }
  rest_timer_ = options_.loop->After(kRestUs, [this] {
    rest_timer_ = 0;
    Watch();
  });
  Watch();
}

// ---- Listen ----

namespace {

Result<UniqueFd> ListenAt(const PluginContext& carrier, const kw_address& address, bool& unsupported) {
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  AbiError error;
  int32_t fd = -1;
  int32_t result = carrier.transport().carrier->listen_fd(carrier.get(), &address, &fd, &error);
  unsupported = result == KW_E_UNSUPPORTED;
  if (result != KW_OK) return Fail(ErrorText(result, error));
  return UniqueFd(fd);
}

// With port 0 the kernel chooses one for the first address, and the others are to have the same.
Result<kw_address> AtPort(const PluginContext& carrier, const kw_address& address, uint16_t port) {
  auto resolved = ResolveAddress(carrier, WithPort(AddressText(address), port), KW_FOR_LISTEN);
  if (!resolved) return std::unexpected(resolved.error());
  return resolved->front();
}

Result<std::vector<std::unique_ptr<Listener>>> ListenOnFds(const std::shared_ptr<const Stack>& stack,
                                                           const std::vector<kw_address>& addresses,
                                                           const ListenerOptions& options) {
  std::vector<std::unique_ptr<Listener>> listeners;
  uint16_t port = 0;
  std::string skipped;
  for (kw_address address : addresses) {
    if (address.port == 0 && port != 0) {
      auto same = AtPort(*options.carrier, address, port);
      if (!same) return std::unexpected(same.error());
      address = *same;
    }
    bool unsupported = false;
    auto fd = ListenAt(*options.carrier, address, unsupported);
    if (!fd) {
      if (!unsupported) return std::unexpected(fd.error());
      skipped = fd.error().text();  // this machine has no such family: fatal only if nothing else is left
      continue;
    }
    auto listener = std::make_unique<FdListener>(stack, options, address, std::move(*fd));
    if (!listener->watched()) return Fail("the event loop cannot watch the socket");
    port = listener->port();
    listeners.push_back(std::move(listener));
  }
  if (listeners.empty()) return Fail(skipped, EADDRNOTAVAIL);
  return listeners;
}

Result<std::vector<std::unique_ptr<Listener>>> ListenOnStreams(const std::shared_ptr<const Stack>& stack,
                                                               const std::vector<kw_address>& addresses,
                                                               const ListenerOptions& options) {
  std::vector<std::unique_ptr<Listener>> listeners;
  for (const kw_address& address : addresses) {
    auto listener = StreamListener::Make(stack, options, address);
    if (!listener) return std::unexpected(listener.error());
    listeners.push_back(std::move(*listener));
  }
  return listeners;
}

}  // namespace

Result<std::vector<std::unique_ptr<Listener>>> Listen(std::shared_ptr<const Stack> stack, const std::string& address,
                                                      const Settings& carrier_settings, int max_accepts_per_turn,
                                                      event::EventLoop& loop, Listener::OnAccept on_accept) {
  auto carrier = MakeCarrierContext(*stack, carrier_settings);
  if (!carrier) return std::unexpected(carrier.error());
  ListenerOptions options;
  options.settings = carrier_settings;
  options.carrier = std::move(*carrier);
  options.loop = &loop;
  options.max_accepts_per_turn = std::max(max_accepts_per_turn, 1);
  options.on_accept = std::move(on_accept);
  auto addresses = ResolveAddress(*options.carrier, address, KW_FOR_LISTEN);
  if (!addresses) return std::unexpected(addresses.error());
  return stack->is_stream() ? ListenOnStreams(stack, *addresses, options) : ListenOnFds(stack, *addresses, options);
}

}  // namespace keyway::net
