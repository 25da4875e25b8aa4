// The secrets from which transports derive the keys of TLS session tickets, one list for the process: all stacks, also those that a
// change of settings makes, open each other's tickets as far as their policies agree.
#pragma once

#include <cstdint>
#include <string>

namespace keyway::app {

// [exec]
class TicketSecrets {
 public:
  // Made anew: tickets of an earlier process are worth nothing.
  explicit TicketSecrets(int64_t now_ms);

  // The value of the setting tls-session-ticket-keys.
  const std::string& text() const { return text_; }

  // Replaces the current secret when it is an hour old and every ticket of the one before it has run out. The replaced one goes on
  // opening tickets; the one before it is forgotten. `lifetime_s`: how long a ticket can be used at most. True if it changed.
  bool Rotate(int64_t now_ms, int64_t lifetime_s);

 private:
  struct Secret {
    std::string id, hex;
  };
  Secret Make();
  void Write();

  Secret current_, previous_;
  int64_t born_ms_;
  uint64_t next_id_ = 1;
  std::string text_;
};

}  // namespace keyway::app
