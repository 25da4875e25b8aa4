// TextArena: copies of texts that live together until the arena goes. Each copy has a NUL behind it, for functions of the
// C library.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace keyway {

class TextArena {
 public:
  TextArena() = default;
  TextArena(const TextArena&) = delete;
  TextArena& operator=(const TextArena&) = delete;

  // The copy lives as long as the arena, and its data() is never null.
  std::string_view Copy(std::string_view text) {
    const size_t needed = text.size() + 1;
    if (needed > free_) AddBlock(needed);
    char* const copy = next_;
    if (!text.empty()) std::memcpy(copy, text.data(), text.size());
    copy[text.size()] = '\0';
    next_ += needed, free_ -= needed;
    return {copy, text.size()};
  }

 private:
  static constexpr size_t kFirstBlockBytes = 1024;
  static constexpr size_t kMaxBlockBytes = 64 * 1024;

  void AddBlock(size_t needed) {
    const size_t size = std::max(needed, block_bytes_);
    block_bytes_ = std::min(2 * block_bytes_, kMaxBlockBytes);
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(size));
    next_ = blocks_.back().get(), free_ = size;
  }

  std::vector<std::unique_ptr<char[]>> blocks_;
  size_t block_bytes_ = kFirstBlockBytes;
  char* next_ = nullptr;
  size_t free_ = 0;
};

}  // namespace keyway
