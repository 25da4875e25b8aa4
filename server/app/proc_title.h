// The title of the process in ps and top, from proc-title-template.
#pragma once

#include <string>
#include <string_view>

#include "server/config/config.h"

namespace keyway::app {

// Finds out how much room the kernel gave to the arguments and moves the environment out of the way. [main], before anything
// else changes the environment
void PrepareProcTitle(int argc, char** argv);
// Writes the title, cut to the room that there is. [exec]
void SetProcTitle(std::string_view title);
// The template filled in; unknown {names} stay as they are. `program` is argv[0], `role` "" or a word in brackets.
std::string RenderProcTitle(const config::Config& config, std::string_view program, std::string_view role);

}  // namespace keyway::app
