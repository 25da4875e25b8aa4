#include "server/ds/scored_member.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "server/base/check.h"
#include "server/base/memory.h"

namespace keyway::ds {

ScoredMember* ScoredMember::Create(double score, std::string_view member) {
  const bool is_long = member.size() >= kLong;
  const size_t bytes = kHeaderBytes + (is_long ? sizeof(uint64_t) : 0) + member.size();
  void* memory = std::malloc(std::max(bytes, sizeof(ScoredMember)));
  KW_CHECK(memory != nullptr);
  auto* entry = new (memory) ScoredMember();
  entry->score_ = score;
  entry->short_length_ = is_long ? kLong : static_cast<uint8_t>(member.size());
  char* at = static_cast<char*>(memory) + kHeaderBytes;
  if (is_long) {
    const uint64_t length = member.size();
    std::memcpy(at, &length, sizeof(length));
    at += sizeof(length);
  }
  if (!member.empty()) std::memcpy(at, member.data(), member.size());
  return entry;
}

void ScoredMember::Free(ScoredMember* entry) { std::free(entry); }

size_t ScoredMember::memory_bytes() const {
  const size_t length = member().size();
  const size_t bytes = kHeaderBytes + (length >= kLong ? sizeof(uint64_t) : 0) + length;
  return AllocationSize(std::max(bytes, sizeof(ScoredMember)));
}

}  // namespace keyway::ds
