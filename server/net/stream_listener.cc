#include "server/net/stream_listener.h"

#include <utility>

#include "server/base/log.h"
#include "server/net/abi_error.h"
#include "server/net/accepted_socket.h"
#include "server/net/address.h"

namespace keyway::net {

StreamListener::StreamListener(std::shared_ptr<const Stack> stack, ListenerOptions options, const kw_address& address)
    : stack_(std::move(stack)),
      listening_(stack_),
      options_(std::move(options)),
      hold_(options_.carrier->shared_generation(), Held::kListener),
      address_(AddressText(address)),
      port_(static_cast<uint16_t>(address.port)) {}

Result<std::unique_ptr<Listener>> StreamListener::Make(std::shared_ptr<const Stack> stack, ListenerOptions options,
                                                       const kw_address& address) {
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  stack->EnterThread();
  std::unique_ptr<StreamListener> listener(new StreamListener(std::move(stack), std::move(options), address));
  AbiError error;
  int32_t result = listener->stack_->carrier().stream_listen(listener->options_.carrier->get(), &address,
                                                             ToAbi(*listener->options_.loop), listener->abi(),
                                                             &listener->listener_, &error);
  if (result != KW_OK) {
    listener->listener_ = nullptr;
    return Fail(ErrorText(result, error));
  }
  return listener;
}

StreamListener::~StreamListener() {
  if (gone_ != nullptr) *gone_ = true;
  if (timer_ != 0) options_.loop->Cancel(timer_);
  if (listener_ == nullptr) return;
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  listening_->carrier().stream_unlisten(listener_);
}

void StreamListener::SetStack(std::shared_ptr<const Stack> stack) {
  // Connections come from the copy of the plug-in that listens, so a stack over another copy cannot take them.
  if (&stack->carrier_context().generation() != &listening_->carrier_context().generation()) {
    LogWarning("{}: the listener keeps its stack, since a new copy of the carrier listens anew only", address_);
    return;
  }
  stack->EnterThread();
  stack_ = std::move(stack);
}

void StreamListener::Pause(bool paused) {
  paused_ = paused;
  if (!paused_ && !waiting_.empty()) Schedule();
}

// From within a call of the plug-in: nothing is called back here.
HostConnection* StreamListener::OnIncoming(kw_conn* conn, const kw_address& peer) {
  if (waiting_.size() >= kMaxWaiting) return nullptr;
  auto stream = std::make_unique<PluginStream>(*stack_, conn, *options_.loop);
  HostConnection* host_conn = stream.get();
  waiting_.push_back({stack_, std::move(stream), AddressText(peer)});
  if (!paused_) Schedule();
  return host_conn;
}

void StreamListener::Schedule() {
  if (timer_ != 0) return;
  timer_ = options_.loop->After(0, [this] {
    timer_ = 0;
    HandOut();
  });
}

void StreamListener::HandOut() {
  bool gone = false;
  bool* outer = std::exchange(gone_, &gone);  // set when a callback lets the loop turn
  for (int i = 0; i < options_.max_accepts_per_turn && !waiting_.empty() && !paused_; ++i) {
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    bool local = next.stream->PeerIsLocal();
    bool moves = next.stack->can_move();
    if (moves) next.stream->Detach();
    options_.on_accept(std::make_unique<AcceptedConnection>(
        std::move(next.stack), std::move(next.stream), std::move(next.peer), local, moves ? nullptr : options_.loop));
    if (gone) {
      if (outer != nullptr) *outer = true;
      return;
    }
  }
  gone_ = outer;
  if (!waiting_.empty() && !paused_) Schedule();
}

}  // namespace keyway::net
