#include "server/client/input.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cstring>

#include "server/base/unique_fd.h"

namespace keyway::client {
namespace {

// Empty with errno set when reading fails.
bool ReadToEnd(int fd, std::string& out) {
  char bytes[16 * 1024];
  while (true) {
    ssize_t size = read(fd, bytes, sizeof bytes);
    if (size == 0) return true;
    if (size > 0) {
      out.append(bytes, static_cast<size_t>(size));
    } else if (errno != EINTR) {
      return false;
    }
  }
}

}  // namespace

Result<std::string> ReadStandardInput() {
  std::string out;
  if (!ReadToEnd(STDIN_FILENO, out)) return Fail(fmt::format("Reading from standard input: {}", strerror(errno)));
  return out;
}

Result<std::string> ReadWholeFile(const std::string& path) {
  std::string out;
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid() || !ReadToEnd(fd.get(), out)) {
    return Fail(fmt::format("Can't open file '{}': {}", path, strerror(errno)));
  }
  return out;
}

}  // namespace keyway::client
