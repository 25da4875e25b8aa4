// A connection with a filter (TLS) between the carrier's bytes and the plaintext.
//
//   opening:  hello ──whole──► handshake (steps, by the loop's HandshakeQueue) ──► open
//               │    the server name in it may lead to another stack
//               └─ no TLS ──► refused, or open as plaintext, if the stack's rules say so
//
// On the accepting side the plug-in makes its connection object only when the first message is whole and a place is free;
// before that the connection owns the bytes of that message and nothing else. The stack is settled by then and never changes
// again.
//
// In `open` each Receive is one receive into the thread's scratch and one read of the filter, and each Send one writev of the
// filter for 48 KB and one send.
#pragma once

#include <memory>
#include <string_view>

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

  // Before Begin, when plaintext is served too: the first byte of the filter's protocol sets this deadline in force. Negative: none.
  void ExpectPlaintext(int64_t handshake_timeout_us) {
    handshake_timeout_us_ = handshake_timeout_us;
    awaits_first_byte_ = true;
  }

  ReceiveStatus Receive(ReceiveBuffer& into) override;
  size_t unsent_bytes() const override { return unsent_.size() + session_.pipe().tx().size(); }
  size_t memory_bytes() const override;
  void ReleaseIdleMemory() override;
  std::string Session() const override { return session_.Session(); }
  void Recheck(std::shared_ptr<const NewerStacks> newer) override;

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
  CloseCause OpeningTimeout() const override;
  // HandshakeTicket
  void RunHandshakeStep() override;
  void DropHandshake() override;

  void ReadHello(uint32_t events);
  void ExchangeStack(std::shared_ptr<const Stack> stack);
  void ServePlain();
  void Refuse();
  void Answer(std::string_view bytes);
  void AskForStep(uint32_t events);
  void FlushOwn();
  int32_t Handshake();
  void FinishHandshake(int32_t result);
  void FailHandshake(std::string_view reason, std::string detail);
  bool IsRevoked(const NewerStacks& newer);
  Fill FillInput(size_t bytes);
  ReceiveStatus ReceiveWithoutFilter(ReceiveBuffer& into);
  ReceiveStatus ReadEnded(int32_t result);

  StackUse use_;  // first: what follows calls the plug-in when it goes
  std::unique_ptr<VerifyPolicy> verify_;
  FilterSession session_;
  std::shared_ptr<const NewerStacks> newer_;  // what Recheck told while the connection was opening
  int64_t handshake_timeout_us_ = -1;         // while awaits_first_byte_
  uint32_t handshake_cpu_us_ = 0;
  bool awaits_first_byte_ =
      false;  // on a port that serves plaintext too: whether there is a handshake is not known yet
  Phase phase_ = Phase::kHello;
  bool hello_recognised_ = false;  // the first bytes can be of no other protocol
  bool plain_ = false;             // open without the filter
  bool hello_is_tls_ = false;      // it has a version of TLS: the client has to answer before it can send data
  bool wants_input_ = false;       // the filter has nothing more to give before bytes or the end come
  bool wants_wake_ = false;        // the plug-in works elsewhere and will say when it is done
  bool read_gated_ = false;        // Receive was put off because tx is full
  bool idle_ = false;              // idle was called and nothing happened since
};

}  // namespace keyway::net
