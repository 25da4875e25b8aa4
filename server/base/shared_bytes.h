// Immutable bytes with an atomic count of users: one message on its way to many peers.
//
//   SharedBytes* bytes = SharedBytes::Make(size);   // one user: the maker
//   fill(bytes->mutable_data());                    // before anybody else sees it
//   bytes->AppendTo(output);                        // one more user, until the output drops the segment
//   SharedBytes::Release(bytes);
//
// [any], except that the bytes are written by the maker alone.
#pragma once

#include <atomic>
#include <cstddef>
#include <string_view>

#include "server/base/output_buffer.h"

namespace keyway {

class SharedBytes {
 public:
  static SharedBytes* Make(size_t size);
  // One user less; the last one frees it. Has the form of OutputBuffer::ReleaseFn.
  static void Release(void* self);

  char* mutable_data() { return reinterpret_cast<char*>(this + 1); }
  std::string_view view() const { return {reinterpret_cast<const char*>(this + 1), size_}; }
  void AppendTo(OutputBuffer& output) {
    users_.fetch_add(1, std::memory_order_relaxed);
    output.AppendShared(view(), this, &Release);
  }

 private:
  explicit SharedBytes(size_t size) : size_(size) {}

  std::atomic<size_t> users_{1};
  const size_t size_;
};

}  // namespace keyway
