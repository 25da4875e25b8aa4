// Reading of DER, as far as certificates and revocation lists need it. Every length is checked against what is there.
#pragma once

#include <cstdint>
#include <string_view>

namespace keyway::sdk::tls::der {

inline constexpr uint8_t kInteger = 0x02, kBitString = 0x03, kOctets = 0x04, kOid = 0x06, kUtcTime = 0x17,
                         kGeneralizedTime = 0x18, kSequence = 0x30, kSet = 0x31;

struct Item {
  uint8_t tag = 0;
  std::string_view body;
  std::string_view whole;  // with tag and length
};

// Walks over the elements that lie one after another in a text.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }
  bool NextIs(uint8_t tag) const { return !rest_.empty() && static_cast<uint8_t>(rest_[0]) == tag; }

  // The next element. False when there is none, or one that is malformed or longer than the text.
  bool Next(Item* out) {
    if (rest_.size() < 2 || (static_cast<uint8_t>(rest_[0]) & 0x1f) == 0x1f) return false;
    size_t header = 2, length = static_cast<uint8_t>(rest_[1]);
    if (length >= 0x80) {
      const size_t digits = length - 0x80;
      if (digits == 0 || digits > 4 || rest_.size() < 2 + digits) return false;
      length = 0;
      for (size_t i = 0; i < digits; ++i) length = length << 8 | static_cast<uint8_t>(rest_[2 + i]);
      header += digits;
    }
    if (length > rest_.size() - header) return false;
    *out = {static_cast<uint8_t>(rest_[0]), rest_.substr(header, length), rest_.substr(0, header + length)};
    rest_.remove_prefix(header + length);
    return true;
  }
  bool Next(uint8_t tag, Item* out) { return NextIs(tag) && Next(out); }
  // The next one, if it has that tag: its contents, and [nullable] all of it with the header.
  bool Expect(uint8_t tag, std::string_view* contents, std::string_view* whole = nullptr) {
    Item item;
    if (!Next(tag, &item)) return false;
    *contents = item.body;
    if (whole != nullptr) *whole = item.whole;
    return true;
  }

 private:
  std::string_view rest_;
};

// Seconds since 1970 of a UTCTime (YYMMDDhhmmssZ, 50 to 99 is the last century) or a GeneralizedTime (YYYYMMDDhhmmssZ). False for
// anything else.
inline bool ReadTime(std::string_view text, int64_t* seconds) {
  if ((text.size() != 13 && text.size() != 15) || text.back() != 'Z') return false;
  int64_t fields[7] = {};  // pairs of digits: [century,] year, month, day, hour, minute, second
  const size_t count = text.size() / 2, first = 7 - count;
  for (size_t i = 0; i < count; ++i) {
    const char high = text[2 * i], low = text[2 * i + 1];
    if (high < '0' || high > '9' || low < '0' || low > '9') return false;
    fields[first + i] = (high - '0') * 10 + (low - '0');
  }
  if (first > 0) fields[0] = fields[1] >= 50 ? 19 : 20;
  int64_t year = fields[0] * 100 + fields[1];
  const int64_t month = fields[2], day = fields[3];
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  // Years that begin with March have their odd day at the end.
  if (month <= 2) --year;
  const int64_t era = year / 400, year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t days = era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
  *seconds = ((days * 24 + fields[4]) * 60 + fields[5]) * 60 + fields[6];
  return true;
}

}  // namespace keyway::sdk::tls::der
