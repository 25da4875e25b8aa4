// Where the bytes of a snapshot go.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/base/error.h"
#include "server/base/unique_fd.h"

namespace keyway::persist {

class ByteSink {
 public:
  virtual ~ByteSink() = default;
  // All of it, or an error. Not called again after an error.
  virtual Result<> Write(std::string_view bytes) = 0;
};

class StringSink final : public ByteSink {
 public:
  explicit StringSink(std::string& out) : out_(out) {}
  Result<> Write(std::string_view bytes) override {
    out_.append(bytes);
    return {};
  }

 private:
  std::string& out_;
};

// Any descriptor that can be waited for: a pipe, a socket. Borrowed. Blocks until all is written.
class FdSink final : public ByteSink {
 public:
  explicit FdSink(int fd) : fd_(fd) {}
  Result<> Write(std::string_view bytes) override;

 private:
  int fd_;
};

// A file that is written from beginning to end.
class FileSink final : public ByteSink {
 public:
  struct Options {
    // Forces the data to disk in steps of 4 MB, so that the last fsync has little to do and the page cache stays free.
    bool incremental_fsync = true;
  };
  // Makes or empties the file.
  static Result<FileSink> Create(const std::string& path, Options options);

  Result<> Write(std::string_view bytes) override;
  // Forces everything to disk and closes the file.
  Result<> Finish();

 private:
  FileSink(UniqueFd fd, Options options) : fd_(std::move(fd)), options_(options) {}
  void DropFromCache(int64_t from, int64_t bytes) const;

  UniqueFd fd_;
  Options options_;
  int64_t written_ = 0;
  int64_t synced_ = 0;
};

// After a rename: forces the entry of the directory that `path` lies in to disk.
Result<> SyncDirectoryOf(const std::string& path);

}  // namespace keyway::persist
