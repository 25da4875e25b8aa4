#include "server/benchmark/worker.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "server/base/clock.h"
#include "server/benchmark/server_info.h"
#include "server/net/host.h"

namespace keyway::benchmark {
namespace {

// Servers have a bounded backlog, and handshakes take their time.
constexpr size_t kMaxDialsUnderWay = 64;
constexpr size_t kReceiveBytes = 64 * 1024;
// A cluster that is down may come back by itself.
constexpr std::chrono::seconds kClusterDownPause(1);

}  // namespace

// One connection. While `running_`, it is idle, busy, or (-k 0) being dialled anew.
class Worker::Client final : public net::ConnectionHandler {
 public:
  Client(Worker& worker, int64_t number) : worker_(worker) {
    if (ClusterMap* cluster = worker.state_.cluster) node = static_cast<size_t>(number) % cluster->nodes().size();
  }

  void Dial() {
    LoadState& state = worker_.state_;
    counter = ReplyCounter();
    open_ = false;
    address_ = state.cluster != nullptr ? state.cluster->AddressOf(node) : client::AddressOf(state.options);
    connection_ = net::Dial(state.transport.stack, address_, DialOptionsOf(state.options), *worker_.loop_, *this);
  }

  void Send(OutputBuffer& output) { connection_->Send(output); }

  void OnOpen(net::Connection&) override {
    open_ = true;
    login_left = worker_.state_.login_replies;
    if (login_left == 0) return worker_.OnReady(*this);
    worker_.output_.Append(worker_.state_.login);
    // Later on, the login goes out together with the first requests.
    if (worker_.running_) return worker_.OnReady(*this);
    connection_->Send(worker_.output_);
  }

  void OnReadable(net::Connection& connection) override {
    uint64_t replies = 0;
    while (true) {
      worker_.input_.Reserve(kReceiveBytes);
      net::ReceiveStatus status = connection.Receive(worker_.input_);
      if (status == net::ReceiveStatus::kAgain) break;
      if (status != net::ReceiveStatus::kData) return Ended(connection);
      std::string_view bytes = worker_.input_.readable();
      replies += counter.Feed(bytes);
      worker_.input_.Consume(bytes.size());
      if (counter.has_error()) worker_.OnErrorReply(*this);
      if (counter.broken()) worker_.state_.Fail("Error: Protocol error, the server does not answer in RESP");
      if (worker_.state_.failed()) return;
    }
    if (replies > 0) worker_.OnReplies(*this, replies, worker_.loop_->NowUs());
  }

  void OnHangup(net::Connection& connection) override { OnReadable(connection); }
  void OnDrained(net::Connection&) override {}
  void OnClosed(net::Connection&, const net::CloseReason& reason) override {
    std::string why = reason.detail.empty() ? "Server closed the connection" : reason.detail;
    worker_.state_.Fail(open_ ? "Error: " + why : fmt::format("Could not connect to Redis at {}: {}", address_, why));
  }

  size_t node = 0;
  const std::string& address() const { return address_; }
  uint64_t login_left = 0;  // replies to the login that are still to come
  uint64_t pending = 0;     // replies to requests that are still to come
  int64_t since_us = 0;     // when they were sent, or due
  ReplyCounter counter;

 private:
  void Ended(net::Connection& connection) {
    const std::string& detail = connection.close_reason().detail;
    worker_.state_.Fail("Error: " + (detail.empty() ? "Server closed the connection" : detail));
  }

  Worker& worker_;
  std::string address_;
  bool open_ = false;
  std::unique_ptr<net::Connection> connection_;
};

Worker::Worker(LoadState& state, int64_t first_client, int64_t clients)
    : state_(state),
      loop_(event::EventLoop::Create(SystemClock())),
      pipeline_(state.test.request, static_cast<size_t>(state.options.pipeline), state.options.keyspace,
                state.cluster != nullptr, Random()),
      latency_(state.options.precision, kHighestLatencyUs) {
  for (int64_t i = 0; i < clients; ++i) clients_.push_back(std::make_unique<Client>(*this, first_client + i));
  const Options& options = state.options;
  if (options.rate > 0) {
    double share = options.rate * static_cast<double>(clients) / static_cast<double>(options.clients);
    interval_us_ = static_cast<double>(options.pipeline) / share * 1e6;
  }
  state_.AddLoop(loop_.get());
}

Worker::~Worker() = default;

void Worker::Close() {
  clients_.clear();
  state_.RemoveLoop(loop_.get());
  loop_.reset();
}

void Worker::DialMore() {
  while (dialled_ < clients_.size() && dialled_ - ready_ < kMaxDialsUnderWay) clients_[dialled_++]->Dial();
}

bool Worker::Open() {
  while (ready_ < clients_.size() && !state_.failed()) {
    DialMore();
    loop_->RunOnce(-1);
  }
  return !state_.failed();
}

void Worker::OnReady(Client& client) {
  if (!running_) {
    ++ready_;
  } else if (interval_us_ > 0) {
    if (!output_.empty()) client.Send(output_);  // the next to be due may go out on another connection
    idle_.push_back(&client);
    SendDue();
  } else {
    SendNext(client, loop_->NowUs());
    if (!output_.empty()) client.Send(output_);
  }
}

void Worker::Run() {
  running_ = true;
  int64_t now_us = loop_->NowUs();
  if (state_.options.idle) {
    // Nothing is sent; what comes is an error.
  } else if (interval_us_ > 0) {
    next_due_us_ = static_cast<double>(now_us);
    for (auto& client : clients_) idle_.push_back(client.get());
    loop_->before_wait = [this] { return SendDue(); };
  } else {
    for (auto& client : clients_) SendNext(*client, now_us);
  }
  while (!done_ && !state_.failed()) loop_->RunOnce(-1);
  loop_->before_wait = nullptr;
  ended_us_ = loop_->NowUs();
}

void Worker::SendNext(Client& client, int64_t now_us) {
  if (SendOn(client, now_us)) return;
  exhausted_ = true;
  if (busy_ == 0) done_ = true;
}

int64_t Worker::SendDue() {
  auto now_us = static_cast<double>(loop_->NowUs());
  while (!exhausted_ && !idle_.empty() && next_due_us_ <= now_us) {
    Client& client = *idle_.front();
    idle_.pop_front();
    if (!SendOn(client, static_cast<int64_t>(next_due_us_))) {
      idle_.push_front(&client);
      exhausted_ = true;
    }
    next_due_us_ += interval_us_;
  }
  if (exhausted_ && busy_ == 0) done_ = true;
  if (done_) return 0;
  if (exhausted_ || idle_.empty()) return -1;
  return std::max<int64_t>(1, static_cast<int64_t>(next_due_us_ - now_us));
}

// False when there is nothing left to be sent.
bool Worker::SendOn(Client& client, int64_t since_us) {
  size_t count = state_.TakeRequests();
  if (count == 0) return false;
  if (pipeline_.has_tags()) UseTagOf(client.node);
  pipeline_.Append(output_, count);
  client.pending = count;
  client.since_us = since_us;
  ++busy_;
  client.Send(output_);
  return true;
}

void Worker::OnReplies(Client& client, uint64_t replies, int64_t now_us) {
  uint64_t logins = std::min(replies, client.login_left);
  client.login_left -= logins;
  replies -= logins;
  if (logins > 0 && client.login_left == 0 && !running_) return OnReady(client);
  if (replies == 0) return;
  if (replies > client.pending) return state_.Fail("Error: the server sent a reply to no request");
  client.pending -= replies;

  auto latency_us = static_cast<uint64_t>(std::max<int64_t>(now_us - client.since_us, 0));
  latency_.Record(latency_us, replies);
  finished_.store(finished() + replies, std::memory_order_relaxed);
  latency_sum_us_.store(latency_sum_us() + latency_us * replies, std::memory_order_relaxed);
  if (client.pending == 0) OnIdle(client, now_us);
}

void Worker::OnIdle(Client& client, int64_t now_us) {
  --busy_;
  if (!state_.options.keep_alive) {
    if (!exhausted_) client.Dial();
    if (exhausted_ && busy_ == 0) done_ = true;
  } else if (interval_us_ > 0) {
    idle_.push_back(&client);
    SendDue();
  } else {
    SendNext(client, now_us);
  }
}

// Errors of a cluster whose slots have moved are followed; all others end the measurement, whose figures would mean nothing.
void Worker::OnErrorReply(Client& client) {
  const std::string& error = client.counter.error();
  bool moved = error.starts_with("MOVED") || error.starts_with("ASK");
  bool down = error.starts_with("CLUSTERDOWN");
  if (state_.cluster == nullptr || !pipeline_.has_tags() || !(moved || down)) {
    std::string server = state_.cluster != nullptr ? fmt::format(" {}", client.address()) : "";
    return state_.Fail(fmt::format("Error from server{}: {}", server, error));
  }
  client.counter.ClearError();
  if (down) {
    fmt::print(stderr, "Error from server {}: {}.\n", client.address(), error);
    std::this_thread::sleep_for(kClusterDownPause);
  }
  if (auto read = state_.cluster->Refresh(tag_version_); !read) state_.Fail(read.error().text());
}

void Worker::UseTagOf(size_t node) {
  uint64_t version = state_.cluster->version();
  if (node == tag_node_ && version == tag_version_) return;
  Tag tag = state_.cluster->TagOf(node);
  pipeline_.SetTag({tag.data(), tag.size()});
  tag_node_ = node;
  tag_version_ = version;
}

}  // namespace keyway::benchmark
