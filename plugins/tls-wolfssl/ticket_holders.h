// Who holds tickets: the certificates of clients, for which wolfSSL's tickets have no room.
//
//   a ticket's reference(24) → the chain that the client showed, in a table of this process and of one policy
//
// A reference is the beginning of a SHA-256 over that chain, so two processes that share ticket keys and have both seen the client
// understand each other's. The table of a policy lives as long as a context of it; what is not there (any more) is declined.
// All memory is the host's, which counts it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keyway/host_allocator.hpp"
#include "keyway/transport.h"
#include "wolf.h"

namespace keyway::tls_wolfssl {

template <class T>
using HostAllocator = sdk::HostAllocator<T>;

using TicketReference = std::array<unsigned char, 24>;

// What a client showed, verified. Immutable.
class ClientChain {
 public:
  // Within the library's callback, of a chain that it has accepted. Null when there is none; throws std::bad_alloc.
  static std::shared_ptr<const ClientChain> Of(const WOLFSSL_X509_STORE_CTX& store, const kw_host* host);

  explicit ClientChain(const kw_host* host) : certs_(HostAllocator<Der>(host)) {}

  // In DER, the client's own certificate first.
  size_t size() const { return certs_.size(); }
  std::string_view cert(size_t i) const { return certs_[i]; }
  std::string_view leaf() const { return cert(0); }
  // Unix seconds: when the first of them ends.
  int64_t not_after() const { return not_after_; }
  const TicketReference& reference() const { return reference_; }
  uint64_t bytes() const { return bytes_; }

 private:
  using Der = std::basic_string<char, std::char_traits<char>, HostAllocator<char>>;

  std::vector<Der, HostAllocator<Der>> certs_;
  int64_t not_after_ = 0;
  TicketReference reference_{};
  uint64_t bytes_ = 0;  // with all that belongs to it
};

// The chains behind the tickets of one policy; whoever has been away for longest goes first. [any]
class TicketHolders {
 public:
  static constexpr uint64_t kMostBytes = 16u << 20;       // of all
  static constexpr uint64_t kMostChainBytes = 64u << 10;  // of one; a longer one is not remembered

  explicit TicketHolders(const kw_host* host) : host_(host), holders_(Alloc(host)), by_reference_(Alloc(host)) {}
  TicketHolders(const TicketHolders&) = delete;
  TicketHolders& operator=(const TicketHolders&) = delete;

  // Keeps the chain until `until_s` (Unix seconds), or until `most` others (0: no limit) or kMostBytes of them have come since. False
  // when it is too long; throws std::bad_alloc.
  bool Remember(const std::shared_ptr<const ClientChain>& chain, size_t most, int64_t now_s, int64_t until_s);
  // Null when it is not there.
  std::shared_ptr<const ClientChain> Find(const TicketReference& reference, int64_t now_s);

  const kw_host* host() const { return host_; }

 private:
  struct Holder {
    std::shared_ptr<const ClientChain> chain;
    int64_t until_s;
  };
  using Holders = std::list<Holder, HostAllocator<Holder>>;
  using ByReference = std::map<TicketReference, Holders::iterator, std::less<TicketReference>,
                               HostAllocator<std::pair<const TicketReference, Holders::iterator>>>;
  using Alloc = HostAllocator<Holder>;

  void Drop(Holders::iterator holder);

  const kw_host* const host_;
  std::mutex mutex_;
  Holders holders_;  // in the order in which they came last
  ByReference by_reference_;
  uint64_t bytes_ = 0;
};

// [main] With init and deinit of the plug-in.
void StartTicketHolders(const kw_host* host);
void EndTicketHolders();

// The table of a policy, which all its contexts share. [any] after StartTicketHolders; throws std::bad_alloc.
std::shared_ptr<TicketHolders> HoldersOf(const std::string& policy);

}  // namespace keyway::tls_wolfssl
