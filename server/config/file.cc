#include "server/config/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "server/base/unique_fd.h"

namespace keyway::config {
namespace {

std::unexpected<Error> SystemError(int error = errno) { return Fail(strerror(error)); }

Result<> WriteAll(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SystemError();
    content.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

// The mode that a new file gets from the umask, which can only be read by setting it; so ask a fresh file instead.
mode_t NewFileMode(const std::string& directory) {
  const UniqueFd probe(open(directory.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644));
  struct stat status {};
  if (probe.valid() && fstat(probe.get(), &status) == 0) return status.st_mode & 07777;
  return 0600;
}

Result<> FillTemporary(int fd, const std::string& target, const std::string& directory, std::string_view content) {
  if (Result<> written = WriteAll(fd, content); !written) return written;
  struct stat old {};
  const bool exists = stat(target.c_str(), &old) == 0;
  if (exists && fchown(fd, old.st_uid, old.st_gid) != 0) {
    // Without privileges the owner cannot be kept; the mode below still is.
  }
  if (fchmod(fd, exists ? old.st_mode & 07777 : NewFileMode(directory)) != 0) return SystemError();
  if (fsync(fd) != 0) return SystemError();
  return {};
}

}  // namespace

Result<std::string> ReadWholeFile(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return SystemError();
  return ReadToEnd(fd.get());
}

Result<std::string> ReadToEnd(int fd) {
  std::string text;
  char buffer[16384];
  for (;;) {
    const ssize_t got = read(fd, buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError();
    if (got == 0) return text;
    text.append(buffer, static_cast<size_t>(got));
    if (text.size() > kMaxConfigFileBytes) return SystemError(EFBIG);
  }
}

Result<> ReplaceFile(const std::string& path, std::string_view content) {
  std::string target = path;
  if (char* resolved = realpath(path.c_str(), nullptr)) {
    target = resolved;
    free(resolved);
  } else if (errno != ENOENT) {
    return SystemError();
  }
  const size_t slash = target.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : target.substr(0, slash + 1);
  std::string temporary = target + ".XXXXXX";
  const UniqueFd fd(mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd.valid()) return SystemError();

  Result<> result = FillTemporary(fd.get(), target, directory, content);
  if (result && rename(temporary.c_str(), target.c_str()) != 0) result = SystemError();
  if (!result) {
    unlink(temporary.c_str());
    return result;
  }
  const UniqueFd directory_fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory_fd.valid() || fsync(directory_fd.get()) != 0) return SystemError();
  return {};
}

}  // namespace keyway::config
