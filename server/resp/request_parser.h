// Parses requests (RESP arrays of bulk strings, or inline lines) out of received bytes, as views into those bytes.
//
//   multibulk:  *<count>\r\n ( $<length>\r\n <bytes>\r\n ){count}
//   inline:     words separated by blanks, with quotes as in redis.conf, ended by \n or \r\n
//
// The parser is resumable: a request that is not whole yet is not parsed again from its beginning when more bytes come.
// [io], one parser a connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace keyway::resp {

struct ParseLimits {
  uint64_t max_bulk_bytes = 512ull * 1024 * 1024;  // proto-max-bulk-len
  bool unauthenticated = false;                    // at most 10 arguments of at most 16 KB
};

inline constexpr size_t kMaxInlineBytes = 64 * 1024;
inline constexpr int64_t kMaxUnauthenticatedArgs = 10;
inline constexpr int64_t kMaxUnauthenticatedBulkBytes = 16 * 1024;

class RequestParser {
 public:
  enum class Status : uint8_t {
    kRequest,   // argc() arguments were appended, consumed() bytes used; argc() may be 0 (an empty line): skip it
    kNeedMore,  // present the same bytes and more next time; missing_bytes() says how many at least
    kError,     // error() is the text behind "-ERR "; the connection must not be parsed any further
  };

  // `begin` is mutable memory, since an inline line is unquoted in place. `args` is only appended to, on kRequest.
  Status Next(char* begin, size_t size, const ParseLimits& limits, std::vector<std::string_view>& args);

  size_t consumed() const { return consumed_; }
  size_t argc() const { return argc_; }
  size_t missing_bytes() const { return missing_; }
  const std::string& error() const { return *error_; }
  // Bytes of the request under way that are parsed: complete arguments and headers.
  size_t parsed_bytes() const { return position_; }
  // Whether the request under way is a multibulk with arguments still to come.
  bool mid_request() const { return remaining_ > 0; }
  // Arguments of the request under way that are complete: memory accounting of slow senders.
  size_t pending_args() const { return pending_.size(); }

 private:
  struct Piece {  // an argument of an unfinished request, relative to the request's first byte
    size_t offset, size;
  };

  Status Inline(char* begin, size_t size, std::vector<std::string_view>& args);
  Status Multibulk(char* begin, size_t size, const ParseLimits& limits, std::vector<std::string_view>& args);
  Status Header(const char* begin, size_t size, const ParseLimits& limits);
  Status Suspend(char* begin, std::vector<std::string_view>& args, size_t first);
  Status Error(std::string text);

  size_t position_ = 0;    // bytes of the request under way that are parsed
  int64_t remaining_ = 0;  // arguments still to come; 0: at the start of a request
  int64_t bulk_ = -1;      // length of the bulk under way; -1: its header comes next
  std::vector<Piece> pending_;
  size_t consumed_ = 0;
  size_t argc_ = 0;
  size_t missing_ = 0;
  std::unique_ptr<std::string> error_;  // rare, and a parser stands in every connection
};

}  // namespace keyway::resp
