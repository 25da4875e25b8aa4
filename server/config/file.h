// Whole files in and out, for configuration files.
#pragma once

#include <string>
#include <string_view>

#include "server/base/error.h"

namespace keyway::config {

inline constexpr size_t kMaxConfigFileBytes = 64 << 20;

// All of a file. The error text is what the system says ("No such file or directory").
Result<std::string> ReadWholeFile(const std::string& path);
// The same from an open descriptor, such as standard input.
Result<std::string> ReadToEnd(int fd);

// Replaces a file so that at any moment either the old or the new content is there: temporary file in the same directory,
// fsync, rename, fsync of the directory. An existing file keeps its mode, its owner where possible, and its place when the
// path is a symbolic link. The error text is what the system says; the old file is untouched then.
Result<> ReplaceFile(const std::string& path, std::string_view content);

}  // namespace keyway::config
