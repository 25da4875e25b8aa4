// Two connections, client and server, of any two TLS backends, joined by memory; and the little that a host does between them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/transport/support/backend.h"
#include "tests/transport/support/memory_pipe.h"

namespace keyway::test {

// A kw_verify with its lists.
class Verify {
 public:
  explicit Verify(uint32_t mode = KW_VERIFY_PEER, std::vector<std::string> names = {"localhost"});
  Verify& Sni(const std::string& name);
  Verify& Alpn(std::vector<std::string> names);
  const kw_verify* abi();

 private:
  uint32_t mode_;
  std::vector<std::string> names_, alpn_;
  std::string sni_;
  std::vector<const char*> name_list_, alpn_list_;
  kw_verify abi_{};
};

// One side. All calls into the plug-in go through here: they are serialised, and hop between threads when asked to.
class End {
 public:
  End(const Context& ctx, uint32_t side, const kw_verify* verify, bool hop = false);
  ~End();
  End(const End&) = delete;
  End& operator=(const End&) = delete;

  bool open() const { return conn_ != nullptr; }
  kw_conn* conn() const { return conn_; }
  const kw_transport* transport() const { return transport_; }
  MemoryPipe& pipe() { return pipe_; }

  int32_t Handshake();
  // Everything that can be had now; the last result that was not KW_OK goes into last().
  std::string Read(size_t step = 4096);
  int32_t Write(const std::string& data);
  int32_t WritePieces(const std::vector<std::string>& pieces);
  int32_t Shutdown();
  void Idle();
  void Close();

  int32_t last() const { return last_; }
  const kw_error& error() const { return err_; }

  template <class Table>
  const Table* Extension(const char* id) const {
    return static_cast<const Table*>(transport_->get_extension(id));
  }
  // Runs f as the owner of the connection.
  void Run(const std::function<void()>& f);

 private:
  const kw_transport* transport_;
  bool hop_;
  MemoryPipe pipe_;
  kw_conn* conn_ = nullptr;
  Err err_;
  int32_t last_ = KW_OK;
};

// Moves what stands in tx of `from` into rx of `to`; how many bytes at most.
size_t Move(End& from, End& to, size_t most = SIZE_MAX);

struct Handshaken {
  int32_t client = KW_WANT_READ;
  int32_t server = KW_WANT_READ;
};

// Runs both sides until neither can go on. `step` bytes at a time.
Handshaken RunHandshake(End& client, End& server, size_t step = SIZE_MAX);

// Both sides with contexts of their own.
struct Pair {
  Pair(const std::string& server_backend, const std::string& client_backend, Settings server_settings = GoodTls(),
       Settings client_settings = GoodTls(), Verify verify = Verify(), bool hop = false);
  Context server_ctx;
  Context client_ctx;
  Verify verify;
  End server;
  End client;
  // Fails the test when the handshake does.
  void Establish();
};

// What the server sends reaches the client and the other way round.
void ExpectDataFlows(End& client, End& server);

}  // namespace keyway::test
