// The reports: modes that send commands of their own and print what they find out. Each runs to its end, or until Ctrl-C, and
// returns the process's exit status. The session is connected.
#pragma once

#include "server/cli/options.h"
#include "server/cli/session.h"

namespace keyway::cli {

int RunScan(Session& session, const CliOptions& options);
int RunBigKeys(Session& session, const CliOptions& options);  // --memkeys as well
int RunHotKeys(Session& session, const CliOptions& options);
int RunStat(Session& session, const CliOptions& options);
int RunLatency(Session& session, const CliOptions& options);
int RunLatencyDistribution(Session& session, const CliOptions& options);
int RunPipe(Session& session, const CliOptions& options);
int RunIntrinsicLatency(const CliOptions& options);  // needs no server

}  // namespace keyway::cli
