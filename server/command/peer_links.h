// Connections to other servers that a command uses as a client would, waiting for each reply: MIGRATE. They are kept for
// a while, so that the next command to the same server finds one. app::PeerLinks makes them. [exec] throughout.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/base/error.h"
#include "server/resp/reply_reader.h"

namespace keyway::command {

class PeerLink {
 public:
  virtual ~PeerLink() = default;
  // Hands bytes over; they go out while somebody waits for a reply.
  virtual void Send(std::string_view bytes) = 0;
  // The next reply. After a failure the link is of no use and is to be dropped.
  virtual Result<resp::Reply> ReadReply(int64_t timeout_ms) = 0;

  int selected_db = -1;  // -1: not known
};

class PeerLinks {
 public:
  virtual ~PeerLinks() = default;
  struct Found {
    PeerLink* link;
    bool is_new;
  };
  // A link to that server, made within `timeout_ms` if none is there. Valid until Drop or the end of the command.
  virtual Result<Found> Get(std::string_view host, std::string_view port, int64_t timeout_ms) = 0;
  virtual void Drop(PeerLink& link) = 0;
  virtual size_t size() const = 0;  // migrate_cached_sockets
};

}  // namespace keyway::command
