// What the process leaves behind when it crashes: a report in the log, in the form that Redis's operators and tools know.
#pragma once

#include <string>

namespace keyway::app {

// Installs handlers for the fatal signals; the report then ends with the process dying of the same signal. `version` and
// `options` (lines of the configuration) are part of the report. [main]
void InstallCrashHandlers(std::string version, std::string options);
// Puts the default handlers back (crash-log-enabled no). [exec]
void RemoveCrashHandlers();

}  // namespace keyway::app
