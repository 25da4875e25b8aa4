#include "tests/transport/support/tls_pair.h"

#include <gtest/gtest.h>

namespace keyway::test {

Verify::Verify(uint32_t mode, std::vector<std::string> names) : mode_(mode), names_(std::move(names)) {}

Verify& Verify::Sni(const std::string& name) {
  sni_ = name;
  return *this;
}

Verify& Verify::Alpn(std::vector<std::string> names) {
  alpn_ = std::move(names);
  return *this;
}

const kw_verify* Verify::abi() {
  name_list_.clear();
  alpn_list_.clear();
  for (const std::string& n : names_) name_list_.push_back(n.c_str());
  for (const std::string& n : alpn_) alpn_list_.push_back(n.c_str());
  abi_ = {sizeof(kw_verify),
          0,
          mode_,
          static_cast<uint32_t>(name_list_.size()),
          name_list_.data(),
          sni_.empty() ? nullptr : sni_.c_str(),
          alpn_list_.data(),
          static_cast<uint32_t>(alpn_list_.size()),
          0};
  return &abi_;
}

End::End(const Context& ctx, uint32_t side, const kw_verify* verify, bool hop)
    : transport_(ctx.transport()), hop_(hop) {
  Run([&] { last_ = transport_->conn_open(ctx.get(), side, verify, pipe_.abi(), nullptr, &conn_, &err_); });
}

End::~End() { Close(); }

void End::Run(const std::function<void()>& f) {
  if (hop_) {
    std::thread([&] {
      f();
      if (transport_->thread_leave != nullptr) transport_->thread_leave();
    }).join();
  } else {
    f();
  }
  pipe_.EndCall();
}

int32_t End::Handshake() {
  Run([&] { last_ = transport_->ops->handshake(conn_, &err_); });
  return last_;
}

std::string End::Read(size_t step) {
  std::string out;
  do {
    // A buffer of exactly that size, so that a byte too many is seen.
    auto buf = std::make_unique<char[]>(step);
    uint64_t n = 12345;
    Run([&] { last_ = transport_->ops->read(conn_, buf.get(), step, &n, &err_); });
    EXPECT_TRUE(last_ == KW_OK ? n > 0 && n <= step : n == 0) << "result " << last_ << " with n = " << n;
    if (last_ == KW_OK) out.append(buf.get(), n);
  } while (last_ == KW_OK);
  return out;
}

int32_t End::Write(const std::string& data) { return WritePieces({data}); }

int32_t End::WritePieces(const std::vector<std::string>& pieces) {
  std::vector<kw_bytes> list;
  uint64_t total = 0, n = 12345;
  for (const std::string& p : pieces) {
    list.push_back({p.data(), p.size()});
    total += p.size();
  }
  Run([&] { last_ = transport_->ops->writev(conn_, list.data(), static_cast<uint32_t>(list.size()), &n, &err_); });
  EXPECT_EQ(n, last_ == KW_OK ? total : 0) << "a filter takes all of it or none";
  return last_;
}

int32_t End::Shutdown() {
  Run([&] { last_ = transport_->ops->shutdown(conn_, &err_); });
  return last_;
}

void End::Idle() {
  Run([&] { transport_->ops->idle(conn_); });
}

void End::Close() {
  if (conn_ == nullptr) return;
  Run([&] { transport_->ops->close(conn_); });
  conn_ = nullptr;
}

size_t Move(End& from, End& to, size_t most) {
  std::string bytes = from.pipe().TakeTx(most);
  to.pipe().Feed(bytes);
  return bytes.size();
}

Handshaken RunHandshake(End& client, End& server, size_t step) {
  Handshaken out;
  if (!client.open() || !server.open()) return out;
  out.client = client.Handshake();
  while (true) {
    size_t moved = Move(client, server, step);
    if (moved > 0 && out.server == KW_WANT_READ) out.server = server.Handshake();
    size_t back = Move(server, client, step);
    if (back > 0 && out.client == KW_WANT_READ) out.client = client.Handshake();
    if (moved == 0 && back == 0) return out;
  }
}

Pair::Pair(const std::string& server_backend, const std::string& client_backend, Settings server_settings,
           Settings client_settings, Verify v, bool hop)
    : server_ctx(Transport(server_backend), std::move(server_settings)),
      client_ctx(Transport(client_backend), std::move(client_settings)),
      verify(std::move(v)),
      server(server_ctx, KW_SIDE_SERVER, nullptr, hop),
      client(client_ctx, KW_SIDE_CLIENT, verify.abi(), hop) {}

void Pair::Establish() {
  ASSERT_TRUE(client.open()) << client.error().text;
  ASSERT_TRUE(server.open()) << server.error().text;
  Handshaken done = RunHandshake(client, server);
  ASSERT_EQ(done.client, KW_OK) << client.error().text;
  ASSERT_EQ(done.server, KW_OK) << server.error().text;
}

void ExpectDataFlows(End& client, End& server) {
  ASSERT_EQ(client.Write("ping"), KW_OK) << client.error().text;
  Move(client, server);
  EXPECT_EQ(server.Read(), "ping");
  EXPECT_EQ(server.last(), KW_WANT_READ);
  ASSERT_EQ(server.Write("pong"), KW_OK) << server.error().text;
  Move(server, client);
  EXPECT_EQ(client.Read(), "pong");
  EXPECT_EQ(client.last(), KW_WANT_READ);
}

}  // namespace keyway::test
