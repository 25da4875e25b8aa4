// Bytes that are to be sent at the end of the turn, packed one behind the other; all of them go at once.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "server/base/check.h"

namespace keyway::event {

class SendArena {
 public:
  static constexpr size_t kBlockBytes = 64 * 1024;

  // Stays valid until Reset. `bytes` <= kBlockBytes.
  char* Take(size_t bytes) {
    KW_DCHECK(bytes <= kBlockBytes);
    if (current_ < blocks_.size() && used_ + bytes > kBlockBytes) {
      ++current_;
      used_ = 0;
    }
    if (current_ == blocks_.size()) blocks_.push_back(std::make_unique_for_overwrite<char[]>(kBlockBytes));
    char* room = blocks_[current_].get() + used_;
    used_ += bytes;
    return room;
  }

  void Reset() {
    if (blocks_.size() > kKeptBlocks) blocks_.resize(kKeptBlocks);
    current_ = used_ = 0;
  }

 private:
  static constexpr size_t kKeptBlocks = 4;

  std::vector<std::unique_ptr<char[]>> blocks_;
  size_t current_ = 0;
  size_t used_ = 0;
};

}  // namespace keyway::event
