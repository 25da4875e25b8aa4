#include "server/base/check.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "server/base/error.h"
#include "server/base/log.h"

namespace keyway {

void CheckFailed(const char* condition, const char* file, int line) {
  LogRaw(LogLevel::kWarning, "=== ASSERTION FAILED ===");
  char text[512];
  std::snprintf(text, sizeof text, "==> %s:%d '%s' is not true", file, line, condition);
  LogRaw(LogLevel::kWarning, text);
  std::abort();
}

std::unexpected<Error> FailErrno(const std::string& what, int errno_value) {
  char buffer[128];
  return Fail(what + ": " + strerror_r(errno_value, buffer, sizeof buffer), errno_value);
}

}  // namespace keyway
