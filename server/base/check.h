// Checks of what must be true. KW_CHECK stays in every build and guards memory against corruption; KW_DCHECK exists in
// debug and sanitizer builds and catches programmers' mistakes. No byte from a client, a file or a peer may trip one.
#pragma once

namespace keyway {

// Writes the message to the log's crash path and aborts. [any]
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace keyway

#define KW_CHECK(condition) \
  (__builtin_expect(!!(condition), 1) ? (void)0 : ::keyway::CheckFailed(#condition, __FILE__, __LINE__))

#ifdef KW_DEBUG_CHECKS
#define KW_DCHECK(condition) KW_CHECK(condition)
#else
#define KW_DCHECK(condition) ((void)sizeof(!!(condition)))
#endif
