// Results of functions that can fail: a value, or an Error that says in words what went wrong and where.
//
// Absence is no error (use std::optional or a null pointer), and a client's mistake is no Error either (a handler
// writes its reply). An Error is what an operator or a log reader gets to see.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace keyway {

class [[nodiscard]] Error {
 public:
  explicit Error(std::string text, int code = 0) : text_(std::move(text)), code_(code) {}

  const std::string& text() const { return text_; }
  // An errno value where one says what callers may act on (EADDRNOTAVAIL: no such address here), else 0.
  int code() const { return code_; }

  // The same error with a place or a purpose before it: "context: text".
  Error Within(const std::string& context) const { return Error(context + ": " + text_, code_); }

 private:
  std::string text_;
  int code_;
};

template <class T = void>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> Fail(std::string text, int code = 0) {
  return std::unexpected<Error>(Error(std::move(text), code));
}

// An Error for a failed system call: "what: strerror(errno_value)".
std::unexpected<Error> FailErrno(const std::string& what, int errno_value);

}  // namespace keyway
