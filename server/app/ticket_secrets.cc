#include "server/app/ticket_secrets.h"

#include <string.h>

#include <algorithm>
#include <utility>

#include "server/base/secret.h"

namespace keyway::app {
namespace {

constexpr size_t kSecretDigits = 96;
constexpr int64_t kPeriodMs = 3'600'000;

void Wipe(std::string& secret) { explicit_bzero(secret.data(), secret.size()); }

}  // namespace

TicketSecrets::TicketSecrets(int64_t now_ms) : born_ms_(now_ms) {
  current_ = Make();
  Write();
}

TicketSecrets::Secret TicketSecrets::Make() { return {std::to_string(next_id_++), RandomHex(kSecretDigits)}; }

void TicketSecrets::Write() {
  Wipe(text_);
  text_.clear();
  text_.reserve(2 * (kSecretDigits + 40));
  text_.append("current ").append(current_.id).append(" ").append(current_.hex).append("\n");
  if (previous_.hex.empty()) return;
  text_.append("previous ").append(previous_.id).append(" ").append(previous_.hex).append("\n");
}

bool TicketSecrets::Rotate(int64_t now_ms, int64_t lifetime_s) {
  const int64_t period_ms = std::max(kPeriodMs, lifetime_s * 1000);
  if (now_ms - born_ms_ < period_ms) return false;
  born_ms_ = now_ms;
  Wipe(previous_.hex);
  previous_ = std::exchange(current_, Make());
  Write();
  return true;
}

}  // namespace keyway::app
