// A connection that blocks: dial, send, wait for a reply. It is net::Dial on an event loop of its own, which runs only while
// somebody waits here.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/error.h"
#include "server/base/output_buffer.h"
#include "server/base/receive_buffer.h"
#include "server/event/event_loop.h"
#include "server/net/connection.h"
#include "server/net/host.h"
#include "server/resp/reply_reader.h"

namespace keyway::client {

using Arguments = std::vector<std::string>;

// The request as a RESP array, at the end of `out`.
void AppendCommand(const Arguments& arguments, std::string& out);

class Connection final : private net::ConnectionHandler {
 public:
  Connection();
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Dials and waits until it is open; a connection that was there is closed first.
  Result<> Open(std::shared_ptr<const net::Stack> stack, const std::string& address, net::DialOptions options);
  bool is_open() const { return open_; }
  // Requires is_open().
  const net::ConnectionInfo& info() const { return connection_->info(); }
  // By what a later connection to the same server can resume, once a reply has come; empty: by nothing. A secret.
  std::string Session() const { return connection_ ? connection_->Session() : ""; }
  // Closes at once.
  void Close();
  // Closes as the transport wants it, so that the server sees an end and no breakdown; waits a moment for that at most.
  void Finish();

  // Both only hand over; the bytes go out while somebody waits. Requires is_open().
  void Send(const Arguments& arguments);
  void SendBytes(std::string_view bytes);
  size_t unsent_bytes() const { return connection_ ? connection_->unsent_bytes() : 0; }

  enum class Wait : uint8_t {
    kReply,  // TakeReply() has it
    kTimeout,
    kClosed,    // error() says why; the connection is closed
    kProtocol,  // error() says what is wrong with the server's bytes; the connection is closed
    kStopped,   // Stop() was called
  };
  // Waits for the next reply, pushes included. -1 waits for ever, 0 only looks.
  Wait WaitReply(int64_t timeout_ms = -1);
  resp::Reply TakeReply() { return reader_.Take(); }
  const std::string& error() const { return error_; }

  // Makes the wait under way answer kStopped. From within the loop only (a handler of another descriptor).
  void Stop() { stopped_ = true; }
  // The same when the last unsent byte has gone out.
  void set_stop_when_drained(bool stop) { stop_when_drained_ = stop; }
  // For other descriptors that are to be watched during a wait.
  event::EventLoop& loop() { return *loop_; }

 private:
  void OnOpen(net::Connection& connection) override;
  void OnReadable(net::Connection& connection) override;
  void OnHangup(net::Connection& connection) override;
  void OnDrained(net::Connection& connection) override;
  void OnClosed(net::Connection& connection, const net::CloseReason& reason) override;

  // Reads on, from the buffer first. kTimeout: nothing whole is there yet.
  Wait Advance();
  Wait Fail(Wait outcome, std::string error);

  std::unique_ptr<event::EventLoop> loop_;
  std::unique_ptr<net::Connection> connection_;
  bool open_ = false;
  bool over_ = false;      // OnClosed has come
  bool readable_ = false;  // Receive may have something to say
  bool stopped_ = false;
  bool stop_when_drained_ = false;
  ReceiveBuffer buffer_;
  OutputBuffer output_;
  resp::ReplyReader reader_;
  std::string error_;
};

}  // namespace keyway::client
