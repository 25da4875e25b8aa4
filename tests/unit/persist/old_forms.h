// Builds the packed forms that only old servers wrote: ziplists and zipmaps.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace keyway::persist {

inline void AppendLittle(std::string& out, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

// Adds elements one by one; Finish puts head and end around them.
class ZiplistBuilder {
 public:
  ZiplistBuilder& Text(std::string_view text) {
    std::string body;
    if (text.size() < 64) {
      body.push_back(static_cast<char>(text.size()));
    } else if (text.size() < 16384) {
      body.push_back(static_cast<char>(0x40 | text.size() >> 8));
      body.push_back(static_cast<char>(text.size()));
    } else {
      body.push_back(static_cast<char>(0x80));
      for (int shift = 24; shift >= 0; shift -= 8) body.push_back(static_cast<char>(text.size() >> shift));
    }
    body.append(text);
    return Add(body);
  }
  // In the narrowest form, or the one with so many bytes.
  ZiplistBuilder& Integer(int64_t value, size_t bytes = 0) {
    std::string body;
    if (bytes == 0 && value >= 0 && value <= 12) {
      body.push_back(static_cast<char>(0xf1 + value));
      return Add(body);
    }
    constexpr uint8_t kCodes[] = {0, 0xfe, 0xc0, 0xf0, 0xd0, 0, 0, 0, 0xe0};
    if (bytes == 0) bytes = value == static_cast<int8_t>(value) ? 1 : value == static_cast<int16_t>(value) ? 2 : 8;
    body.push_back(static_cast<char>(kCodes[bytes]));
    AppendLittle(body, static_cast<uint64_t>(value), bytes);
    return Add(body);
  }
  std::string Finish() const {
    std::string out;
    AppendLittle(out, 10 + elements_.size() + 1, 4);
    AppendLittle(out, 10 + last_, 4);
    AppendLittle(out, count_, 2);
    return out + elements_ + '\xff';
  }

 private:
  ZiplistBuilder& Add(const std::string& body) {
    last_ = elements_.size();
    if (previous_ < 254) {
      elements_.push_back(static_cast<char>(previous_));
    } else {
      elements_.push_back('\xfe');
      AppendLittle(elements_, previous_, 4);
    }
    elements_ += body;
    previous_ = elements_.size() - last_;
    ++count_;
    return *this;
  }

  std::string elements_;
  size_t last_ = 0, previous_ = 0, count_ = 0;
};

class ZipmapBuilder {
 public:
  ZipmapBuilder& Pair(std::string_view field, std::string_view value, size_t unused = 0) {
    Length(field.size());
    body_.append(field);
    Length(value.size());
    body_.push_back(static_cast<char>(unused));
    body_.append(value);
    body_.append(unused, '?');
    ++count_;
    return *this;
  }
  std::string Finish() const { return std::string(1, static_cast<char>(count_ < 254 ? count_ : 254)) + body_ + '\xff'; }

 private:
  void Length(size_t length) {
    if (length < 254) return body_.push_back(static_cast<char>(length));
    body_.push_back('\xfe');
    AppendLittle(body_, length, 4);
  }

  std::string body_;
  size_t count_ = 0;
};

}  // namespace keyway::persist
