// Lets standard containers keyed by std::string be searched by a view, with a hash that names chosen by clients cannot
// make collide.
#pragma once

#include <cstddef>
#include <string_view>

#include "server/base/siphash.h"

namespace keyway {

struct StringHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return HashBytes(text); }
};

}  // namespace keyway
