// What FillBatch takes out of received bytes, what it leaves, and where it stops.
#include "server/dispatch/batch.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/base/siphash.h"
#include "server/commands/families.h"
#include "server/commands/help.h"

namespace keyway::dispatch {
namespace {

command::CommandTable MakeTable() {
  command::CommandTable::Builder builder(command::AllCommandRows());
  for (auto family : commands::AllHandlers()) builder.Bind(family);
  builder.BindHelp(commands::ContainerHelp);
  auto table = std::move(builder).Build();
  EXPECT_TRUE(table.has_value());
  return std::move(*table);
}

class BatchTest : public ::testing::Test {
 protected:
  bool Fill(std::string_view bytes) {
    received_.Append(bytes);
    batch_.Reset();
    return FillBatch(batch_, received_, parser_, options_, table_);
  }
  std::vector<std::string> Words(size_t request) const {
    auto words = batch_.WordsOf(batch_.requests.at(request));
    return {words.begin(), words.end()};
  }

  command::CommandTable table_ = MakeTable();
  FillOptions options_;
  ReceiveBuffer received_;
  resp::RequestParser parser_;
  Batch batch_;
};

using Strings = std::vector<std::string>;

TEST_F(BatchTest, TakesAPipelineAndLeavesTheUnfinishedRest) {
  ASSERT_TRUE(Fill("*1\r\n$4\r\nPING\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n*2\r\n$3\r\nGET\r\n$1"));
  ASSERT_EQ(batch_.requests.size(), 2u);
  EXPECT_EQ(Words(0), Strings({"PING"}));
  EXPECT_EQ(Words(1), Strings({"SET", "k", "v"}));
  EXPECT_EQ(received_.readable(), "*2\r\n$3\r\nGET\r\n$1");
  ASSERT_TRUE(Fill("\r\nk\r\n"));
  ASSERT_EQ(batch_.requests.size(), 1u);
  EXPECT_EQ(Words(0), Strings({"GET", "k"}));
  EXPECT_FALSE(received_.owns_memory());
}

TEST_F(BatchTest, ViewsSurviveTheBatchBeingMoved) {
  ASSERT_TRUE(Fill("*2\r\n$4\r\nECHO\r\n$5\r\nhello\r\n"));
  Batch moved = std::move(batch_);
  received_.Append("XXXXXXXXXXXXXXXXXXXXXXXXXXXX");
  EXPECT_EQ(moved.WordsOf(moved.requests[0])[1], "hello");
}

TEST_F(BatchTest, KnowsTheCommandAndHashesItsFirstKey) {
  ASSERT_TRUE(Fill("*3\r\n$3\r\nset\r\n$3\r\nkey\r\n$1\r\nv\r\n*1\r\n$4\r\nping\r\n*2\r\n$4\r\nnope\r\n$1\r\nx\r\n"));
  EXPECT_EQ(batch_.requests[0].spec->full_name, "set");
  EXPECT_EQ(batch_.requests[0].key_position, 1u);
  EXPECT_EQ(batch_.requests[0].key_hash, HashBytes("key"));
  EXPECT_EQ(batch_.requests[0].bytes, 29u);
  EXPECT_EQ(batch_.requests[1].key_position, 0u);
  EXPECT_EQ(batch_.requests[2].spec, nullptr);
}

TEST_F(BatchTest, StopsBehindARequestThatDecidesHowToReadOn) {
  for (std::string head :
       {"*2\r\n$4\r\nAUTH\r\n$1\r\nx\r\n", "*1\r\n$5\r\nHELLO\r\n", "*1\r\n$5\r\nRESET\r\n", "*1\r\n$4\r\nQUIT\r\n"}) {
    ASSERT_TRUE(Fill(head + "*1\r\n$4\r\nPING\r\n"));
    EXPECT_EQ(batch_.requests.size(), 1u) << head;
    EXPECT_EQ(received_.readable(), "*1\r\n$4\r\nPING\r\n");
    received_.Release();
  }
}

TEST_F(BatchTest, ReportsAProtocolErrorBehindTheRequestsBeforeIt) {
  ASSERT_TRUE(Fill("*1\r\n$4\r\nPING\r\n*1\r\nX4\r\nPING\r\n"));
  EXPECT_EQ(batch_.requests.size(), 1u);
  EXPECT_EQ(batch_.end, BatchEnd::kProtocolError);
  EXPECT_EQ(batch_.error_text, "Protocol error: expected '$', got 'X'");
}

TEST_F(BatchTest, HoldsUnauthenticatedClientsToTheirLimits) {
  options_.limits.unauthenticated = true;
  ASSERT_TRUE(Fill("*11\r\n"));
  EXPECT_EQ(batch_.error_text, "Protocol error: unauthenticated multibulk length");
}

TEST_F(BatchTest, EmptyLinesAreNoRequests) {
  EXPECT_FALSE(Fill("\r\n\r\n*0\r\n"));
  EXPECT_FALSE(received_.owns_memory());
  EXPECT_EQ(batch_.end, BatchEnd::kMore);
}

TEST_F(BatchTest, TakesNoMoreRequestsThanAsked) {
  options_.max_requests = 2;
  ASSERT_TRUE(Fill("PING\r\nPING\r\nPING\r\n"));
  EXPECT_EQ(batch_.requests.size(), 2u);
  EXPECT_EQ(received_.readable(), "PING\r\n");
}

}  // namespace
}  // namespace keyway::dispatch
