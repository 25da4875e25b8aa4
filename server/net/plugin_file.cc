#include "server/net/plugin_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

namespace keyway::net {
namespace {

// Whether nobody is in the group but `owner`: Debian gives every user such a group, and a umask that lets it write.
bool IsPrivateGroup(gid_t group, uid_t owner) {
  std::vector<char> group_buffer(16384), user_buffer(16384);
  struct group group_entry, *found_group = nullptr;
  struct passwd user_entry, *found_user = nullptr;
  if (getgrgid_r(group, &group_entry, group_buffer.data(), group_buffer.size(), &found_group) != 0 || !found_group)
    return false;
  if (getpwuid_r(owner, &user_entry, user_buffer.data(), user_buffer.size(), &found_user) != 0) found_user = nullptr;
  const char* user_name = found_user ? found_user->pw_name : "";
  for (char** member = found_group->gr_mem; *member != nullptr; ++member) {
    if (std::strcmp(*member, user_name) != 0) return false;
  }
  if (group == 0) return true;
  return found_user && found_user->pw_gid == group && std::strcmp(found_group->gr_name, user_name) == 0;
}

enum class Place { kFile, kFolder, kFolderAbove };

Result<> CheckOwnerAndMode(const std::string& path, const struct stat& info, Place place) {
  std::string what = place == Place::kFile ? fmt::format("'{}'", path) : fmt::format("the folder '{}'", path);
  if (info.st_uid != 0 && info.st_uid != geteuid()) {
    return Fail(
        fmt::format("{} belongs to user {}, who is neither root nor the user of this server", what, info.st_uid));
  }
  if (place == Place::kFolderAbove && (info.st_mode & S_ISVTX)) return {};
  bool by_others = (info.st_mode & S_IWOTH) != 0;
  bool by_group = (info.st_mode & S_IWGRP) != 0 && !IsPrivateGroup(info.st_gid, info.st_uid);
  if (by_others || by_group) {
    return Fail(fmt::format("{} can be written by others (mode {:04o})", what, info.st_mode & 07777));
  }
  return {};
}

// The folder of the file, reached step by step from the root without following links, each step checked.
Result<UniqueFd> OpenFolderChecked(const std::string& folder) {
  UniqueFd at(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!at.valid()) return FailErrno("cannot open '/'", errno);
  std::string path = "/";
  size_t begin = 1;
  while (true) {
    struct stat info;
    if (fstat(at.get(), &info) != 0) return FailErrno(fmt::format("cannot look at '{}'", path), errno);
    bool last = begin >= folder.size();
    auto checked = CheckOwnerAndMode(path, info, last ? Place::kFolder : Place::kFolderAbove);
    if (!checked) return std::unexpected(checked.error());
    if (last) return at;
    size_t end = std::min(folder.find('/', begin), folder.size());
    std::string name = folder.substr(begin, end - begin);
    path = folder.substr(0, end);
    begin = end + 1;
    UniqueFd next(openat(at.get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next.valid()) return FailErrno(fmt::format("cannot open the folder '{}'", path), errno);
    at = std::move(next);
  }
}

Result<std::string> ReadAll(int fd, int64_t size, const std::string& path) {
  std::string content(static_cast<size_t>(size), '\0');
  size_t done = 0;
  while (done < content.size()) {
    ssize_t n = pread(fd, content.data() + done, content.size() - done, static_cast<off_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FailErrno(fmt::format("cannot read '{}'", path), errno);
    if (n == 0) break;  // it became shorter: the ELF check says what that means
    done += static_cast<size_t>(n);
  }
  content.resize(done);
  return content;
}

// FNV-1a with 128 bits. Tells versions of a file apart; safety does not rest on it, but on who can write the file.
std::string IdentityOf(const std::string& content) {
  constexpr unsigned __int128 kPrime = (static_cast<unsigned __int128>(1) << 88) + 0x13b;
  unsigned __int128 hash = (static_cast<unsigned __int128>(0x6c62272e07bb0142) << 64) | 0x62b821756295c58d;
  for (char c : content) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  return fmt::format("{:016x}{:016x}-{}", static_cast<uint64_t>(hash >> 64), static_cast<uint64_t>(hash),
                     content.size());
}

}  // namespace

Result<PluginFile> OpenPluginFile(const std::string& path) {
  std::string name = path.substr(path.rfind('/') + 1);
  if (name.empty() || name == "." || name == "..") return Fail(fmt::format("'{}' does not name a file", path));
  size_t slash = path.rfind('/');
  std::string resolved, folder = slash == path.npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  Result<UniqueFd> folder_fd = OpenTrustedFolder(folder, resolved);
  if (!folder_fd) return std::unexpected(folder_fd.error());

  PluginFile file;
  file.path = (resolved == "/" ? "" : resolved) + "/" + name;
  // O_NONBLOCK: a pipe of that name must not hold the server up.
  file.fd = UniqueFd(openat(folder_fd->get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.fd.valid()) {
    if (errno == ELOOP) return Fail(fmt::format("'{}' is a symbolic link; name the file that it leads to", file.path));
    return FailErrno(fmt::format("cannot open '{}'", file.path), errno);
  }
  struct stat info;
  if (fstat(file.fd.get(), &info) != 0) return FailErrno(fmt::format("cannot look at '{}'", file.path), errno);
  if (!S_ISREG(info.st_mode)) return Fail(fmt::format("'{}' is not a regular file", file.path));
  if (auto checked = CheckOwnerAndMode(file.path, info, Place::kFile); !checked)
    return std::unexpected(checked.error());
  if (info.st_size > kMaxPluginBytes) {
    return Fail(fmt::format("'{}' is larger than {} bytes", file.path, kMaxPluginBytes));
  }
  Result<std::string> content = ReadAll(file.fd.get(), info.st_size, file.path);
  if (!content) return std::unexpected(content.error());
  file.device = info.st_dev;
  file.inode = info.st_ino;
  file.content = std::move(*content);
  file.identity = IdentityOf(file.content);
  return file;
}

Result<UniqueFd> OpenTrustedFolder(const std::string& path, std::string& resolved) {
  std::unique_ptr<char, decltype(&std::free)> real(realpath(path.c_str(), nullptr), &std::free);
  if (!real) return FailErrno(fmt::format("cannot open the folder '{}'", path), errno);
  resolved = real.get();
  return OpenFolderChecked(resolved);
}

bool PluginFileExists(const std::string& path) {
  struct stat info;
  return lstat(path.c_str(), &info) == 0;
}

}  // namespace keyway::net
