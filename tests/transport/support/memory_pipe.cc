#include "tests/transport/support/memory_pipe.h"

#include <cstring>

#include <gtest/gtest.h>

namespace keyway::test {

MemoryPipe::MemoryPipe() {
  std::memset(&pipe_, 0, sizeof pipe_);
  pipe_.abi.size = sizeof(kw_pipe);
  pipe_.abi.rx_peek = RxPeek;
  pipe_.abi.rx_consume = RxConsume;
  pipe_.abi.tx_reserve = TxReserve;
  pipe_.abi.tx_commit = TxCommit;
  pipe_.self = this;
}

MemoryPipe::~MemoryPipe() = default;

std::string MemoryPipe::TakeTx(size_t most) {
  std::string out = tx_.substr(0, most);
  tx_.erase(0, out.size());
  return out;
}

void MemoryPipe::EndCall() {
  shown_.reset();
  reserved_.reset();
  reserved_size_ = 0;
}

int32_t MemoryPipe::RxPeek(kw_pipe* pipe, const uint8_t** data, uint64_t* len) {
  MemoryPipe* self = Self(pipe);
  self->shown_.reset();
  *data = nullptr;
  *len = self->rx_.size();
  if (*len > 0) {
    self->shown_ = std::make_unique<uint8_t[]>(self->rx_.size());
    std::memcpy(self->shown_.get(), self->rx_.data(), self->rx_.size());
    *data = self->shown_.get();
  }
  return self->end_;
}

void MemoryPipe::RxConsume(kw_pipe* pipe, uint64_t n) {
  MemoryPipe* self = Self(pipe);
  EXPECT_LE(n, self->rx_.size()) << "consumed more than there was";
  self->rx_.erase(0, n);
  self->shown_.reset();
}

int32_t MemoryPipe::TxReserve(kw_pipe* pipe, uint64_t min, uint8_t** data, uint64_t* cap) {
  MemoryPipe* self = Self(pipe);
  EXPECT_GE(min, 1u);
  EXPECT_LE(min, KW_TX_RESERVE_MAX);
  if (self->reserves_left_ == 0) return KW_E_NOMEM;
  if (self->reserves_left_ != SIZE_MAX) --self->reserves_left_;
  self->reserved_ = std::make_unique<uint8_t[]>(min);
  self->reserved_size_ = min;
  *data = self->reserved_.get();
  *cap = min;
  return KW_OK;
}

void MemoryPipe::TxCommit(kw_pipe* pipe, uint64_t n) {
  MemoryPipe* self = Self(pipe);
  EXPECT_LE(n, self->reserved_size_) << "committed more than was reserved";
  self->tx_.append(reinterpret_cast<const char*>(self->reserved_.get()), n);
  self->reserved_.reset();
  self->reserved_size_ = 0;
}

}  // namespace keyway::test
