// Where the bytes of a snapshot come from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/error.h"
#include "server/base/unique_fd.h"

namespace keyway::persist {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Up to `size` bytes, more than 0; 0 at the end.
  virtual Result<size_t> Read(char* to, size_t size) = 0;
  // How many bytes are still to come, if it is known.
  virtual std::optional<uint64_t> remaining() const = 0;
};

// Bytes that somebody else keeps.
class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) : bytes_(bytes) {}
  Result<size_t> Read(char* to, size_t size) override;
  std::optional<uint64_t> remaining() const override { return bytes_.size(); }

 private:
  std::string_view bytes_;
};

class FileSource final : public ByteSource {
 public:
  // error().code() is ENOENT if there is no such file.
  static Result<FileSource> Open(const std::string& path);
  Result<size_t> Read(char* to, size_t size) override;
  // Of a file that does not grow; a pipe does not know it.
  std::optional<uint64_t> remaining() const override { return remaining_; }
  uint64_t size() const { return size_; }
  // What was read is not kept in the page cache.
  void DropFromCache() const;

 private:
  FileSource(UniqueFd fd, uint64_t size, bool regular) : fd_(std::move(fd)), size_(size) {
    if (regular) remaining_ = size;
  }

  UniqueFd fd_;
  uint64_t size_;
  std::optional<uint64_t> remaining_;
};

}  // namespace keyway::persist
