// Fixed mixes of requests, one a family of commands, for the benches that replay them without a network. The same seed gives
// the same bytes on every machine.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/random.h"

namespace keyway::bench {

using Words = std::vector<std::string>;

struct Mix {
  std::string_view name;
  // The requests that follow one another as one unit of the mix; `i` counts the units, `keys` bounds the names of keys.
  std::function<void(size_t i, size_t keys, Random& random, std::vector<Words>& out)> unit;
};

const std::vector<Mix>& AllMixes();

}  // namespace keyway::bench
