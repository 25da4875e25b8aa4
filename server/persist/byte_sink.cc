#include "server/persist/byte_sink.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace keyway::persist {
namespace {

constexpr int64_t kSyncStepBytes = 4 << 20;

Result<> WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written > 0) {
      bytes.remove_prefix(static_cast<size_t>(written));
    } else if (written < 0 && errno == EAGAIN) {
      pollfd wait{fd, POLLOUT, 0};
      poll(&wait, 1, -1);
    } else if (written == 0 || errno != EINTR) {
      return FailErrno("write", written == 0 ? EIO : errno);
    }
  }
  return {};
}

}  // namespace

Result<> FdSink::Write(std::string_view bytes) { return WriteAll(fd_, bytes); }

Result<FileSink> FileSink::Create(const std::string& path, Options options) {
  UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd.valid()) return FailErrno("open", errno);
  return FileSink(std::move(fd), options);
}

Result<> FileSink::Write(std::string_view bytes) {
  if (auto done = WriteAll(fd_.get(), bytes); !done) return done;
  written_ += static_cast<int64_t>(bytes.size());
  if (!options_.incremental_fsync || written_ - synced_ < kSyncStepBytes) return {};
  if (fdatasync(fd_.get()) != 0) return FailErrno("fsync", errno);
  DropFromCache(synced_, written_ - synced_);
  synced_ = written_;
  return {};
}

void FileSink::DropFromCache(int64_t from, int64_t bytes) const {
  posix_fadvise(fd_.get(), from, bytes, POSIX_FADV_DONTNEED);  // advice: a refusal costs memory only
}

Result<> FileSink::Finish() {
  if (fsync(fd_.get()) != 0) return FailErrno("fsync", errno);
  DropFromCache(0, 0);
  if (close(fd_.Release()) != 0) return FailErrno("close", errno);
  return {};
}

Result<> SyncDirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  const UniqueFd fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return FailErrno("open " + directory, errno);
  // Some file systems cannot: EINVAL and EBADF are no failure.
  if (fsync(fd.get()) != 0 && errno != EINVAL && errno != EBADF) return FailErrno("fsync " + directory, errno);
  return {};
}

}  // namespace keyway::persist
