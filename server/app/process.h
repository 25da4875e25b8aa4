// The process around the server: going to the background, the pid file, the banner, the limits of the machine.
#pragma once

#include <string>

#include "server/base/error.h"
#include "server/config/settings.h"

namespace keyway::app {

// Detaches from the terminal; returns in the child only. [main], before any thread
Result<> Daemonize();
// Writes the pid; a failure is logged, not fatal. An empty path with daemonize means the default one.
void WritePidFile(const std::string& path);
// What the log says first: version, pid, mode, port.
void LogStart(const config::Settings& settings, bool compat_70, bool has_config_file);
// The path of this executable.
std::string ExecutablePath();

}  // namespace keyway::app
