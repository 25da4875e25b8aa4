#include "server/net/pipe.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "server/base/check.h"
#include "server/net/thread_scratch.h"

namespace keyway::net {
namespace {

// Enough for what one turn may put into tx: the high mark and one full writev, with the overhead of its records.
constexpr size_t kTxScratchBytes = KW_TX_HIGH + KW_WRITEV_MAX + 16 * 1024;

}  // namespace

// ---- TxQueue ----

char* TxQueue::Reserve(size_t bytes) {
  if (capacity_ - end_ >= bytes) return data_ + end_;
  ScratchBuffer& scratch = LocalScratch().tx;
  if (data_ == nullptr && !scratch.borrowed) {
    char* memory = scratch.Ensure(std::max(bytes, kTxScratchBytes), 0);
    if (memory == nullptr) return nullptr;
    scratch.borrowed = borrowed_ = true;
    data_ = memory;
    capacity_ = scratch.capacity();
    return data_;
  }
  if (borrowed_) {
    char* memory = scratch.Ensure(end_ + bytes, end_);
    if (memory == nullptr) return nullptr;
    data_ = memory;
    capacity_ = scratch.capacity();
    return data_ + end_;
  }
  size_t held = size();
  if (begin_ > 0 && capacity_ - held >= bytes) {
    std::memmove(data_, data_ + begin_, held);
  } else {
    size_t capacity = held + std::max(bytes, held / 2);
    auto* memory = static_cast<char*>(std::malloc(capacity));
    if (memory == nullptr) return nullptr;
    if (held > 0) std::memcpy(memory, data_ + begin_, held);
    std::free(data_);
    data_ = memory;
    capacity_ = capacity;
  }
  begin_ = 0;
  end_ = held;
  return data_ + end_;
}

bool TxQueue::Append(std::string_view bytes) {
  char* room = Reserve(bytes.size());
  if (room == nullptr) return false;
  std::memcpy(room, bytes.data(), bytes.size());
  Commit(bytes.size());
  return true;
}

void TxQueue::Consume(size_t bytes) {
  begin_ += bytes;
  if (begin_ == end_) begin_ = end_ = 0;
}

void TxQueue::Drop() {
  if (borrowed_) {
    LocalScratch().tx.borrowed = false;
  } else {
    std::free(data_);
  }
  data_ = nullptr;
  begin_ = end_ = capacity_ = 0;
  borrowed_ = false;
}

bool TxQueue::Settle() {
  if (empty()) {
    Drop();
    return true;
  }
  if (!borrowed_) return true;
  size_t held = size();
  auto* memory = static_cast<char*>(std::malloc(held));
  if (memory != nullptr) std::memcpy(memory, data_ + begin_, held);
  Drop();
  if (memory == nullptr) return false;
  data_ = memory;
  end_ = capacity_ = held;
  return true;
}

// ---- Pipe ----

Pipe::Pipe() : kw_pipe{sizeof(kw_pipe), 0, RxPeek, RxConsume, TxReserve, TxCommit} {}

Pipe::~Pipe() { Clear(); }

void Pipe::Clear() {
  tx_.Drop();
  if (rx_borrowed_) LocalScratch().rx.borrowed = false;
  rx_borrowed_ = false;
  std::string().swap(kept_);
  ViewKept();
}

void Pipe::ViewKept() {
  rx_data_ = kept_.data();
  rx_begin_ = 0;
  rx_end_ = kept_.size();
}

char* Pipe::RxRoom(size_t bytes) {
  KW_DCHECK(depth_ > 0);
  ScratchBuffer& scratch = LocalScratch().rx;
  size_t held = rx_end_ - rx_begin_;
  if (rx_borrowed_) {
    if (held > 0 && rx_begin_ > 0) std::memmove(scratch.data(), rx_data_ + rx_begin_, held);
    if (scratch.Ensure(held + bytes, held) == nullptr) return nullptr;
  } else {
    KW_CHECK(!scratch.borrowed);
    if (scratch.Ensure(std::max(held + bytes, kRxChunkBytes), 0) == nullptr) return nullptr;
    if (held > 0) std::memcpy(scratch.data(), rx_data_ + rx_begin_, held);
    std::string().swap(kept_);
    scratch.borrowed = rx_borrowed_ = true;
  }
  rx_data_ = scratch.data();
  rx_begin_ = 0;
  rx_end_ = held;
  return scratch.data() + held;
}

void Pipe::Leave() {
  if (--depth_ > 0) return;
  if (!tx_.Settle()) misused_ = true;  // out of memory: the stream has a hole, and the connection must end
  if (rx_borrowed_) {
    kept_.assign(rx_data_ + rx_begin_, rx_end_ - rx_begin_);
    LocalScratch().rx.borrowed = false;
    rx_borrowed_ = false;
  } else if (rx_begin_ > 0) {
    kept_.erase(0, rx_begin_);
    if (kept_.empty()) std::string().swap(kept_);
  }
  ViewKept();
}

int32_t Pipe::RxPeek(kw_pipe* pipe, const uint8_t** data, uint64_t* len) {
  auto& self = *static_cast<Pipe*>(pipe);
  *data = reinterpret_cast<const uint8_t*>(self.rx_data_ + self.rx_begin_);
  *len = self.rx_end_ - self.rx_begin_;
  return self.rx_state_;
}

void Pipe::RxConsume(kw_pipe* pipe, uint64_t n) {
  auto& self = *static_cast<Pipe*>(pipe);
  size_t held = self.rx_end_ - self.rx_begin_;
  if (n > held) self.misused_ = true;
  self.rx_begin_ += std::min<uint64_t>(n, held);
}

int32_t Pipe::TxReserve(kw_pipe* pipe, uint64_t min, uint8_t** data, uint64_t* cap) {
  auto& self = *static_cast<Pipe*>(pipe);
  if (self.depth_ == 0 || min == 0 || min > KW_TX_RESERVE_MAX) {
    self.misused_ = true;
    return KW_E_NOMEM;
  }
  char* room = self.tx_.Reserve(min);
  if (room == nullptr) return KW_E_NOMEM;
  self.reserved_ = self.tx_.room();
  *data = reinterpret_cast<uint8_t*>(room);
  *cap = self.reserved_;
  return KW_OK;
}

void Pipe::TxCommit(kw_pipe* pipe, uint64_t n) {
  auto& self = *static_cast<Pipe*>(pipe);
  if (n > self.reserved_) {
    self.misused_ = true;
    n = 0;
  }
  self.reserved_ = 0;
  self.tx_.Commit(n);
}

}  // namespace keyway::net
