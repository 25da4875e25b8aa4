// A copy of a request's words that outlives the request: what MULTI queues and what a blocked client runs again.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "server/command/spec.h"

namespace keyway::command {

class OwnedWords {
 public:
  explicit OwnedWords(Words words) {
    size_t bytes = 0;
    for (std::string_view word : words) bytes += word.size();
    text_ = std::make_unique_for_overwrite<char[]>(bytes);
    words_.reserve(words.size());
    char* at = text_.get();
    for (std::string_view word : words) {
      if (!word.empty()) std::memcpy(at, word.data(), word.size());
      words_.emplace_back(at, word.size());
      at += word.size();
    }
    text_bytes_ = bytes;
  }

  // Valid as long as this object, also after it was moved.
  Words view() const { return words_; }
  size_t text_bytes() const { return text_bytes_; }
  size_t memory_bytes() const { return text_bytes_ + words_.capacity() * sizeof(std::string_view); }

 private:
  std::unique_ptr<char[]> text_;
  std::vector<std::string_view> words_;
  size_t text_bytes_ = 0;
};

}  // namespace keyway::command
