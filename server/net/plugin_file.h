// Opens the file of a plug-in, once, and sees to it that nobody but root and the server's user could have written it.
#pragma once

#include <sys/types.h>

#include <string>

#include "server/base/error.h"
#include "server/base/unique_fd.h"

namespace keyway::net {

// The largest plug-in that is taken; a statically linked TLS library makes some ten megabytes.
inline constexpr int64_t kMaxPluginBytes = 256 << 20;

struct PluginFile {
  std::string path;  // absolute, with links in the folders resolved
  UniqueFd fd;       // opened for reading; what was checked is this
  dev_t device = 0;
  ino_t inode = 0;
  std::string content;   // all of it, read through fd
  std::string identity;  // digest and length of the content, fit for a file name
};

// `path` names a regular file, not a link. Refused when the file, or a folder above it, belongs to neither root nor the
// server's user, or can be written by others. Writable by a group is allowed when the group has no other member (a
// user's private group); a folder further up may be writable by everybody when it is sticky, as /tmp is. [main] or
// [background]
Result<PluginFile> OpenPluginFile(const std::string& path);

// A folder that nobody but root and the server's user can exchange: checked like the folder of a plug-in, with all that
// lie above it. `resolved` becomes its path without links. The descriptor is good for fstat and openat. [main] or
// [background]
Result<UniqueFd> OpenTrustedFolder(const std::string& path, std::string& resolved);

// As it would be opened: OpenPluginFile's checks of the folders are not done. [any]
bool PluginFileExists(const std::string& path);

}  // namespace keyway::net
