#include "server/net/plugin_image.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "server/base/log.h"
#include "server/net/elf_check.h"

namespace keyway::net {
namespace {

// A place that the loader can load from.
struct Copy {
  std::string load_path;
  UniqueFd fd;
  bool unlink_after = false;
};

Result<> WriteAll(int fd, std::string_view content) {
  while (!content.empty()) {
    ssize_t n = write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FailErrno("cannot write the copy", errno);
    content.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

bool MayBeMappedAsCode(int fd) {
  void* at = mmap(nullptr, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
  if (at == MAP_FAILED) return false;
  munmap(at, 1);
  return true;
}

// The folder for copies, made when it is not there; nobody else may look into it.
Result<std::string> PrepareCacheDir(const std::string& configured) {
  std::string path = configured;
  if (path.empty()) {
    const char* runtime = std::getenv("XDG_RUNTIME_DIR");
    if (runtime == nullptr || *runtime != '/') return Fail("no runtime folder");
    path = std::string(runtime) + "/keyway";
  }
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return FailErrno(fmt::format("cannot make '{}'", path), errno);
  // Whoever can exchange a folder above could put another file in the copy's place before it is loaded.
  std::string resolved;
  Result<UniqueFd> folder = OpenTrustedFolder(path, resolved);
  if (!folder) return std::unexpected(folder.error());
  struct stat info;
  if (fstat(folder->get(), &info) != 0) return FailErrno(fmt::format("cannot look at '{}'", path), errno);
  if (info.st_uid != geteuid() || (info.st_mode & 077) != 0) {
    return Fail(fmt::format("'{}' must belong to the user of this server and have mode 0700", path));
  }
  return resolved;
}

Result<Copy> CopyToCache(const PluginFile& file, const std::string& dir) {
  // Process-wide because the loader's list of names is: a name that was used once stands for that image for ever.
  static std::atomic<uint64_t> next_number{1};
  Copy copy;
  uint64_t number = next_number.fetch_add(1, std::memory_order_relaxed);
  copy.load_path = fmt::format("{}/{}-{}-{}.so", dir, file.identity, getpid(), number);
  // A process that had our number and died while loading may have left the name behind.
  unlink(copy.load_path.c_str());
  copy.fd = UniqueFd(open(copy.load_path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0700));
  if (!copy.fd.valid()) return FailErrno(fmt::format("cannot make '{}'", copy.load_path), errno);
  copy.unlink_after = true;
  if (auto written = WriteAll(copy.fd.get(), file.content); !written) {
    unlink(copy.load_path.c_str());
    return std::unexpected(written.error());
  }
  return copy;
}

Result<Copy> CopyToMemory(const PluginFile& file) {
  Copy copy;
  std::string name = file.path.substr(file.path.rfind('/') + 1);
  copy.fd = UniqueFd(memfd_create(name.substr(0, 200).c_str(), MFD_CLOEXEC));
  if (!copy.fd.valid()) return FailErrno("cannot make a memfd", errno);
  if (auto written = WriteAll(copy.fd.get(), file.content); !written) return std::unexpected(written.error());
  copy.load_path = fmt::format("/proc/self/fd/{}", copy.fd.get());
  return copy;
}

Result<Copy> UseInPlace(const PluginFile& file) {
  Copy copy;
  copy.fd = UniqueFd(fcntl(file.fd.get(), F_DUPFD_CLOEXEC, 0));
  if (!copy.fd.valid()) return FailErrno("cannot keep the file open", errno);
  copy.load_path = fmt::format("/proc/self/fd/{}", copy.fd.get());
  return copy;
}

Result<Copy> CopyTo(ImageOrigin origin, const PluginFile& file, const ImageOptions& options) {
  if (origin == ImageOrigin::kMemfd) return CopyToMemory(file);
  if (origin == ImageOrigin::kInPlace) return UseInPlace(file);
  Result<std::string> dir = PrepareCacheDir(options.cache_dir);
  if (!dir) return std::unexpected(dir.error());
  return CopyToCache(file, *dir);
}

// The loader's message, with the file's name where it speaks of the copy.
std::string LoaderMessage(const std::string& load_path) {
  const char* message = dlerror();
  std::string text = message != nullptr ? message : "unknown reason";
  if (text.starts_with(load_path + ": ")) text = text.substr(load_path.size() + 2);
  return text;
}

}  // namespace

std::string_view ImageOriginName(ImageOrigin origin) {
  switch (origin) {
    case ImageOrigin::kCacheFile:
      return "cache-file";
    case ImageOrigin::kMemfd:
      return "memfd";
    case ImageOrigin::kInPlace:
      return "in-place";
  }
  return "";
}

Result<std::unique_ptr<PluginImage>> PluginImage::Load(const PluginFile& file, const ImageOptions& options) {
  auto failed = [&](const std::string& why) { return Fail(fmt::format("cannot load '{}': {}", file.path, why)); };
  if (auto checked = CheckPluginElf(file.content, KW_QUERY_SYMBOL); !checked) return failed(checked.error().text());

  for (auto origin = options.first;; origin = static_cast<ImageOrigin>(static_cast<int>(origin) + 1)) {
    bool last = origin == ImageOrigin::kInPlace;
    Result<Copy> copy = CopyTo(origin, file, options);
    if (!copy) {
      // A folder that the operator named has to work; the default one need not be there.
      if (last || (origin == ImageOrigin::kCacheFile && !options.cache_dir.empty())) return failed(copy.error().text());
      continue;
    }
    bool mappable = MayBeMappedAsCode(copy->fd.get());
    void* handle = mappable ? dlopen(copy->load_path.c_str(), RTLD_NOW | RTLD_LOCAL) : nullptr;
    std::string message = handle == nullptr && mappable ? LoaderMessage(copy->load_path) : "";
    if (copy->unlink_after) unlink(copy->load_path.c_str());
    if (!mappable && !last) continue;
    if (!mappable) return failed("this system does not let it be mapped as code");
    if (handle == nullptr) return failed(message);

    std::unique_ptr<PluginImage> image(new PluginImage);
    image->handle_ = handle;
    image->query_ = reinterpret_cast<kw_transport_query_fn>(dlsym(handle, KW_QUERY_SYMBOL));
    image->origin_ = origin;
    image->identity_ = file.identity;
    image->device_ = file.device;
    image->inode_ = file.inode;
    if (origin != ImageOrigin::kCacheFile) image->descriptor_ = copy->fd.Release();
    if (image->query_ == nullptr) return failed(fmt::format("it does not export {}", KW_QUERY_SYMBOL));
    if (last) {
      LogWarning(
          "Transport plug-in '{}' is loaded in place, since this system lets no copy be mapped as code. It cannot be "
          "replaced while the server runs, and overwriting its file would crash the server.",
          file.path);
    }
    return image;
  }
}

void PluginImage::Unmap() {
  if (handle_ != nullptr) dlclose(std::exchange(handle_, nullptr));
  if (descriptor_ >= 0) close(std::exchange(descriptor_, -1));
}

}  // namespace keyway::net
