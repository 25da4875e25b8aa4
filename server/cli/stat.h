// What --stat reads out of INFO.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keyway::cli {

// The number of `field` in the text of INFO, up to a comma; none when it is missing or no number.
std::optional<int64_t> InfoNumber(std::string_view info, std::string_view field);
// 512B, 1.50K, 2.00M, 3.25G
std::string HumanBytes(int64_t bytes);
// One line of --stat, its line end included. `previous_requests`: of the line before, 0 for the first.
std::string StatLine(std::string_view info, int64_t previous_requests);

}  // namespace keyway::cli
