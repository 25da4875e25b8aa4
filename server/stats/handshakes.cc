#include "server/stats/handshakes.h"

#include <algorithm>
#include <iterator>

namespace keyway::stats {

HandshakeCounts::OfTransport& HandshakeCounts::Of(std::string_view transport) {
  transport = transport.substr(0, transport.find('+'));
  const auto known = transports.find(transport);
  return known != transports.end() ? known->second : transports[std::string(transport)];
}

void HandshakeCounts::NoteCompleted(std::string_view transport, std::string_view version, bool is_resumed,
                                    uint64_t spent_us) {
  ++completed;
  if (is_resumed) ++resumed;
  ++(version == "TLSv1.3" ? tls13 : version == "TLSv1.2" ? tls12 : other_version);
  cpu_us += spent_us;
  OfTransport& of = Of(transport);
  ++of.completed;
  if (is_resumed) ++of.resumed;
  of.cpu_us += spent_us;
}

void HandshakeCounts::NoteFailed(std::string_view transport, std::string_view reason) {
  ++failed;
  const auto found = std::find(std::begin(kHandshakeFailures), std::end(kHandshakeFailures) - 1, reason);
  ++failures[static_cast<size_t>(found - std::begin(kHandshakeFailures))];
  ++Of(transport).failed;
}

void HandshakeCounts::NoteSpent(std::string_view transport, uint64_t spent_us) {
  if (spent_us == 0) return;
  cpu_us += spent_us;
  Of(transport).cpu_us += spent_us;
}

}  // namespace keyway::stats
