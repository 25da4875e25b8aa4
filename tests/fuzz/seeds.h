// Inputs to begin with: payloads and snapshots of every type and encoding, made by the server's own code, and the packed forms
// of old servers.
#pragma once

#include <string>
#include <vector>

namespace keyway::fuzz {

// A payload without its footer: type and value.
std::vector<std::string> PayloadSeeds();
// Whole RDB files.
std::vector<std::string> SnapshotSeeds();

}  // namespace keyway::fuzz
