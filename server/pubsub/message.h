// One pushed message on its way to any number of clients: encoded once for RESP2 and once for RESP3, each when the first
// client of that version is met. The two differ in their first byte only, but a client gets its message in one piece. [exec]
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "server/base/output_buffer.h"

namespace keyway {
class SharedBytes;
}

namespace keyway::pubsub {

class Message {
 public:
  // The words are borrowed while the message lives. `receivers` is how many will get it at most; it decides whether the
  // bytes are shared.
  Message(std::span<const std::string_view> words, size_t receivers);
  ~Message();
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  // `version` is 2 or 3.
  void AppendTo(OutputBuffer& output, int version);

 private:
  struct Form {
    std::string copied;
    SharedBytes* shared = nullptr;
  };

  void Write(char* out, int version) const;
  void Encode(Form& form, int version) const;

  std::span<const std::string_view> words_;
  size_t size_;
  bool by_reference_;
  std::array<Form, 2> forms_;
};

}  // namespace keyway::pubsub
