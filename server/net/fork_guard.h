// No plug-in function runs in a forked child: a library's random generator may repeat the parent's numbers there, and
// locks of threads that do not exist any more are never released. The guard knows when the process is such a child.
#pragma once

#include "server/base/check.h"

namespace keyway::net {

// From now on a fork makes InForkedChild true in the child. Called by Registry::Create, so a server that becomes a
// daemon forks before it makes its registry. [any], any number of times.
void InstallForkGuard();

// [any], lock-free.
bool InForkedChild();

}  // namespace keyway::net

// Stands before calls into plug-ins: aborts in debug builds when the process is a forked child.
#define KW_ASSERT_PLUGIN_CALL_ALLOWED() KW_DCHECK(!::keyway::net::InForkedChild())
