// Whole inputs, as arguments come from them.
#pragma once

#include <string>

#include "server/base/error.h"

namespace keyway::client {

Result<std::string> ReadStandardInput();
Result<std::string> ReadWholeFile(const std::string& path);

}  // namespace keyway::client
