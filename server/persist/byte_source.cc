#include "server/persist/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace keyway::persist {

Result<size_t> MemorySource::Read(char* to, size_t size) {
  const size_t taken = std::min(size, bytes_.size());
  if (taken > 0) std::memcpy(to, bytes_.data(), taken);
  bytes_.remove_prefix(taken);
  return taken;
}

Result<FileSource> FileSource::Open(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return FailErrno(path, errno);
  struct stat facts {};
  if (fstat(fd.get(), &facts) != 0) return FailErrno(path, errno);
  if (S_ISDIR(facts.st_mode)) return FailErrno(path, EISDIR);
  return FileSource(std::move(fd), static_cast<uint64_t>(facts.st_size), S_ISREG(facts.st_mode));
}

Result<size_t> FileSource::Read(char* to, size_t size) {
  ssize_t taken;
  do {
    taken = read(fd_.get(), to, size);
  } while (taken < 0 && errno == EINTR);
  if (taken < 0) return FailErrno("read", errno);
  if (remaining_) *remaining_ -= std::min(*remaining_, static_cast<uint64_t>(taken));
  return static_cast<size_t>(taken);
}

void FileSource::DropFromCache() const { posix_fadvise(fd_.get(), 0, 0, POSIX_FADV_DONTNEED); }

}  // namespace keyway::persist
