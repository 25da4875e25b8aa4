// Random choices that collections share.
#pragma once

#include <cstddef>

#include "server/base/random.h"

namespace keyway::data {

// Chooses so many of the things that pass by one after the other; all subsets have the same chance.
class Selection {
 public:
  // Requires picks <= things.
  Selection(size_t picks, size_t things) : picks_(picks), things_(things) {}

  // Whether the next thing is among the chosen ones. To be asked at most `things` times.
  bool TakesNext(Random& random) {
    if (random.Below(things_--) >= picks_) return false;
    --picks_;
    return true;
  }
  bool done() const { return picks_ == 0; }

 private:
  size_t picks_;
  size_t things_;
};

// Walking over everything costs less than drawing anew and again what was drawn already, from so many picks on.
inline bool SelectionIsCheaper(size_t picks, size_t things) { return picks > things / 3; }

}  // namespace keyway::data
