// What sorted sets are made of: a member and its score.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace keyway::ds {

// A member and its score in one allocation: | score 8 | length 1, or 255 and 8 more | bytes |
class ScoredMember {
 public:
  static ScoredMember* Create(double score, std::string_view member);
  static void Free(ScoredMember* entry);
  ScoredMember(const ScoredMember&) = delete;

  double score() const { return score_; }
  // Only for entries that are in no tree: use RankedTree::UpdateScore for others.
  void set_score(double score) { score_ = score; }
  std::string_view member() const {
    if (short_length_ != kLong) [[likely]]
      return {bytes(), short_length_};
    uint64_t length;
    std::memcpy(&length, bytes(), sizeof(length));
    return {bytes() + sizeof(length), length};
  }
  // Bytes allocated.
  size_t memory_bytes() const;

 private:
  static constexpr uint8_t kLong = 255;
  static constexpr size_t kHeaderBytes = 9;
  ScoredMember() = default;
  const char* bytes() const { return reinterpret_cast<const char*>(this) + kHeaderBytes; }

  double score_;
  uint8_t short_length_;
};

// The order of sorted sets: by score, then by the bytes of the member.
inline bool RanksBefore(double score, std::string_view member, double other_score, std::string_view other_member) {
  return score < other_score || (score == other_score && member < other_member);
}

}  // namespace keyway::ds
