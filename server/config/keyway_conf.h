// Documents that are made from the option table.
#pragma once

#include <string>

namespace keyway::config {

// keyway.conf: every visible option with its explanation, all commented out at their defaults.
std::string KeywayConf();

// The table for docs/compat.md of options whose subsystem is not there yet, and of those without effect.
std::string CompatTable();

}  // namespace keyway::config
