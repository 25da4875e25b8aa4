// A connection with a filter (TLS) between the carrier's bytes and the plaintext.
//
//   opening:  hello ──whole──► handshake (steps, by the loop's HandshakeQueue) ──► open
//
// On the accepting side the plug-in makes its connection object only when the first message is whole and a place is free;
// before that the connection owns the bytes of that message and nothing else. Bytes that are not the filter's protocol get a
// refusal in plain words.
//
// In `open` each Receive is one receive into the thread's scratch and one read of the filter, and each Send one writev of the
// filter for 48 KB and one send.
#pragma once

#include <memory>

#include "server/net/connection_base.h"
#include "server/net/filter_session.h"
#include "server/net/handshake_queue.h"
#include "server/net/stack.h"

namespace keyway::net {

class FilterConnection final : public ConnectionBase, private HostConnection, private HandshakeTicket {
 public:
  // `verify`: the client's side; null: the server's.
  FilterConnection(StackUse use, event::EventLoop& loop, ConnectionHandler& handler, ConnectionInfo info,
                   std::unique_ptr<VerifyPolicy> verify);
  ~FilterConnection() override;

  ReceiveStatus Receive(ReceiveBuffer& into) override;
  size_t unsent_bytes() const override { return unsent_.size() + session_.pipe().tx().size(); }
  size_t memory_bytes() const override;
  void ReleaseIdleMemory() override;

 private:
  enum class Phase : uint8_t { kHello, kHandshake, kDone };
  enum class Fill : uint8_t { kBytes, kNothing, kEnd };

  // ConnectionBase
  void StartOpening() override;
  void OnOpeningEvents(uint32_t events) override;
  WriteOutcome WriteOut(OutputBuffer& output) override;
  bool HasOwnOutput() const override { return !session_.pipe().tx().empty(); }
  void SayGoodbye() override;
  void OnFinished() override;
  bool MayLeave() const override;
  void OnLoopChanged(event::EventLoop* loop) override;
  // HostConnection
  void OnPluginReady(uint32_t ready) override;
  // HandshakeTicket
  void RunHandshakeStep() override;

  void ReadHello();
  void Refuse();
  void AskForStep();
  void FlushOwn();
  int32_t Handshake();
  void FinishHandshake(int32_t result);
  Fill FillInput(size_t bytes);
  ReceiveStatus ReadEnded(int32_t result);

  StackUse use_;  // first: what follows calls the plug-in when it goes
  std::unique_ptr<VerifyPolicy> verify_;
  FilterSession session_;
  Phase phase_ = Phase::kHello;
  bool hello_recognised_ = false;  // the first bytes can be of no other protocol
  bool wants_input_ = false;       // the filter has nothing more to give before bytes or the end come
  bool wants_wake_ = false;        // the plug-in works elsewhere and will say when it is done
  bool read_gated_ = false;        // Receive was put off because tx is full
  bool idle_ = false;              // idle was called and nothing happened since
};

}  // namespace keyway::net
