// The commands that the arguments of the process mean: dequoted, with what -x, -X and --eval add.
#pragma once

#include <string>

#include "server/base/error.h"
#include "server/cli/connection.h"
#include "server/cli/options.h"

namespace keyway::cli {

// `read_stdin` reads standard input to its end; it is called only when an option wants that.
Result<Arguments> BuildCommand(const CliOptions& options, Result<std::string> (*read_stdin)());
// EVAL script count key ... argument ...: the keys stand before a "," among the arguments.
Arguments BuildEval(std::string script, const Arguments& arguments);

}  // namespace keyway::cli
