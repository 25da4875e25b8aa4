#include "server/app/peer_links.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <utility>

#include "server/app/peer_verification.h"
#include "server/base/log.h"
#include "server/base/printable.h"
#include "server/client/connection.h"

namespace keyway::app {
namespace {

constexpr size_t kMaxLinks = 64;
constexpr size_t kMaxSessions = 1024;
constexpr int64_t kUnusedAfterMs = 10'000;
constexpr size_t kMaxShownPeer = 256;

std::string AddressOf(std::string_view host, std::string_view port) {
  const bool bare_ipv6 = host.find(':') != host.npos && !host.starts_with('[');
  return bare_ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

}  // namespace

class PeerLinks::Link final : public command::PeerLink {
 public:
  using SessionsByPeer = std::map<std::string, std::string>;

  Link(std::string peer, SessionsByPeer& sessions) : peer_(std::move(peer)), sessions_(sessions) {}

  Result<> Open(std::shared_ptr<const net::Stack> stack, net::DialOptions options) {
    return connection_.Open(std::move(stack), peer_, std::move(options));
  }
  void Send(std::string_view bytes) override { connection_.SendBytes(bytes); }
  Result<resp::Reply> ReadReply(int64_t timeout_ms) override {
    switch (connection_.WaitReply(timeout_ms)) {
      case client::Connection::Wait::kReply:
        if (!std::exchange(session_kept_, true)) KeepSession();
        return connection_.TakeReply();
      case client::Connection::Wait::kTimeout:
      case client::Connection::Wait::kStopped:
        return Fail("timed out");
      case client::Connection::Wait::kClosed:
      case client::Connection::Wait::kProtocol:
        break;
    }
    return Fail(connection_.error());
  }

  const std::string& peer() const { return peer_; }
  bool is_open() const { return connection_.is_open(); }
  int64_t last_use_ms = 0;

 private:
  // With the first reply: by then the server has sent all that is needed.
  void KeepSession() {
    std::string session = connection_.Session();
    if (session.empty()) return;
    if (sessions_.size() >= kMaxSessions) sessions_.clear();
    sessions_[peer_] = std::move(session);
  }

  const std::string peer_;
  SessionsByPeer& sessions_;
  bool session_kept_ = false;
  client::Connection connection_;
};

PeerLinks::PeerLinks(const config::Config& config, const TransportStacks& stacks, const Clock& clock)
    : config_(config), stacks_(stacks), clock_(clock) {}

PeerLinks::~PeerLinks() = default;

Result<PeerLinks::Found> PeerLinks::Get(std::string_view host, std::string_view port, int64_t timeout_ms) {
  const std::string peer = AddressOf(host, port);
  const int64_t now_ms = clock_.WallMs();
  const auto known = std::find_if(links_.begin(), links_.end(), [&](const auto& link) { return link->peer() == peer; });
  if (known != links_.end() && (*known)->is_open()) {
    (*known)->last_use_ms = now_ms;
    return Found{known->get(), false};
  }
  if (known != links_.end()) links_.erase(known);
  auto stack = stacks_.MakeCluster();
  if (!stack) return std::unexpected(stack.error());
  stack_ = *stack;
  auto link = std::make_unique<Link>(peer, sessions_);
  net::DialOptions options;
  options.verify = PeerVerification(config_.settings().tls_verify_peer_name, host);
  if (const auto session = sessions_.find(peer); session != sessions_.end()) options.verify.session = session->second;
  options.source_address = config_.settings().bind_source_addr;
  options.timeout_ms = timeout_ms;
  if (auto opened = link->Open(std::move(*stack), std::move(options)); !opened) {
    LogWarning("Error opening a link to {}: {}", PercentEncode(std::string_view(peer).substr(0, kMaxShownPeer)),
               opened.error().text());
    return std::unexpected(opened.error());
  }
  if (links_.size() == kMaxLinks) {
    links_.erase(std::min_element(links_.begin(), links_.end(),
                                  [](const auto& a, const auto& b) { return a->last_use_ms < b->last_use_ms; }));
  }
  link->last_use_ms = now_ms;
  links_.push_back(std::move(link));
  return Found{links_.back().get(), true};
}

void PeerLinks::Drop(command::PeerLink& link) {
  std::erase_if(links_, [&](const auto& owned) { return owned.get() == &link; });
}

void PeerLinks::Close() {
  links_.clear();
  sessions_.clear();
}

void PeerLinks::ReplaceStack(std::string_view plugin_id, std::shared_ptr<const net::Stack> stack) {
  if (stack_ != nullptr && net::StackUses(*stack_, plugin_id)) stack_ = std::move(stack);
}

void PeerLinks::Cron() {
  const int64_t now_ms = clock_.WallMs();
  std::erase_if(links_, [&](const auto& link) { return now_ms - link->last_use_ms > kUnusedAfterMs; });
}

}  // namespace keyway::app
