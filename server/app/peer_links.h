// command::PeerLinks over the transport that cluster-transport or tls-cluster names.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/app/transport_stacks.h"
#include "server/base/clock.h"
#include "server/command/peer_links.h"
#include "server/config/config.h"

namespace keyway::app {

// [exec]
class PeerLinks final : public command::PeerLinks {
 public:
  // All are borrowed. [main]
  PeerLinks(const config::Config& config, const TransportStacks& stacks, const Clock& clock);
  ~PeerLinks() override;

  Result<Found> Get(std::string_view host, std::string_view port, int64_t timeout_ms) override;
  void Drop(command::PeerLink& link) override;
  size_t size() const override { return links_.size(); }

  // Over which links were opened last; null before the first.
  const net::Stack* stack() const { return stack_.get(); }
  // Closes all, and forgets sessions: the next ones are opened by the present settings.
  void Close();
  // Where stack() is over this plug-in, `stack` (may be null) takes its place.
  void ReplaceStack(std::string_view plugin_id, std::shared_ptr<const net::Stack> stack);
  // Closes links that nobody has used for a while.
  void Cron();

 private:
  class Link;

  const config::Config& config_;
  const TransportStacks& stacks_;
  const Clock& clock_;
  std::shared_ptr<const net::Stack> stack_;
  std::map<std::string, std::string> sessions_;  // by peer: what the next link to it resumes by
  std::vector<std::unique_ptr<Link>> links_;
};

}  // namespace keyway::app
