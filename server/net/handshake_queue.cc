#include "server/net/handshake_queue.h"

#include <utility>

namespace keyway::net {

void HandshakeTicket::LeaveHandshakeQueue() {
  if (queue_ == nullptr) return;
  if (std::exchange(queued_, false)) (open_ ? queue_->begun_ : queue_->new_).erase(place_);
  if (std::exchange(open_, false)) {
    --queue_->open_count_;
    if (!queue_->new_.empty()) queue_->Schedule();
  }
  queue_ = nullptr;
}

HandshakeQueue::~HandshakeQueue() {
  if (run_timer_ != 0) loop_.Cancel(run_timer_);
}

void HandshakeQueue::Ask(HandshakeTicket& ticket) {
  ticket.queue_ = this;
  if (ticket.queued_) return;
  auto& list = ticket.open_ ? begun_ : new_;
  ticket.place_ = list.insert(list.end(), &ticket);
  ticket.queued_ = true;
  while (new_.size() > limits_.max_waiting) new_.front()->DropHandshake();
  Schedule();
}

HandshakeTicket* HandshakeQueue::Next() {
  auto& list = !begun_.empty() ? begun_ : new_;
  if (list.empty() || (&list == &new_ && open_count_ >= limits_.max_open)) return nullptr;
  HandshakeTicket* ticket = list.front();
  list.pop_front();
  ticket->queued_ = false;
  if (!ticket->open_) {
    ticket->open_ = true;
    ++open_count_;
  }
  return ticket;
}

void HandshakeQueue::Schedule() {
  if (run_timer_ == 0) run_timer_ = loop_.After(0, [this] { Run(); });
}

void HandshakeQueue::Run() {
  run_timer_ = 0;
  int64_t until_us = loop_.NowUs() + limits_.budget_us;
  while (HandshakeTicket* ticket = Next()) {
    ticket->RunHandshakeStep();
    if (loop_.NowUs() >= until_us) break;
  }
  if (!begun_.empty() || (!new_.empty() && open_count_ < limits_.max_open)) Schedule();
}

}  // namespace keyway::net
