#include "server/data/stream_id.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "server/base/number.h"

namespace keyway::data {
namespace {

// The machine's order from big-endian, or the other way round.
uint64_t BigEndian(uint64_t value) {
  return std::endian::native == std::endian::little ? __builtin_bswap64(value) : value;
}

// A number of an ID; leading zeros are allowed.
std::optional<uint64_t> ParsePart(std::string_view digits) {
  const size_t zeros = std::min(digits.find_first_not_of('0'), digits.size());
  if (zeros == digits.size()) return zeros == 0 ? std::nullopt : std::optional<uint64_t>(0);
  return ParseUint64(digits.substr(zeros));
}

}  // namespace

std::optional<StreamId> NextStreamId(StreamId id) {
  if (id.seq != UINT64_MAX) return StreamId{id.ms, id.seq + 1};
  if (id.ms != UINT64_MAX) return StreamId{id.ms + 1, 0};
  return std::nullopt;
}

std::optional<StreamId> PreviousStreamId(StreamId id) {
  if (id.seq != 0) return StreamId{id.ms, id.seq - 1};
  if (id.ms != 0) return StreamId{id.ms - 1, UINT64_MAX};
  return std::nullopt;
}

std::optional<StreamId> ParseStreamId(std::string_view text, uint64_t missing_seq, bool* seq_given) {
  if (seq_given != nullptr) *seq_given = true;
  const size_t dash = text.find('-');
  const auto ms = ParsePart(text.substr(0, dash));
  if (!ms) return std::nullopt;
  if (dash == std::string_view::npos) return StreamId{*ms, missing_seq};
  const std::string_view rest = text.substr(dash + 1);
  if (seq_given != nullptr && rest == "*") {
    *seq_given = false;
    return StreamId{*ms, 0};
  }
  const auto seq = ParsePart(rest);
  if (!seq) return std::nullopt;
  return StreamId{*ms, *seq};
}

void EncodeStreamId(StreamId id, uint8_t* out) {
  const uint64_t parts[] = {BigEndian(id.ms), BigEndian(id.seq)};
  std::memcpy(out, parts, sizeof parts);
}

StreamId DecodeStreamId(const uint8_t* bytes) {
  uint64_t parts[2];
  std::memcpy(parts, bytes, sizeof parts);
  return {BigEndian(parts[0]), BigEndian(parts[1])};
}

StreamIdText::StreamIdText(StreamId id) {
  length_ = FormatUint64(id.ms, text_);
  text_[length_++] = '-';
  length_ += FormatUint64(id.seq, text_ + length_);
}

}  // namespace keyway::data
