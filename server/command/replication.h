// Replication as commands see it: repl::Feed implements this. [exec] throughout.
#pragma once

#include <cstddef>

namespace keyway::command {

struct Client;

class Replication {
 public:
  virtual ~Replication() = default;
  // SYNC: the client gets a snapshot as one bulk string and then every write as it is propagated, without end. It is a
  // replica from now on. Does nothing for one that is a replica already.
  virtual void StartSync(Client& client) = 0;
  // Clients that get the stream, those whose snapshot is under way included.
  virtual size_t replicas() const = 0;
};

}  // namespace keyway::command
