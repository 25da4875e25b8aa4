// IDs of stream messages: milliseconds and a sequence number, together an ordered number of 128 bits.
//
//   text     "1526919030474-55"; the sequence may be left out where a caller says what it then is
//   bytes    16, big-endian, so that they sort as the IDs do: keys of nodes and pending entries in RDB files
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keyway::data {

struct StreamId {
  uint64_t ms = 0;
  uint64_t seq = 0;

  auto operator<=>(const StreamId&) const = default;
  bool is_zero() const { return ms == 0 && seq == 0; }
};

inline constexpr StreamId kMinStreamId{0, 0};
inline constexpr StreamId kMaxStreamId{UINT64_MAX, UINT64_MAX};
inline constexpr size_t kStreamIdBytes = 16;
inline constexpr size_t kMaxStreamIdLength = 41;  // two numbers of 20 digits, and the dash

// The next ID, or the one before; nothing behind the last and before the first. [any]
std::optional<StreamId> NextStreamId(StreamId id);
std::optional<StreamId> PreviousStreamId(StreamId id);

// "ms" or "ms-seq", leading zeros allowed. With `seq_given`, "ms-*" is an ID too, with sequence 0, and *seq_given says whether one was named. [any]
std::optional<StreamId> ParseStreamId(std::string_view text, uint64_t missing_seq = 0, bool* seq_given = nullptr);

// Writes 16 bytes at `out`, or reads as many. [any]
void EncodeStreamId(StreamId id, uint8_t* out);
StreamId DecodeStreamId(const uint8_t* bytes);

// An ID as text on the stack: `StreamIdText(id).view()`.
class StreamIdText {
 public:
  explicit StreamIdText(StreamId id);
  std::string_view view() const { return {text_, length_}; }
  std::string str() const { return std::string(view()); }

 private:
  char text_[kMaxStreamIdLength];
  size_t length_;
};

}  // namespace keyway::data
