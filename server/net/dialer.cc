// net::Dial: from a text to an open connection.
//
//   resolve [background] ──► addresses, families taking turns ──► attempts, one more each 250 ms or when one fails
//                                                                   └─ the first that connects goes on to its handshake
//
// The connection exists from the start, in state "opening" and without a stream; a Dialer belongs to it until it has one. One
// deadline spans everything.
#include <errno.h>
#include <fmt/core.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "server/net/accepted_socket.h"
#include "server/net/address.h"
#include "server/net/dialer.h"
#include "server/net/fd_stream.h"
#include "server/net/loop_state.h"
#include "server/net/plugin_stream.h"

namespace keyway::net {
namespace {

constexpr int64_t kStaggerUs = 250'000;  // RFC 8305's recommendation

int SocketError(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

}  // namespace

// What the background thread works on; the dialer may be gone when it is done.
struct Dialer::Lookup {
  std::shared_ptr<const Stack> stack;
  std::string address;
  std::string source_address;
  Dialer* dialer;  // null when it is gone; the loop's thread only
  ContextPtr carrier;
  Result<std::vector<kw_address>> addresses = Fail("");

  void Work() {
    stack->EnterThread();
    carrier = stack->shared_carrier_context();
    if (!source_address.empty()) {
      auto context = MakeCarrierContext(*stack, {{"bind-source-addr", source_address}});
      if (!context) {
        addresses = std::unexpected(context.error());
        return;
      }
      carrier = std::move(*context);
    }
    addresses = ResolveAddress(*carrier, address, KW_FOR_DIAL);
  }
};

// One descriptor on its way.
struct Dialer::Attempt final : event::FdHandler {
  Attempt(Dialer& owner, UniqueFd descriptor) : dialer(owner), fd(std::move(descriptor)) {}
  ~Attempt() {
    if (watched) dialer.loop_.Remove(fd.get());
  }
  void OnFdEvents(uint32_t /*events*/) override { dialer.Settled(*this); }

  Dialer& dialer;
  UniqueFd fd;
  bool watched = false;
};

Dialer::Dialer(std::shared_ptr<const Stack> stack, event::EventLoop& loop, ConnectionBase& connection)
    : stack_(std::move(stack)), loop_(loop), connection_(connection) {}

Dialer::~Dialer() {
  if (lookup_) lookup_->dialer = nullptr;
  if (timer_ != 0) loop_.Cancel(timer_);
}

void Dialer::Start(const std::string& address, const std::string& source_address) {
  lookup_ = std::make_shared<Lookup>();
  lookup_->stack = stack_;
  lookup_->address = address;
  lookup_->source_address = source_address;
  lookup_->dialer = this;
  LoopState::Of(loop_).resolver.Run([lookup = lookup_] { lookup->Work(); },
                                    [lookup = lookup_] {
                                      if (lookup->dialer != nullptr) lookup->dialer->Resolved();
                                    });
}

void Dialer::StartFailing(std::string detail) {
  error_ = std::move(detail);
  timer_ = loop_.After(0, [this] {
    timer_ = 0;
    GiveUp();
  });
}

void Dialer::Resolved() {
  auto lookup = std::exchange(lookup_, nullptr);
  carrier_ = lookup->carrier;
  if (!lookup->addresses) {
    error_ = lookup->addresses.error().text();
    GiveUp();
    return;
  }
  addresses_ = std::move(*lookup->addresses);
  InterleaveFamilies(addresses_);
  TryNext();
}

void Dialer::TryNext() {
  if (timer_ != 0) loop_.Cancel(std::exchange(timer_, 0));
  while (next_ < addresses_.size()) {
    const kw_address& address = addresses_[next_++];
    if (stack_->is_stream() ? TryStream(address) : TryFd(address)) return;
  }
  if (attempts_.empty()) GiveUp();
}

// Whether something came of it: a connection, or an attempt under way.
bool Dialer::TryFd(const kw_address& address) {
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  AbiError error;
  int32_t number = -1;
  int32_t result = stack_->carrier().dial_fd(carrier_->get(), &address, &number, &error);
  if (result != KW_OK && result != KW_WANT_WRITE) {
    error_ = ErrorText(result, error);
    return false;
  }
  auto attempt = std::make_unique<Attempt>(*this, UniqueFd(number));
  if (result == KW_OK) {
    Connected(std::move(attempt->fd));
    return true;
  }
  attempt->watched = loop_.Add(number, event::kWritable, attempt.get());
  if (!attempt->watched) {
    error_ = "the event loop cannot watch the connection";
    return false;
  }
  attempts_.push_back(std::move(attempt));
  if (next_ < addresses_.size()) {
    timer_ = loop_.After(kStaggerUs, [this] {
      timer_ = 0;
      TryNext();
    });
  }
  return true;
}

bool Dialer::TryStream(const kw_address& address) {
  std::string error;
  auto stream = PluginStream::Dial(*stack_, *carrier_, address, loop_, error);
  if (stream == nullptr) {
    error_ = std::move(error);
    return false;
  }
  HandOver(std::move(stream), AddressText(address));
  return true;
}

void Dialer::Settled(Attempt& attempt) {
  int error = SocketError(attempt.fd.get());
  if (error == 0) {
    loop_.Remove(attempt.fd.get());
    attempt.watched = false;
    Connected(std::move(attempt.fd));
    return;
  }
  error_ = strerror(error);
  std::erase_if(attempts_, [&](const auto& other) { return other.get() == &attempt; });
  TryNext();
}

void Dialer::Connected(UniqueFd fd) {
  FdAddress peer = DescribeFd(*carrier_, fd.get(), KW_END_PEER);
  ConfigureFd(*stack_, fd.get(), KW_FOR_DIAL);
  HandOver(std::make_unique<FdStream>(std::move(fd), stack_.get()), std::move(peer.text));
}

// The last thing that a dialer does: the connection lets go of it.
void Dialer::HandOver(std::unique_ptr<ByteStream> stream, std::string peer) {
  connection_.BeginDialled(std::move(stream), std::move(peer));
}

void Dialer::GiveUp() { connection_.FailOpening(CloseCause::kDialFailed, error_); }

std::unique_ptr<Connection> Dial(std::shared_ptr<const Stack> stack, const std::string& address, DialOptions options,
                                 event::EventLoop& loop, ConnectionHandler& handler) {
  StackUse use(stack);
  auto info = InfoOf(*stack, address, false);
  const VerifyPolicy& verify = options.verify;
  // Fails closed here already, so that no plug-in can take "check the name" without a name for "any name".
  bool nameless = stack->has_filter() && verify.check_name &&
                  std::all_of(verify.expected_names.begin(), verify.expected_names.end(),
                              [](const std::string& name) { return name.empty(); });
  auto policy = stack->has_filter() ? std::make_unique<VerifyPolicy>(verify) : nullptr;
  auto connection = MakeConnection(std::move(use), loop, handler, std::move(info), std::move(policy));
  connection->SetOpeningDeadline(options.timeout_ms * 1000);
  auto dialer = std::make_unique<Dialer>(std::move(stack), loop, *connection);
  if (nameless) {
    dialer->StartFailing("there is no name to check the peer's certificate against");
  } else {
    dialer->Start(address, options.source_address);
  }
  connection->SetDialer(std::move(dialer));
  return connection;
}

}  // namespace keyway::net
