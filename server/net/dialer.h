// The part of net::Dial that finds and connects a stream (dialer.cc).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "keyway/transport.h"
#include "server/base/unique_fd.h"
#include "server/event/event_loop.h"
#include "server/net/byte_stream.h"
#include "server/net/stack.h"

namespace keyway::net {

class ConnectionBase;

// [io]. Belongs to its connection; ends in a call of BeginDialled or FailOpening, in which it is destroyed.
class Dialer {
 public:
  Dialer(std::shared_ptr<const Stack> stack, event::EventLoop& loop, ConnectionBase& connection);
  ~Dialer();

  // `source_address` may be empty.
  void Start(const std::string& address, const std::string& source_address);
  void StartFailing(std::string detail);

 private:
  struct Lookup;
  struct Attempt;

  void Resolved();
  void TryNext();
  bool TryFd(const kw_address& address);
  bool TryStream(const kw_address& address);
  void Settled(Attempt& attempt);
  void Connected(UniqueFd fd);
  void HandOver(std::unique_ptr<ByteStream> stream, std::string peer);
  void GiveUp();

  std::shared_ptr<const Stack> stack_;
  event::EventLoop& loop_;
  ConnectionBase& connection_;
  std::shared_ptr<Lookup> lookup_;  // until it is done
  ContextPtr carrier_;
  std::vector<kw_address> addresses_;
  size_t next_ = 0;
  std::vector<std::unique_ptr<Attempt>> attempts_;  // under way
  event::TimerId timer_ = 0;
  std::string error_ = "no address to connect to";  // of the last attempt that failed
};

}  // namespace keyway::net
