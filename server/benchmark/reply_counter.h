// Counts the replies in a stream of RESP2 or RESP3 without building them: what is inside a reply is skipped. Push messages are
// no replies. Keeps what is split over two reads: a few numbers, and the line that has not ended.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace keyway::benchmark {

class ReplyCounter {
 public:
  // Takes all of the bytes. How many replies have ended in them.
  uint64_t Feed(std::string_view bytes);

  // A reply that was an error, the first since ClearError; text without its "-".
  bool has_error() const { return has_error_; }
  const std::string& error() const { return error_; }
  void ClearError() { has_error_ = false; }
  // The bytes are no RESP; they are skipped from here on.
  bool broken() const { return broken_; }

 private:
  void Header(std::string_view line);
  void Values(std::string_view count, uint64_t each);
  void Bulk(std::string_view length);
  void EndValue();
  void Error(std::string_view text);

  uint64_t skip_ = 0;  // bytes of a bulk string that are still to come, its line end included
  uint64_t left_ = 0;  // values of the reply under way that are still to come; 0 between two replies
  uint64_t counted_ = 0;
  bool push_ = false;  // the reply under way is a push message
  bool has_error_ = false;
  bool broken_ = false;
  std::string line_;  // the beginning of a line that has not ended
  std::string error_;
};

}  // namespace keyway::benchmark
