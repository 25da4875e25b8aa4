// A kw_pipe in memory that is as strict as the rules allow: what rx_peek shows is a fresh allocation of exactly that many bytes,
// tx_reserve gives exactly what was asked for, and both are gone as early as they may be, so that a sanitizer sees any other use.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "keyway/transport.h"

namespace keyway::test {

class MemoryPipe {
 public:
  MemoryPipe();
  ~MemoryPipe();
  MemoryPipe(const MemoryPipe&) = delete;
  MemoryPipe& operator=(const MemoryPipe&) = delete;

  kw_pipe* abi() { return &pipe_.abi; }

  // The carrier's side.
  void Feed(const std::string& bytes) { rx_ += bytes; }
  void End(int32_t how = KW_EOF) { end_ = how; }
  std::string TakeTx(size_t most = SIZE_MAX);
  const std::string& tx() const { return tx_; }
  size_t rx_left() const { return rx_.size(); }

  // tx_reserve fails from now on, or after that many more successes.
  void FailReserveAfter(size_t successes) { reserves_left_ = successes; }

  // Between two calls into the plug-in: what it may not remember disappears.
  void EndCall();

 private:
  struct Abi {
    kw_pipe abi;
    MemoryPipe* self;
  };
  static MemoryPipe* Self(kw_pipe* pipe) { return reinterpret_cast<Abi*>(pipe)->self; }
  static int32_t RxPeek(kw_pipe* pipe, const uint8_t** data, uint64_t* len);
  static void RxConsume(kw_pipe* pipe, uint64_t n);
  static int32_t TxReserve(kw_pipe* pipe, uint64_t min, uint8_t** data, uint64_t* cap);
  static void TxCommit(kw_pipe* pipe, uint64_t n);

  Abi pipe_;
  std::string rx_;
  std::string tx_;
  int32_t end_ = KW_OK;
  std::unique_ptr<uint8_t[]> shown_;
  std::unique_ptr<uint8_t[]> reserved_;
  uint64_t reserved_size_ = 0;
  size_t reserves_left_ = SIZE_MAX;
};

}  // namespace keyway::test
