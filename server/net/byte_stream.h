// The bytes of one established connection as its carrier moves them: a descriptor (FdStream) or a stream carrier's own
// connection (PluginStream). What stands above it, plain or with a filter, is the same for both.
//
// Readiness is remembered: may_read() says whether a Read could bring something, so that nobody makes a system call to be told
// "not now". The owner hears of changes by OnStreamEvents and reads whenever it likes.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "keyway/transport.h"

namespace keyway::event {
class EventLoop;
}

namespace keyway::net {

class Stack;

enum class IoStatus : uint8_t {
  kOk,         // bytes > 0
  kAgain,      // an event follows when there is more to do
  kEnd,        // the peer will send no more
  kTruncated,  // the carrier ended without the close of its protocol
  kError,      // error_text() says what
};

struct IoResult {
  IoStatus status;
  size_t bytes = 0;
};

// All [io] of the loop that Start named.
class ByteStream {
 public:
  class Owner {
   public:
    // event::kReadable, kWritable, kHangup. May destroy the stream.
    virtual void OnStreamEvents(uint32_t events) = 0;

   protected:
    ~Owner() = default;
  };

  virtual ~ByteStream() = default;  // closes at once

  // Events come from now on, from the loop. False when the loop cannot watch it.
  virtual bool Start(event::EventLoop& loop, Owner* owner) = 0;
  // Leaves its loop, so that Start can name another one. False: not now (ReleaseSocket of the loop says when), or never.
  virtual bool Leave() { return false; }
  // Whatever the carrier has to do before bytes flow. kAgain: call again at the next event.
  virtual IoResult Establish() { return {IoStatus::kOk}; }

  bool may_read() const { return may_read_; }
  virtual IoResult Read(char* into, size_t capacity) = 0;  // capacity > 0
  // Something that Write took could not be sent after all; an event tells.
  bool write_failed() const { return write_failed_; }
  // Takes less than everything only when the carrier is full: kWritable follows.
  virtual IoResult Write(const iovec* pieces, int count) = 0;
  // Nothing more either way; what was written still goes out. kAgain (stream carriers): call again at the next event.
  virtual IoResult Shutdown() = 0;

  virtual const std::string& error_text() const = 0;  // of the last kError
  virtual int fd() const { return -1; }
  virtual void SetKeepAlive(int /*seconds*/) {}
  // Where an end is (KW_END_LOCAL, KW_END_PEER), for people; empty when unknown.
  virtual std::string Describe(uint32_t end) const = 0;
  virtual bool PeerIsLocal() const = 0;
  // The stack that the stream refers to, exchanged for one with the same carrier context.
  virtual void UseStack(const Stack& stack) = 0;

 protected:
  bool may_read_ = false;
  bool write_failed_ = false;
};

}  // namespace keyway::net
