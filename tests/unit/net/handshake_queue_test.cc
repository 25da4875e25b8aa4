#include "server/net/handshake_queue.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/net/net_fixture.h"

namespace keyway::net::test {
namespace {

class Ticket : public HandshakeTicket {
 public:
  using HandshakeTicket::LeaveHandshakeQueue;
  void RunHandshakeStep() override {
    ++steps;
    if (on_step) on_step();
  }
  void DropHandshake() override {
    dropped = true;
    LeaveHandshakeQueue();
  }
  bool dropped = false;
  int steps = 0;
  std::function<void()> on_step;
};

class HandshakeQueueTest : public testing::Test {
 protected:
  ManualClock clock;
  std::unique_ptr<event::EventLoop> loop = event::test::MakeLoop(clock);
  HandshakeQueue queue{*loop};
};

TEST_F(HandshakeQueueTest, StepsComeFromTheLoopAndAskingTwiceIsOnce) {
  Ticket ticket;
  queue.Ask(ticket);
  queue.Ask(ticket);
  EXPECT_EQ(ticket.steps, 0);
  loop->RunOnce(0);
  EXPECT_EQ(ticket.steps, 1);
  EXPECT_EQ(queue.open_count(), 1u);
  queue.Ask(ticket);
  loop->RunOnce(0);
  EXPECT_EQ(ticket.steps, 2);
  ticket.LeaveHandshakeQueue();
  EXPECT_EQ(queue.open_count(), 0u);
}

TEST_F(HandshakeQueueTest, NewOnesWaitForAPlace) {
  queue.set_limits({.max_open = 2, .budget_us = 1'000'000});
  std::vector<std::unique_ptr<Ticket>> tickets;
  for (int i = 0; i < 4; ++i) {
    tickets.push_back(std::make_unique<Ticket>());
    queue.Ask(*tickets.back());
  }
  loop->RunOnce(0);
  EXPECT_EQ(queue.open_count(), 2u);
  EXPECT_EQ(queue.waiting_count(), 2u);
  EXPECT_EQ(tickets[2]->steps, 0);
  tickets[0]->LeaveHandshakeQueue();
  loop->RunOnce(0);
  EXPECT_EQ(tickets[2]->steps, 1);
  tickets[3].reset();  // goes while it waits
  tickets[1].reset();
  loop->RunOnce(0);
  EXPECT_EQ(queue.open_count(), 1u);
  EXPECT_EQ(queue.waiting_count(), 0u);
}

TEST_F(HandshakeQueueTest, WhenTooManyWaitTheLongestGo) {
  queue.set_limits({.max_open = 1, .max_waiting = 2, .budget_us = 1'000'000});
  std::vector<std::unique_ptr<Ticket>> tickets;
  auto ask = [&](size_t count) {
    for (size_t i = 0; i < count; ++i) {
      tickets.push_back(std::make_unique<Ticket>());
      queue.Ask(*tickets.back());
    }
  };
  ask(1);
  loop->RunOnce(0);
  ask(4);
  EXPECT_EQ(queue.waiting_count(), 2u);
  EXPECT_FALSE(tickets[0]->dropped) << "it has begun";
  EXPECT_TRUE(tickets[1]->dropped);
  EXPECT_TRUE(tickets[2]->dropped);
  EXPECT_FALSE(tickets[3]->dropped);
  queue.Ask(*tickets[0]);
  EXPECT_EQ(queue.waiting_count(), 2u);
  tickets[0]->LeaveHandshakeQueue();
  loop->RunOnce(0);
  EXPECT_EQ(tickets[3]->steps, 1);
  EXPECT_EQ(tickets[4]->steps, 0);
}

TEST_F(HandshakeQueueTest, TheBudgetEndsATurnAndThoseThatHaveBegunComeFirst) {
  queue.set_limits({.max_open = 100, .budget_us = 2'500});
  std::string order;
  Ticket a, b, c;
  a.on_step = [&] { order += 'a', clock.AdvanceMs(1); };
  b.on_step = [&] { order += 'b', clock.AdvanceMs(1); };
  c.on_step = [&] { order += 'c', clock.AdvanceMs(1); };
  queue.Ask(a);
  queue.Ask(b);
  loop->RunOnce(0);
  EXPECT_EQ(order, "ab");
  queue.Ask(c);
  queue.Ask(b);
  queue.Ask(a);
  loop->RunOnce(0);
  EXPECT_EQ(order, "abbac");
  // Without any budget there is still one step a turn.
  queue.set_limits({.max_open = 100, .budget_us = 0});
  queue.Ask(a);
  queue.Ask(b);
  loop->RunOnce(0);
  EXPECT_EQ(order, "abbaca");
  loop->RunOnce(0);
  EXPECT_EQ(order, "abbacab");
}

TEST_F(HandshakeQueueTest, AStepMayDestroyItsTicket) {
  auto ticket = std::make_unique<Ticket>();
  ticket->on_step = [&] { ticket.reset(); };
  Ticket other;
  queue.Ask(*ticket);
  queue.Ask(other);
  loop->RunOnce(0);
  EXPECT_EQ(ticket, nullptr);
  EXPECT_EQ(other.steps, 1);
  EXPECT_EQ(queue.open_count(), 1u);
}

}  // namespace
}  // namespace keyway::net::test
