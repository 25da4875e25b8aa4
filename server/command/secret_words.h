// Which words of a request nobody is to read in a log: what rows name as their secrets_hook. Each appends positions. [any]
#pragma once

#include <cstddef>
#include <vector>

#include "server/command/spec.h"

namespace keyway::command {

void AuthSecrets(Words words, std::vector<size_t>& secret);
void AclSetUserSecrets(Words words, std::vector<size_t>& secret);
void ConfigSetSecrets(Words words, std::vector<size_t>& secret);  // the values of sensitive options
void HelloSecrets(Words words, std::vector<size_t>& secret);
void MigrateSecrets(Words words, std::vector<size_t>& secret);

}  // namespace keyway::command
