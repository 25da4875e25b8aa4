#include "ticket_holders.h"

#include <wolfssl/wolfcrypt/hash.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "keyway/tls/certificate.hpp"

namespace keyway::tls_wolfssl {

namespace {

// What a chain costs in the table beside its bytes: nodes of the list and of the tree.
constexpr uint64_t kNodeBytes = 192;

// All tables, by policy.
class Tables {
 public:
  explicit Tables(const kw_host* host) : host_(host) {}

  std::shared_ptr<TicketHolders> Of(const std::string& policy) {
    std::lock_guard<std::mutex> lock(mutex_);
    std::erase_if(tables_, [](const auto& entry) { return entry.second.expired(); });
    std::weak_ptr<TicketHolders>& known = tables_[policy];
    std::shared_ptr<TicketHolders> table = known.lock();
    if (!table) {
      table = std::make_shared<TicketHolders>(host_);
      known = table;
    }
    return table;
  }

 private:
  const kw_host* const host_;
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<TicketHolders>> tables_;
};

// The ABI has no object for a loaded plug-in that contexts could be given one from.
Tables* tables = nullptr;

}  // namespace

std::shared_ptr<const ClientChain> ClientChain::Of(const WOLFSSL_X509_STORE_CTX& store, const kw_host* host) {
  if (store.certs == nullptr || store.totalCerts <= 0) return nullptr;
  auto chain = std::allocate_shared<ClientChain>(HostAllocator<ClientChain>(host), host);
  chain->certs_.reserve(static_cast<size_t>(store.totalCerts));
  chain->bytes_ = sizeof(ClientChain) + kNodeBytes;
  std::string hashed;
  for (int i = 0; i < store.totalCerts; ++i) {
    const auto* der = reinterpret_cast<const char*>(store.certs[i].buffer);
    chain->certs_.emplace_back(der, store.certs[i].length, HostAllocator<char>(host));
    const std::string_view cert = chain->certs_.back();
    sdk::tls::CertificateText text;
    sdk::tls::ReadCertificate(cert, &text);
    chain->not_after_ = i == 0 ? text.not_after : std::min(chain->not_after_, text.not_after);
    chain->bytes_ += cert.size() + sizeof(Der);
    hashed += std::to_string(cert.size()) + ":";
    hashed += cert;
  }
  byte digest[WC_SHA256_DIGEST_SIZE];
  if (wc_Sha256Hash(reinterpret_cast<const byte*>(hashed.data()), static_cast<word32>(hashed.size()), digest) != 0) {
    return nullptr;
  }
  std::memcpy(chain->reference_.data(), digest, chain->reference_.size());
  return chain;
}

bool TicketHolders::Remember(const std::shared_ptr<const ClientChain>& chain, size_t most, int64_t now_s,
                             int64_t until_s) {
  if (chain->bytes() > kMostChainBytes) return false;
  std::lock_guard<std::mutex> lock(mutex_);
  auto known = by_reference_.find(chain->reference());
  if (known != by_reference_.end()) {
    known->second->until_s = std::max(known->second->until_s, until_s);
    holders_.splice(holders_.end(), holders_, known->second);
  } else {
    holders_.push_back(Holder{chain, until_s});
    try {
      by_reference_.emplace(chain->reference(), std::prev(holders_.end()));
    } catch (...) {
      holders_.pop_back();
      throw;
    }
    bytes_ += chain->bytes();
  }
  auto first_has_to_go = [&] {
    return holders_.front().until_s < now_s || bytes_ > kMostBytes || (most != 0 && holders_.size() > most);
  };
  while (holders_.size() > 1 && first_has_to_go()) Drop(holders_.begin());
  return true;
}

std::shared_ptr<const ClientChain> TicketHolders::Find(const TicketReference& reference, int64_t now_s) {
  std::lock_guard<std::mutex> lock(mutex_);
  auto known = by_reference_.find(reference);
  if (known == by_reference_.end() || known->second->until_s < now_s) return nullptr;
  holders_.splice(holders_.end(), holders_, known->second);
  return known->second->chain;
}

void TicketHolders::Drop(Holders::iterator holder) {
  bytes_ -= holder->chain->bytes();
  by_reference_.erase(holder->chain->reference());
  holders_.erase(holder);
}

void StartTicketHolders(const kw_host* host) { tables = new Tables(host); }

void EndTicketHolders() { delete std::exchange(tables, nullptr); }

std::shared_ptr<TicketHolders> HoldersOf(const std::string& policy) { return tables->Of(policy); }

}  // namespace keyway::tls_wolfssl
