// The host's end of a filter's pipe (kw_pipe): ciphertext that came from the carrier and waits for the filter, and ciphertext
// that the filter made and that waits for the carrier.
//
//      carrier ──► scratch of the thread ──► rx view ──► filter        what the filter leaves is kept privately
//      carrier ◄── scratch of the thread ◄── tx  ◄────── filter        what the carrier does not take is kept privately
//
// Between two uses a pipe holds only what is left over; in the normal case that is nothing. A use is the time between Enter and
// Leave (nested ones count): in it the pipe may borrow the scratch buffers of its thread, so no callback to a stranger may happen
// in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "keyway/transport.h"

namespace keyway::net {

// One receive's worth. A full TLS record is 16 KB.
inline constexpr size_t kRxChunkBytes = 64 * 1024;

// Bytes in order, in the thread's scratch while a use lasts and in memory of its own beyond.
class TxQueue {
 public:
  ~TxQueue() { Drop(); }

  size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }
  const char* data() const { return data_ + begin_; }
  size_t owned_bytes() const { return borrowed_ ? 0 : capacity_; }

  // Room for at least `bytes`; null when there is no memory.
  char* Reserve(size_t bytes);
  size_t room() const { return capacity_ - end_; }
  void Commit(size_t bytes) { end_ += bytes; }
  bool Append(std::string_view bytes);
  void Consume(size_t bytes);
  void Drop();    // all bytes and all memory
  bool Settle();  // gives the scratch back; false when there was no memory for the rest

 private:
  char* data_ = nullptr;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t capacity_ = 0;
  bool borrowed_ = false;  // data_ is the thread's scratch
};

// [io] of its connection.
class Pipe : public kw_pipe {
 public:
  Pipe();
  ~Pipe();
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  void Enter() { ++depth_; }
  void Leave();

  // -- from the carrier; within a use --
  // Where the next `bytes` go, behind everything that waits; null when there is no memory.
  char* RxRoom(size_t bytes);
  void RxCommit(size_t bytes) { rx_end_ += bytes; }
  // KW_EOF or KW_RESET: nothing follows what is there.
  void RxEnd(int32_t state) { rx_state_ = state; }
  int32_t rx_state() const { return rx_state_; }
  void RxTake(size_t bytes) { RxConsume(this, bytes); }  // by the host itself
  std::string_view rx() const { return {rx_data_ + rx_begin_, rx_end_ - rx_begin_}; }

  // -- to the carrier --
  TxQueue& tx() { return tx_; }
  const TxQueue& tx() const { return tx_; }

  // Whether the filter broke the rules: took or gave more than there was.
  bool misused() const { return misused_; }
  size_t owned_bytes() const { return tx_.owned_bytes() + (kept_.capacity() > 15 ? kept_.capacity() : 0); }
  void Clear();

 private:
  static int32_t RxPeek(kw_pipe* pipe, const uint8_t** data, uint64_t* len);
  static void RxConsume(kw_pipe* pipe, uint64_t n);
  static int32_t TxReserve(kw_pipe* pipe, uint64_t min, uint8_t** data, uint64_t* cap);
  static void TxCommit(kw_pipe* pipe, uint64_t n);

  void ViewKept();

  // The view of what waits: in kept_, or in the thread's scratch while rx_borrowed_.
  const char* rx_data_ = nullptr;
  size_t rx_begin_ = 0;
  size_t rx_end_ = 0;
  std::string kept_;
  TxQueue tx_;
  size_t reserved_ = 0;  // of the last tx_reserve, not committed yet
  int32_t rx_state_ = KW_OK;
  int depth_ = 0;
  bool rx_borrowed_ = false;
  bool misused_ = false;
};

// A use of a pipe, as a scope.
class PipeUse {
 public:
  explicit PipeUse(Pipe& pipe) : pipe_(pipe) { pipe.Enter(); }
  ~PipeUse() { pipe_.Leave(); }
  PipeUse(const PipeUse&) = delete;
  PipeUse& operator=(const PipeUse&) = delete;

 private:
  Pipe& pipe_;
};

}  // namespace keyway::net
