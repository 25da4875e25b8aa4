// A mapped plug-in: the copy that was made of its file, loaded into the process.
//
//     file ──OpenPluginFile──► content ──CheckPluginElf──► copy ──dlopen──► PluginImage
//
// glibc answers with the old mapping when a path or an inode was loaded before, and a file that is overwritten in place
// under a mapping crashes the process. So each image is loaded from a copy of its own, under a name that no other image
// ever had. Where the copy may not be mapped as code (noexec, a security policy) the next place is tried:
//     1. a file in the cache folder, removed from it once it is mapped
//     2. a memfd
//     3. the file itself, in place; such an image cannot be replaced while the process lives
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "keyway/transport.h"
#include "server/base/error.h"
#include "server/base/unique_fd.h"
#include "server/net/plugin_file.h"

namespace keyway::net {

enum class ImageOrigin : uint8_t { kCacheFile, kMemfd, kInPlace };
std::string_view ImageOriginName(ImageOrigin origin);  // "cache-file", "memfd", "in-place"

struct ImageOptions {
  std::string cache_dir;                        // empty: $XDG_RUNTIME_DIR/keyway, and without that a memfd
  ImageOrigin first = ImageOrigin::kCacheFile;  // tests begin further down
};

class PluginImage {
 public:
  // Checks the ELF file and loads a copy. Errors name the file and the reason. [main] or [background]
  static Result<std::unique_ptr<PluginImage>> Load(const PluginFile& file, const ImageOptions& options);

  ~PluginImage() = default;  // the mapping stays
  // Unmaps it: only for plug-ins of which nothing is left, neither calls nor the caches of threads.
  void Unmap();

  kw_transport_query_fn query() const { return query_; }
  ImageOrigin origin() const { return origin_; }
  const std::string& identity() const { return identity_; }
  dev_t device() const { return device_; }
  ino_t inode() const { return inode_; }

 private:
  PluginImage() = default;

  void* handle_ = nullptr;
  kw_transport_query_fn query_ = nullptr;
  ImageOrigin origin_ = ImageOrigin::kCacheFile;
  std::string identity_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  // Of a memfd and of a file loaded in place: kept open, since the loader knows them as /proc/self/fd/N, and would take
  // the next file of that number for the same one. Debuggers find the symbols there too.
  int descriptor_ = -1;
};

}  // namespace keyway::net
