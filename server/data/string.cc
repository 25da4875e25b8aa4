#include "server/data/string.h"

namespace keyway::data {

Encoding ChooseStringEncoding(std::string_view text) {
  return ParseInt64(text) ? Encoding::kInt : TextEncoding(text.size());
}

size_t GrownCapacity(size_t bytes) { return bytes < kMaxGrowthAheadBytes ? bytes * 2 : bytes + kMaxGrowthAheadBytes; }

}  // namespace keyway::data
