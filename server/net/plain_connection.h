// A connection whose carrier's bytes are the plaintext: no plug-in call on the way of a request over a descriptor.
#pragma once

#include <optional>

#include "server/net/connection_base.h"
#include "server/net/stack.h"

namespace keyway::net {

class PlainConnection final : public ConnectionBase {
 public:
  // `use` is empty in tests that bring a descriptor of their own.
  PlainConnection(std::optional<StackUse> use, event::EventLoop& loop, ConnectionHandler& handler, ConnectionInfo info)
      : ConnectionBase(loop, handler, std::move(info)), use_(std::move(use)) {}
  ~PlainConnection() override { stream_.reset(); }  // before the plug-in may go

  ReceiveStatus Receive(ReceiveBuffer& into) override { return ReceivePlain(into); }
  size_t memory_bytes() const override { return sizeof *this + sizeof(void*) * 16 + unsent_.memory_bytes(); }
  void ReleaseIdleMemory() override {}

 private:
  void StartOpening() override {
    if (stream_->may_read()) DeferReadable();  // what came before anybody listened
    Opened();
  }
  void OnOpeningEvents(uint32_t /*events*/) override {}
  WriteOutcome WriteOut(OutputBuffer& output) override { return WritePlain(output); }

  std::optional<StackUse> use_;
};

}  // namespace keyway::net
