// The table of tls-wolfssl's clients: what it forgets, when, and that it gives all memory back.
#include "ticket_holders.h"

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace keyway::tls_wolfssl {
namespace {

// A host that counts.
struct CountingHost : kw_host {
  CountingHost() : kw_host{} {
    size = sizeof(kw_host);
    alloc = [](const kw_host* host, uint64_t n) -> void* {
      auto* block = static_cast<uint64_t*>(std::malloc(n + 16));
      block[0] = n;
      static_cast<const CountingHost*>(host)->bytes += n;
      return block + 2;
    };
    free = [](const kw_host* host, void* p) {
      if (p == nullptr) return;
      uint64_t* block = static_cast<uint64_t*>(p) - 2;
      static_cast<const CountingHost*>(host)->bytes -= block[0];
      std::free(block);
    };
  }
  mutable std::atomic<uint64_t> bytes{0};
};

class TicketHoldersTest : public ::testing::Test {
 protected:
  ~TicketHoldersTest() override {
    table.reset();
    EXPECT_EQ(host.bytes, 0u);
  }
  // As the library shows a chain.
  std::shared_ptr<const ClientChain> Chain(std::vector<std::string> ders) {
    std::vector<WOLFSSL_BUFFER_INFO> buffers;
    for (std::string& der : ders) {
      buffers.push_back({reinterpret_cast<unsigned char*>(der.data()), static_cast<unsigned int>(der.size())});
    }
    WOLFSSL_X509_STORE_CTX store{};
    store.certs = buffers.data();
    store.totalCerts = static_cast<int>(buffers.size());
    return ClientChain::Of(store, &host);
  }
  bool Knows(const std::shared_ptr<const ClientChain>& chain, int64_t now_s = 100) {
    return table->Find(chain->reference(), now_s) != nullptr;
  }

  CountingHost host;
  std::unique_ptr<TicketHolders> table = std::make_unique<TicketHolders>(&host);
};

TEST_F(TicketHoldersTest, ReferencesNameTheWholeChain) {
  auto one = Chain({"leaf", "authority"});
  EXPECT_EQ(one->size(), 2u);
  EXPECT_EQ(one->leaf(), "leaf");
  EXPECT_EQ(one->cert(1), "authority");
  EXPECT_EQ(one->reference(), Chain({"leaf", "authority"})->reference());
  EXPECT_NE(one->reference(), Chain({"leaf"})->reference());
  EXPECT_NE(one->reference(), Chain({"leafa", "uthority"})->reference());
  EXPECT_NE(one->reference(), Chain({"authority", "leaf"})->reference());
  EXPECT_EQ(Chain({}), nullptr);
  EXPECT_LE(one->not_after(), 0) << "what is no certificate is in force at no time";
}

TEST_F(TicketHoldersTest, OneIsKeptUntilItsTime) {
  auto chain = Chain({"leaf"});
  EXPECT_FALSE(Knows(chain));
  EXPECT_TRUE(table->Remember(chain, 10, 100, 200));
  EXPECT_TRUE(Knows(chain, 200));
  EXPECT_FALSE(Knows(chain, 201));
  EXPECT_TRUE(table->Remember(chain, 10, 150, 150));
  EXPECT_TRUE(Knows(chain, 200)) << "an older ticket is still out";
  // The next one takes the place of what has run out.
  EXPECT_TRUE(table->Remember(Chain({"other"}), 10, 300, 400));
  EXPECT_FALSE(Knows(chain, 100)) << "it is gone";
}

TEST_F(TicketHoldersTest, WhoHasBeenAwayForLongestGoesFirst) {
  std::vector<std::shared_ptr<const ClientChain>> chains;
  for (int i = 0; i < 4; ++i) chains.push_back(Chain({"leaf" + std::to_string(i)}));
  for (int i = 0; i < 3; ++i) table->Remember(chains[static_cast<size_t>(i)], 3, 100, 200);
  table->Remember(chains[0], 3, 100, 200);
  table->Remember(chains[3], 3, 100, 200);
  EXPECT_TRUE(Knows(chains[0]));
  EXPECT_FALSE(Knows(chains[1]));
  EXPECT_TRUE(Knows(chains[2]) && Knows(chains[3]) && Knows(chains[2]));
  table->Remember(chains[1], 3, 100, 200);
  EXPECT_TRUE(Knows(chains[2])) << "who comes back by a ticket has come as well";
  EXPECT_FALSE(Knows(chains[0]));
  table->Remember(chains[3], 1, 100, 200);
  EXPECT_FALSE(Knows(chains[1]) || Knows(chains[2])) << "a smaller limit";
  EXPECT_TRUE(Knows(chains[3]));
}

TEST_F(TicketHoldersTest, MemoryHasALimitWhereTheirNumberHasNone) {
  const std::string body(20000, 'x');
  std::vector<std::shared_ptr<const ClientChain>> chains;
  const size_t count = 2 * TicketHolders::kMostBytes / body.size();
  for (size_t i = 0; i < count; ++i) {
    auto chain = Chain({body + std::to_string(i)});
    EXPECT_TRUE(table->Remember(chain, 0, 100, 200));
    if (i < 3 || i + 3 > count) chains.push_back(chain);
  }
  EXPECT_FALSE(Knows(chains.front()));
  EXPECT_TRUE(Knows(chains.back()));
  EXPECT_LT(host.bytes, TicketHolders::kMostBytes + 200000);
  EXPECT_GT(host.bytes, TicketHolders::kMostBytes - 200000);
  EXPECT_FALSE(table->Remember(Chain({std::string(TicketHolders::kMostChainBytes, 'x')}), 0, 100, 200));
  EXPECT_TRUE(Knows(chains.back()));
}

TEST_F(TicketHoldersTest, WhatIsInUseOutlivesTheTable) {
  table->Remember(Chain({"leaf"}), 1, 100, 200);
  auto used = table->Find(Chain({"leaf"})->reference(), 100);
  table->Remember(Chain({"other"}), 1, 100, 200);
  EXPECT_EQ(used->leaf(), "leaf");
}

TEST_F(TicketHoldersTest, FromManyThreads) {
  auto work = [this](int which) {
    for (int i = 0; i < 2000; ++i) {
      auto chain = Chain({"leaf" + std::to_string((i * 7 + which) % 50)});
      table->Remember(chain, 20, 100, 200);
      auto found = table->Find(chain->reference(), 100);
      if (found) {
        EXPECT_EQ(found->leaf(), chain->leaf());
      }
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
}

TEST(TicketHolderTables, OneForEachPolicyWhileItIsInUse) {
  CountingHost host;
  StartTicketHolders(&host);
  auto table = HoldersOf("a");
  EXPECT_EQ(HoldersOf("a"), table);
  EXPECT_NE(HoldersOf("b"), table);
  std::weak_ptr<TicketHolders> gone = table;
  table.reset();
  EXPECT_TRUE(gone.expired());
  EndTicketHolders();
  EXPECT_EQ(host.bytes, 0u);
}

}  // namespace
}  // namespace keyway::tls_wolfssl
