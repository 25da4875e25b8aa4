// What became of the connections to ports that speak TLS, counted since the start or CONFIG RESETSTAT. [exec]
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <string>
#include <string_view>

namespace keyway::stats {

// Why a handshake failed, as INFO names it; any other word counts as the last.
inline constexpr std::string_view kHandshakeFailures[] = {
    "cert_missing", "cert_untrusted", "cert_expired", "cert_not_yet_valid", "cert_revoked", "cert_name", "cert_other",
    "version",      "cipher",         "decode",       "peer_alert",         "peer_closed",  "other"};

struct HandshakeCounts {
  // Of one transport.
  struct OfTransport {
    uint64_t completed = 0, resumed = 0, failed = 0, cpu_us = 0;
  };

  uint64_t completed = 0, resumed = 0;  // resumed ones are completed ones, too
  uint64_t tls12 = 0, tls13 = 0, other_version = 0;
  uint64_t failed = 0, timed_out = 0;
  uint64_t dropped = 0;  // not begun: the peer had gone, or too many waited
  uint64_t plaintext_accepted = 0, plaintext_refused = 0;
  uint64_t cpu_us = 0;  // processor time of the threads that shook hands, whatever came of it
  std::array<uint64_t, std::size(kHandshakeFailures)> failures{};  // `failed` by reason
  std::map<std::string, OfTransport, std::less<>> transports;      // by id of the plug-in
  size_t opening = 0;                                              // now

  // `transport` is the name of a stack.
  void NoteCompleted(std::string_view transport, std::string_view version, bool is_resumed, uint64_t spent_us);
  void NoteFailed(std::string_view transport, std::string_view reason);
  // Of a handshake that was not completed.
  void NoteSpent(std::string_view transport, uint64_t spent_us);

 private:
  OfTransport& Of(std::string_view transport);
};

}  // namespace keyway::stats
